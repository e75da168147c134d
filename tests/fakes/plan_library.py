"""Plans written out in a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.errors import NotFound
from bot.files.plan_file import read_plan

if TYPE_CHECKING:
    from bot.domain.plan import Plan


class WrittenPlans:
    """The PlanLibrary port over the texts of plan files, by the names of the plans."""

    def __init__(self, **texts: str) -> None:
        self._texts = {name.replace("_", "-"): text for name, text in texts.items()}

    def names(self) -> tuple[str, ...]:
        """Return the names, sorted."""
        return tuple(sorted(self._texts))

    def write(self, name: str, text: str) -> None:
        """Save a plan file as an editor would."""
        self._texts[name] = text

    def remove(self, name: str) -> None:
        """Delete a plan file."""
        del self._texts[name]

    def load(self, name: str) -> Plan:
        """Read a plan. Raises NotFound, or BadPlan."""
        if name not in self._texts:
            raise NotFound(f"There is no plan “{name}”.", "/plan list")
        return read_plan(self._texts[name], f"{name}.yaml", name=name)
