"""The status page: whether the team has one, and what was published on it, rollout by rollout."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import NAMESPACE_OID, UUID, uuid5

from bot.domain.message import Buttons, Heading, Note
from bot.domain.rollout import Status

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.announcement import Announcement
    from bot.domain.message import Message
    from bot.domain.rollout import Rollout

STATUS_PAGE = "status_page"
"""The platform of a destination that is no message but a place on the page."""

SHOWN = 100
SHOWN_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class StatusPage:
    """The team's page: its title, and whether it is open to everybody or only to holders of a token."""

    title: str
    public: bool = False


class Stage(StrEnum):
    """How a rollout stands, for people who have no part in it."""

    PLANNED = "planned"
    OVERDUE = "not started yet"
    MOVED = "date is being changed"
    RUNNING = "under way"
    PAUSED = "on hold"
    ROLLED_BACK = "taken back"
    ABORTED = "ended early"
    COMPLETED = "complete"


STAGES = {
    Status.RUNNING: Stage.RUNNING,
    Status.PAUSED: Stage.PAUSED,
    Status.ROLLED_BACK: Stage.ROLLED_BACK,
    Status.ABORTED: Stage.ABORTED,
    Status.COMPLETED: Stage.COMPLETED,
}


@dataclass(frozen=True, slots=True)
class Published:
    """One announcement on the page. `id` is the same for good and says nothing of the rollout's number."""

    id: UUID
    at: datetime
    message: Message


@dataclass(frozen=True, slots=True)
class Course:
    """A rollout, or a planned start, with what was published of it, newest first.

    `since` is when its stage began, and of a planned one when it is to start. `step` counts from 1; 0 is before the start.
    """

    title: str
    stage: Stage
    told: tuple[Published, ...]
    environment: str = ""
    step: int = 0
    steps: int = 0
    since: datetime | None = None

    @property
    def active(self) -> bool:
        """Say whether anything of it is still to come."""
        return self.stage not in {Stage.ROLLED_BACK, Stage.ABORTED, Stage.COMPLETED}


def published(said: Announcement) -> Published | None:
    """Return an announcement as it stands on the page; None where it was not published there.

    Its title stands above it already, and buttons and the small print about the rollout are for people in chat.
    """
    place = next((it for it in said.destinations if it.platform == STATUS_PAGE), None)
    if place is None or said.message is None:
        return None
    inner = tuple(it for it in said.message.blocks if not isinstance(it, Heading | Buttons | Note))
    number = uuid5(NAMESPACE_OID, f"{said.key} {said.created_at.isoformat()}")
    return Published(number, place.said_at or said.happened_at, replace(said.message, blocks=inner))


def title_of(message: Message) -> str:
    """Return the title above an announcement."""
    return next((it.text for it in message.blocks if isinstance(it, Heading)), message.summary)


def course_of(rollout: Rollout, told: tuple[Published, ...]) -> Course:
    """Return how a rollout stands."""
    match rollout.status:
        case Status.RUNNING:
            since = rollout.holding_since or rollout.step_at
        case Status.PAUSED:
            since = rollout.paused_at or rollout.step_at
        case _:
            since = rollout.finished_at or rollout.step_at
    return Course(
        rollout.plan.title,
        STAGES[rollout.status],
        told,
        rollout.current.environment,
        rollout.step + 1,
        len(rollout.plan.steps),
        since,
    )


def planned_course(
    title: str, told: tuple[Published, ...], starts: datetime | None, newest: datetime | None, now: datetime
) -> Course:
    """Return how a start stands that was published for one moment and is, by now, planned for another or the same."""
    if starts is None:
        return Course(title, Stage.PLANNED, told)
    if newest != starts:
        return Course(title, Stage.MOVED, told)
    return Course(title, Stage.OVERDUE if starts <= now else Stage.PLANNED, told, since=starts)
