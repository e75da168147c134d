"""The dead-man's switch: an outside address is called while all is well, so that somebody else notices when it is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.errors import RollcallError
from bot.pagers.web_post import Request

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

    from bot.domain.health import Health
    from bot.pagers.web_post import Web
    from bot.ports import Clock, Journal


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The Service port: calls `url` every so often, and withholds that while the bot is not well.

    What cannot be reached is said once in the log, and once more when it can be again; the bot does not mind.
    """

    web: Web
    clock: Clock
    journal: Journal
    look: Callable[[], Awaitable[Health]]
    url: str = field(repr=False)
    every: timedelta = timedelta(minutes=1)
    method: str = "GET"
    name: str = "heartbeat"
    troubles: set[str] = field(default_factory=set)

    async def run(self, stop: asyncio.Event) -> None:
        """Beat until `stop` is set."""
        while not stop.is_set():
            await self.beat()
            await self.clock.wait(stop, self.clock.now() + self.every)

    async def beat(self) -> bool:
        """Look how the bot is, and call the address where it is well; return whether that was done."""
        health = await self.look()
        self._note("withheld", "" if health.well else _ills(health))
        if not health.well:
            return False
        problem = await self._call()
        self._note("unreachable", problem)
        return not problem

    async def _call(self) -> str:
        try:
            answer = await self.web.call(Request(self.method, self.url, "The heartbeat's address"))
        except RollcallError as problem:
            return problem.sentence
        return "" if answer.good else f"The heartbeat's address answered with status {answer.status}."

    def _note(self, what: str, problem: str) -> None:
        """Write a trouble to the log when it begins and when it ends."""
        if problem and what not in self.troubles:
            self.troubles.add(what)
            self.journal.warning(f"heartbeat.{what}", problem=problem)
        elif not problem and what in self.troubles:
            self.troubles.discard(what)
            self.journal.info("heartbeat.recovered", after=what)


def _ills(health: Health) -> str:
    """Say what keeps the bot from being well."""
    ills = [] if health.loop_runs else ["the loop stands"]
    ills += [f"{it} cannot do its work" for it in health.ailing]
    ills += [f"{it.what} overdue since {it.since:%Y-%m-%d %H:%M} UTC" for it in health.overdue]
    ills += [f"{it} is not connected" for it in health.disconnected]
    return "; ".join(ills)
