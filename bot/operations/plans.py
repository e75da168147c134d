"""What people ask of plans: what there is, what a plan will do and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.errors import RollcallError
from bot.domain.timeline import Dated, Listed, timeline

if TYPE_CHECKING:
    from bot.ports import Clock, PlanLibrary


@dataclass(frozen=True, slots=True)
class Plans:
    """Everything a person can ask of plans."""

    library: PlanLibrary
    clock: Clock

    def list(self) -> tuple[Listed, ...]:
        """Return every plan of the folder, broken ones with their problem."""
        return tuple(self._listed(name) for name in self.library.names())

    def _listed(self, name: str) -> Listed:
        try:
            return Listed(name, self.library.load(name))
        except RollcallError as problem:
            return Listed(name, None, problem.sentence)

    def show(self, name: str) -> Dated:
        """Return a plan with dates. Raises NotFound or BadPlan."""
        plan = self.library.load(name)
        return Dated(plan, timeline(plan, self.clock.now()))
