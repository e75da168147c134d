"""One transaction's view of everything that is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.ports import Committed
from bot.storage.afterwards import SqlProblemRepository, SqlTaskRepository
from bot.storage.announcements import SqlAnnouncementRepository, SqlSubscriptionRepository
from bot.storage.answers import SqlAnswerRepository
from bot.storage.audit import SqlAuditRepository
from bot.storage.bindings import SqlBindingRepository
from bot.storage.confirmations import SqlConfirmationRepository
from bot.storage.flags import SqlFlagRepository
from bot.storage.freezes import SqlFreezeRepository
from bot.storage.links import SqlLinkRepository
from bot.storage.measurements import SqlMeasurementRepository
from bot.storage.memory import SqlMemoryRepository
from bot.storage.outbox import SqlOutboxRepository
from bot.storage.overrides import SqlOverrideRepository
from bot.storage.pages import SqlPageRepository
from bot.storage.posts import SqlPostRepository
from bot.storage.requests import SqlRequestRepository
from bot.storage.rollouts import SqlRolloutRepository
from bot.storage.sightings import SqlSightingRepository
from bot.storage.tokens import SqlTokenRepository

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.domain.audit import Head
    from bot.storage.documents import PlanCache


class SqlTransaction:
    """The repositories over one connection; it must not be kept once the work is done.

    `head` is the audit log's, where work done before in the same transaction has left it.
    """

    def __init__(self, connection: Connection, known_plans: PlanCache, head: Head | None = None) -> None:
        self.flags = SqlFlagRepository(connection)
        self.rollouts = SqlRolloutRepository(connection, known_plans)
        self.bindings = SqlBindingRepository(connection)
        self.audit = SqlAuditRepository(connection, head)
        self.outbox = SqlOutboxRepository(connection)
        self.requests = SqlRequestRepository(connection)
        self.confirmations = SqlConfirmationRepository(connection)
        self.posts = SqlPostRepository(connection)
        self.measurements = SqlMeasurementRepository(connection)
        self.freezes = SqlFreezeRepository(connection)
        self.links = SqlLinkRepository(connection)
        self.sightings = SqlSightingRepository(connection)
        self.answers = SqlAnswerRepository(connection)
        self.memory = SqlMemoryRepository(connection)
        self.pages = SqlPageRepository(connection)
        self.overrides = SqlOverrideRepository(connection)
        self.tokens = SqlTokenRepository(connection)
        self.announcements = SqlAnnouncementRepository(connection)
        self.subscriptions = SqlSubscriptionRepository(connection)
        self.problems = SqlProblemRepository(connection)
        self.tasks = SqlTaskRepository(connection)

    @property
    def committed(self) -> Committed:
        """Return what a commit changes of what is served from memory."""
        more = self.flags.changed_here or self.tokens.changed_here or self.sightings.changed_here
        return Committed(tuple(self.flags.set_here), more)
