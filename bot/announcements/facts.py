"""What an announcement's text may speak of: the facts of each moment, from the rollout's state, and an example of each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.announcements.wording import affected
from bot.domain.announcement import BY_HAND
from bot.domain.duration import describe_duration
from bot.domain.moments import Before, FromStart, Occasion, When, parse_moment
from bot.domain.plan import label_of
from bot.domain.timeline import timeline
from bot.domain.wall_clock import in_words

if TYPE_CHECKING:
    from bot.domain.announcement import Announcement
    from bot.domain.moments import Moment
    from bot.domain.plan import Plan
    from bot.domain.rollout import Rollout

Facts = dict[str, str]

PLAN_FACTS: Facts = {
    "title": "The new checkout page",
    "plan": "checkout-redesign",
    "environment": "production",
    "summary": "Paying takes one page instead of three.",
    "version": "2.4.0",
    "steps": "6",
}
"""What is known before a rollout starts, with examples."""

ROLLOUT_FACTS: Facts = {
    **PLAN_FACTS,
    "rollout": "#3",
    "step": "2",
    "step_name": "Everyone: 10%",
    "label": "10%",
    "phase": "Everyone",
    "following": "Everyone: 50%",
    "reaches": "about 2,000 of 20,000 users",
    "holds_until": "Wed 4 March 2026, 10:00 UTC",
    "since": "Tue 3 March 2026, 10:00 UTC",
    "started": "Mon 2 March 2026, 10:00 UTC",
    "started_by": "release-engineer",
    "took": "2 days",
}
"""What is known of every rollout, with examples."""

STARTS_AT = {"starts_at": "Tue 3 March 2026, 10:00 UTC", "coming": "The start"}
STOPPED = {"reason": "error_rate 0.7% is not < 0.5%", "by": "release-engineer"}
MORE: dict[Occasion, Facts] = {
    Occasion.HELD: STOPPED,
    Occasion.PAUSED: STOPPED,
    Occasion.ROLLED_BACK: STOPPED,
    Occasion.ABORTED: STOPPED,
    Occasion.COMPLETED: STOPPED,
    Occasion.GATE_FAILED: {"gate": "error_rate < 0.5%"},
    Occasion.PROBLEM: {"problem": "checkout spins for ever on phones", "reporter": "quality-engineer"},
}
"""What is known only of some things that happen."""


def example_for(moment: Moment) -> Facts:
    """Return every fact that a text has at a moment, each with an example."""
    match moment:
        case FromStart(offset) if offset < timedelta(0):
            return {**PLAN_FACTS, **STARTS_AT}
        case Before():
            return {**ROLLOUT_FACTS, **STARTS_AT}
        case When(occasion):
            return {**ROLLOUT_FACTS, **MORE.get(occasion, {})}
        case _:
            return dict(ROLLOUT_FACTS)


def facts_of_plan(plan: Plan, said: Announcement | None = None) -> Facts:
    """Return what is known of a plan whose rollout has not started."""
    facts = {
        "title": plan.title,
        "plan": plan.key,
        "environment": plan.environment,
        "summary": plan.summary,
        "version": plan.version,
        "steps": str(len(plan.steps)),
        "coming": "The start",
    }
    given = dict(said.facts) if said is not None else {}
    if "starts_at" in given:
        given["starts_at"] = when_text(datetime.fromisoformat(given["starts_at"]), plan)
    return {**facts, **given}


def facts_of(rollout: Rollout, said: Announcement, now: datetime) -> Facts:
    """Return everything that a text about a rollout may speak of."""
    plan, step = rollout.plan, rollout.current
    since = rollout.holding_since or rollout.step_at
    facts = {
        **facts_of_plan(plan),
        "rollout": rollout.name,
        "step": str(rollout.step + 1),
        "step_name": step.name,
        "label": label_of(plan, step),
        "phase": plan.phases[step.phase].name,
        "following": rollout.following.name if rollout.following is not None else "",
        "environment": step.environment,
        "reaches": affected(rollout) if step.sets else "",
        "holds_until": when_text(since + step.soak, plan) if step.soak else "",
        "since": when_text(since, plan),
        "started": when_text(rollout.started_at, plan),
        "started_by": rollout.started_by,
        "took": describe_duration((rollout.finished_at or now) - rollout.started_at, 2),
        **_coming(rollout, said),
    }
    if said.occasion in MORE:
        facts |= dict.fromkeys(MORE[said.occasion], "")
    return {**facts, **dict(said.facts)}


def _coming(rollout: Rollout, said: Announcement) -> Facts:
    """Return what is announced ahead of a phase."""
    moment = None if said.occasion is not None or said.when == BY_HAND else parse_moment(said.when)
    if not isinstance(moment, Before):
        return {}
    plan = rollout.plan
    first = next(it for it in timeline(plan, rollout.started_at) if plan.phases[it.step.phase].name == moment.phase)
    return {
        "starts_at": when_text(first.begins, plan),
        "coming": f"“{moment.phase}”",
        "environment": first.step.environment,
    }


def when_text(at: datetime, plan: Plan) -> str:
    """Return a moment in words, in the plan's zone: readers of an e-mail have no clock of their own to draw it with."""
    return in_words(at, plan.zone)
