"""What happens to our pages elsewhere: an event of PagerDuty about an incident that one of our pages opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.escalation import TargetKind
from bot.domain.page import Page
from bot.domain.pager import PAGERDUTY
from bot.domain.team import EMAIL, Person, Team, person_of

if TYPE_CHECKING:
    from datetime import datetime

SOMEBODY = "PagerDuty"
"""Who answered, where nobody knows who it was."""

OLDEST = timedelta(days=7)
"""An event from before that is not heard any more: requests are remembered for longer, so that none is heard twice."""


class Answering(StrEnum):
    """What somebody did about an incident."""

    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    REASSIGNED = "reassigned"


@dataclass(frozen=True, slots=True)
class Agent:
    """A person as PagerDuty knows them: its id, the name, and the address where it says that."""

    id: str = ""
    name: str = ""
    email: str = ""

    def person(self, team: Team) -> Person | None:
        """Return who that is: by the id or the address that the team file has, else by the name."""
        found = person_of(team, PAGERDUTY, self.id) if self.id else None
        found = found or (person_of(team, EMAIL, self.email) if self.email else None)
        return found or next(
            (it for it in team.people if self.name and it.name.casefold() == self.name.casefold()), None
        )


@dataclass(frozen=True, slots=True)
class PageEvent:
    """One event: what was done about which of our pages, by whom and when; `to` are those whom it was given to."""

    id: str
    what: Answering
    page: int
    at: datetime
    agent: Agent
    to: tuple[Agent, ...] = ()


def went_there(page: Page) -> bool:
    """Say whether a page's policy reaches PagerDuty at all: only then may it be answered from there."""
    return any(it.kind is TargetKind.PAGERDUTY for level in page.policy.levels for it in level.targets)
