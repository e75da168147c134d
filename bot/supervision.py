"""Keeps the connected parts of the bot up: what ends is started again, and an outage is said once at its start and its end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.errors import Refused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.ports import Clock, Journal, Service

SHORTEST, LONGEST = timedelta(seconds=1), timedelta(minutes=1)
"""A part that ended is started again after 1, 2, 4… seconds, and never later than after a minute."""

REFUSED_AGAIN = timedelta(minutes=5)
"""What is wrong in the settings of the other side may be put right there."""

STEADY = timedelta(minutes=1)
"""After so long without an end a part counts as up for good."""


@dataclass(slots=True)
class Supervisor:
    """Runs services beside each other until told to stop. `down` holds the names of those that are not up."""

    services: Sequence[Service]
    clock: Clock
    journal: Journal
    down: set[str] = field(default_factory=set)

    async def run(self, stop: asyncio.Event) -> None:
        """Keep every service up until `stop` is set."""
        async with asyncio.TaskGroup() as tasks:
            for service in self.services:
                tasks.create_task(self._keep(service, stop), name=f"service {service.name}")

    async def _keep(self, service: Service, stop: asyncio.Event) -> None:
        pause = SHORTEST
        while not stop.is_set():
            started = self.clock.now()
            wanted = await self._once(service, stop, pause)
            if stop.is_set():
                return
            pause = SHORTEST if self.clock.now() - started >= STEADY else min(pause * 2, LONGEST)
            await self.clock.wait(stop, self.clock.now() + wanted)

    async def _once(self, service: Service, stop: asyncio.Event, pause: timedelta) -> timedelta:
        """Run a service until it ends; return how long to wait before it is started again."""
        back = asyncio.create_task(self._back(service, stop))
        try:
            await service.run(stop)
        except Refused as problem:
            self._lost(service, problem.sentence, *problem.hints)
            return REFUSED_AGAIN
        except Unavailable as problem:
            self._lost(service, problem.sentence)
            return problem.after or pause
        except Exception as problem:  # noqa: BLE001  # A mistake in one platform must not take the others with it.
            self.journal.error("service.crashed", service=service.name, problem=repr(problem), exc_info=problem)
            self._lost(service, repr(problem))
            return pause
        finally:
            back.cancel()
        if not stop.is_set():
            self._lost(service, "it ended by itself")
        return pause

    async def _back(self, service: Service, stop: asyncio.Event) -> None:
        """Say that a service is up again once it has been for a while."""
        await self.clock.wait(stop, self.clock.now() + STEADY)
        if service.name in self.down and not stop.is_set():
            self.down.discard(service.name)
            self.journal.info("service.recovered", service=service.name)

    def _lost(self, service: Service, problem: str, *hints: str) -> None:
        if service.name not in self.down:
            self.down.add(service.name)
            self.journal.error("service.lost", service=service.name, problem=problem, hints=list(hints))
