"""What the core asks of the world, as small interfaces; every implementation passes the port's contract tests.

What it asks of the database noun by noun stands in `bot.repositories`; the `Transaction` that holds it is named here, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from bot.domain.outbox import IN_CHANNEL
from bot.repositories import Transaction as Transaction  # noqa: PLC0414  # Whoever names Store names it, too.

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from bot.domain.checkup import Finding
    from bot.domain.flag import FlagSetting, FlagState, FlagTarget
    from bot.domain.holding import Holds
    from bot.domain.message import Message
    from bot.domain.metric import Answer, Metric
    from bot.domain.outbox import Attachment, Placing
    from bot.domain.plan import ChannelName, Plan
    from bot.domain.provider_fit import PlaceOf
    from bot.domain.rehearsal import Rehearsal
    from bot.domain.report import Report
    from bot.domain.roster import Stint
    from bot.domain.team import Team

T = TypeVar("T")


class Clock(Protocol):
    """The time, and waiting for it. Tests move it; nothing sleeps beside it."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        ...

    async def wait(self, wake: asyncio.Event, until: datetime | None) -> None:
        """Return when `wake` is set or the time has come, whichever is first; `None` waits for `wake` alone."""
        ...


class Store(Protocol):
    """The database. `work` runs inside one transaction, may run again after a rolled-back attempt, and awaits nothing."""

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` on a consistent view; what it writes is refused."""
        ...

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work`, alone among writers, and commit durably before returning; an exception undoes all of it."""
        ...


class Changes(Protocol):
    """The extra ability of a store to tell cheaply whether another process committed something."""

    async def latest(self) -> int:
        """Return a number that is another one after every commit of another process, and where a caller has gone away."""
        ...


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit changed of what is served from memory: `states` of flags in order, and whether `more` than those."""

    states: tuple[FlagState, ...] = ()
    more: bool = False


class Commits(Protocol):
    """The extra ability of a store to say at once what this process committed."""

    def on_commit(self, listener: Callable[[Committed], None]) -> None:
        """Have something called in the event loop after each commit of this process that changed flags or tokens."""
        ...


class PlanLibrary(Protocol):
    """The folder of plans."""

    def names(self) -> tuple[str, ...]:
        """Return the names of all plan files, sorted, broken ones included."""
        ...

    def load(self, name: str) -> Plan:
        """Read a plan. Raises NotFound with the nearest names, or BadPlan with every error of the file."""
        ...


class PlanPlaces(Protocol):
    """The extra ability of a plan library to say where in its file a part of a plan stands."""

    def places(self, name: str) -> PlaceOf:
        """Return what tells the place of a part; an empty text where it is not known."""
        ...


class FlagProvider(Protocol):
    """A system that holds flags: the embedded store, or one that a team already runs."""

    async def read(self, flag: str, environment: str) -> FlagSetting | None:
        """Return what is in force for the flag there, or None if it does not exist.

        Raises Unavailable, and Refused where it holds something that is no setting, such as rules of its own.
        """
        ...

    async def write(self, target: FlagTarget, cause: str) -> None:
        """Make the flag hold the target; doing it twice changes nothing the second time.

        Raises Unavailable (Uncertain where it may have been done: the next read tells), and Refused where trying again
        will not help, with nothing changed. `cause` names what wanted it (`rollout:3:7`, the rollout and its version)
        for the other system's own log.
        """
        ...


class Holding(Protocol):
    """The extra ability of a flag provider to say what it can hold; one without it holds everything."""

    @property
    def holds(self) -> Holds:
        """Return what it can hold: how fine percentages are, whether tiers and users, which environments."""
        ...


class People(Protocol):
    """Who somebody on a platform is, and which roles that person has."""

    def find(self, platform: str, platform_id: str) -> tuple[str, frozenset[str]]:
        """Return a person's name and roles; somebody unknown has the platform's identity for a name and no role."""
        ...


class ChatPlatform(Protocol):
    """A place where messages are posted and edited.

    A channel of the form `@ID` is the direct message of the person with that id on the platform, which the platform
    opens where it has to be opened.

    Every method raises Unavailable where nothing was done and it may be tried again (`after` says when), Uncertain
    where it may have been done, and Refused where trying again will not help, with a sentence that says what will.
    """

    async def post(self, channel: str, key: str, message: Message, placing: Placing = IN_CHANNEL) -> str:
        """Post a message and return the platform's reference to it; the same key again is the same message."""
        ...

    async def edit(self, channel: str, reference: str, message: Message) -> str:
        """Replace a message in place; return the reference of a new one where the old cannot be edited any more."""
        ...


class ScheduleSource(Protocol):
    """A system that plans who is on call."""

    async def stints(self, source: str, start: datetime, end: datetime) -> tuple[Stint, ...]:
        """Return whose turns fall between two moments in one of its schedules, each person by an e-mail address.

        Raises Unavailable, and Refused where trying again will not help.
        """
        ...


class Examined(Protocol):
    """The extra ability of a way out to look at itself: whether it could be used, without using it."""

    async def check(self) -> Sequence[Finding]:
        """Return what was found; nobody is paged and nothing is sent by that."""
        ...


class FileSharing(Protocol):
    """The extra ability of a chat platform to carry files."""

    async def share(
        self, channel: str, key: str, message: Message, files: Sequence[Attachment], placing: Placing = IN_CHANNEL
    ) -> str:
        """Post a message with files and return the platform's reference to it. Raises as `ChatPlatform` does."""
        ...


class Pacing(Protocol):
    """The extra ability of a chat platform to say how fast it may be written to."""

    @property
    def between_posts(self) -> timedelta:
        """Return the least time between two posts in one channel."""
        ...

    @property
    def between_edits(self) -> timedelta:
        """Return the least time between two edits of one card: what happens meanwhile is one edit."""
        ...


class ChannelDirectory(Protocol):
    """Which channel a name means on each platform."""

    def resolve(self, channel: ChannelName) -> ChannelName:
        """Return the channel by its platform's id where its name is known, otherwise as it is without its sign."""
        ...


class Charts(Protocol):
    """Draws what happened."""

    async def draw(self, report: Report) -> tuple[Attachment, ...]:
        """Return the pictures of a rollout's history, each with words that say what it shows."""
        ...


class Service(Protocol):
    """A part of the bot that is connected to somewhere: a socket, a gateway, the web part."""

    @property
    def name(self) -> str:
        """Return what the log calls it."""
        ...

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set, then finish what is under way. Raises Unavailable to be started again later.

        Raises Refused where the settings are wrong, with what to do about it.
        """
        ...


class Journal(Protocol):
    """The operator's log: constant event names, facts as fields, no secret ever."""

    def info(self, event: str, **facts: object) -> object:
        """Note something that happened as it should."""
        ...

    def warning(self, event: str, **facts: object) -> object:
        """Note something that somebody may have to look at."""
        ...

    def error(self, event: str, **facts: object) -> object:
        """Note something that somebody has to look at."""
        ...


class MetricSource(Protocol):
    """A system that can be asked for a number."""

    async def ask(self, metric: Metric) -> Answer:
        """Return the metric's value now, or None with a note where there is no data (nothing, NaN, infinite).

        Raises Unavailable where it could not be asked (no connection, time-out, an error of the other side, an answer
        that is no number), with a sentence that holds no secret; Refused for a question that can never be answered.
        """
        ...


class RangeSource(Protocol):
    """The extra ability to look back, for baselines."""

    async def average(self, metric: Metric, start: datetime, end: datetime) -> Answer:
        """Return the metric's mean over a time that has passed. Raises as `MetricSource.ask` does."""
        ...


class Metrics(Protocol):
    """Every metric by its name, and where it is read."""

    def named(self, series: str) -> Metric:
        """Return a metric (`error_rate`, `canary.error_rate`); one nobody declared is reported by people in chat."""
        ...

    def source(self, metric: Metric) -> MetricSource | None:
        """Return where a metric is asked; None where people report it or the bot counts it."""
        ...

    def check(self, metric: Metric) -> None:
        """Raise Refused for a metric whose question can never be answered, without asking it."""
        ...

    async def before(self, metric: Metric, start: datetime, end: datetime, *, still: bool) -> Answer | None:
        """Return a metric's mean over a past time; where its source cannot look back its value now, if `still` it is so.

        None where nobody can be asked. Raises as `MetricSource.ask` does.
        """
        ...


class Rehearser(Protocol):
    """Runs a plan on a virtual clock, apart from everything that is real."""

    async def rehearse(self, plan: Plan, team: Team, start: datetime) -> Rehearsal:
        """Return what the plan would do, with figures on which it goes well. Raises Refused while it is busy."""
        ...
