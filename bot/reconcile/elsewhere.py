"""Looks at the flags of a rollout, writes what is wanted of them, and keeps apart what somebody else set elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.errors import Refused, Unavailable
from bot.domain.flag import OFF, FlagSetting, FlagTarget
from bot.domain.holding import alike, reaches_nobody
from bot.domain.provider import BUILTIN
from bot.domain.sighting import Sighting, first_sighting, intended, looked, may_be_written, silent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.rollout import Rollout
    from bot.ports import Clock, FlagProvider, Journal, Store


@dataclass(frozen=True, slots=True)
class Look:
    """What came of it: what each flag was seen to hold, and the sightings of those that are held elsewhere."""

    seen: tuple[FlagTarget, ...]
    sightings: tuple[Sighting, ...] = ()

    @property
    def silent(self) -> bool:
        """Say whether a system could not be asked or written."""
        return any(it.since is not None for it in self.sightings)


@dataclass(frozen=True, slots=True)
class Hands:
    """Reads and writes flags wherever they are held.

    `providers` are the systems by the name a plan gives them; "builtin" stands in for a name that is not there.
    """

    store: Store
    clock: Clock
    providers: Mapping[str, FlagProvider]
    journal: Journal

    async def make_true(self, rollout: Rollout, mine: tuple[FlagTarget, ...]) -> Look:
        """Write what is wanted of the flags in `mine` and not there yet, and look again; the others are left alone.

        A system elsewhere that fails keeps no other flag from being written. Raises Unavailable for our own store.
        """
        sightings: list[Sighting] = []
        seen: list[FlagTarget] = []
        failure: Unavailable | None = None
        for target in rollout.wanted:
            try:
                seen.append(await self._one(rollout, target, sightings) if target in mine else target)
            except Unavailable as problem:
                failure = problem
        if failure is not None:
            raise failure
        return Look(tuple(seen), tuple(sightings))

    async def _one(self, rollout: Rollout, target: FlagTarget, sightings: list[Sighting]) -> FlagTarget:
        name = rollout.plan.flag(target.flag).provider
        provider = self.providers.get(name)
        if provider is None or name == BUILTIN:
            return await self._here(rollout, target)
        known = await self.store.read(lambda tx: tx.sightings.get(target.flag, target.environment))
        if known is None or known.provider != name:
            known = first_sighting(rollout, target)
        after = await self._there(rollout, target, provider, known)
        sightings.append(after)
        return FlagTarget(target.flag, target.environment, _as_observed(after, target.setting))

    async def _here(self, rollout: Rollout, target: FlagTarget) -> FlagTarget:
        provider = self.providers[BUILTIN]
        seen = await _read(provider, target) or OFF
        if seen != target.setting:
            await provider.write(target, cause_of(rollout))
            seen = await _read(provider, target) or OFF
        return FlagTarget(target.flag, target.environment, seen)

    async def _there(self, rollout: Rollout, target: FlagTarget, provider: FlagProvider, known: Sighting) -> Sighting:
        wanted = target.setting
        try:
            seen = await self._seen(provider, target)
            if seen is None or (not alike(seen, wanted) and may_be_written(known, seen, wanted, rollout)):
                known = await self._intend(known, wanted)
                await provider.write(target, cause_of(rollout))
                seen = await _read(provider, target) or OFF
        except (Unavailable, Refused) as problem:
            self.journal.warning("rollout.provider.unavailable", rollout=rollout.id, problem=problem.sentence)
            return silent(known, problem.sentence, self.clock.now())
        return looked(known, seen, wanted, self.clock.now())

    async def _seen(self, provider: FlagProvider, target: FlagTarget) -> FlagSetting | None:
        """Return what is there; None where that is no setting, and the flag is to be switched off whatever it is."""
        try:
            return await _read(provider, target) or OFF
        except Refused:
            if reaches_nobody(target.setting):
                return None
            raise

    async def _intend(self, known: Sighting, wanted: FlagSetting) -> Sighting:
        """Put on record what is about to be written: should its answer be lost, it is recognised as ours."""
        after = intended(known, wanted)
        if after != known:
            await self.store.write(lambda tx: tx.sightings.save(after))
        return after


def cause_of(rollout: Rollout) -> str:
    """Return what a write is for, as other systems log it."""
    return f"rollout:{rollout.id}:{rollout.version}"


async def _read(provider: FlagProvider, target: FlagTarget) -> FlagSetting | None:
    return await provider.read(target.flag, target.environment)


def _as_observed(sighting: Sighting, wanted: FlagSetting) -> FlagSetting:
    """Return what a rollout observes: the very setting that is wanted where the difference is none.

    While a system is silent what was last agreed counts, unless something may have been written since.
    """
    seen = sighting.strange or sighting.held
    if sighting.since is not None and sighting.strange is None:
        seen = next((it for it in sighting.tried if not alike(it, wanted)), sighting.held)
    return wanted if alike(seen, wanted) else seen
