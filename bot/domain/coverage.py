"""Whether each level of an escalation policy reaches a human now: who, by which ways, and who not and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.page import WayKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.domain.escalation import Level, Policy, Target
    from bot.domain.page import Way
    from bot.domain.paging import Contact

HUMAN = frozenset({WayKind.DIRECT, WayKind.EMAIL, WayKind.PAGERDUTY})
"""Ways that end at somebody. A channel is read by whoever happens to look, and a webhook by a program."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a level would do now: the ways it takes, and what stands in the way of the others."""

    number: int
    level: Level
    ways: tuple[Way, ...]
    missing: tuple[str, ...]

    @property
    def reaches_a_human(self) -> bool:
        """Say whether somebody would hear of it."""
        return any(it.kind in HUMAN for it in self.ways)


def coverage(policy: Policy, reach: Callable[[Target], Contact]) -> tuple[Coverage, ...]:
    """Return what each level of a policy would do now."""
    return tuple(_level(number, level, reach) for number, level in enumerate(policy.levels, start=1))


def _level(number: int, level: Level, reach: Callable[[Target], Contact]) -> Coverage:
    contacts = [reach(it) for it in level.targets]
    ways = dict.fromkeys(way for it in contacts for way in it.ways)
    missing = dict.fromkeys(it.missing for it in contacts if it.missing)
    return Coverage(number, level, tuple(ways), tuple(missing))
