"""Looks whether each way out could be used, without using it: nobody is paged, nothing is posted and no mail is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.checkup import doubtful, failed, good
from bot.domain.errors import RollcallError
from bot.domain.team import EMAIL, person_of
from bot.operations.rosters import rosters_of
from bot.pagers.web_post import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.domain.checkup import Finding
    from bot.domain.pager import PagerDutyService, Webhook
    from bot.domain.roster import Roster
    from bot.domain.team import Team
    from bot.pagers.email import MailServer
    from bot.pagers.web_post import Web
    from bot.ports import Clock, ScheduleSource

ROUTING_KEY = re.compile(r"[A-Za-z0-9]{32}")
"""The form of an integration key of Events v2. Whether one is known shows only when an event is sent."""

MAIL_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class MailCheckup:
    """Connects, greets, raises the connection to TLS and signs in; the conversation ends there."""

    server: MailServer

    async def check(self) -> Sequence[Finding]:
        """Return whether mail could be handed in."""
        import aiosmtplib

        from bot.pagers.email import client_of

        server = self.server
        what, client = "e-mail", client_of(server, timeout=MAIL_TIMEOUT)
        try:
            await client.connect()
            await client.ehlo()
            if server.user:
                await client.login(server.user, server.password)
            await client.quit()
        except aiosmtplib.SMTPAuthenticationError as problem:
            return [
                failed(what, f"the mail server refuses the sign-in ({problem.code})", "user and password in SMTP_URL")
            ]
        except (aiosmtplib.SMTPException, OSError, EOFError):
            return [failed(what, f"the mail server {server.host} does not answer as it should", "SMTP_URL")]
        finally:
            client.close()
        signed = ", signed in" if server.user else ""
        return [
            good(what, f"{server.host} takes mail{signed}{', over TLS' if server.tls or server.insists_on_tls else ''}")
        ]


@dataclass(frozen=True, slots=True)
class PagerDutyCheckup:
    """Looks at the form of routing keys, and asks who is on call with the token of the team file."""

    team: Callable[[], Team]
    clock: Clock
    schedules: ScheduleSource

    async def check(self) -> Sequence[Finding]:
        """Return what was found about each service and each schedule."""
        team = self.team()
        services = [_service(it) for it in team.pagerduty.values()]
        rosters = {it.source: it for it in rosters_of(team)}
        return [*services, *[await self._schedule(it, team) for it in rosters.values()]]

    async def _schedule(self, roster: Roster, team: Team) -> Finding:
        what, now = f"PagerDuty schedule {roster.source}", self.clock.now()
        try:
            stints = await self.schedules.stints(roster.source, now, now + timedelta(days=1))
        except RollcallError as problem:
            return failed(what, problem.sentence, problem.hints[0] if problem.hints else "")
        people = dict.fromkeys(it.person for it in stints)
        if not people:
            return doubtful(what, "nobody is on call in it today", "an escalation policy in PagerDuty has to use it")
        unknown = [it for it in people if person_of(team, EMAIL, it) is None]
        if unknown:
            return doubtful(what, f"the team file knows nobody by {', '.join(unknown)}", "people: NAME: {email: …}")
        return good(what, f"{len(people)} on call within a day, all of them in the team file")


def _service(service: PagerDutyService) -> Finding:
    what = f"PagerDuty service {service.name}"
    if ROUTING_KEY.fullmatch(service.routing_key.value):
        return good(what, f"{service.routing_key} has the form of a routing key; it is tried with the first page")
    return failed(
        what, f"{service.routing_key} is no routing key", "the integration key of Events API v2: 32 characters"
    )


@dataclass(frozen=True, slots=True)
class WebhookCheckup:
    """Asks each address for its head alone; whatever it answers, somebody is there."""

    web: Web
    hooks: Callable[[], Sequence[Webhook]]

    async def check(self) -> Sequence[Finding]:
        """Return whether each webhook's address answers."""
        return [await self._hook(it) for it in self.hooks()]

    async def _hook(self, hook: Webhook) -> Finding:
        what = f"webhook {hook.name}"
        try:
            answer = await self.web.call(Request("HEAD", hook.address, f"The webhook {hook.name}"))
        except RollcallError as problem:
            return failed(what, problem.sentence, "webhooks in the team file")
        if answer.status in {404, 410}:
            return doubtful(what, f"there is nothing at its address ({answer.status})", "webhooks in the team file")
        return good(what, f"its address answers ({answer.status}); nothing was posted")
