"""Schedules that another system plans: who is on call, what overrides of ours change, and what is not known."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.oncall import OnDuty, Override, OverrideKind, Schedule, Shift, duties, next_handoff, on_call, shifts
from bot.domain.roster import Roster, Stint
from tests.fakes.clock import START

HOUR = timedelta(hours=1)
STINTS = (
    Stint("ana", None, START + 2 * HOUR),
    Stint("ben", START + 2 * HOUR, START + 4 * HOUR),
    Stint("cleo", START + 5 * HOUR, None),
)
SEARCH = Schedule("search", rotations=(Roster("PI7DH85", STINTS, START),))


def who(hours: float, *overrides: Override) -> tuple[str, ...]:
    return on_call(SEARCH, overrides, START + hours * HOUR)["primary"]


def test_turns_are_as_the_other_system_says_and_nobody_has_a_gap() -> None:
    assert [who(it) for it in (-100, 0, 1.9, 2, 4, 4.9, 5, 1000)] == [
        ("ana",), ("ana",), ("ana",), ("ben",), (), (), ("cleo",), ("cleo",),
    ]  # fmt: skip


def test_several_may_answer_at_once_and_each_counts_once() -> None:
    both = Roster("P", (Stint("ana"), Stint("ben"), Stint("ana", START)), START)
    assert both.people(START) == ("ana", "ben")
    assert list(both.changes(START - HOUR)) == [START]


def test_the_next_hand_off_is_the_next_change_of_a_turn() -> None:
    assert duties(SEARCH, (), START) == (OnDuty("primary", ("ana",), START + 2 * HOUR, ("ben",)),)
    assert duties(SEARCH, (), START + 6 * HOUR) == (OnDuty("primary", ("cleo",)),)
    assert next_handoff(SEARCH, (), START + 3 * HOUR) == START + 4 * HOUR
    assert next_handoff(SEARCH, (), START + 6 * HOUR) is None


def test_an_override_made_here_wins() -> None:
    override = Override(
        "search", "primary", "dora", OverrideKind.REPLACE, START + HOUR, START + 3 * HOUR, "dora", instead_of=""
    )
    assert [who(it, override) for it in (0.5, 1, 2.5, 3)] == [("ana",), ("dora",), ("dora",), ("ben",)]


def test_shifts_cover_the_whole_time() -> None:
    assert shifts(SEARCH, (), START, START + 6 * HOUR)["primary"] == (
        Shift("primary", ("ana",), START, START + 2 * HOUR),
        Shift("primary", ("ben",), START + 2 * HOUR, START + 4 * HOUR),
        Shift("primary", (), START + 4 * HOUR, START + 5 * HOUR),
        Shift("primary", ("cleo",), START + 5 * HOUR, START + 6 * HOUR),
    )


def test_a_schedule_that_never_answered_is_not_known_and_has_nobody() -> None:
    silent = Schedule("search", rotations=(Roster("PI7DH85"),))
    assert not silent.known
    assert SEARCH.known
    assert on_call(silent, (), START) == {"primary": ()}
