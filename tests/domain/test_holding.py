"""What a provider can hold, and when two settings are no difference."""

from __future__ import annotations

import pytest

from bot.domain.flag import OFF, FlagSetting
from bot.domain.holding import EVERYTHING, Holds, alike
from bot.domain.percent import FULL, ZERO, Percent

WHOLE = Holds(finest=Percent(1000), tiers=False, users=False)
SWITCH = Holds(finest=None, tiers=False, users=False)


def at(percent: str, *, tiers: tuple[str, ...] = (), users: tuple[str, ...] = ()) -> FlagSetting:
    return FlagSetting(True, Percent.parse(percent), tiers, users)


@pytest.mark.parametrize(
    ("holds", "setting", "said"),
    [
        (EVERYTHING, at("0.001%", tiers=("pro",), users=("u1",)), []),
        (WHOLE, at("25%"), []),
        (WHOLE, at("12.5%"), ["holds whole percentages, and not 12.5%"]),
        (Holds(finest=Percent(100)), at("0.05%"), ["holds percentages in steps of 0.1%, and not 0.05%"]),
        (SWITCH, at("100%"), []),
        (SWITCH, at("0%"), []),
        (SWITCH, at("50%"), ["holds only on and off, and not 50%"]),
        (SWITCH, FlagSetting(False, Percent.parse("12.5%"), ("pro",), ("u1",)), []),
        (WHOLE, at("5%", tiers=("pro", "team")), ["holds no tiers, and not pro and team alone"]),
        (WHOLE, at("0%", users=("u1",)), ["holds no named users, and here 1 would be"]),
        (WHOLE, at("0%", users=("u1", "u2")), ["holds no named users, and here 2 would be"]),
    ],
    ids=str,
)
def test_what_cannot_be_held_is_named(holds: Holds, setting: FlagSetting, said: list[str]) -> None:
    assert list(holds.lacks(setting)) == said


def test_a_provider_without_named_environments_has_them_all() -> None:
    assert EVERYTHING.has_environment("staging")
    assert not Holds(environments=("production",)).has_environment("staging")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (OFF, FlagSetting(False, FULL, (), ("u1",)), True),
        (OFF, FlagSetting(True, ZERO), True),
        (OFF, FlagSetting(True, ZERO, (), ("u1",)), False),
        (at("5%", tiers=("a", "b")), at("5%", tiers=("b", "a")), True),
        (at("5%"), at("6%"), False),
        (at("5%"), at("5%", users=("u1",)), False),
    ],
    ids=str,
)
def test_settings_that_let_in_the_same_units_are_alike(one: FlagSetting, other: FlagSetting, same: bool) -> None:
    assert alike(one, other) is same
    assert alike(other, one) is same
