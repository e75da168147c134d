"""What people's answers make of a page, and presses that come too late."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.domain.errors import Refused, Stale
from bot.domain.page import Act, Page, PageState, acknowledge, lapsed, reassign, resolve, snooze
from tests.domain.pages_for_tests import DAY, HOUR, MINUTE, START, a_page


def act(by: str = "bob", reason: str = "", epoch: int | None = None, minutes: int = 4) -> Act:
    return Act(by, START + minutes * MINUTE, reason, epoch)


def acknowledged() -> Page:
    return acknowledge(a_page(), act(epoch=1))


def test_how_long_it_took_is_told() -> None:
    page = resolve(acknowledged(), act(minutes=30))
    assert (page.took("acknowledged"), page.took("resolved")) == (4 * MINUTE, 30 * MINUTE)
    assert a_page().took("acknowledged") is None


def test_every_answer_makes_the_buttons_drawn_before_it_stale() -> None:
    page = a_page()
    assert acknowledge(page, act()).epoch == resolve(page, act()).epoch == 2
    assert snooze(page, act(reason="later"), HOUR).epoch == reassign(page, act(), "cleo").epoch == 2


def test_a_press_of_acknowledge_after_somebody_elses_does_nothing_and_says_who_was_first() -> None:
    with pytest.raises(Stale, match="bob acknowledged it"):
        acknowledge(acknowledged(), act("cleo", epoch=1))


def test_typing_it_twice_is_refused_with_who_is_on_it() -> None:
    with pytest.raises(Refused, match="You are on page 1 already"):
        acknowledge(acknowledged(), act())
    with pytest.raises(Refused, match="bob is on page 1 already"):
        acknowledge(acknowledged(), act("cleo"))


def test_resolve_beats_acknowledge() -> None:
    page = resolve(acknowledged(), act("cleo", epoch=1))
    assert page.state is PageState.RESOLVED
    with pytest.raises(Stale, match="cleo resolved page 1 already"):
        acknowledge(page, act("bob"))


def test_a_press_of_resolve_from_before_the_page_was_armed_again_does_nothing() -> None:
    page = lapsed(acknowledged(), START + HOUR, "nobody resolved it in time")
    with pytest.raises(Stale, match="nobody is on it any more"):
        resolve(page, act(epoch=1))
    assert resolve(page, act(epoch=3)).state is PageState.RESOLVED


def test_what_was_resolved_stays_resolved() -> None:
    page = resolve(a_page(), act())
    late: tuple[Callable[[], Page], ...] = (
        lambda: resolve(page, act()),
        lambda: snooze(page, act(reason="x"), HOUR),
        lambda: reassign(page, act(), "x"),
    )
    for press in late:
        with pytest.raises(Stale, match="resolved page 1 already"):
            press()


def test_an_epoch_that_nobody_ever_drew_is_stale() -> None:
    with pytest.raises(Stale):
        acknowledge(a_page(), act(epoch=99))


def test_a_snooze_needs_a_reason_and_an_end_within_a_week() -> None:
    with pytest.raises(Refused, match="needs a reason"):
        snooze(a_page(), act(reason="  "), HOUR)
    with pytest.raises(Refused, match="a week at most"):
        snooze(a_page(), act(reason="later"), 8 * DAY)
    assert snooze(a_page(), act(reason="later"), HOUR).due_at == START + 4 * MINUTE + HOUR
