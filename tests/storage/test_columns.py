"""Moments in columns: in order as text, and always an instant."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.storage.columns import MOMENT_WIDTH, moment_text
from tests.storage.examples import NOW

ANYWHERE = st.datetimes(
    min_value=datetime(1000, 1, 2),  # noqa: DTZ001  # The zone is drawn apart.
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001  # As above.
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)


@given(ANYWHERE, ANYWHERE)
def test_the_texts_of_moments_are_in_the_order_of_the_moments(one: datetime, other: datetime) -> None:
    assert (moment_text(one) < moment_text(other)) == (one < other)
    assert len(moment_text(one)) == MOMENT_WIDTH
    assert datetime.fromisoformat(moment_text(one)) == one


def test_a_time_without_a_zone_is_no_moment() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        moment_text(NOW.replace(tzinfo=None))
