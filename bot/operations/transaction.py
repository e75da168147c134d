"""One verb, one transaction: the change, its audit entry, its outbox rows and the request that asked for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from bot.domain.audit import Action, Event, Facts, Outcome
from bot.domain.errors import AlreadyDone, Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.domain.actor import Actor
    from bot.ports import Clock, Store, Transaction

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody tries, as the audit log names it, whether it will be accepted or refused."""

    action: Action
    subject: str
    environment: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """What came of it: the result for the caller and what was so before and after, for the audit log.

    What only the work could know about itself (`subject`, `environment`, `action`) takes the place of the attempt's.
    `stirs` is False where nothing is left for the loop to make true or to tell, so that it need not look.
    """

    result: T
    before: Facts | None = None
    after: Facts | None = None
    subject: str = ""
    environment: str = ""
    action: Action | None = None
    stirs: bool = True


@dataclass(frozen=True, slots=True)
class Verbs:
    """Runs the verbs of every noun.

    `poke` wakes the loop after a change has been committed. `platforms` names the chat platforms that are connected.
    """

    store: Store
    clock: Clock
    poke: Callable[[], None]
    platforms: tuple[str, ...] = field(default=())

    async def do(self, actor: Actor, attempt: Attempt, work: Callable[[Transaction, datetime], Done[T]]) -> T:
        """Run `work` and record it in the same transaction.

        A refusal undoes the work, is recorded as refused, and is raised. A request that was handled before does nothing
        and raises AlreadyDone.
        """
        now = self.clock.now()

        def whole(tx: Transaction) -> Done[T]:
            require_new(tx, actor)
            done = work(tx, now)
            event = Event(
                done.action or attempt.action,
                Outcome.ACCEPTED,
                done.subject or attempt.subject,
                done.environment or attempt.environment,
                attempt.reason,
                done.before,
                done.after,
            )
            record(tx, event, actor, now)
            return done

        try:
            done = await self.store.write(whole)
        except Refused as refusal:
            await self.refuse(actor, attempt, refusal)
            raise
        if done.stirs:
            self.poke()
        return done.result

    async def refuse(self, actor: Actor, attempt: Attempt, refusal: Refused) -> None:
        """Record that something was tried and refused; once per request, however often it is delivered."""
        now = self.clock.now()
        event = Event(
            attempt.action,
            Outcome.REFUSED,
            attempt.subject,
            attempt.environment,
            attempt.reason,
            after={"refused": refusal.code, "because": refusal.sentence},
        )

        def whole(tx: Transaction) -> None:
            if tx.requests.seen(actor.request_id) is None:
                record(tx, event, actor, now)

        await self.store.write(whole)


def require_new(tx: Transaction, actor: Actor) -> None:
    """Raise AlreadyDone for a request that was handled before."""
    seq = tx.requests.seen(actor.request_id)
    if seq is None:
        return
    entry = tx.audit.get(seq)
    what = f": {entry.action} {entry.subject}, {entry.outcome}" if entry is not None else ""
    raise AlreadyDone(f"This request was handled before (audit entry {seq}{what}); it is not done twice.")


def record(tx: Transaction, event: Event, actor: Actor, now: datetime) -> int:
    """Append an event to the audit log, remember its request, and return the entry's number."""
    entry = tx.audit.append(event, actor, now)
    tx.requests.add(actor.request_id, entry.seq, now)
    return entry.seq
