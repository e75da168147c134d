"""Announcements: what is to be said of a rollout to whom and when, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.moments import Cron, Every, Occasion, When, parse_moment

if TYPE_CHECKING:
    from bot.domain.message import Message

BY_HAND = "by hand"
"""What stands in the place of a moment where a person said when."""


class AnnouncementState(StrEnum):
    """How far it has come; what was handed over is on its way in the outbox, which knows how each delivery went."""

    SCHEDULED = "scheduled"
    HELD = "held for a yes"
    WAITING = "waiting for quiet hours to end"
    SENT = "handed over"
    DROPPED = "dropped"
    CANCELLED = "cancelled"


ENDED = frozenset({AnnouncementState.SENT, AnnouncementState.DROPPED, AnnouncementState.CANCELLED})


class Verbosity(StrEnum):
    """How much a channel hears: everything, nothing that repeats itself, or neither that nor each step."""

    EVERYTHING = "everything"
    STEPS = "steps"
    MILESTONES = "milestones"


@dataclass(frozen=True, slots=True)
class Destination:
    """One place that a message goes to, for which audience, and the key of its row in the outbox.

    The status page has no such row: `said_at` is when it was published there.
    """

    platform: str
    channel: str
    audience: str = ""
    key: str = ""
    said_at: datetime | None = None

    @property
    def place(self) -> tuple[str, str]:
        """Return the place alone: the same for every audience that hears there."""
        return self.platform, self.channel


@dataclass(frozen=True, slots=True)
class Announcement:
    """One message of a rollout's (or a planned start's) communication.

    `key` makes it once. `say` is a kind's name or a template's text, `facts` what it is given beside what the rollout
    knows. `due_at` is when it is looked at next; None once it has ended. `step` is the index of the step it speaks of,
    `happened_at` the time of what it tells. `note` says why it was dropped. `destinations` are those it was handed
    over for. `subscribers` says whether those hear it, too, who asked to hear of such things.
    """

    id: int
    key: str
    subject: str
    plan: str
    when: str
    to: tuple[str, ...]
    say: str
    created_at: datetime
    happened_at: datetime
    due_at: datetime | None
    state: AnnouncementState = AnnouncementState.SCHEDULED
    facts: tuple[tuple[str, str], ...] = ()
    occasion: Occasion | None = None
    step: int | None = None
    by: str = ""
    note: str = ""
    subscribers: bool = False
    destinations: tuple[Destination, ...] = ()
    message: Message | None = None
    hold: bool = False

    @property
    def repeats(self) -> bool:
        """Say whether it is one of many that say how things are."""
        return self.when != BY_HAND and isinstance(parse_moment(self.when), Every | Cron)

    @property
    def each(self) -> bool:
        """Say whether it is said at each step or phase."""
        if self.when == BY_HAND:
            return False
        moment = parse_moment(self.when)
        return isinstance(moment, When) and moment.occasion in {Occasion.STEP, Occasion.PHASE} and not moment.place

    @property
    def ended(self) -> bool:
        """Say whether nothing more will become of it."""
        return self.state in ENDED

    def heard_at(self, verbosity: Verbosity) -> bool:
        """Say whether a channel that wants to hear so much hears it."""
        match verbosity:
            case Verbosity.EVERYTHING:
                return True
            case Verbosity.STEPS:
                return not self.repeats
            case Verbosity.MILESTONES:
                return not self.repeats and not self.each


@dataclass(frozen=True, slots=True)
class Subscription:
    """Somebody's wish to hear of rollouts: in a channel, or with `@` and a person's id in direct messages.

    What is empty does not narrow it. `kind` is a word of `Occasion` or the name of a kind of message.
    """

    id: int
    platform: str
    channel: str
    by: str
    since: datetime
    flag: str = ""
    plan: str = ""
    environment: str = ""
    kind: str = ""

    def wants(
        self, *, plan: str, flags: tuple[str, ...], environments: tuple[str, ...], kinds: tuple[str, ...]
    ) -> bool:
        """Say whether it asks for a message about such a rollout, whose kind has such names."""
        return (
            self.plan in {"", plan}
            and (not self.flag or self.flag in flags)
            and (not self.environment or self.environment in environments)
            and (not self.kind or self.kind in kinds)
        )


@dataclass(frozen=True, slots=True)
class ReportedProblem:
    """A problem that somebody reported of a rollout, and where that person hears of it again."""

    id: int
    rollout: int
    person: str
    platform: str
    platform_id: str
    channel: str
    text: str
    critical: bool
    at: datetime
    resolved_at: datetime | None = None
    resolved_by: str = ""
