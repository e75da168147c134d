"""A plan whose flag another system holds, and what is at hand to disturb it."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.domain.errors import Unavailable
from bot.domain.flag import FlagSetting
from bot.domain.percent import Percent
from bot.domain.team import NO_TEAM, Team
from tests.fakes.flag_provider import FakeProvider
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import HOUR, World, world_over

SHARES = """
plan: shares
title: The new checkout
environment: production
flags: {checkout: {provider: unleash, population: 2000}}
channel: {local: releases}
phases:
  - name: Everyone
    steps: [{set: 10%, soak: 1h}, {set: 25%, soak: 1h}, {set: 50%, soak: 1h}, {set: 100%, soak: 1h}]
rollback:
  - {name: Switch it off, set: off, takes: instant}
"""
PLACE = ("checkout", "production")


def at(percent: str) -> FlagSetting:
    """Return a share of everybody."""
    return FlagSetting(True, Percent.parse(percent))


def down() -> Unavailable:
    """Return what a system says that does not answer."""
    return Unavailable("https://unleash.example.org cannot be reached.")


class KilledError(BaseException):
    """The process ends here."""


def once_at(place: str) -> Callable[[str], None]:
    """Return a fault point that ends the process the first time a place is passed."""
    left = [place]

    def point(passed: str) -> None:
        if left and passed.startswith(left[0]):
            left.clear()
            raise KilledError(passed)

    return point


@dataclass
class Elsewhere:
    """A world, and the system that holds its flags."""

    world: World
    system: FakeProvider

    def edit(self, setting: FlagSetting) -> None:
        """Have somebody change the flag in the other system."""
        self.system.held[PLACE] = setting

    @property
    def held(self) -> FlagSetting:
        """What the other system holds."""
        return self.system.held[PLACE]

    def goes_down(self) -> None:
        """Let the other system answer nothing until it comes back."""
        self.system.failures = _Always()

    def comes_back(self) -> None:
        """Let it answer again."""
        self.system.failures = deque()


class _Always(deque[Exception | None]):
    """Failures without an end."""

    def __bool__(self) -> bool:
        return True

    def popleft(self) -> Exception | None:
        return down()


@asynccontextmanager
async def at_25(url: str, plan: str = SHARES, team: Callable[[], Team] = lambda: NO_TEAM) -> AsyncIterator[Elsewhere]:
    """Open a world with a rollout at 25 %, whose flag another system holds."""
    system = FakeProvider()
    async with world_over(url, plans=WrittenPlans(shares=plan), providers={"unleash": system}, team=team) as world:
        await world.done("/rollout start shares")
        await world.passes(HOUR)
        await world.done("/rollout 25%")
        yield Elsewhere(world, system)
