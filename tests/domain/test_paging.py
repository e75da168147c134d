"""What is due about a page: levels in time, skipped ones, lapses, repetitions, and what was missed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.escalation import SLOWLY, Level, Policy, Severity, SeverityRule, Target, TargetKind
from bot.domain.page import Act, Page, PageState, Trouble, acknowledge, again, reassign, resolve, snooze
from bot.domain.paging import Decision, Notice, NoticeKind, decide, lost
from tests.domain.pages_for_tests import (
    ALASKA,
    HOUR,
    MINUTE,
    START,
    Reaching,
    a_page,
    all_but,
    direct,
    everybody,
    level,
)

Told = tuple[int, list[str]]


def told(notices: tuple[Notice, ...]) -> list[Told]:
    """Return whom the notices reach, by level."""
    return [(it.level, [way.person for way in it.ways]) for it in notices if it.kind is NoticeKind.REACHED]


def at(minutes: float) -> datetime:
    return START + minutes * MINUTE


def after(page: Page, minutes: float, reach: Reaching = everybody) -> Decision:
    return decide(page, at(minutes), reach)


def run(page: Page, *minutes: float, reach: Reaching = everybody) -> Page:
    for minute in minutes:
        page, _ = after(page, minute, reach)
    return page


def test_the_first_level_is_reached_at_once_and_the_next_in_its_time() -> None:
    page, notices = after(a_page(), 0)
    assert told(notices) == [(1, ["engineer"])]
    assert (page.level, page.due_at) == (1, at(15))


def test_each_level_is_reached_at_its_time_from_the_start() -> None:
    page, found = a_page(), []
    for minute in range(70):
        page, notices = after(page, minute)
        found += [(minute, *it) for it in told(notices)]
    assert found == [(0, 1, ["engineer"]), (15, 2, ["lead"]), (30, 3, ["cto"]), (60, 4, ["ceo"])]


def test_a_pass_that_comes_a_little_late_does_not_move_the_times_after_it() -> None:
    page = run(a_page(), 0, 15.5)
    assert page.due_at == at(30)


def test_nothing_happens_before_its_time() -> None:
    page = run(a_page(), 0)
    assert after(page, 14.9) == (page, ())


def test_an_acknowledgement_at_minute_20_keeps_the_cto_asleep() -> None:
    page = acknowledge(run(a_page(), 0, 15), Act("lead", at(20)))
    assert (page.state, page.until, page.due_at) == (PageState.ACKNOWLEDGED, at(50), at(44))
    assert after(page, 30) == (page, ())
    assert after(page, 43.9) == (page, ())
    assert told(after(page, 49.9)[1]) == []


def test_whoever_acknowledged_is_reminded_once_before_it_lapses() -> None:
    page = acknowledge(run(a_page(), 0, 15), Act("lead", at(20)))
    page, (notice,) = after(page, 44)
    assert (notice.kind, notice.ways) == (NoticeKind.REMINDED, (direct("lead"),))
    assert (page.state, page.epoch, page.due_at) == (PageState.ACKNOWLEDGED, 2, at(50))
    assert after(page, 45) == (page, ())
    page, notices = after(page, 50)
    assert [it.kind for it in notices] == [NoticeKind.REARMED, NoticeKind.REACHED]
    page = acknowledge(page, Act("lead", at(51)))
    assert [it.kind for it in after(page, 75)[1]] == [NoticeKind.REMINDED]


def test_a_snooze_has_no_reminder_and_an_outage_over_the_whole_of_it_neither() -> None:
    taken = acknowledge(run(a_page(), 0), Act("engineer", at(5)))
    assert next(it.kind for it in after(taken, 300)[1]) is NoticeKind.REARMED
    resting = snooze(taken, Act("engineer", at(6), "known"), 60 * MINUTE)
    assert resting.due_at == resting.until


def test_an_acknowledgement_without_a_resolution_re_arms_the_same_level() -> None:
    page = acknowledge(run(a_page(), 0, 15), Act("lead", at(20)))
    page, notices = after(page, 50)
    assert [it.kind for it in notices] == [NoticeKind.REARMED, NoticeKind.REACHED]
    assert told(notices) == [(2, ["lead"])]
    assert (page.state, page.due_at) == (PageState.OPEN, at(65))
    page, notices = after(page, 65)
    assert told(notices) == [(3, ["cto"])]
    assert page.due_at == at(95)


def test_a_resolved_page_is_never_due_again() -> None:
    page = resolve(run(a_page(), 0), Act("engineer", at(5), "fixed"))
    assert page.due_at is None
    assert after(page, 5000) == (page, ())


def test_a_snooze_ends_with_its_level_reached_again() -> None:
    page = snooze(run(a_page(), 0, 15), Act("lead", at(20), "the vendor works on it"), 2 * HOUR)
    assert after(page, 139) == (page, ())
    page, notices = after(page, 140)
    assert told(notices) == [(2, ["lead"])]
    assert "its snooze is over" in notices[0].why


def test_a_level_at_which_nobody_can_be_reached_is_skipped_at_once_and_says_so() -> None:
    page, notices = after(run(a_page(), 0), 15, all_but("lead"))
    assert [(it.kind, it.level, it.why) for it in notices if it.kind is NoticeKind.SKIPPED] == [
        (NoticeKind.SKIPPED, 2, "lead cannot be reached")
    ]
    assert told(notices) == [(3, ["cto"])]
    assert page.due_at == at(60), "those above keep their times"


def test_a_level_without_targets_is_skipped_like_one_that_nobody_answers_for() -> None:
    empty = Policy("p", (level(0), level(15, "lead")))
    _, notices = after(a_page(empty), 0)
    assert [it.why for it in notices if it.kind is NoticeKind.SKIPPED] == ["it names nobody"]
    assert told(notices) == [(2, ["lead"])]


def test_whoever_of_a_level_cannot_be_reached_is_named() -> None:
    _, notices = after(a_page(Policy("p", (level(0, "engineer", "lead"),))), 0, all_but("lead"))
    assert [(it.kind, it.why) for it in notices] == [(NoticeKind.REACHED, "lead cannot be reached")]


def test_a_page_that_reaches_nobody_says_so_and_tries_again() -> None:
    page, notices = after(a_page(), 0, all_but("engineer", "lead", "cto", "ceo"))
    assert [it.kind for it in notices] == [NoticeKind.SKIPPED] * 4 + [NoticeKind.NOBODY]
    assert page.due_at == at(15)
    page, notices = after(page, 15)
    assert told(notices) == [(4, ["ceo"])]


def test_a_critical_page_reaches_every_level_at_once_and_everybody_once() -> None:
    twice = Policy("p", (level(0, "engineer"), level(15, "lead"), level(60, "ceo", "engineer")))
    page, notices = after(a_page(twice, Severity.CRITICAL), 0)
    assert told(notices) == [(1, ["engineer"]), (2, ["lead"]), (3, ["ceo"])]
    page, notices = after(page, 15)
    assert [sorted(names) for _, names in told(notices)] == [["ceo", "engineer", "lead"]], "until somebody answers"


def test_a_critical_acknowledgement_that_lapses_reaches_everybody_again() -> None:
    page = acknowledge(run(a_page(severity=Severity.CRITICAL), 0), Act("cto", at(5)))
    _, notices = after(page, 35)
    assert [names for _, names in told(notices)] == [["engineer"], ["lead"], ["cto"], ["ceo"]]


def test_a_severity_may_stop_at_a_level() -> None:
    rules = ((Severity.LOW, SeverityRule(levels=1)),)
    page, _ = after(a_page(replace(ALASKA, rules=rules), Severity.LOW), 0)
    page, notices = after(page, 15)
    assert told(notices) == [(1, ["engineer"])], "the last of its levels is repeated"


def test_the_last_level_is_repeated_so_often_and_then_once_a_day() -> None:
    policy = Policy("p", (level(0, "engineer"), level(15, "lead")), every=10 * MINUTE, times=2)
    page, moments = a_page(policy), []
    for _ in range(6):
        assert page.due_at is not None
        page, notices = decide(page, page.due_at, everybody)
        moments.append((told(notices)[0], (page.due_at or START) - START))
    assert moments == [
        ((1, ["engineer"]), 15 * MINUTE),
        ((2, ["lead"]), 25 * MINUTE),
        ((2, ["lead"]), 35 * MINUTE),
        ((2, ["lead"]), 35 * MINUTE + SLOWLY),
        ((2, ["lead"]), 35 * MINUTE + 2 * SLOWLY),
        ((2, ["lead"]), 35 * MINUTE + 3 * SLOWLY),
    ]


def test_a_repetition_goes_to_the_nearest_level_that_can_be_reached() -> None:
    page = run(a_page(), 0, 15, 30, 60)
    _, notices = after(page, 75, all_but("ceo"))
    assert told(notices) == [(3, ["cto"])]


def test_after_an_outage_each_missed_level_is_reached_once_and_marked_late() -> None:
    page, notices = after(run(a_page(), 0), 26 * 60)
    assert told(notices) == [(2, ["lead"]), (3, ["cto"]), (4, ["ceo"])]
    assert [it.late for it in notices] == [26 * HOUR - minutes * MINUTE for minutes in (15, 30, 60)]
    assert page.due_at == at(26 * 60 + 15)


def test_an_outage_in_the_middle_of_the_repetitions_is_made_up_for_once() -> None:
    _, notices = after(run(a_page(), 0, 15, 30, 60), 60 + 26 * 60)
    assert told(notices) == [(4, ["ceo"])]
    assert notices[0].late == 26 * HOUR - 15 * MINUTE


def test_a_page_that_is_given_to_somebody_reaches_them_in_place_of_its_level() -> None:
    page = reassign(run(a_page(), 0, 15), Act("lead", at(20), "she knows it"), "dora")
    page, notices = after(page, 20)
    assert told(notices) == [(2, ["dora"])]
    assert (page.level, page.due_at) == (2, at(35))
    _, notices = after(page, 35)
    assert told(notices) == [(3, ["cto"])]


def test_a_page_at_its_last_level_is_given_to_somebody_alone() -> None:
    page = reassign(run(a_page(), 0, 15, 30, 60), Act("ceo", at(61)), "dora")
    page, notices = after(page, 61)
    assert told(notices) == [(4, ["dora"])]
    assert page.due_at == at(76)


def test_a_page_that_is_given_to_somebody_who_cannot_be_reached_stays_with_its_level() -> None:
    page = reassign(run(a_page(), 0, 15), Act("lead", at(20)), "dora")
    _, notices = after(page, 20, all_but("dora"))
    assert told(notices) == [(2, ["lead"])]


def test_a_message_that_did_not_arrive_brings_the_next_level_forward() -> None:
    page = lost(run(a_page(), 0), direct("engineer"), 1, "cannot be written to", at(1))
    assert page.due_at == at(1)
    page, notices = after(page, 1)
    assert told(notices) == [(2, ["lead"])]
    assert page.due_at == at(30)


def test_a_message_that_did_not_arrive_changes_nothing_where_another_one_did() -> None:
    page = run(a_page(), 0, reach=all_but(platforms=("slack", "discord")))
    noted = lost(page, direct("engineer"), 1, "cannot be written to", at(1))
    assert noted.due_at == at(15)
    assert lost(noted, direct("engineer"), 1, "again", at(2)) is noted
    assert lost(noted, direct("engineer", "discord"), 1, "nor here", at(2)).due_at == at(2)


def test_the_same_trouble_that_is_worse_now_goes_to_everybody() -> None:
    page = again(run(a_page(), 0), Trouble(Severity.CRITICAL, "everything fails"), at(3))
    assert (page.times, page.severity) == (2, Severity.CRITICAL)
    _, notices = after(page, 3)
    assert [names for _, names in told(notices)] == [["lead"], ["cto"], ["ceo"]]


def test_the_same_trouble_once_more_reaches_nobody_anew() -> None:
    page = again(run(a_page(), 0), Trouble(Severity.LOW, "payments fail"), at(3))
    assert (page.times, page.severity) == (2, Severity.HIGH)
    assert after(page, 3) == (page, ())


def test_a_level_names_places_as_well_as_people() -> None:
    targets = (Target(TargetKind.CHANNEL, "support"), Target(TargetKind.PERSON, "engineer"))
    _, notices = after(a_page(Policy("p", (Level(timedelta(0), targets),))), 0)
    assert len(notices[0].ways) == 2
