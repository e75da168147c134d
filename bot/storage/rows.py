"""Small domain values as JSON text in a column, and back."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.domain.flag import FlagSetting, FlagTarget
from bot.domain.percent import Percent
from bot.domain.plan import ChannelName
from bot.domain.rollout import Tick, TickState
from bot.storage.columns import moment_text

if TYPE_CHECKING:
    from collections.abc import Sequence


NO_WORDS = "[]"


def to_json(value: object) -> str:
    """Return compact JSON in which people's words stay readable, and so can be searched."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def words_to_text(words: Sequence[str]) -> str:
    """Write a list of words."""
    return to_json(list(words)) if words else NO_WORDS


def words_from_text(text: str) -> tuple[str, ...]:
    """Read what `words_to_text` wrote."""
    return tuple(json.loads(text)) if text != NO_WORDS else ()


def targets_to_text(targets: Sequence[FlagTarget]) -> str:
    """Write settings of flags, percentages in thousandths of a percent."""
    return to_json([_target(target) for target in targets])


def targets_from_text(text: str) -> tuple[FlagTarget, ...]:
    """Read what `targets_to_text` wrote."""
    return tuple(
        FlagTarget(
            item["flag"],
            item["environment"],
            FlagSetting(item["on"], Percent(item["percent_milli"]), tuple(item["tiers"]), tuple(item["users"])),
        )
        for item in json.loads(text)
    )


def ticks_to_text(ticks: Sequence[Tick]) -> str:
    """Write what was said of checklist items."""
    return to_json(
        [
            {"item": tick.item, "state": tick.state, "by": tick.by, "at": moment_text(tick.at), "note": tick.note}
            for tick in ticks
        ]
    )


def ticks_from_text(text: str) -> tuple[Tick, ...]:
    """Read what `ticks_to_text` wrote."""
    return tuple(
        Tick(item["item"], TickState(item["state"]), item["by"], datetime.fromisoformat(item["at"]), item["note"])
        for item in json.loads(text)
    )


def channels_to_text(channels: Sequence[ChannelName]) -> str:
    """Write channels' names."""
    return to_json([{"platform": name.platform, "channel": name.channel} for name in channels])


def channels_from_text(text: str) -> tuple[ChannelName, ...]:
    """Read what `channels_to_text` wrote."""
    return tuple(ChannelName(item["platform"], item["channel"]) for item in json.loads(text))


def _target(target: FlagTarget) -> dict[str, Any]:
    setting = target.setting
    return {
        "flag": target.flag,
        "environment": target.environment,
        "on": setting.on,
        "percent_milli": setting.percent.milli,
        "tiers": list(setting.tiers),
        "users": list(setting.users),
    }
