"""Taking an edited plan over into a rollout that is under way: what of it must be as it was, and what begins anew."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.blockers import items_at, items_of, nothing_changed_yet
from bot.domain.errors import Refused
from bot.domain.measuring import baselines_in
from bot.domain.moves import require_active, unjudged
from bot.domain.plan import environments_of
from bot.domain.progress import measures

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bot.domain.plan import Plan, Step
    from bot.domain.rollout import Rollout, Tick

INSTEAD = ("/rollout abort", "undo the edit, or start the edited plan anew")


def adopt(rollout: Rollout, plan: Plan, by: str, now: datetime) -> Rollout:
    """Go on by an edited plan: where the rollout stands and what it holds stays, what was said of the old one does not.

    Approvals are revoked, ticks are kept where the item still says the same, conditions are judged anew. Raises Refused
    where the edit contradicts what has happened already.
    """
    require_active(rollout)
    if plan.digest == rollout.plan.digest:
        raise Refused(f"{rollout.name} goes by {plan.key} as the file is now; nothing was edited.", "/plan show")
    for problem in _contradictions(rollout, plan):
        raise Refused(f"The edited {plan.key} does not fit {rollout.name}: {problem}", *INSTEAD)
    adopted = replace(
        rollout,
        plan=plan,
        approvals=(),
        ticks=_still_said(rollout, plan),
        ready=False,
        adopted_by=by,
        judging=unjudged(rollout.judging, rollout.judging.since),
        version=rollout.version + 1,
    )
    asks = bool(measures(adopted) and adopted.settled) or nothing_changed_yet(adopted)
    return replace(adopted, measure_at=now if asks else None)


def _contradictions(rollout: Rollout, plan: Plan) -> Iterator[str]:
    """Say what of an edit cannot be, after what has happened."""
    old = rollout.plan
    if {(it.key, it.unit, it.provider, it.starts) for it in plan.flags} != {
        (it.key, it.unit, it.provider, it.starts) for it in old.flags
    } or set(environments_of(plan)) != set(environments_of(old)):
        yield "it drives other flags, or others of their environments."
    for index in range(rollout.step + 1):
        taken = old.steps[index]
        if index >= len(plan.steps) or _done(plan.steps[index]) != _done(taken):
            yield f"step {index + 1} “{taken.name}” has been taken, and is not there any more as it was."
    known = {it.metric for it in rollout.judging.baselines}
    late = [name for name in baselines_in(plan) if name not in known]
    if late and not nothing_changed_yet(rollout):
        yield f"it compares {', '.join(late)} with the time before, which nobody can measure any more."


def _done(step: Step) -> tuple[object, ...]:
    """Return what taking a step has made so."""
    return (step.name, step.environment, step.sets, step.calls, step.irreversible)


def _texts(plan: Plan) -> dict[str, str]:
    items = [item for index in range(len(plan.steps)) for item in items_at(plan, index)]
    items += [item for level in plan.rollback for item in items_of(plan, 0, level.number)]
    return {item.key: item.text for item in items}


def _still_said(rollout: Rollout, plan: Plan) -> tuple[Tick, ...]:
    """Return the ticks of items that say the same in both plans, and those that are of no plan."""
    old, new = _texts(rollout.plan), _texts(plan)
    return tuple(it for it in rollout.ticks if old.get(it.item) == new.get(it.item))
