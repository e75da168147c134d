"""What people are shown of flags: a flag as it stands, a change, an evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.flag import Evaluation, Flag, FlagSetting, FlagState
    from bot.domain.rollout import Rollout


@dataclass(frozen=True, slots=True)
class FlagView:
    """A flag with what it holds in each environment and the active rollouts that drive it."""

    flag: Flag
    states: tuple[FlagState, ...]
    rollouts: tuple[Rollout, ...] = ()


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
