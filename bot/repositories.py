"""What the core asks of the database, one small interface for each noun, and the transaction that holds them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from bot.announcement_repositories import (
        AnnouncementRepository,
        ProblemRepository,
        SubscriptionRepository,
        TaskRepository,
    )
    from bot.domain.actor import Actor
    from bot.domain.audit import Action, Entry, Event, Head
    from bot.domain.confirmation import Confirmation
    from bot.domain.flag import Flag, FlagSetting, FlagState
    from bot.domain.freeze import Freeze
    from bot.domain.measuring import Measurement
    from bot.domain.message import Message
    from bot.domain.outbox import Delivery, NewDelivery, Post, Posted
    from bot.domain.plan import ChannelName, Plan
    from bot.domain.rollout import Rollout
    from bot.flag_repositories import AnswerRepository, SightingRepository
    from bot.identity_repositories import LinkRepository, TokenRepository
    from bot.page_repositories import OverrideRepository, PageRepository


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

    def states_since(self, moment: datetime) -> Sequence[FlagState]:
        """Return what was set at a moment or later."""
        ...

    def set(self, key: str, environment: str, setting: FlagSetting, at: datetime) -> FlagState:
        """Store a setting and return the state with its new version."""
        ...

    def describe(self, key: str, description: str) -> None:
        """Store what a flag switches, in people's words."""
        ...

    def revision(self) -> int:
        """Return a number that grows with every change of what any flag evaluates to: the sum of every state's version,
        and one for each flag and one more for each that is retired.
        """
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

    def keep_plan(self, plan: Plan) -> None:
        """Store a plan that a rollout goes by from now on; `save` then refers to it."""
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

    def to_measure(self, now: datetime, limit: int) -> Sequence[Rollout]:
        """Return rollouts whose metrics must be asked now, the longest overdue first, found by index."""
        ...

    def next_measurement(self) -> datetime | None:
        """Return the earliest time at which a rollout's metrics must be asked."""
        ...

    def show_in(self, rollout_id: int, channels: Iterable[ChannelName]) -> None:
        """Note where a rollout is shown, so that it is found there; doing it twice changes nothing."""
        ...

    def active(self) -> Sequence[Rollout]:
        """Return every rollout that can still move, oldest first."""
        ...

    def active_in(self, platform: str, channel: str) -> Sequence[Rollout]:
        """Return the rollouts that can still move and are shown in a channel, oldest first, found by index."""
        ...

    def newest_active(self, limit: int) -> Sequence[Rollout]:
        """Return the newest rollouts that can still move, newest first."""
        ...

    def recent(self, limit: int) -> Sequence[Rollout]:
        """Return the newest rollouts, whatever their status, newest first."""
        ...

    def of_flag(self, flag: str, environment: str) -> Sequence[Rollout]:
        """Return the active rollouts that drive a flag in an environment."""
        ...

    def going_back(self, flag: str, environment: str) -> Sequence[Rollout]:
        """Return the ended rollouts of a flag whose way back has not been seen to be in force."""
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

    def moments(
        self,
        actions: Collection[Action],
        since: datetime,
        *,
        person: str = "",
        platform: str = "",
        channel: str = "",
        outcome: str = "accepted",
    ) -> Sequence[datetime]:
        """Return when such actions were accepted (or had another outcome) since a time, by one person or in a channel."""
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

    def due(self, now: datetime, limit: int, elsewhere: Collection[str] = ()) -> Sequence[Delivery]:
        """Return what may be sent now: the oldest unsent row of each destination whose time has come.

        Rows for the platforms named in `elsewhere` are another process's.
        """
        ...

    def next_due(self, elsewhere: Collection[str] = ()) -> datetime | None:
        """Return the earliest due time of all unsent rows but those for the platforms named in `elsewhere`."""
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

    def get(self, key: str) -> Delivery | None:
        """Return a row by its key."""
        ...

    def failures(self) -> int:
        """Return how many messages could not be delivered at all."""
        ...

    def prune(self, before: datetime, limit: int) -> int:
        """Forget the oldest rows that were sent or dropped, written before a time; return how many those were.

        Where cards stand is kept, and so is what could not be sent, and what was said of rollouts that are active.
        """
        ...


class RequestRepository(Protocol):
    """Requests that were handled, so that a repeated delivery does nothing twice."""

    def seen(self, request_id: str) -> int | None:
        """Return the audit number of what a request did, or None if it is new."""
        ...

    def add(self, request_id: str, audit_seq: int, at: datetime) -> None:
        """Store that a request was handled."""
        ...

    def prune(self, before: datetime, limit: int) -> int:
        """Forget the oldest requests from before a time, at most so many, and return how many those were."""
        ...


class ConfirmationRepository(Protocol):
    """Questions about dangerous acts that wait for an answer."""

    def add(self, confirmation: Confirmation) -> None:
        """Store a question, in place of an older one of the same person about the same command, or of the same token."""
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


class MeasurementRepository(Protocol):
    """What was measured, reported and counted for each rollout."""

    def add(self, rollout_id: int, measurements: Sequence[Measurement]) -> None:
        """Store measurements."""
        ...

    def since(self, rollout_id: int, series: Sequence[str], start: datetime) -> Sequence[Measurement]:
        """Return the measurements of some series from a time on, oldest first."""
        ...

    def prune(self, rollout_id: int, series: Sequence[str], before: datetime) -> None:
        """Forget what is older than any condition looks back, of some series."""
        ...


class FreezeRepository(Protocol):
    """Freezes that people declared."""

    def add(self, freeze: Freeze) -> None:
        """Store a freeze."""
        ...

    def standing(self, now: datetime) -> Sequence[Freeze]:
        """Return the freezes in force, oldest first."""
        ...

    def lift(self, environment: str | None, now: datetime) -> int:
        """End the freezes of one environment (or, with None, those of all) and return how many there were."""
        ...


class MemoryRepository(Protocol):
    """Small things that parts of the bot remember for themselves, by name."""

    def recall(self, name: str) -> str | None:
        """Return what is remembered, or None."""
        ...

    def remember(self, name: str, value: str) -> None:
        """Remember something in place of what was remembered before."""
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
    @property
    def measurements(self) -> MeasurementRepository: ...
    @property
    def freezes(self) -> FreezeRepository: ...
    @property
    def links(self) -> LinkRepository: ...
    @property
    def sightings(self) -> SightingRepository: ...
    @property
    def answers(self) -> AnswerRepository: ...
    @property
    def memory(self) -> MemoryRepository: ...
    @property
    def pages(self) -> PageRepository: ...
    @property
    def overrides(self) -> OverrideRepository: ...
    @property
    def tokens(self) -> TokenRepository: ...
    @property
    def announcements(self) -> AnnouncementRepository: ...
    @property
    def subscriptions(self) -> SubscriptionRepository: ...
    @property
    def problems(self) -> ProblemRepository: ...
    @property
    def tasks(self) -> TaskRepository: ...
