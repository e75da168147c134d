"""What Discord offers while somebody types a command: at most 25 values, each with what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.chat.characters import size, visible
from bot.chat.discord.markdown import MORE, beginning
from bot.chat.discord.said import Filled
from bot.domain.errors import Incomplete, NotUnderstood
from commands.command import Parsed
from commands.parser import parse

if TYPE_CHECKING:
    from bot.chat.conversation import Conversation, Origin
    from bot.chat.discord.said import Known

MOST = 25
LONGEST = 100
"""Both of a value and of what is shown for it; docs.discord.com/developers/interactions/application-commands."""

MEANS = " · "
"""Stands between a value and what it means."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One value, and what is shown for it."""

    value: str
    about: str = ""

    @property
    def label(self) -> str:
        """Return what is shown: the value, then what it means, as far as there is room."""
        shown = visible(f"{self.value}{MEANS}{self.about}" if self.about else self.value)
        return shown if size(shown) <= LONGEST else f"{beginning(shown, LONGEST - size(MORE)).rstrip()}{MORE}"


@dataclass(frozen=True, slots=True)
class Offers:
    """Asks the conversation, and puts first what pressing Enter should take: the client takes the first line."""

    conversation: Conversation
    known: Known

    async def of(self, filled: Filled, origin: Origin) -> tuple[Offer, ...]:
        """Return what may stand in the option that is being typed, best first."""
        plain = await self.plain(filled, origin)
        return await self._of(plain, plain.typing, origin)

    async def plain(self, filled: Filled, origin: Origin) -> Filled:
        """Return what was filled in, with the values of offers where Discord sent what it shows for them.

        It does so when a chosen value is typed on, when a command is pasted, and when the channel is changed meanwhile
        (github.com/discord/discord-api-docs/issues/4595, 7206, 7916).
        """
        values = dict(filled.values)
        for name, text in values.items():
            if MEANS in text and _is_completed(filled, name):
                begun = Filled(filled.command, filled.verb, {**values, name: text.partition(MEANS)[0].lstrip()}, name)
                offers = await self._of(begun, name, origin)
                shown = text.lstrip()
                values[name] = next((_typed_on(it, shown) for it in offers if shown.startswith(it.label)), text)
        return Filled(filled.command, filled.verb, values, filled.typing)

    async def _of(self, filled: Filled, name: str, origin: Origin) -> tuple[Offer, ...]:
        found = await (self._of_line(filled, origin) if filled.is_line(name) else self._of_option(filled, name, origin))
        # Discord wants no name twice.
        fitting = {offer.label: offer for offer in found if 1 <= size(offer.value) <= LONGEST}
        return tuple(fitting.values())[:MOST]

    async def _of_option(self, filled: Filled, name: str, origin: Origin) -> list[Offer]:
        option, typed = filled.option(name), filled.values.get(name, "").replace('"', "")
        verb = filled.verb or filled.command.verb(filled.command.bare)
        if option is None or verb is None:
            return []
        # The open quotation mark keeps several words together.
        head = f'/{self.known.prefix}{filled.command.name} {verb.name} --{name} "'
        candidates = await self.conversation.complete(head + typed, origin)
        found = [Offer(_unquoted(candidate.text), candidate.help) for candidate in candidates]
        return sorted(found, key=lambda offer: offer.value != typed)

    async def _of_line(self, filled: Filled, origin: Origin) -> list[Offer]:
        """Offer what may come next: at the end of a line, or after a verb that is typed to its end and needs more."""
        line, start = self.known.base(filled), self.known.start(filled)
        found = await self._continued(line, start, origin)
        try:
            meant = parse(line, self.known.commands, self.known.prefix)
        except Incomplete:
            return [*found, *(() if line.endswith(" ") else await self._continued(f"{line} ", start, origin))]
        except NotUnderstood:
            return found
        typed = Offer(line[start:].strip(), meant.verb.help if isinstance(meant, Parsed) else "")
        if not typed.value:
            return found
        return _in_order(found, typed, ended=line.endswith(" "))

    async def _continued(self, line: str, start: int, origin: Origin) -> list[Offer]:
        candidates = await self.conversation.complete(line, origin)
        return [Offer(f"{line[start : len(line) - it.replaces]}{it.text}", it.help) for it in candidates]


def _in_order(found: list[Offer], typed: Offer, *, ended: bool) -> list[Offer]:
    """Put a line that is understood as it stands where it belongs.

    A number is whole as it stands, and comes first: else 5% and Enter would be taken for the plan's 25%. So is a word
    after which a space was typed. Other words are first if they are offered themselves, and else the beginning of what is.
    """
    same = [offer for offer in found if offer.value == typed.value]
    others = [offer for offer in found if offer.value != typed.value]
    if same or ended or typed.value[-1] in "%0123456789":
        return [*(same or [typed]), *others]
    return [*others, typed]


def _is_completed(filled: Filled, name: str) -> bool:
    option = filled.option(name)
    return filled.is_line(name) or (option is not None and option.completes is not None)


def _typed_on(offer: Offer, text: str) -> str:
    return offer.value + text.removeprefix(offer.label)


def _unquoted(text: str) -> str:
    return text[1:-1].replace('\\"', '"') if text.startswith('"') else text
