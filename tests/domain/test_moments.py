"""Moments of a plan's communication: what each form means, and what is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from bot.domain.moments import (
    At,
    BadMoment,
    Before,
    Cron,
    Every,
    FromStart,
    Occasion,
    When,
    cron_times,
    parse_moment,
)
from tests.domain.plans_for_tests import DAY, FIVE_PLANS, HOUR


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("T", FromStart(timedelta(0))),
        ("T-24h", FromStart(-DAY)),
        ("T+2h", FromStart(2 * HOUR)),
        ("every 4h", Every(4 * HOUR)),
        ("cron 0 9 * * 1-5", Cron("0 9 * * 1-5")),
        ("each step", When(Occasion.STEP)),
        ("each phase", When(Occasion.PHASE)),
        ("phase Launch day", When(Occasion.PHASE, place="Launch day")),
        ("step 25%", When(Occasion.STEP, place="25%")),
        ("24h before phase Launch", Before("Launch", DAY)),
        ("held", When(Occasion.HELD)),
        ("completed +7d", When(Occasion.COMPLETED, 7 * DAY)),
        ("completed+7d", When(Occasion.COMPLETED, 7 * DAY)),
        ("2026-12-01T09:00+00:00", At(datetime(2026, 12, 1, 9, tzinfo=UTC))),
    ],
)
def test_a_moment_is_read(written: str, meant: object) -> None:
    assert parse_moment(written) == meant


@pytest.mark.parametrize(
    "written",
    ["sometimes", "every 30s", "every", "T-", "2026-12-01T09:00", "cron 99 * * * *", "cron 0 9 30 2 *", "held +x"],
)
def test_what_names_no_moment_is_refused(written: str) -> None:
    with pytest.raises(BadMoment):
        parse_moment(written)


def test_every_moment_of_the_five_plans_is_read() -> None:
    for plan in FIVE_PLANS:
        for item in plan.communication:
            assert parse_moment(item.when) is not None


def test_cron_is_wall_clock_time_and_what_the_spring_gap_swallows_comes_right_after_it() -> None:
    saturday = datetime(2026, 3, 28, 12, tzinfo=UTC)
    times = list(islice(cron_times("30 2 * * *", "Europe/Berlin", saturday), 2))
    assert [at.astimezone(UTC) for at in times] == [
        datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
        datetime(2026, 3, 30, 0, 30, tzinfo=UTC),
    ]
