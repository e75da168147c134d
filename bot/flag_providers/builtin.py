"""The embedded store as a flag provider: flags live in our own database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.actor import system_actor
from bot.domain.audit import Action, Event, Outcome
from bot.domain.errors import NotFound
from bot.domain.flag import OFF
from bot.domain.holding import EVERYTHING, Holds
from bot.operations.flag_records import setting_facts, subject_of

if TYPE_CHECKING:
    from bot.domain.flag import FlagSetting, FlagTarget
    from bot.ports import Clock, Store, Transaction


@dataclass(frozen=True, slots=True)
class BuiltinFlags:
    """Reads and writes the flags of the database; each write and its audit entry are one transaction."""

    store: Store
    clock: Clock

    @property
    def holds(self) -> Holds:
        """Everything that a setting can be."""
        return EVERYTHING

    async def read(self, flag: str, environment: str) -> FlagSetting | None:
        """Return what the flag holds, or None if it does not exist."""

        def work(tx: Transaction) -> FlagSetting | None:
            if tx.flags.get(flag) is None:
                return None
            state = tx.flags.state(flag, environment)
            return state.setting if state is not None else OFF

        return await self.store.read(work)

    async def write(self, target: FlagTarget, cause: str) -> None:
        """Make the flag hold the target; what holds it already is left alone, and nothing is recorded.

        Raises NotFound for a flag that does not exist.
        """
        now = self.clock.now()

        def work(tx: Transaction) -> None:
            if tx.flags.get(target.flag) is None:
                raise NotFound(f"There is no flag “{target.flag}”.", f"/flag create {target.flag}")
            state = tx.flags.state(target.flag, target.environment)
            before = state.setting if state is not None else OFF
            if before == target.setting:
                return
            tx.flags.set(target.flag, target.environment, target.setting, now)
            event = Event(
                Action.FLAG_SET,
                Outcome.ACCEPTED,
                subject_of(target.flag),
                target.environment,
                cause,
                setting_facts(before),
                setting_facts(target.setting),
            )
            tx.audit.append(event, system_actor(cause), now)

        await self.store.write(work)
