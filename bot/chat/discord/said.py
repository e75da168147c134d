"""What somebody filled in, in an interaction of Discord's, as the line that would be typed elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.chat.discord.tree import HELP, LINE, CommandOption, beside_the_line, is_line
from bot.domain.errors import NotUnderstood
from commands.command import REASON_WORD, OptionType
from commands.parser import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from commands.command import Command, HelpWanted, Option, Parsed, Verb

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """A line, and the values of options that stand beside it."""

    line: str
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Filled:
    """A command, its verb where it was chosen as a sub-command, and what was filled in, by the options' names.

    `typing` is the name of the option in which the cursor stands, while it is being typed.
    """

    command: Command
    verb: Verb | None
    values: Mapping[str, str]
    typing: str = ""

    def is_line(self, name: str) -> bool:
        """Say whether this is the name of the option that takes the line; a verb's option may have the same name."""
        return self.verb is None and name == LINE

    def option(self, name: str) -> Option | None:
        """Return an option of that name."""
        if self.verb is not None:
            return self.verb.option(name)
        return next((option for option in beside_the_line(self.command) if option.name == name), None)


@dataclass(frozen=True, slots=True)
class Known:
    """The commands as they are registered, with what stands before their names."""

    commands: Sequence[Command]
    prefix: str = ""

    def read(self, data: Data) -> Filled | Said | None:
        """Return what the data of an interaction says, a line at once for help; None for what was registered before."""
        name = str(data["name"]).removeprefix(self.prefix)
        options: list[Data] = data.get("options") or []
        if name == HELP:
            return Said(self._joined(HELP, *_texts(options).values()))
        command = next((command for command in self.commands if command.name == name), None)
        if command is None:
            return None
        if is_line(command):
            return Filled(command, None, _texts(options), _focused(options))
        return self._sub_command(command, options[0]) if options else None

    def _sub_command(self, command: Command, chosen: Data) -> Filled | Said | None:
        options: list[Data] = chosen.get("options") or []
        if chosen["name"] == HELP:
            return Said(self._joined(command.name, HELP, *_texts(options).values()))
        verb = command.verb(chosen["name"])
        return None if verb is None else Filled(command, verb, _texts(options), _focused(options))

    def _joined(self, *words: str) -> str:
        return f"/{self.prefix}{' '.join(words)}"

    def base(self, filled: Filled) -> str:
        """Return the line without the values that are given by name: `/flag set`, `/rollout 25%`."""
        if filled.verb is not None:
            return self._joined(filled.command.name, filled.verb.name)
        start = self._joined(filled.command.name)
        # Whoever copies a whole line from a hint may paste it after the command.
        return f"{start} {filled.values.get(LINE, '').removeprefix(f'{start} ')}"

    def start(self, filled: Filled) -> int:
        """Return where in that line begins what was typed as a line."""
        return len(self._joined(filled.command.name)) + 1

    def spoken(self, filled: Filled) -> Said:
        """Return the line with every value in it; where it would then mean something else, they stand beside it.

        A line that says everything can be offered again with a choice put in, and reads well in the log.
        """
        base = self.base(filled)
        given = {name: text for name, text in filled.values.items() if not filled.is_line(name) and text.strip()}
        whole = " ".join((base, *_spelled(filled, given)))
        meant = self.meaning(base, given)
        return Said(whole) if meant is not None and meant == self.meaning(whole) else Said(base, given)

    def meaning(self, line: str, given: Mapping[str, str] | None = None) -> Parsed | HelpWanted | None:
        """Return what a line means, or None where it is not understood."""
        try:
            return parse(line, self.commands, self.prefix, given or {})
        except NotUnderstood:
            return None


def _texts(options: Iterable[Data]) -> dict[str, str]:
    return {option["name"]: _text(option) for option in options}


def _text(option: Data) -> str:
    """Return a value as it is typed in a line."""
    value = option.get("value", "")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"<@{value}>" if option.get("type") == CommandOption.USER else str(value)


def _focused(options: Iterable[Data]) -> str:
    return next((option["name"] for option in options if option.get("focused")), "")


def _spelled(filled: Filled, given: Mapping[str, str]) -> Iterator[str]:
    """Yield the values in the order in which they can stand: by place, by name, and what goes on to the end."""
    options = filled.verb.options if filled.verb is not None else beside_the_line(filled.command)
    there = [option for option in options if option.name in given]
    for option in sorted(there, key=_rank):
        yield _piece(option, given[option.name])


def _rank(option: Option) -> int:
    if option.name == REASON_WORD:
        return 3
    if option.rest:
        return 2
    return 0 if option.positional else 1


def _piece(option: Option, text: str) -> str:
    if option.name == REASON_WORD:
        return f"{REASON_WORD} {text}"
    if option.rest:
        return text
    if option.type is OptionType.SWITCH:
        return f"--{option.name}" if text == "yes" else f"--{option.name}={text}"
    word = f'"{text}"' if " " in text else text
    return word if option.positional else f"--{option.name} {word}"
