"""What people are shown of flags: a flag as it stands, a change, an evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.flag import Evaluation, Flag, FlagSetting, FlagState
    from bot.domain.rollout import Rollout
    from bot.domain.sighting import Sighting


@dataclass(frozen=True, slots=True)
class FlagView:
    """A flag with what it holds in each environment and the active rollouts that drive it.

    `sightings` tell what is held in another system, of which `states` have what was seen there last.
    """

    flag: Flag
    states: tuple[FlagState, ...]
    rollouts: tuple[Rollout, ...] = ()
    sightings: tuple[Sighting, ...] = ()

    def holds(self, environment: str) -> str:
        """Return what the flag holds in an environment, for a sentence; with the system that holds it where that is another."""
        setting = next((str(it.setting) for it in self.states if it.environment == environment), "off")
        where = next((it.provider for it in self.sightings if it.environment == environment), "")
        return f"{setting} in {where}" if where else setting


@dataclass(frozen=True, slots=True)
class Changed:
    """A flag in one environment before and after a change; `rollout` is the one that was paused by it."""

    flag: Flag
    environment: str
    before: FlagSetting
    after: FlagSetting
    rollout: Rollout | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether one unit sees a flag, and everything that decided it."""

    flag: Flag
    environment: str
    setting: FlagSetting
    key: str
    tier: str
    evaluation: Evaluation
