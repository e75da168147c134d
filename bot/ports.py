"""What the core asks of the world, as small interfaces; every implementation passes the port's contract tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from bot.domain.actor import Actor
    from bot.domain.audit import Entry, Event, Head
    from bot.domain.confirmation import Confirmation
    from bot.domain.flag import Flag, FlagSetting, FlagState, FlagTarget
    from bot.domain.message import Message
    from bot.domain.metric import Answer, Metric
    from bot.domain.outbox import Delivery, NewDelivery, Post, Posted
    from bot.domain.plan import Plan
    from bot.domain.rollout import Rollout

T = TypeVar("T")


class Clock(Protocol):
    """The time, and waiting for it. Tests move it; nothing sleeps beside it."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        ...

    async def wait(self, wake: asyncio.Event, until: datetime | None) -> None:
        """Return when `wake` is set or the time has come, whichever is first; `None` waits for `wake` alone."""
        ...


class FlagRepository(Protocol):
    """Flags and what they hold in each environment."""

    def get(self, key: str) -> Flag | None:
        """Return a flag, retired ones included."""
        ...

    def all(self, *, retired: bool = False) -> Sequence[Flag]:
        """Return flags in the order of their keys; retired ones only when asked for."""
        ...

    def add(self, flag: Flag) -> None:
        """Store a new flag."""
        ...

    def retire(self, key: str, at: datetime) -> None:
        """Mark a flag as retired: it evaluates to off for everybody from now on."""
        ...

    def state(self, key: str, environment: str) -> FlagState | None:
        """Return what a flag holds in an environment, or None where it was never set."""
        ...

    def states(self, key: str | None = None) -> Sequence[FlagState]:
        """Return what one flag, or every flag, holds in each environment in which it was ever set."""
        ...

    def set(self, key: str, environment: str, setting: FlagSetting, at: datetime) -> FlagState:
        """Store a setting and return the state with its new version."""
        ...


class RolloutRepository(Protocol):
    """Rollouts, their ticks and their channels."""

    def next_id(self) -> int:
        """Return the number that the next rollout will have; stable within the transaction."""
        ...

    def get(self, rollout_id: int) -> Rollout | None:
        """Return a rollout with everything that belongs to it."""
        ...

    def add(self, rollout: Rollout, due_at: datetime | None) -> None:
        """Store a new rollout; `due_at` is when the loop must look at it."""
        ...

    def save(self, rollout: Rollout, due_at: datetime | None) -> None:
        """Store a changed rollout; its version is the stored one, or the next where a move was made.

        Raises Stale otherwise: somebody else moved it since it was read.
        """
        ...

    def postpone(self, rollout_id: int, due_at: datetime) -> None:
        """Let the loop look at a rollout again at another time; nothing else about it changes."""
        ...

    def due(self, now: datetime, limit: int) -> Sequence[Rollout]:
        """Return rollouts whose time has come, the longest overdue first, found by index."""
        ...

    def next_due(self) -> datetime | None:
        """Return the earliest due time of all rollouts."""
        ...

    def active(self) -> Sequence[Rollout]:
        """Return every rollout that can still move, oldest first."""
        ...

    def recent(self, limit: int) -> Sequence[Rollout]:
        """Return the newest rollouts, whatever their status, newest first."""
        ...

    def of_flag(self, flag: str, environment: str) -> Sequence[Rollout]:
        """Return the active rollouts that drive a flag in an environment."""
        ...


class BindingRepository(Protocol):
    """Which rollouts and flags a channel is about. `kind` is `rollout` or `flag`."""

    def bind(self, platform: str, channel: str, kind: str, subject: str) -> None:
        """Tie a subject to a channel; doing it twice changes nothing."""
        ...

    def unbind(self, platform: str, channel: str, kind: str, subject: str) -> None:
        """Untie a subject from a channel."""
        ...

    def subjects(self, platform: str, channel: str, kind: str) -> Sequence[str]:
        """Return what is tied to a channel, in the order in which it was tied."""
        ...


class AuditRepository(Protocol):
    """The append-only log."""

    def append(self, event: Event, actor: Actor, at: datetime) -> Entry:
        """Chain an event to the head and store it."""
        ...

    def head(self) -> Head:
        """Return the last entry's number and hash."""
        ...

    def get(self, seq: int) -> Entry | None:
        """Return one entry."""
        ...

    def search(self, *, words: Sequence[str] = (), subject: str | None = None, limit: int = 20) -> Sequence[Entry]:
        """Return the newest entries that hold every word (in any column, without regard to case), newest first."""
        ...

    def walk(self, start: int = 1) -> Iterator[Entry]:
        """Yield every entry from `start` on, in order, a page at a time."""
        ...


class OutboxRepository(Protocol):
    """Messages on their way out."""

    def add(self, delivery: NewDelivery) -> None:
        """Store a message to be sent; a key that is there already changes nothing.

        A card for a channel in which the same card is still pending is the same row: only the state at the moment of
        sending matters.
        """
        ...

    def due(self, now: datetime, limit: int) -> Sequence[Delivery]:
        """Return what may be sent now: the oldest unsent row of each destination whose time has come."""
        ...

    def next_due(self) -> datetime | None:
        """Return the earliest due time of all unsent rows."""
        ...

    def save(self, delivery: Delivery, expected_attempts: int) -> bool:
        """Store a row's progress; False when somebody else got hold of it since it was read."""
        ...

    def posted(self, subject: str, platform: str, channel: str) -> Posted | None:
        """Return the card that stands in a channel for a subject."""
        ...

    def remember(self, posted: Posted) -> None:
        """Store where a card stands."""
        ...

    def recent(self, limit: int) -> Sequence[Delivery]:
        """Return the newest rows, newest first."""
        ...


class RequestRepository(Protocol):
    """Requests that were handled, so that a repeated delivery does nothing twice."""

    def seen(self, request_id: str) -> int | None:
        """Return the audit number of what a request did, or None if it is new."""
        ...

    def add(self, request_id: str, audit_seq: int, at: datetime) -> None:
        """Store that a request was handled."""
        ...


class ConfirmationRepository(Protocol):
    """Questions about dangerous acts that wait for an answer."""

    def add(self, confirmation: Confirmation) -> None:
        """Store a question, in place of an older one of the same person about the same command."""
        ...

    def take(self, token: str) -> Confirmation | None:
        """Return a question and remove it: an answer is used once."""
        ...


class PostRepository(Protocol):
    """The local chat's own channels: what was posted there, kept in our database as Slack keeps its own."""

    def put(self, channel: str, key: str, message: Message, at: datetime) -> str:
        """Store a post and return its reference; a key that is there already changes nothing."""
        ...

    def edit(self, reference: str, message: Message, at: datetime) -> bool:
        """Replace a post's message; False if there is no such post."""
        ...

    def since(self, channel: str, revision: int, limit: int = 50) -> Sequence[Post]:
        """Return the channel's posts that were made or edited after a revision, oldest change first."""
        ...


class Transaction(Protocol):
    """One transaction's view of everything that is stored. Synchronous: no network call can slip in."""

    @property
    def flags(self) -> FlagRepository: ...
    @property
    def rollouts(self) -> RolloutRepository: ...
    @property
    def bindings(self) -> BindingRepository: ...
    @property
    def audit(self) -> AuditRepository: ...
    @property
    def outbox(self) -> OutboxRepository: ...
    @property
    def requests(self) -> RequestRepository: ...
    @property
    def confirmations(self) -> ConfirmationRepository: ...
    @property
    def posts(self) -> PostRepository: ...


class Store(Protocol):
    """The database. `work` runs inside one transaction, may run again after a rolled-back attempt, and awaits nothing."""

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` on a consistent view; what it writes is refused."""
        ...

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work`, alone among writers, and commit durably before returning; an exception undoes all of it."""
        ...


class Changes(Protocol):
    """The extra ability of a store to tell cheaply whether anybody committed something."""

    async def latest(self) -> int:
        """Return a number that is another one after every commit, whichever process made it."""
        ...


class PlanLibrary(Protocol):
    """The folder of plans."""

    def names(self) -> tuple[str, ...]:
        """Return the names of all plan files, sorted, broken ones included."""
        ...

    def load(self, name: str) -> Plan:
        """Read a plan. Raises NotFound with the nearest names, or BadPlan with every error of the file."""
        ...


class FlagProvider(Protocol):
    """A system that holds flags: the embedded store, or one that a team already runs."""

    async def read(self, flag: str, environment: str) -> FlagSetting | None:
        """Return what the flag holds there, or None if it does not exist. Raises Unavailable."""
        ...

    async def write(self, target: FlagTarget, cause: str) -> None:
        """Make the flag hold the target; doing it twice changes nothing the second time. Raises Unavailable.

        `cause` names what wanted it (`rollout:3:7`, the rollout and its version) for the other system's own log.
        """
        ...


class People(Protocol):
    """Who somebody on a platform is, and which roles that person has."""

    def find(self, platform: str, platform_id: str) -> tuple[str, frozenset[str]]:
        """Return a person's name and roles; somebody unknown has the platform's identity for a name and no role."""
        ...


class ChatPlatform(Protocol):
    """A place where messages are posted and edited."""

    async def post(self, channel: str, key: str, message: Message) -> str:
        """Post a message and return the platform's reference to it. Raises Unavailable or Refused."""
        ...

    async def edit(self, channel: str, reference: str, message: Message) -> str:
        """Replace a message in place; return the reference of a new one where the old cannot be edited any more."""
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
