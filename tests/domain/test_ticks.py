"""What people say of the items of a checklist, and what is refused of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.errors import Refused, RollcallError
from bot.domain.moves import tick
from bot.domain.plan import ChecklistItem
from bot.domain.rollout import Tick, TickState
from tests.domain.plans_for_tests import MONDAY, a_plan, a_step, started, ticked

ITEM = ChecklistItem("1.1", "The backup is made")


def done(item: ChecklistItem, state: TickState = TickState.DONE) -> Tick:
    return Tick(item.key, state, "an engineer", MONDAY)


def test_an_item_is_ticked_skipped_and_opened_again() -> None:
    rollout = started(a_plan(a_step("one", checklist=(ITEM,))))
    once = tick(rollout, ITEM, done(ITEM))
    assert once.tick_of(ITEM) == done(ITEM)
    skipped = tick(once, ITEM, done(ITEM, TickState.SKIPPED))
    assert skipped.ticks == (done(ITEM, TickState.SKIPPED),)
    assert tick(skipped, ITEM, None).ticks == ()
    assert {it.version for it in (rollout, once, skipped)} == {1}


def test_opening_an_item_again_takes_back_that_the_next_step_is_ready() -> None:
    rollout = replace(ticked(started(a_plan(a_step("one", checklist=(ITEM,)))), ITEM), ready=True)
    assert not tick(rollout, ITEM, None).ready


@pytest.mark.parametrize(
    ("before", "said", "sentence"),
    [
        (None, None, "1.1 “The backup is made” is open already."),
        (TickState.DONE, TickState.DONE, "1.1 “The backup is made” was ticked by an engineer already."),
        (TickState.SKIPPED, TickState.SKIPPED, "1.1 “The backup is made” was skipped by an engineer already."),
    ],
)
def test_saying_the_same_twice_is_refused(before: TickState | None, said: TickState | None, sentence: str) -> None:
    rollout = started(a_plan(a_step("one", checklist=(ITEM,))))
    if before is not None:
        rollout = tick(rollout, ITEM, done(ITEM, before))
    with pytest.raises(RollcallError) as refusal:
        tick(rollout, ITEM, done(ITEM, said) if said else None)
    assert refusal.value.sentence == sentence


def test_an_item_of_another_step_is_not_on_the_list() -> None:
    rollout = started(a_plan(a_step("one"), a_step("two", checklist=(ITEM,))))
    with pytest.raises(Refused, match=r"“The backup is made” is not on the list of the current step\."):
        tick(rollout, ITEM, done(ITEM))
