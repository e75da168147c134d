"""Taking what is wanted out of JSON that another system answered with, or saying that it is not there."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bot.domain.errors import Refused
from bot.domain.flag import FlagSetting
from bot.domain.percent import FULL, ZERO, BadPercent, Percent

ALL_ON = FlagSetting(on=True, percent=FULL)


def mapping(value: object, where: str) -> Mapping[str, Any]:
    """Return a JSON object. Raises Refused: the other side is not what the team file says it is."""
    if isinstance(value, dict):
        return value
    raise _unexpected(where)


def listing(value: object, where: str) -> list[Mapping[str, Any]]:
    """Return a JSON list of objects. Raises Refused."""
    if isinstance(value, list):
        return [mapping(item, where) for item in value]
    raise _unexpected(where)


def switched(value: object, where: str) -> bool:
    """Return a JSON boolean. Raises Refused."""
    if isinstance(value, bool):
        return value
    raise _unexpected(where)


def share(value: object, where: str) -> Percent:
    """Return a percentage as a number or a text of it; more than all is all. Raises Refused."""
    try:
        text = value if isinstance(value, str) else Decimal(str(value))
        number = Decimal(text.strip().removesuffix("%").strip()) if isinstance(text, str) else text
        return Percent.of(min(max(number, Decimal(0)), Decimal(100)).quantize(Decimal("0.001")))
    except (ArithmeticError, ValueError, BadPercent):
        raise _unexpected(where) from None


def setting_of(*, on: bool, percent: Percent | None) -> FlagSetting:
    """Return what a switch with a share holds; without a share it is all or nobody."""
    if percent is None:
        return ALL_ON if on else FlagSetting()
    return FlagSetting(on=on, percent=percent)


def share_of(setting: FlagSetting) -> Percent:
    """Return the share that a setting really lets in."""
    return setting.percent if setting.on else ZERO


def written(percent: Percent) -> str:
    """Return a percentage as a plain number: `25`, `12.5`."""
    return str(percent).removesuffix("%")


def _unexpected(where: str) -> Refused:
    return Refused(
        f"{where} is not of the form that was expected.", "Check the provider's kind and address in the team file."
    )
