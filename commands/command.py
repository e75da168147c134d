"""What a slash command is: one declaration from which the grammar, the help and every platform's form are made."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from bot.domain.access import Permission

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.domain.actor import Actor
    from bot.domain.form import Form
    from bot.domain.message import Message
    from bot.operations import Operations

T = TypeVar("T")


class OptionType(StrEnum):
    """What a value is; the grammar turns text into the type given in brackets."""

    TEXT = "text"  # str
    PERCENT = "percent"  # bot.domain.percent.Percent
    DURATION = "duration"  # datetime.timedelta
    MOMENT = "moment"  # str: 18:00, tomorrow 09:00, 2026-12-01T09:00
    INTEGER = "integer"  # int
    SWITCH = "switch"  # bool, given by its name alone: --all
    FLAG = "flag"  # str, a flag's key
    PLAN = "plan"  # str, a plan's name
    ROLLOUT = "rollout"  # int: 12, #12
    ENVIRONMENT = "environment"  # str
    PERSON = "person"  # str: a person's name (typed as name or @name), or a platform's identity as @U123
    ITEM = "item"  # str, a checklist item's number (2.1) or the start of its text
    WORDS = "words"  # tuple[str, ...]: pro,enterprise


class Source(StrEnum):
    """Where the values that complete an option come from."""

    FLAGS = "flags"
    PLANS = "plans"
    ROLLOUTS = "rollouts"
    STEPS = "steps"
    LEVELS = "levels"
    ITEMS = "items"
    ENVIRONMENTS = "environments"
    PEOPLE = "people"
    PAGES = "pages"
    POLICIES = "policies"
    SCHEDULES = "schedules"
    LAYERS = "layers"
    AUDIENCES = "audiences"
    ANNOUNCEMENTS = "announcements"


@dataclass(frozen=True, slots=True)
class Option:
    """One value that a verb takes.

    A positional option is given by its place, every option also by its name (`--env staging`, `--env=staging`). `rest`
    takes everything to the end of the line. `hidden` options are for buttons and are left out of help.
    """

    name: str
    type: OptionType
    help: str
    required: bool = False
    positional: bool = False
    choices: tuple[str, ...] = ()
    completes: Source | None = None
    rest: bool = False
    hidden: bool = False

    @property
    def placeholder(self) -> str:
        """Return what stands for a value in a usage line: PERCENT, REASON, draft|live."""
        if self.name == REASON_WORD:
            return "REASON"
        if self.choices:
            return "|".join(self.choices)
        if self.type is OptionType.WORDS and self.completes is not None:
            return self.completes.value.upper()
        return (self.name if self.positional or self.type is OptionType.TEXT else self.type.value).upper()

    @property
    def usage(self) -> str:
        """Return how the option is given: `PERCENT`, `[--env ENVIRONMENT]`, `[because REASON]`."""
        if self.positional:
            form = self.placeholder
        elif self.name == REASON_WORD:
            form = f"{REASON_WORD} {self.placeholder}"
        elif self.type is OptionType.SWITCH:
            form = f"--{self.name}"
        else:
            form = f"--{self.name} {self.placeholder}"
        return form if self.required else f"[{form}]"


REASON_WORD = "because"
REASON = Option(REASON_WORD, OptionType.TEXT, "why; kept in the audit log and shown to the others", rest=True)
"""Ends a line: `because support is quiet`, `because "support is quiet"`."""

VERSION = Option("version", OptionType.INTEGER, "the state the button was drawn for", hidden=True)
EPOCH = Option("epoch", OptionType.INTEGER, "the state the button was drawn for", hidden=True)
ROLLOUT = Option(
    "rollout", OptionType.ROLLOUT, "which rollout, when this channel has several", completes=Source.ROLLOUTS
)
ENVIRONMENT = Option("env", OptionType.ENVIRONMENT, "which environment", completes=Source.ENVIRONMENTS)


@dataclass(frozen=True, slots=True)
class Request:
    """One command line, understood: who said it, which verb it is, and its typed values by option name."""

    actor: Actor
    text: str
    command: Command
    verb: Verb
    values: Mapping[str, object] = field(default_factory=dict)

    def get(self, name: str, kind: type[T]) -> T | None:
        """Return an option's value, or None where it was not given."""
        value = self.values.get(name)
        return value if isinstance(value, kind) else None

    def need(self, name: str, kind: type[T]) -> T:
        """Return a required option's value; the grammar has made sure that it is there."""
        value = self.values[name]
        if not isinstance(value, kind):
            msg = f"option {name!r} of {self.command.name} {self.verb.name} is not a {kind.__name__}"
            raise TypeError(msg)
        return value

    @property
    def reason(self) -> str:
        """Return why it is done, or an empty text."""
        return self.get("because", str) or ""

    @property
    def version(self) -> int | None:
        """Return the state version that the pressed button was drawn for, or None when it was typed."""
        return self.get("version", int)


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing a command does: `/rollout pause` is the verb `pause` of the command `rollout`.

    `examples` are whole lines as people type them; a test parses each. `asks` makes the form that a pressed button opens
    before anything is done, or None where it is done at once, as is a line that is typed.
    """

    name: str
    help: str
    run: Callable[[Request, Operations], Awaitable[Message]]
    examples: tuple[str, ...]
    options: tuple[Option, ...] = ()
    permission: Permission = Permission.VIEW
    aliases: tuple[str, ...] = ()
    asks: Callable[[Request, Operations], Awaitable[Form | None]] | None = None
    positional: tuple[Option, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Pick out the options that are given by their place, in order: every line that is read asks for them."""
        object.__setattr__(self, "positional", tuple(option for option in self.options if option.positional))

    def option(self, name: str) -> Option | None:
        """Return the option of that name."""
        return next((option for option in self.options if option.name == name), None)

    @property
    def form(self) -> tuple[Option, ...]:
        """Return the options in the order in which a form lists them: Discord wants the required ones first."""
        return tuple(sorted(self.options, key=lambda option: not option.required))


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command.

    `bare` names the verb meant when the first word is none: `/rollout 25%` is `/rollout to 25%`. `empty` names the verb
    that is run when nothing follows: `/rollout` is `/rollout status`.
    """

    name: str
    help: str
    verbs: tuple[Verb, ...]
    bare: str = ""
    empty: str = ""

    def verb(self, name: str) -> Verb | None:
        """Return the verb of that name or alias."""
        return next((verb for verb in self.verbs if name == verb.name or name in verb.aliases), None)

    def usage(self, verb: Verb, prefix: str = "") -> str:
        """Return how a verb is typed: `/rollout to PERCENT [--rollout ROLLOUT] [because REASON]`."""
        shown = (option.usage for option in verb.options if not option.hidden)
        return " ".join((f"/{prefix}{self.name}", verb.name, *shown))


@dataclass(frozen=True, slots=True)
class Parsed:
    """A command line that was understood: its verb, and the typed values by option name."""

    command: Command
    verb: Verb
    values: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HelpWanted:
    """A command line that asks for help: about everything, about a command, or about one of its verbs."""

    command: Command | None = None
    verb: Verb | None = None


def with_prefix(example: str, prefix: str) -> str:
    """Return an example as people type it where commands have a prefix: `/rc-rollout 25%`."""
    return f"/{prefix}{example.removeprefix('/')}"
