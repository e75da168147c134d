"""Opens every way out that is not a chat: e-mail, PagerDuty and webhooks, each as a platform by its own name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.domain.escalation import TargetKind
from bot.domain.pager import PAGERDUTY, PAGERDUTY_CHANGES, WEBHOOK
from bot.domain.team import EMAIL
from bot.pagers.checkup import MailCheckup, PagerDutyCheckup, WebhookCheckup
from bot.pagers.pagerduty import Enqueue, PagerDuty, PagerDutyChanges
from bot.pagers.pagerduty_schedules import PagerDutySchedules
from bot.pagers.web_post import Web
from bot.pagers.webhook import Webhooks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.domain.team import Team
    from bot.ports import ChatPlatform, Clock, Examined, ScheduleSource


@dataclass(frozen=True, slots=True)
class PagerConfig:
    """What the settings say: the mail server with its sender, PagerDuty's addresses, and our own for links."""

    smtp_url: str = field(default="", repr=False)
    smtp_from: str = "rollcall@localhost"
    events_url: str = "https://events.pagerduty.com"
    api_url: str = "https://api.pagerduty.com"
    public_url: str = ""


@dataclass(frozen=True, slots=True)
class Pagers:
    """The open ways out. `kinds` are the kinds of target that they reach; `checkups` look them over."""

    platforms: Mapping[str, ChatPlatform]
    kinds: frozenset[TargetKind]
    schedules: ScheduleSource
    web: Web
    checkups: tuple[Examined, ...] = ()


def pagers_of(config: PagerConfig, team: Callable[[], Team], clock: Clock) -> Pagers:
    """Open the ways out. What the team file declares is looked up when it is needed, since the file may change."""
    web = Web(clock)
    enqueue = Enqueue(web, config.events_url, lambda: team().pagerduty)
    schedules = PagerDutySchedules(web, config.api_url, lambda: team().pagerduty_token)
    platforms: dict[str, ChatPlatform] = {
        PAGERDUTY: PagerDuty(enqueue, config.public_url),
        PAGERDUTY_CHANGES: PagerDutyChanges(enqueue),
        WEBHOOK: Webhooks(web, clock, lambda: team().webhooks),
    }
    kinds = {TargetKind.PAGERDUTY, TargetKind.WEBHOOK}
    checkups: list[Examined] = [
        PagerDutyCheckup(team, clock, schedules),
        WebhookCheckup(web, lambda: tuple(team().webhooks.values())),
    ]
    if config.smtp_url:
        from bot.pagers.email import Email, read_mail_server

        server = read_mail_server(config.smtp_url)
        platforms[EMAIL] = Email(server, config.smtp_from, clock)
        kinds.add(TargetKind.EMAIL)
        checkups.insert(0, MailCheckup(server))
    return Pagers(platforms, frozenset(kinds), schedules, web, tuple(checkups))
