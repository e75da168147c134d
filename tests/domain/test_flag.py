"""Who sees a flag, what a change does to it, and which changes let somebody in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.flag import (
    KEY_PATTERN,
    OFF,
    SWITCH_OFF,
    SWITCH_ON,
    Evaluation,
    Flag,
    FlagChange,
    FlagSetting,
    Why,
    evaluate,
    goes_up,
    no_higher,
    with_percent,
)
from bot.domain.percent import FULL, ZERO, Percent
from tests.domain.plans_for_tests import MONDAY, holding, percent

CHECKOUT = Flag("checkout", "checkout")
RETIRED = replace(CHECKOUT, retired_at=MONDAY)
U1_BUCKET = 2840
"""The bucket of `u1` in this flag, by the table of the buckets' own test."""

NAMES = ("u1", "u2", "u3", "somebody")
TIERS = ("free", "pro", "enterprise")

settings = st.builds(
    FlagSetting,
    on=st.booleans(),
    percent=st.sampled_from([ZERO, percent(2.84), percent(2.841), percent(10), percent(50), FULL]),
    tiers=st.lists(st.sampled_from(TIERS), unique=True).map(tuple),
    users=st.lists(st.sampled_from(NAMES), unique=True).map(tuple),
)
changes = st.builds(
    FlagChange,
    on=st.none() | st.booleans(),
    percent=st.none() | st.sampled_from([ZERO, percent(10), FULL]),
    tiers=st.none() | st.just(()) | st.just(("pro",)),
    users=st.none() | st.just(()) | st.just(("u1",)),
)


def sees(setting: FlagSetting, key: str, tier: str | None) -> bool:
    return evaluate(CHECKOUT, setting, key, tier).on


@pytest.mark.parametrize(
    ("flag", "setting", "key", "tier", "expected"),
    [
        # Retired comes before everything, also before named users.
        (RETIRED, holding(100, users=("u1",)), "u1", None, Evaluation(on=False, why=Why.RETIRED)),
        (RETIRED, OFF, "u1", None, Evaluation(on=False, why=Why.RETIRED)),
        # Off comes before named users.
        (CHECKOUT, replace(holding(100, users=("u1",)), on=False), "u1", None, Evaluation(on=False, why=Why.OFF)),
        # Named users come before tiers and the percentage.
        (CHECKOUT, holding(0, "pro", users=("u1",)), "u1", "free", Evaluation(on=True, why=Why.NAMED)),
        # The tier comes before the percentage; whoever has none is of no tier.
        (CHECKOUT, holding(100, "pro"), "u1", "free", Evaluation(on=False, why=Why.TIER)),
        (CHECKOUT, holding(100, "pro"), "u1", None, Evaluation(on=False, why=Why.TIER)),
        (CHECKOUT, holding(100, "pro"), "u1", "pro", Evaluation(on=True, why=Why.BUCKET_IN, bucket=U1_BUCKET)),
        (CHECKOUT, holding(100, "pro", "free"), "u1", "free", Evaluation(on=True, why=Why.BUCKET_IN, bucket=U1_BUCKET)),
        # No tiers are every tier.
        (CHECKOUT, holding(100), "u1", "free", Evaluation(on=True, why=Why.BUCKET_IN, bucket=U1_BUCKET)),
        # The bucket is in below the percentage, not at it.
        (CHECKOUT, holding(2.84), "u1", None, Evaluation(on=False, why=Why.BUCKET_OUT, bucket=U1_BUCKET)),
        (CHECKOUT, holding(2.841), "u1", None, Evaluation(on=True, why=Why.BUCKET_IN, bucket=U1_BUCKET)),
        (CHECKOUT, holding(0), "u1", None, Evaluation(on=False, why=Why.BUCKET_OUT, bucket=U1_BUCKET)),
        # Names are compared whole.
        (CHECKOUT, holding(0, users=("u11",)), "u1", None, Evaluation(on=False, why=Why.BUCKET_OUT, bucket=U1_BUCKET)),
    ],
)
def test_the_rules_are_asked_in_their_order(
    flag: Flag, setting: FlagSetting, key: str, tier: str | None, expected: Evaluation
) -> None:
    assert evaluate(flag, setting, key, tier) == expected


def test_another_salt_gives_another_bucket_for_the_same_key() -> None:
    renamed = replace(CHECKOUT, key="checkout-renamed")
    resalted = replace(CHECKOUT, salt="another")
    assert evaluate(renamed, holding(50), "u1") == evaluate(CHECKOUT, holding(50), "u1")
    assert evaluate(resalted, holding(50), "u1") != evaluate(CHECKOUT, holding(50), "u1")


@given(st.text(max_size=20), st.sampled_from(TIERS), st.integers(0, 100_000), st.integers(0, 100_000))
def test_whoever_sees_a_flag_at_a_percentage_sees_it_at_every_greater_one(
    key: str, tier: str, one: int, other: int
) -> None:
    smaller, greater = sorted((one, other))
    setting = holding(0, "pro", "free", users=("u1",))
    if sees(with_percent(setting, Percent(smaller)), key, tier):
        assert sees(with_percent(setting, Percent(greater)), key, tier)


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (FlagChange(), holding(25, "pro", users=("u1",)), holding(25, "pro", users=("u1",))),
        (FlagChange(), OFF, OFF),
        (FlagChange(percent=percent(10)), OFF, holding(10)),
        (FlagChange(percent=ZERO), OFF, OFF),
        (FlagChange(percent=ZERO), holding(10), holding(0)),
        (FlagChange(percent=percent(50)), holding(10, "pro", users=("u1",)), holding(50, "pro", users=("u1",))),
        (FlagChange(on=False, percent=percent(50)), holding(10), FlagSetting(on=False, percent=percent(50))),
        (FlagChange(on=True), FlagSetting(on=False, percent=percent(50)), holding(50)),
        (FlagChange(tiers=("pro",)), OFF, FlagSetting(on=False, tiers=("pro",))),
        (FlagChange(tiers=()), holding(10, "pro"), holding(10)),
        (FlagChange(users=("u1",)), holding(10), holding(10, users=("u1",))),
        (FlagChange(users=()), holding(10, users=("u1",)), holding(10)),
        (SWITCH_ON, OFF, holding(100)),
        (SWITCH_OFF, holding(25, "pro"), FlagSetting(on=False, percent=percent(25), tiers=("pro",))),
    ],
)
def test_a_change_sets_what_it_names_and_leaves_the_rest(
    change: FlagChange, before: FlagSetting, after: FlagSetting
) -> None:
    assert change.applied_to(before) == after


@given(changes, settings)
def test_a_change_made_twice_is_the_change_made_once(change: FlagChange, setting: FlagSetting) -> None:
    once = change.applied_to(setting)
    assert change.applied_to(once) == once


@pytest.mark.parametrize(
    ("before", "after", "up"),
    [
        (OFF, OFF, False),
        (OFF, holding(10), True),
        (OFF, holding(0, users=("u1",)), True),
        (holding(100), OFF, False),
        (holding(10), holding(10), False),
        (holding(10), holding(10.001), True),
        (holding(10), holding(9.999), False),
        (holding(10), holding(10, users=("u1",)), True),
        (holding(10, users=("u1", "u2")), holding(10, users=("u2",)), False),
        (holding(10, users=("u1",)), holding(5, users=("u2",)), True),
        (holding(10), holding(10, "pro"), False),
        (holding(10, "pro"), holding(10), True),
        (holding(10, "pro"), holding(10, "pro", "free"), True),
        (holding(10, "pro", "free"), holding(10, "free"), False),
        (holding(50, "pro"), holding(10, "free"), True),
        (holding(50, "pro"), holding(10), True),
    ],
)
def test_a_change_goes_up_when_it_could_let_somebody_in(before: FlagSetting, after: FlagSetting, *, up: bool) -> None:
    assert goes_up(before, after) is up


@given(settings, settings, st.sampled_from(NAMES), st.none() | st.sampled_from(TIERS))
def test_nobody_comes_in_by_a_change_that_does_not_go_up(
    before: FlagSetting, after: FlagSetting, key: str, tier: str | None
) -> None:
    if not goes_up(before, after):
        assert sees(before, key, tier) or not sees(after, key, tier)


@pytest.mark.parametrize(
    ("asked", "held", "cut"),
    [
        (holding(10), holding(50), holding(10)),
        (holding(50), holding(10), holding(10)),
        (holding(10), OFF, OFF),
        (OFF, holding(10), OFF),
        (holding(5), holding(50, "pro", users=("u1",)), holding(5, "pro")),
        (holding(50, users=("u1", "u2")), holding(10, users=("u2",)), holding(10, users=("u2",))),
        (holding(50, "pro", "free"), holding(50, "free", "enterprise"), holding(50, "free")),
        (holding(50, "pro"), holding(50, "free"), holding(0, "free")),
    ],
)
def test_a_setting_is_cut_down_to_what_is_held(asked: FlagSetting, held: FlagSetting, cut: FlagSetting) -> None:
    assert no_higher(asked, held) == cut


@given(settings, settings, st.sampled_from(NAMES), st.none() | st.sampled_from(TIERS))
def test_a_setting_that_was_cut_down_lets_in_only_whom_both_let_in(
    asked: FlagSetting, held: FlagSetting, key: str, tier: str | None
) -> None:
    cut = no_higher(asked, held)
    assert not goes_up(held, cut)
    assert (sees(asked, key, tier) and sees(held, key, tier)) or not sees(cut, key, tier)


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        (OFF, "off"),
        (FlagSetting(on=False, percent=FULL, users=("u1",)), "off"),
        (holding(100), "100%"),
        (holding(0.001), "0.001%"),
        (holding(25, "pro"), "25% of pro"),
        (holding(25, "pro", "enterprise"), "25% of pro and enterprise"),
        (holding(0, users=("u1",)), "0% and 1 named user"),
        (holding(10, "pro", users=("u1", "u2", "u3")), "10% of pro and 3 named users"),
    ],
)
def test_a_setting_is_written_as_people_read_it(setting: FlagSetting, text: str) -> None:
    assert str(setting) == text


@pytest.mark.parametrize("key", ["checkout", "FEATURE_CALLS", "a", "0", "a.b-c_d", "x" * 100])
def test_these_are_keys_of_flags(key: str) -> None:
    assert KEY_PATTERN.fullmatch(key)


@pytest.mark.parametrize("key", ["", ".hidden", "-x", "a/b", "a b", "Ünal", "x" * 101, "a\n", "a%20b"])
def test_these_are_no_keys_of_flags(key: str) -> None:
    assert not KEY_PATTERN.fullmatch(key)
