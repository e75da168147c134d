"""Looks at the flags of a rollout, writes what is wanted of them, and keeps apart what somebody else set elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.domain.errors import Refused, Unavailable
from bot.domain.flag import OFF, FlagSetting, FlagTarget
from bot.domain.holding import alike, reaches_nobody
from bot.domain.progress import no_more_than
from bot.domain.provider import BUILTIN
from bot.domain.rollout import Status
from bot.domain.sighting import Sighting, first_sighting, intended, limit, looked, may_be_written, silent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.domain.rollout import Rollout
    from bot.ports import Clock, FlagProvider, Journal, Store, Transaction


@dataclass(frozen=True, slots=True)
class Glance:
    """One flag as it was found. `target` is what is wanted of it, `seen` what it holds.

    `known` is the sighting of a flag that another system holds, and None for one of our own; `problem` says why that
    system cannot be asked or written. `seen` is None where it could not be asked, and where what is there is no setting
    and the flag is to be switched off whatever it is.
    """

    target: FlagTarget
    seen: FlagSetting | None
    known: Sighting | None = None
    problem: str = ""

    def is_to_be_written(self, rollout: Rollout) -> bool:
        """Say whether what is wanted is not there, and may be written over what is."""
        wanted = self.target.setting
        if self.known is None:
            return self.seen != wanted
        if self.problem:
            return False
        if self.seen is None:
            return True
        return not alike(self.seen, wanted) and may_be_written(self.known, self.seen, wanted, rollout)

    def limit(self, rollout: Rollout) -> FlagTarget:
        """Return the most that a rollout which does not go on may want of the flag."""
        wanted = self.target.setting
        if self.seen is None:
            return self.target
        if self.known is not None:
            return replace(self.target, setting=limit(self.known, self.seen, wanted, rollout))
        stopped = rollout.status in {Status.PAUSED, Status.ROLLED_BACK}
        return replace(self.target, setting=self.seen) if stopped else self.target

    def sighting(self, now: datetime) -> Sighting | None:
        """Return what is known of a flag that is held elsewhere, now that it was looked at."""
        if self.known is None:
            return None
        if self.problem:
            return silent(self.known, self.problem, now)
        return looked(self.known, self.seen or OFF, self.target.setting, now)


@dataclass(frozen=True, slots=True)
class Look:
    """What a look found.

    `rollout` is the one that was asked about, wanting no more than it may; `limits` are what it may want.
    """

    rollout: Rollout
    glances: tuple[Glance, ...]
    limits: tuple[FlagTarget, ...]

    @property
    def held(self) -> tuple[FlagTarget, ...]:
        """Return what each flag was found to hold, somebody else's settings included."""
        return tuple(replace(it.target, setting=it.seen or OFF) for it in self.glances)

    @property
    def missing(self) -> tuple[FlagTarget, ...]:
        """Return what is to be written."""
        return tuple(it.target for it in self.glances if it.is_to_be_written(self.rollout))

    @property
    def silent(self) -> bool:
        """Say whether a system could not be asked or written."""
        return any(it.problem for it in self.glances)

    def sightings(self, now: datetime) -> tuple[Sighting, ...]:
        """Return what is known of the flags that are held elsewhere."""
        found = (it.sighting(now) for it in self.glances)
        return tuple(it for it in found if it is not None)

    def observed(self, now: datetime) -> tuple[FlagTarget, ...]:
        """Return what the rollout observes of each flag."""
        return tuple(_observed(it, it.sighting(now)) for it in self.glances)


@dataclass(frozen=True, slots=True)
class Hands:
    """Reads and writes flags wherever they are held.

    `providers` are the systems by the name a plan gives them; "builtin" stands in for a name that is not there.
    """

    store: Store
    clock: Clock
    providers: Mapping[str, FlagProvider]
    journal: Journal

    async def look(self, rollout: Rollout, mine: tuple[FlagTarget, ...]) -> Look:
        """Look at the flags in `mine`; the others are left alone. Raises Unavailable for our own store."""
        glances = [await self._glance(rollout, it) if it in mine else Glance(it, it.setting) for it in rollout.wanted]
        limits = tuple(it.limit(rollout) for it in glances)
        asked = no_more_than(rollout, limits)
        wanted = {(it.flag, it.environment): it for it in asked.wanted}
        cut = (replace(it, target=wanted[it.target.flag, it.target.environment]) for it in glances)
        return Look(asked, tuple(cut), limits)

    async def make_true(self, look: Look) -> Look:
        """Write what is missing, and look again at what was written.

        A system elsewhere that fails keeps no other flag from being written. Raises Unavailable for our own store.
        """
        glances = [await self._write(look.rollout, it) if it.target in look.missing else it for it in look.glances]
        return replace(look, glances=tuple(glances))

    async def _glance(self, rollout: Rollout, target: FlagTarget) -> Glance:
        provider, known = await self._place(rollout, target)
        if known is None:
            return Glance(target, await _read(provider, target))
        try:
            return Glance(target, await self._seen(provider, target), known)
        except (Unavailable, Refused) as problem:
            return self._failed(rollout, Glance(target, None, known), problem)

    async def _write(self, rollout: Rollout, glance: Glance) -> Glance:
        target, name = glance.target, rollout.plan.flag(glance.target.flag).provider
        if glance.known is None:
            provider = self.providers[BUILTIN]
            await provider.write(target, cause_of(rollout))
            return replace(glance, seen=await _read(provider, target))
        known = await self._intend(glance.known, target.setting)
        try:
            provider = self.providers[name]
            await provider.write(target, cause_of(rollout))
            return replace(glance, known=known, seen=await _read(provider, target))
        except (Unavailable, Refused) as problem:
            return self._failed(rollout, replace(glance, known=known), problem)

    async def _place(self, rollout: Rollout, target: FlagTarget) -> tuple[FlagProvider, Sighting | None]:
        """Return who holds a flag, and what is known of it where that is another system."""
        name = rollout.plan.flag(target.flag).provider
        provider = self.providers.get(name)
        if provider is None or name == BUILTIN:
            return self.providers[BUILTIN], None
        known = await self.store.read(lambda tx: tx.sightings.get(target.flag, target.environment))
        return provider, known if known is not None and known.provider == name else first_sighting(rollout, target)

    async def _seen(self, provider: FlagProvider, target: FlagTarget) -> FlagSetting | None:
        """Return what is there; None where that is no setting, and the flag is to be switched off whatever it is."""
        try:
            return await _read(provider, target)
        except Refused:
            if reaches_nobody(target.setting):
                return None
            raise

    async def _intend(self, known: Sighting, wanted: FlagSetting) -> Sighting:
        """Put on record what is about to be written: should its answer be lost, it is recognised as ours."""

        def work(tx: Transaction) -> Sighting:
            # Somebody may have decided about what stands there since it was looked at.
            now_known = tx.sightings.get(known.flag, known.environment)
            mine = now_known if now_known is not None and now_known.provider == known.provider else known
            after = intended(mine, wanted)
            tx.sightings.save(after)
            return after

        return known if intended(known, wanted) == known else await self.store.write(work)

    def _failed(self, rollout: Rollout, glance: Glance, problem: Unavailable | Refused) -> Glance:
        if glance.known is not None and glance.known.since is None:
            self.journal.warning("rollout.provider.unavailable", rollout=rollout.id, problem=problem.sentence)
        return replace(glance, problem=problem.sentence)


def cause_of(rollout: Rollout) -> str:
    """Return what a write is for, as other systems log it."""
    return f"rollout:{rollout.id}:{rollout.version}"


async def _read(provider: FlagProvider, target: FlagTarget) -> FlagSetting:
    return await provider.read(target.flag, target.environment) or OFF


def _observed(glance: Glance, sighting: Sighting | None) -> FlagTarget:
    """Return what a rollout observes: the very setting that is wanted where the difference is none.

    While a system is silent what was last agreed counts, unless something may have been written since.
    """
    wanted = glance.target.setting
    if sighting is None:
        return replace(glance.target, setting=glance.seen or OFF)
    seen = sighting.strange or sighting.held
    if sighting.since is not None and sighting.strange is None:
        seen = next((it for it in sighting.tried if not alike(it, wanted)), sighting.held)
    return replace(glance.target, setting=wanted if alike(seen, wanted) else seen)
