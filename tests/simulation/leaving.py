"""What must be true when a rollout leaves a step, told without the engine's own rules for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.actor import SYSTEM_NAME
from bot.domain.audit import Action
from bot.domain.blockers import earliest_start, items_at
from bot.domain.condition import series_of
from bot.domain.flag import goes_up
from bot.domain.freeze import closed, parse_windows
from bot.domain.measuring import baselines_in, condition_of
from bot.domain.plan import Advance
from bot.domain.rollout import Status
from tests.simulation.figures import DECLARED, shape_of
from tests.simulation.steps import Shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from bot.domain.audit import Entry
    from bot.domain.freeze import Freeze
    from bot.domain.measuring import Measurement
    from bot.domain.plan import Approval, Plan
    from bot.domain.rollout import Rollout
    from bot.domain.team import Environment, Team

A_DAY = timedelta(days=1)
MAY_NOT_OVERRIDE = frozenset({"bob", "cleo", "dora", "fred", "gita"})
"""Whoever the team does not list is an owner in the local chat."""


@dataclass(frozen=True, slots=True)
class Move:
    """A rollout that was changed in one transaction, with everything that an oracle looks at.

    `soaked` is how long the rollout had held its step; `measured` what was measured for it since it was moved last.
    """

    before: Rollout
    after: Rollout
    entries: Sequence[Entry]
    freezes: Sequence[Freeze]
    team: Team
    now: datetime
    soaked: timedelta
    measured: Sequence[Measurement] = ()

    @property
    def leaves(self) -> bool:
        """Say whether the step was left onwards."""
        ended = self.after.status is Status.COMPLETED and self.before.status is not Status.COMPLETED
        return ended or self.after.step > self.before.step

    @property
    def by_itself(self) -> bool:
        """Say whether nobody asked for it."""
        return all(entry.person == SYSTEM_NAME for entry in self.entries)

    @property
    def policy(self) -> Environment:
        """Return the policy of where the next step leads."""
        return self.team.environment((self.before.following or self.before.current).environment)

    def frozen(self) -> bool:
        """Say whether nothing may go up in the environment to which the next step leads."""
        return frozen(self.policy, self.before.plan, self.freezes, self.now)


def frozen(policy: Environment, plan: Plan, freezes: Sequence[Freeze], now: datetime) -> bool:
    """Say whether nothing may go up in an environment by a plan."""
    windows = (*policy.never, *parse_windows(plan.never, plan.zone))
    return any(it.covers(policy.name, now) for it in freezes) or closed(windows, now) is not None


def problems_of_leaving(move: Move) -> Iterator[str]:
    """Say what was wrong about leaving a step."""
    before = move.before
    if move.after.status is not Status.COMPLETED and move.after.step != before.step + 1:
        yield "it passed over a step"
    if not (before.running and before.settled):
        yield f"it was {before.status} and {'' if before.settled else 'not '}settled"
    actions = {entry.action for entry in move.entries if entry.outcome == "accepted"}
    if Action.ROLLOUT_OVERRIDE in actions:
        if not any(entry.person not in MAY_NOT_OVERRIDE and entry.reason for entry in move.entries):
            yield "somebody overrode who may not, or without a reason"
        return
    if move.soaked < before.current.soak:
        yield f"it held for {move.soaked} of {before.current.soak}"
    if move.frozen():
        yield "there was a freeze"
    yield from _by_itself(move)
    yield from _said(move)
    yield from _measured(move)


def _by_itself(move: Move) -> Iterator[str]:
    following = move.before.following
    if move.by_itself and move.before.current.advance is not Advance.AUTO:
        yield "nobody asked for it"
    if move.by_itself and following is not None and following.irreversible is not None:
        yield "it went on by itself to what cannot be undone"
    start = following.start if following is not None else None
    if start is not None and earliest_start(start, move.before.started_at, move.now) > move.now:
        yield "it went on before its time"


def _said(move: Move) -> Iterator[str]:
    before, following = move.before, move.before.following
    ticked = {tick.item for tick in before.ticks}
    wanted = [item.key for item in items_at(before.plan, before.step)]
    changes = following is not None and bool(following.sets)
    if changes:
        wanted += [f"{move.policy.name}.{number}" for number in range(1, len(move.policy.prerequisites) + 1)]
    if open_ones := [key for key in wanted if key not in ticked]:
        yield f"{', '.join(open_ones)} is open"
    starter = next((it.roles for it in move.team.people if it.name == before.started_by), frozenset())
    policy = move.policy.approvals if changes and not move.policy.exempt & starter else ()
    for approval in (*before.current.approvals, *policy):
        yield from _approved(move, approval)


def _approved(move: Move, approval: Approval) -> Iterator[str]:
    roles = {person.name: person.roles for person in move.team.people}
    people = {
        it.person
        for it in move.before.approvals
        if it.role == approval.role
        and it.step == move.before.step
        and it.digest == move.before.plan.digest
        and it.at >= move.before.step_at
        and move.now - it.at < A_DAY
        and it.person not in {move.before.started_by, move.before.adopted_by}
        and it.role in roles.get(it.person, frozenset())
    }
    if len(people) < approval.count:
        yield f"{len(people)} of {approval.count} {approval.role} approved"


def _measured(move: Move) -> Iterator[str]:
    for gate in move.before.current.gates:
        for series in {str(it) for it in series_of(condition_of(gate.condition))} & DECLARED:
            newest = next((it for it in reversed(move.measured) if it.series == series), None)
            if newest is None or move.now - newest.at > gate.interval * 2:
                yield f"{gate.condition} was not measured of late"
            elif shape_of(newest) is not Shape.GOOD:
                yield f"{gate.condition} was {shape_of(newest)}"
    following = move.before.following
    if following is not None and following.sets:
        known = {it.metric for it in move.before.judging.baselines}
        if lacking := [name for name in baselines_in(move.before.plan) if name not in known]:
            yield f"the time before is not known for {', '.join(lacking)}"


def lacks_baseline(rollout: Rollout) -> bool:
    """Say whether a plan that begins with a change begins it too early; where its flags start is no step."""
    first = rollout.step == 0 and bool(rollout.current.sets)
    return first and bool(set(baselines_in(rollout.plan)) - {it.metric for it in rollout.judging.baselines})


def raised(before: Rollout, after: Rollout) -> list[str]:
    """Return the flags of which a rollout wants more than it wanted before."""
    known = {(it.flag, it.environment): it.setting for it in before.wanted}
    return [
        it.flag
        for it in after.wanted
        if (it.flag, it.environment) in known and goes_up(known[it.flag, it.environment], it.setting)
    ]
