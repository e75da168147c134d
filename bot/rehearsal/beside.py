"""Rehearses beside a running bot, in a thread of its own, so that nobody waits for it but whoever asked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.domain.errors import Refused
from bot.domain.rehearsal import PLAIN

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.plan import Plan
    from bot.domain.rehearsal import Rehearsal
    from bot.domain.team import Team


@dataclass(slots=True)
class Beside:
    """The Rehearser port. One rehearsal at a time: each of them keeps a processor busy for a second or two."""

    under_way: set[str] = field(default_factory=set)

    async def rehearse(self, plan: Plan, team: Team, start: datetime) -> Rehearsal:
        """Rehearse a plan with invented figures. Raises Refused while another one is under way."""
        if self.under_way:
            raise Refused(f"A rehearsal of {', '.join(self.under_way)} is under way.", "try again in a moment")
        self.under_way.add(plan.key)
        try:
            return await asyncio.to_thread(_rehearsed, plan, team, start)
        finally:
            self.under_way.discard(plan.key)


def _rehearsed(plan: Plan, team: Team, start: datetime) -> Rehearsal:
    # Whoever never rehearses starts more quickly.
    from bot.rehearsal.stage import rehearse

    return asyncio.run(rehearse(plan, team, start, PLAIN))
