"""Approvals: whose yes counts, for what and for how long."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.approvals import APPROVAL_LASTS, approve, described, missing, needed
from bot.domain.approvals import given as counting
from bot.domain.errors import NotAllowed, Refused
from bot.domain.plan import Approval
from bot.domain.rollout import Rollout
from bot.domain.surroundings import NOTHING, Surroundings
from tests.domain.plans_for_tests import DAY, HOUR, MONDAY, a_plan, a_step, settle, started, to

TWO_QA = (Approval("qa", 2), Approval("security"))
POLICY = Surroundings(approvals=(Approval("qa"), Approval("product")))
ROLLOUT = settle(started(a_plan(a_step("10%", to(10), approvals=TWO_QA), a_step("50%", to(50)))), MONDAY)
FREE = settle(started(a_plan(a_step("10%", to(10)), a_step("50%", to(50)))), MONDAY)


def yes(rollout: Rollout, person: str, *roles: str, at: datetime = MONDAY) -> Rollout:
    return approve(rollout, person, frozenset(roles), NOTHING, at)[0]


def test_the_plans_and_the_policys_approvals_are_joined_by_the_greater_number() -> None:
    assert needed(ROLLOUT, POLICY) == (Approval("qa", 2), Approval("security"), Approval("product"))
    assert described(needed(ROLLOUT, POLICY)) == "2 × qa, security, product"


def test_the_policy_asks_only_before_flags_change() -> None:
    last = replace(FREE, step=1)
    looking = settle(started(a_plan(a_step("Look"), a_step("Look again"))), MONDAY)
    assert needed(FREE, POLICY) == POLICY.approvals
    assert needed(last, POLICY) == needed(looking, POLICY) == ()


def test_each_person_counts_once_per_role_and_for_every_role_of_theirs() -> None:
    rollout = yes(ROLLOUT, "ben", "qa", "security")
    assert missing(rollout, NOTHING, MONDAY) == (Approval("qa", 1),)
    with pytest.raises(NotAllowed, match=r"You \(ben\) have approved"):
        yes(rollout, "ben", "qa", "security")
    assert missing(yes(rollout, "cleo", "qa"), NOTHING, MONDAY) == ()


def test_the_one_who_started_it_and_people_of_other_roles_do_not_count() -> None:
    with pytest.raises(NotAllowed, match="approvals are for others"):
        yes(ROLLOUT, "an engineer", "qa")
    with pytest.raises(NotAllowed, match="None of the roles") as refusal:
        yes(ROLLOUT, "fred", "viewer")
    assert refusal.value.hints == ("still missing: 2 × qa, security",)


def test_where_nothing_is_missing_nothing_is_approved() -> None:
    with pytest.raises(Refused, match="waits for nobody's approval"):
        yes(FREE, "ben", "qa")


@pytest.mark.parametrize(
    "moved",
    [{"step": 1}, {"plan": replace(ROLLOUT.plan, digest="cd" * 32)}],
    ids=["another step", "another plan"],
)
def test_a_yes_is_bound_to_the_step_and_to_the_plans_digest(moved: dict[str, object]) -> None:
    rollout = yes(ROLLOUT, "ben", "qa")
    assert counting(rollout, MONDAY)
    assert counting(replace(rollout, **moved), MONDAY) == ()  # type: ignore[arg-type]  # The fields are the test's to choose.


def test_a_yes_lasts_a_day_and_can_be_said_again() -> None:
    rollout = yes(ROLLOUT, "ben", "qa")
    assert counting(rollout, MONDAY + DAY - timedelta(seconds=1))
    assert counting(rollout, MONDAY + DAY) == ()
    again = yes(rollout, "ben", "qa", at=MONDAY + DAY)
    assert [it.at for it in again.approvals] == [MONDAY + DAY]


PEOPLE = st.lists(
    st.tuples(
        st.sampled_from(["ben", "cleo", "dora", "an engineer"]),
        st.frozensets(st.sampled_from(["qa", "security", "viewer"])),
        st.integers(0, 40),
    ),
    max_size=8,
)


@given(PEOPLE)
def test_nothing_is_approved_without_as_many_different_people_as_were_asked_for(
    people: list[tuple[str, frozenset[str], int]],
) -> None:
    rollout, now = ROLLOUT, MONDAY
    for person, roles, hours in people:
        now += hours * HOUR
        try:
            rollout, _ = approve(rollout, person, roles, NOTHING, now)
        except Refused:
            continue
    if not missing(rollout, NOTHING, now):
        valid = [it for it in rollout.approvals if now - it.at < APPROVAL_LASTS]
        assert len({it.person for it in valid if it.role == "qa"}) >= 2
        assert {it.person for it in valid if it.role == "security"}
        assert "an engineer" not in {it.person for it in valid}
