"""What the bot can do: one verb per method, one transaction per verb."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.operations.access import Access
    from bot.operations.afterwards import Afterwards
    from bot.operations.alerts import Alerts
    from bot.operations.announcements import Announcements
    from bot.operations.audit_log import AuditLog
    from bot.operations.checklists import Checklists
    from bot.operations.flags import Flags
    from bot.operations.freezes import Freezes
    from bot.operations.judgements import Judgements
    from bot.operations.oncall import OnCall
    from bot.operations.overviews import Overviews
    from bot.operations.page_events import PageEvents
    from bot.operations.pages import Pages
    from bot.operations.plans import Plans
    from bot.operations.reports import Reports
    from bot.operations.rollouts import Rollouts
    from bot.operations.tokens import Tokens
    from bot.ports import Clock


@dataclass(frozen=True, slots=True)
class Operations:
    """Every noun's operations, as the commands are handed them."""

    rollouts: Rollouts
    flags: Flags
    checklists: Checklists
    plans: Plans
    judgements: Judgements
    freezes: Freezes
    access: Access
    audit: AuditLog
    reports: Reports
    overviews: Overviews
    pages: Pages
    alerts: Alerts
    page_events: PageEvents
    oncall: OnCall
    tokens: Tokens
    announcements: Announcements
    afterwards: Afterwards
    clock: Clock
