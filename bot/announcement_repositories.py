"""What the core asks of the database about what is told: announcements, subscriptions, problems, tasks afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.after import Task
    from bot.domain.announcement import Announcement, ReportedProblem, Subscription
    from bot.domain.announcing import Seen


class AnnouncementRepository(Protocol):
    """Announcements, and what was known of each rollout when they were decided on."""

    def heed(self, rollout_id: int, mark: str, at: datetime) -> None:
        """Have a rollout looked at, unless it still is what `mark` says of it."""
        ...

    def to_look_at(self, now: datetime, limit: int) -> Sequence[int]:
        """Return the numbers of rollouts of which something may have to be told, found by index."""
        ...

    def look_later(self, rollout_id: int, at: datetime) -> None:
        """Have a rollout looked at again at a moment."""
        ...

    def next_due(self) -> datetime | None:
        """Return when there is a rollout to look at, or an announcement is due."""
        ...

    def seen(self, rollout_id: int) -> Seen | None:
        """Return what was known of a rollout when it was looked at last."""
        ...

    def note(self, rollout_id: int, seen: Seen) -> None:
        """Store what is known of a rollout now that it was looked at."""
        ...

    def add(self, announcement: Announcement) -> bool:
        """Store an announcement; False where its key is there already, which changes nothing."""
        ...

    def get(self, number: int) -> Announcement | None:
        """Return an announcement by its number."""
        ...

    def due(self, now: datetime, limit: int) -> Sequence[Announcement]:
        """Return the announcements whose time has come, the longest overdue first, found by index."""
        ...

    def save(self, announcement: Announcement) -> None:
        """Store what became of an announcement."""
        ...

    def of_subject(self, subject: str, limit: int = 200) -> Sequence[Announcement]:
        """Return the announcements about a rollout or a planned start, newest first."""
        ...

    def recent(self, limit: int) -> Sequence[Announcement]:
        """Return the newest announcements, newest first."""
        ...

    def published(self, limit: int) -> Sequence[Announcement]:
        """Return the newest announcements that were published on the status page, newest first."""
        ...


class SubscriptionRepository(Protocol):
    """Who asked to hear of what."""

    def all(self) -> Sequence[Subscription]:
        """Return every subscription, oldest first."""
        ...

    def add(self, subscription: Subscription) -> None:
        """Store a subscription."""
        ...

    def remove(self, number: int) -> None:
        """Forget a subscription."""
        ...


class ProblemRepository(Protocol):
    """Problems that people reported."""

    def add(self, problem: ReportedProblem) -> int:
        """Store a problem and return its number."""
        ...

    def get(self, number: int) -> ReportedProblem | None:
        """Return a problem by its number."""
        ...

    def of_rollout(self, rollout_id: int, since: int = 0) -> Sequence[ReportedProblem]:
        """Return the problems of a rollout whose numbers are higher, oldest first."""
        ...

    def resolve(self, number: int, by: str, at: datetime) -> None:
        """Mark a problem as resolved."""
        ...


class TaskRepository(Protocol):
    """What is left to do after rollouts."""

    def add(self, task: Task) -> None:
        """Store a task; one that is there already changes nothing."""
        ...

    def due(self, now: datetime, limit: int) -> Sequence[Task]:
        """Return the tasks to be spoken of now, the longest overdue first, found by index."""
        ...

    def next_due(self) -> datetime | None:
        """Return when a task is to be spoken of next."""
        ...

    def of_rollout(self, rollout_id: int) -> Sequence[Task]:
        """Return every task of a rollout, in the order of the plan and of their times."""
        ...

    def save(self, task: Task) -> None:
        """Store what became of a task."""
        ...
