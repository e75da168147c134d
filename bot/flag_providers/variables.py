"""Flags as environment variables: their names, and what their values mean."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from bot.domain.errors import Refused
from bot.domain.flag import FlagSetting
from bot.domain.percent import FULL, BadPercent, Percent
from bot.flag_providers.documents import share_of, written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.provider import Provider

_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off", ""})
_UNFIT = re.compile(r"[^A-Z0-9_]")


def variable_of(provider: Provider, flag: str) -> str:
    """Return the variable that switches a flag: as the team file says, else the flag's key in capitals."""
    return provider.names.get(flag) or _UNFIT.sub("_", flag.upper())


def values_for(setting: FlagSetting, switch: str, percent: str) -> dict[str, str]:
    """Return what the variables hold for a setting; `percent` is what stands behind the name of the second, if any."""
    share = share_of(setting)
    values = {switch: "true" if share.milli else "false"}
    if percent:
        values[switch + percent] = written(share)
    return values


def setting_from(values: Mapping[str, str | None], switch: str, percent: str) -> FlagSetting | None:
    """Return what the variables say; None where the switch is not there. Raises Refused for values that say nothing."""
    said = values.get(switch)
    if said is None:
        return None
    word = said.strip().casefold()
    if word not in _TRUE | _FALSE:
        raise Refused(f"{switch} holds neither true nor false.", f"set {switch} to true or false")
    on = word in _TRUE
    share = values.get(switch + percent) if percent else None
    if share is None:
        return FlagSetting(on=on, percent=FULL if on else Percent(0))
    try:
        return FlagSetting(on=on, percent=Percent.parse(share.strip() or "0"))
    except BadPercent:
        raise Refused(f"{switch}{percent} holds no percentage.", f"set {switch}{percent} to 0 … 100") from None


def to_note(setting: FlagSetting | None) -> str:
    """Write a setting down for a note beside the variables."""
    return json.dumps(None if setting is None else [setting.on, setting.percent.milli])


def from_note(text: str) -> FlagSetting | None:
    """Read what `to_note` wrote; nothing where somebody else wrote there."""
    try:
        on, milli = json.loads(text)
        return FlagSetting(on=bool(on), percent=Percent(int(milli)))
    except (ValueError, TypeError):
        return None
