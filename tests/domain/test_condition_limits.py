"""A condition that can never be true is found before a rollout waits for it."""

from decimal import Decimal

import pytest

from bot.domain.condition_limits import Bounds, never_true
from bot.domain.condition_syntax import parse_condition

BOUNDS = {"error_rate": Bounds(least=Decimal(0), most=Decimal(100)), "p95": Bounds(least=Decimal(0))}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("error_rate < 0%", '"error_rate < 0%" can never be true, because its metric has no such values'),
        ("error_rate > 100%", '"error_rate > 100%" can never be true, because its metric has no such values'),
        ("0ms > p95", '"0ms > p95" can never be true, because its metric has no such values'),
        ("users > 5 and users < 3", '"users < 3" can never be true together with what is asked before it'),
        ("users > 5 and users <= 5", '"users <= 5" can never be true together with what is asked before it'),
        ("users == 5 and users == 6", '"users == 6" can never be true together with what is asked before it'),
        ("p95 > 1s and (a > 1 and p95 < 500ms)", '"p95 < 500ms" can never be true together with what is asked before it'),
        ("a > 1 and (error_rate < 0% or p95 < 0ms)", '"error_rate < 0%" can never be true, because its metric has no such values'),
        ("problems < 0 within 1h", '"problems < 0 within 1h" can never be true, because its metric has no such values'),
        ("users > 5 for 5m and users < 3", '"users < 3" can never be true together with what is asked before it'),
    ],
)  # fmt: skip
def test_a_contradiction_is_named(text: str, reason: str) -> None:
    assert never_true(parse_condition(text), BOUNDS) == reason


@pytest.mark.parametrize(
    "text",
    [
        "error_rate <= 0%",
        "error_rate >= 100%",
        "users > 3 and users < 5",
        "users >= 5 and users <= 5",
        "users > 5 or users < 3",
        "error_rate < 0% or p95 < 1s",
        "not error_rate < 0%",
        "p95 > 1s and not error_rate < 0% and users > 5",
        "canary.users > 5 and control.users < 3",
        "users > 5 and users < 3 within 1h",
        "users < baseline and users > baseline",
        "users != 5 and users == 5",
    ],
)
def test_what_may_be_true_or_is_not_looked_into_passes(text: str) -> None:
    assert never_true(parse_condition(text), BOUNDS) is None
