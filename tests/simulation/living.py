"""Lives a history, made up as it goes or written down before, and shortens one that found something."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from tests.simulation.choosing import Chooser
from tests.simulation.quick_store import QuickStore
from tests.simulation.steps import Chat, Flags, Health, Pass, Step
from tests.simulation.world import HOUR, SimulatedWorld, fresh_database

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable
    from pathlib import Path

LENGTH = 80
MOST_LIVES = 150
"""So often a history is lived again at most to shorten it."""

REALLY_STORED = 10
"""One history of so many is lived with the real store, with its files, its threads and its groups of writes."""

CALM: tuple[Step, ...] = (Flags(Health.UP), Chat(Health.UP), Pass(HOUR), Pass(HOUR))
"""How every history ends: what failed is there again, and what waited is done."""


@dataclass
class History:
    """The steps that were lived and what was wrong after the last of them."""

    seed: int
    steps: list[Step] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    seen: Counter[str] | None = None


@dataclass(frozen=True, slots=True)
class Lives:
    """Where histories are lived: each in a database of its own, copied from an empty one, most of them in memory."""

    template: Path
    folder: Path
    quick: QuickStore = field(default_factory=QuickStore)

    def random(self, seed: int, length: int = LENGTH) -> History:
        """Live a random history."""
        world = self._world(seed)
        chooser = Chooser(Random(seed), world)  # noqa: S311  # Nothing here is a secret.
        return self._live(world, length, lambda _: chooser.step())

    def again(self, seed: int, steps: list[Step]) -> History:
        """Live a history that was written down."""
        return self._live(self._world(seed), len(steps), lambda number: steps[number])

    def shortened(self, failed: History) -> History:
        """Return a shorter history that still finds something, by leaving out ever smaller parts."""
        best, size, lives = failed, len(failed.steps) // 2, 0
        while size and lives < MOST_LIVES:
            start, before = 0, len(best.steps)
            while start < len(best.steps) and lives < MOST_LIVES:
                lives += 1
                tried = self.again(failed.seed, best.steps[:start] + best.steps[start + size :])
                if tried.found and kinds_of(tried.found) & kinds_of(failed.found):
                    best = tried
                else:
                    start += size
            size = size // 2 if size > 1 or len(best.steps) == before else size
        return best

    def _world(self, seed: int) -> SimulatedWorld:
        if seed % REALLY_STORED:
            self.quick.fill(self.template)
            return SimulatedWorld(seed, self.quick)
        return SimulatedWorld(seed, fresh_database(self.template, self.folder, "history"))

    def _live(self, world: SimulatedWorld, length: int, choose: Callable[[int], Step]) -> History:
        try:
            return asyncio.run(_live(world, length, choose))
        finally:
            for left in self.folder.glob("history.db*"):
                left.unlink()


async def _live(world: SimulatedWorld, length: int, choose: Callable[[int], Step]) -> History:
    history = History(world.seed)
    await world.open()
    try:
        for number in range(length):
            step = choose(number)
            history.steps.append(step)
            history.found = await world.live(step)
            if history.found:
                return history
        for step in CALM:
            history.found = await world.live(step)
            if history.found:
                return history
        history.found = await world.end()
        return history
    finally:
        await world.close()
        history.seen = world.rules.seen


def kinds_of(found: list[str]) -> set[str]:
    """Return findings without what differs from one telling to the next, to tell the same one again."""
    return {"".join(letter for letter in it if not letter.isdigit())[:60] for it in found}
