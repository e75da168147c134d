"""How often one may go up, and when again."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.pace import next_free
from bot.domain.plan import Limit
from tests.domain.plans_for_tests import HOUR, MINUTE, MONDAY

TWICE = Limit("person", 2, HOUR)
SECOND = timedelta(seconds=1)


def test_below_the_limit_one_may_go_up() -> None:
    assert next_free(TWICE, (), MONDAY) is None
    assert next_free(TWICE, (MONDAY - MINUTE,), MONDAY) is None


def test_at_the_limit_one_waits_until_the_first_of_them_is_old_enough() -> None:
    ups = (MONDAY - 10 * MINUTE, MONDAY - 50 * MINUTE)
    assert next_free(TWICE, ups, MONDAY) == MONDAY + 10 * MINUTE
    assert next_free(TWICE, ups, MONDAY + 10 * MINUTE - SECOND) == MONDAY + 10 * MINUTE
    assert next_free(TWICE, ups, MONDAY + 10 * MINUTE) is None


def test_beyond_the_limit_as_many_must_be_old_as_are_too_many() -> None:
    ups = tuple(MONDAY - number * 10 * MINUTE for number in range(1, 5))
    assert next_free(TWICE, ups, MONDAY) == MONDAY + 40 * MINUTE


def test_a_cooldown_counts_from_the_last_time() -> None:
    cooling = Limit("person", 9, HOUR, 10 * MINUTE)
    assert next_free(cooling, (MONDAY - HOUR, MONDAY - 4 * MINUTE), MONDAY) == MONDAY + 6 * MINUTE
    assert next_free(cooling, (MONDAY - 10 * MINUTE,), MONDAY) is None


def test_the_longer_wait_counts() -> None:
    limit = Limit("person", 1, HOUR, 90 * MINUTE)
    assert next_free(limit, (MONDAY,), MONDAY) == MONDAY + 90 * MINUTE


MOMENTS = st.lists(st.integers(0, 7200).map(lambda seconds: MONDAY - seconds * SECOND), max_size=12)


@given(MOMENTS, st.integers(1, 4), st.integers(0, 90))
def test_who_waits_as_long_as_was_said_may_go_up_and_not_a_second_sooner(
    ups: list[object], count: int, cooldown: int
) -> None:
    limit = Limit("person", count, HOUR, cooldown * MINUTE)
    free = next_free(limit, ups, MONDAY)  # type: ignore[arg-type]  # Moments, drawn by a strategy without a type.
    if free is not None:
        assert free > MONDAY
        assert next_free(limit, ups, free) is None  # type: ignore[arg-type]
        assert next_free(limit, ups, free - SECOND) == free  # type: ignore[arg-type]
