"""A store that shows, for each transaction that was committed, what it changed and what it put on record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bot.domain.actor import Actor
    from bot.domain.audit import Entry, Event
    from bot.domain.flag import Flag, FlagSetting, FlagState
    from bot.domain.freeze import Freeze
    from bot.domain.measuring import Measurement
    from bot.domain.rollout import Rollout
    from bot.ports import Clock, Store, Transaction
    from bot.repositories import AuditRepository, FlagRepository, MeasurementRepository, RolloutRepository
    from tests.simulation.outside import Death

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FlagSet:
    """One flag that was set in one environment."""

    flag: Flag
    environment: str
    before: FlagState | None
    after: FlagSetting


@dataclass(slots=True)
class Written:
    """What one transaction changed. `rollouts` holds each with its state before, or None for a new one."""

    now: datetime
    rollouts: dict[int, tuple[Rollout | None, Rollout]] = field(default_factory=dict)
    flags: list[FlagSet] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    measurements: list[tuple[int, Measurement]] = field(default_factory=list)
    freezes: Sequence[Freeze] = ()


class _Watched:
    """A repository of which some methods are watched; the others are its own."""

    def __init__(self, watched: object, written: Written) -> None:
        self._watched: Any = watched
        self._written = written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._watched, name)


class _Rollouts(_Watched):
    def add(self, rollout: Rollout, due_at: datetime | None) -> None:
        self._watched.add(rollout, due_at)
        self._written.rollouts[rollout.id] = (None, rollout)

    def save(self, rollout: Rollout, due_at: datetime | None) -> None:
        known = self._written.rollouts.get(rollout.id)
        before = known[0] if known is not None else self._watched.get(rollout.id)
        self._watched.save(rollout, due_at)
        self._written.rollouts[rollout.id] = (before, rollout)


class _Flags(_Watched):
    def set(self, key: str, environment: str, setting: FlagSetting, at: datetime) -> FlagState:
        before = self._watched.state(key, environment)
        self._written.flags.append(FlagSet(self._watched.get(key), environment, before, setting))
        return cast("FlagState", self._watched.set(key, environment, setting, at))


class _Audit(_Watched):
    def append(self, event: Event, actor: Actor, at: datetime) -> Entry:
        entry = cast("Entry", self._watched.append(event, actor, at))
        self._written.entries.append(entry)
        return entry


class _Measurements(_Watched):
    def add(self, rollout_id: int, measurements: Sequence[Measurement]) -> None:
        self._watched.add(rollout_id, measurements)
        self._written.measurements += [(rollout_id, it) for it in measurements]


class WatchedTransaction(_Watched):
    """The Transaction port over another one."""

    @property
    def rollouts(self) -> RolloutRepository:
        return cast("RolloutRepository", _Rollouts(self._watched.rollouts, self._written))

    @property
    def measurements(self) -> MeasurementRepository:
        return cast("MeasurementRepository", _Measurements(self._watched.measurements, self._written))

    @property
    def flags(self) -> FlagRepository:
        return cast("FlagRepository", _Flags(self._watched.flags, self._written))

    @property
    def audit(self) -> AuditRepository:
        return cast("AuditRepository", _Audit(self._watched.audit, self._written))


@dataclass(frozen=True, slots=True)
class WatchedStore:
    """The Store port over the real one; `committed` is told of each transaction, in their order."""

    store: Store
    clock: Clock
    death: Death
    committed: Callable[[Written], None]

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Read."""
        return await self.store.read(work)

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Write, and tell what was written."""
        self.death.at("before a transaction")

        def whole(tx: Transaction) -> tuple[T, Written]:
            # An attempt that is rolled back is forgotten with what it saw.
            written = Written(self.clock.now())
            result = work(cast("Transaction", WatchedTransaction(tx, written)))
            if written.rollouts or written.flags:
                written.freezes = tx.freezes.standing(written.now)
            return result, written

        result, written = await self.store.write(whole)
        self.committed(written)
        self.death.at("after a transaction")
        return result
