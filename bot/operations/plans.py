"""What people ask of plans: what there is, what a plan will do and when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.announcements.announced import problems_in
from bot.domain.errors import Refused, RollcallError
from bot.domain.plan_fit import Fit, fit
from bot.domain.provider_fit import nowhere
from bot.domain.timeline import Dated, Listed, timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.domain.plan import Plan
    from bot.domain.provider_fit import PlaceOf
    from bot.domain.rehearsal import Rehearsal
    from bot.domain.team import Team
    from bot.ports import Clock, Metrics, PlanLibrary, Rehearser


@dataclass(frozen=True, slots=True)
class Plans:
    """Everything a person can ask of plans."""

    library: PlanLibrary
    clock: Clock
    team: Callable[[], Team]
    metrics: Metrics
    rehearser: Rehearser | None = None

    def list(self) -> tuple[Listed, ...]:
        """Return every plan of the folder, broken ones with their problem."""
        return tuple(self._listed(name) for name in self.library.names())

    def _listed(self, name: str) -> Listed:
        try:
            return Listed(name, self.library.load(name))
        except RollcallError as problem:
            return Listed(name, None, problem.sentence)

    def check(self, name: str) -> tuple[Plan, Fit]:
        """Return a plan and how it fits the team. Raises NotFound or BadPlan."""
        plan = self.library.load(name)
        return plan, self.fit(plan)

    def fit(self, plan: Plan) -> Fit:
        """Check a plan against the team file and the sources of its metrics."""
        places: Callable[[str], PlaceOf] | None = getattr(self.library, "places", None)
        place = places(plan.key) if places is not None else nowhere
        return self.fit_at(plan, place)

    def fit_at(self, plan: Plan, place: PlaceOf) -> Fit:
        """Return what of a plan does not fit the team; `place` says where in its file each thing stands."""
        team = self.team()
        found = fit(plan, team, self.metrics.named, self.metrics.check, place)
        return replace(found, problems=(*found.problems, *problems_in(plan, team.messages)))

    def require_fit(self, plan: Plan) -> None:
        """Refuse a plan that cannot work with this team, before anything is done."""
        found = self.fit(plan)
        if found.problems:
            more = f" And {len(found.problems) - 1} more." if len(found.problems) > 1 else ""
            raise Refused(f"{plan.key} does not fit this team: {found.problems[0]}.{more}", f"/plan check {plan.key}")

    async def rehearse(self, name: str) -> Rehearsal:
        """Run a plan on a virtual clock from now on. Raises NotFound, BadPlan, or Refused where that is not possible."""
        plan = self.library.load(name)
        if self.rehearser is None:
            raise Refused("Plans are not rehearsed from chat here.", f"rollcall plan rehearse {name}")
        return await self.rehearser.rehearse(plan, self.team(), self.clock.now())

    def show(self, name: str) -> Dated:
        """Return a plan with dates. Raises NotFound or BadPlan."""
        plan = self.library.load(name)
        return Dated(plan, timeline(plan, self.clock.now()))
