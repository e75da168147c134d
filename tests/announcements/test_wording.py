"""Words that several announcements share."""

from __future__ import annotations

from dataclasses import replace

from bot.announcements.wording import percent_reached
from tests.chat.slack import rollouts_for_tests as at
from tests.domain.plans_for_tests import FIVE_PLANS


def test_how_far_a_rollout_is_that_ramps_no_flag_is_told_in_whole_percent() -> None:
    (plan,) = (it for it in FIVE_PLANS if it.key == "organization-customers")
    last = len(plan.steps) - 1
    reached = [percent_reached(replace(at.at_first_step(), plan=plan, step=step)) for step in (0, 1, 2, last)]
    assert reached == [0, 11, 22, 100]
