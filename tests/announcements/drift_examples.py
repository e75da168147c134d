"""An example of everything that is said of flags that other systems hold, by the name of the function that says it."""

from __future__ import annotations

from dataclasses import replace

from bot.announcements import drift, flag_overview, rollout_card
from bot.domain.actor import Actor
from bot.domain.drift_view import DriftEnded
from bot.domain.flag import Flag, FlagSetting, FlagState
from bot.domain.flag_view import FlagView
from bot.domain.message import Message
from bot.domain.percent import Percent
from bot.domain.rollout import Rollout, Status
from bot.domain.sighting import Sighting
from bot.domain.surroundings import Surroundings
from tests.domain.plans_for_tests import HOUR, MINUTE, MONDAY, ramp_plan, settle, started

NOW = MONDAY + HOUR
ACTOR = Actor("release-engineer", "slack", "U0RELEASE", "C0RELEASES", "request-1")


def at(percent: int) -> FlagSetting:
    """Return a share of everybody."""
    return FlagSetting(True, Percent(percent * 1000))


def running() -> Rollout:
    """Return a rollout at 10 % whose flag Unleash holds."""
    plan = ramp_plan(10, 50)
    flags = tuple(replace(it, provider="unleash") for it in plan.flags)
    return replace(settle(started(replace(plan, flags=flags)), MONDAY), id=12)


def examples() -> dict[str, Message]:
    """Return the examples."""
    rollout = running()
    (target,) = rollout.wanted
    seen = Sighting(target.flag, target.environment, "unleash", target.setting, seen_at=NOW - MINUTE)
    strange = replace(seen, strange=at(60))
    why = f"{seen.flag} in {seen.environment} was changed in unleash: {seen.held} → {strange.strange}"
    held = replace(rollout, status=Status.PAUSED, paused_at=NOW, reason=why, observed=None, version=4)
    silent = replace(seen, problem="unleash.example.org cannot be reached.", since=NOW - 20 * MINUTE)
    restored = replace(held, version=5)
    adopted = replace(restored, wanted=(replace(target, setting=at(5)),))
    state = FlagState(seen.flag, seen.environment, at(60), 0, NOW)
    flag = Flag(seen.flag, seen.flag, "user")
    return {
        "drift.render_found": drift.render_found(held, (strange,)),
        "drift.render_answer": drift.render_answer(DriftEnded(held, restored, (strange,))),
        "drift.render_answer-adopted": drift.render_answer(
            DriftEnded(held, adopted, (replace(seen, strange=at(5)),), left=True)
        ),
        "drift.render_done": drift.render_done(DriftEnded(held, restored, (strange,)), ACTOR, "it was a mistake"),
        "drift.render_gone": drift.render_gone(rollout, seen),
        "drift.render_silent": drift.render_silent(rollout, silent),
        "drift.render_answers": drift.render_answers(rollout, seen, NOW - 20 * MINUTE),
        "rollout_card.render-drift": rollout_card.render(held, NOW, Surroundings(sightings=(strange,))),
        "rollout_card.render-silent": rollout_card.render(rollout, NOW, Surroundings(sightings=(silent,))),
        "flag_overview.render_retired-elsewhere": flag_overview.render_retired(flag, ("unleash",)),
        "flag_overview.render-elsewhere": flag_overview.render(FlagView(flag, (state,), (held,), (strange,))),
    }
