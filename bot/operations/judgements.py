"""What people say of a rollout's state: figures they report, problems they see, approvals and rejections."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.announcements import problem_told
from bot.domain import approvals, moves
from bot.domain.access import Permission
from bot.domain.announcement import ReportedProblem
from bot.domain.audit import Action
from bot.domain.blockers import blockers, nothing_changed_yet
from bot.domain.errors import Blocked, NotFound, Refused, Stale
from bot.domain.judgement_view import Approved, Reported
from bot.domain.measuring import Measurement, baselines_in
from bot.domain.metric import KeptQuery, ReportedQuery
from bot.domain.outbox import Place
from bot.domain.progress import measures, next_look
from bot.domain.report_targets import series_reported
from bot.domain.rollout import Baseline, Status
from bot.operations.notices import answer_to, card_subject, redraw, tell
from bot.operations.rollout_records import facts_of
from bot.operations.rollouts import HERE, Aim, Rollouts
from bot.operations.transaction import Attempt, Done, Verbs

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.domain.actor import Actor
    from bot.domain.plan import Approval
    from bot.domain.rollout import Rollout
    from bot.domain.team import Team
    from bot.ports import Metrics, Transaction

PROBLEMS = "problems"
CRITICAL = "critical_bugs"


@dataclass(frozen=True, slots=True)
class Judgements:
    """Everything a person can say of a rollout's state."""

    verbs: Verbs
    rollouts: Rollouts
    metrics: Metrics
    team: Callable[[], Team]

    async def report(
        self, actor: Actor, metric: str, value: float, says: str, aim: Aim = HERE, *, samples: int | None = None
    ) -> Rollout:
        """Report a figure (in the normal measure of its unit) for a metric that no source answers.

        `samples` is on how many events it rests, for gates that ask for a least number.
        A complete rollout still takes figures: its targets of the first day and week are measured afterwards.
        """
        rollout = await self.rollouts.latest(actor, aim)
        self._require_reported(rollout, metric)

        def work(tx: Transaction, now: datetime) -> Done[Rollout]:
            known = _still(tx, rollout, completed=True)
            tx.measurements.add(known.id, (Measurement(metric, now, value, samples, f"reported by {actor.person}"),))
            after = replace(known, measure_at=now) if measures(known) and known.settled else known
            return self._saved(tx, after, now, {"metric": metric, "value": says})

        attempt = Attempt(Action.ROLLOUT_REPORT, card_subject(rollout.id), rollout.current.environment)
        return await self.verbs.do(actor, attempt, work)

    async def set_baseline(self, actor: Actor, metric: str, value: float, says: str, aim: Aim = HERE) -> Rollout:
        """Say what a metric was before the rollout; later than its first change it is too late to know."""
        rollout = await self.rollouts.find(actor, aim)
        if metric not in baselines_in(rollout.plan):
            names = ", ".join(baselines_in(rollout.plan)) or "none"
            raise Refused(
                f"The plan compares no “{metric}” with the time before; it compares {names}.", "/rollout gates"
            )

        def work(tx: Transaction, now: datetime) -> Done[Rollout]:
            known = _still(tx, rollout)
            if not nothing_changed_yet(known):
                raise Refused(
                    f"{rollout.name} has changed flags already; a baseline is from before that.", "/rollout status"
                )
            kept = tuple(it for it in known.judging.baselines if it.metric != metric)
            judging = replace(known.judging, baselines=(*kept, Baseline(metric, value)))
            return self._saved(tx, replace(known, judging=judging), now, {"metric": metric, "baseline": says})

        attempt = Attempt(Action.ROLLOUT_REPORT, card_subject(rollout.id), rollout.current.environment)
        return await self.verbs.do(actor, attempt, work)

    async def problem(self, actor: Actor, text: str, aim: Aim = HERE, *, critical: bool = False) -> Reported:
        """Report a problem; it counts as the metric `problems`, a critical one as `critical_bugs` too."""
        rollout = await self.rollouts.find(actor, aim)
        series = (PROBLEMS, CRITICAL) if critical else (PROBLEMS,)

        def work(tx: Transaction, now: datetime) -> Done[Reported]:
            known = _still(tx, rollout)
            note = f"{actor.person}: {text}"
            tx.measurements.add(known.id, [Measurement(name, now, 1.0, note=note) for name in series])
            count = len(tx.measurements.since(known.id, (PROBLEMS,), known.judging.since or known.step_at))
            after = replace(known, measure_at=now) if measures(known) and known.settled else known
            done = self._saved(tx, after, now, {"problem": text, "critical": critical})
            number = tx.problems.add(_reported(after, actor, text, now, critical=critical))
            tx.announcements.heed(after.id, f"problem:{number}", now)
            told = problem_told.render(after, number, actor.person, text, critical=critical)
            tell(tx, after, f"problem:{number}", told, now, place=Place.THREAD)
            return Done(Reported(done.result, count, number), done.before, done.after)

        attempt = Attempt(Action.ROLLOUT_PROBLEM, card_subject(rollout.id), rollout.current.environment, text)
        return await self.verbs.do(actor, attempt, work)

    async def resolve(self, actor: Actor, number: int, says: str = "") -> ReportedProblem:
        """Say that a reported problem is no more; its reporter and the operator are told."""

        def work(tx: Transaction, now: datetime) -> Done[ReportedProblem]:
            problem = tx.problems.get(number)
            rollout = tx.rollouts.get(problem.rollout) if problem is not None else None
            if problem is None or rollout is None:
                raise NotFound(f"There is no problem {number}.", "/rollout history")
            self.rollouts.circumstances.require(actor, Permission.CONFIRM, rollout.current.environment, goes_up=False)
            if problem.resolved_at is not None:
                raise Refused(f"Problem {number} was resolved by {problem.resolved_by} already.", "/rollout status")
            tx.problems.resolve(number, actor.person, now)
            message = problem_told.render_resolved(rollout, problem, actor.person, says)
            # Whoever reported it hears of it where it was reported, and the operator in the thread of the card.
            tell(tx, rollout, f"resolved:{number}", message, now, place=Place.THREAD)
            answer_to(tx, rollout, problem, message, now)
            return Done(
                problem,
                None,
                {"problem": number, "says": f"problem {number} is resolved"},
                subject=card_subject(rollout.id),
            )

        return await self.verbs.do(actor, Attempt(Action.ROLLOUT_RESOLVE, f"problem:{number}", reason=says), work)

    async def approve(self, actor: Actor, aim: Aim = HERE, role: str = "") -> Approved:
        """Say yes to leaving the current step; accepted only as the last thing that is missing."""
        rollout = await self.rollouts.find(actor, aim)

        def work(tx: Transaction, now: datetime) -> Done[Approved]:
            known = _still(tx, rollout)
            _require_drawn_for(known, aim)
            around = self.rollouts.circumstances.of(tx, known, now)
            others = tuple(it for it in blockers(known, now, around) if it.kind != "approval")
            if others and approvals.missing(known, around, now):
                raise Blocked(
                    f"{known.name} cannot be approved yet: approval is the last gate.", others, "/rollout status"
                )
            mine = self._roles(actor, approvals.needed(known, around))
            roles = mine & {role} if role else mine
            after, said = approvals.approve(known, actor.person, roles, around, now)
            lacking = approvals.described(approvals.missing(after, around, now))
            facts: dict[str, object] = {
                "approved": list(said),
                "step": known.step + 1,
                "digest": known.plan.digest,
                "says": f"{', '.join(said)} said yes to leaving “{known.current.name}”",
            }
            done = self._saved(tx, after, now, facts)
            return Done(Approved(after, said, lacking), None, done.after)

        attempt = Attempt(Action.ROLLOUT_APPROVE, card_subject(rollout.id), rollout.current.environment)
        return await self.verbs.do(actor, attempt, work)

    async def reject(self, actor: Actor, reason: str, aim: Aim = HERE) -> Rollout:
        """Say no: the rollout waits with the reason, and the approvals given for this step are void."""
        if not reason.strip():
            raise Refused("A rejection needs a reason.", "/rollout reject because …")
        rollout = await self.rollouts.find(actor, aim)

        def work(tx: Transaction, now: datetime) -> Done[Rollout]:
            known = _still(tx, rollout)
            paused = moves.pause(known, now, f"{actor.person} said no: {reason}") if known.running else known
            after = replace(paused, approvals=tuple(it for it in paused.approvals if it.step != paused.step))
            done = self._saved(tx, after, now, facts_of(after))
            return Done(after, facts_of(known), done.after)

        attempt = Attempt(Action.ROLLOUT_REJECT, card_subject(rollout.id), rollout.current.environment, reason)
        return await self.verbs.do(actor, attempt, work)

    def _roles(self, actor: Actor, needed: tuple[Approval, ...]) -> frozenset[str]:
        """Return the roles somebody may approve for; without a team file an owner stands in for every role."""
        if not self.team().file and "owner" in actor.roles:
            return actor.roles | {it.role for it in needed}
        return actor.roles

    def _saved(self, tx: Transaction, after: Rollout, now: datetime, facts: dict[str, object]) -> Done[Rollout]:
        around = self.rollouts.circumstances.of(tx, after, now)
        tx.rollouts.save(after, next_look(after, now, around))
        redraw(tx, after, now)
        return Done(after, None, facts)

    def _require_reported(self, rollout: Rollout, metric: str) -> None:
        query = self.metrics.named(metric).query
        if isinstance(query, KeptQuery):
            raise Refused(f"The bot counts “{metric}” itself.", "/rollout problem TEXT")
        if not isinstance(query, ReportedQuery):
            raise Refused(f"“{metric}” is read from its source and is not reported by people.", "/rollout gates")
        names = series_reported(rollout.plan)
        if metric not in names:
            raise Refused(
                f"No gate of the plan reads “{metric}”, nor does a target; they read {', '.join(names)}.",
                "/rollout gates",
            )


def _still(tx: Transaction, rollout: Rollout, *, completed: bool = False) -> Rollout:
    known = tx.rollouts.get(rollout.id)
    if known is None or not (known.active or (completed and known.status is Status.COMPLETED)):
        raise Stale(f"{rollout.name} has ended meanwhile.", "/rollout status")
    return known


def _require_drawn_for(rollout: Rollout, aim: Aim) -> None:
    if aim.version is not None and aim.version != rollout.version:
        raise Stale(f"{rollout.name} has moved since that button was drawn. Nothing was done.", "/rollout status")


def _reported(rollout: Rollout, actor: Actor, text: str, now: datetime, *, critical: bool) -> ReportedProblem:
    return ReportedProblem(
        0, rollout.id, actor.person, actor.platform, actor.platform_id, actor.channel, text, critical, now
    )
