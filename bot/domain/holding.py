"""What a system that holds flags can hold, and what of a setting it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.flag import FlagSetting
from bot.domain.percent import FINEST, FULL, ZERO, Percent

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Holds:
    """What a provider can hold.

    `finest` is the step between two percentages, None where there is only on and off. `environments` are the ones it
    has; None where it has whichever is named.
    """

    finest: Percent | None = FINEST
    tiers: bool = True
    users: bool = True
    environments: tuple[str, ...] | None = None

    def lacks(self, setting: FlagSetting) -> Iterator[str]:
        """Yield, for a sentence, why a setting cannot be held; a switch that is off can be held everywhere."""
        if not setting.on:
            return
        if setting.percent not in {ZERO, FULL} and not self._has(setting.percent):
            yield f"holds {self.percentages}, and not {setting.percent}"
        if setting.tiers and not self.tiers:
            yield f"holds no tiers, and not {' and '.join(setting.tiers)} alone"
        if setting.users and not self.users:
            yield f"holds no named users, and here {len(setting.users)} would be"

    def has_environment(self, environment: str) -> bool:
        """Say whether the provider has an environment."""
        return self.environments is None or environment in self.environments

    @property
    def percentages(self) -> str:
        """Return which percentages can be held, for a sentence."""
        if self.finest is None:
            return "only on and off"
        return "whole percentages" if self.finest == Percent(1000) else f"percentages in steps of {self.finest}"

    def _has(self, percent: Percent) -> bool:
        return self.finest is not None and percent.milli % self.finest.milli == 0


EVERYTHING = Holds()


def reaches_nobody(setting: FlagSetting) -> bool:
    """Say whether nobody sees the flag."""
    return not setting.on or (setting.percent == ZERO and not setting.users)


def alike(one: FlagSetting, other: FlagSetting) -> bool:
    """Say whether two settings let in the same units.

    A system that only knows on and off forgets the percentage of a switch that is off, and none keeps the order of
    names; neither is a difference.
    """
    if reaches_nobody(one) and reaches_nobody(other):
        return True
    return _meant(one) == _meant(other)


def _meant(setting: FlagSetting) -> tuple[bool, Percent, frozenset[str], frozenset[str]]:
    return setting.on, setting.percent, frozenset(setting.tiers), frozenset(setting.users)
