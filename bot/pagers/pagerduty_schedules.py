"""Who is on call according to PagerDuty: its REST API v2, of which one question is asked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bot.domain.errors import Refused, Unavailable
from bot.domain.roster import Stint
from bot.pagers.web_post import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.domain.metric import Secret
    from bot.pagers.web_post import Web

PAGE_SIZE = 100
MOST_PAGES = 20
_HINTS = {
    401: "the API token is not known there: check what the team file's pagerduty.token names",
    403: "the API token may not read schedules",
    404: "the team file's schedule has the id of no schedule there",
}


@dataclass(frozen=True, slots=True)
class PagerDutySchedules:
    """The ScheduleSource port. `token` is the team file's in force, `base` the address of the REST API."""

    web: Web
    base: str
    token: Callable[[], Secret | None]

    async def stints(self, source: str, start: datetime, end: datetime) -> tuple[Stint, ...]:
        """Return whose turn it is in a schedule between two moments, by the e-mail address of each.

        A schedule counts for PagerDuty only while an escalation policy there uses it; otherwise nobody is on call in it.
        """
        found: dict[Stint, None] = {}
        for number in range(MOST_PAGES):
            answer = await self._ask(source, start, end, number * PAGE_SIZE)
            try:
                found |= dict.fromkeys(_stint(it) for it in answer["oncalls"])
                more = bool(answer.get("more"))
            except (KeyError, TypeError, ValueError, AttributeError):
                raise Unavailable("PagerDuty answered with something that is no list of people on call.") from None
            if not more:
                break
        return tuple(found)

    async def _ask(self, source: str, start: datetime, end: datetime, offset: int) -> Any:
        token = self.token()
        if token is None:
            raise Refused("The team file names no API token for PagerDuty.", "pagerduty: {token: ${NAME}}")
        asked = [
            ("schedule_ids[]", source),
            ("include[]", "users"),
            ("since", start.isoformat()),
            ("until", end.isoformat()),
            ("time_zone", "UTC"),
            ("limit", PAGE_SIZE),
            ("offset", offset),
        ]
        headers = {
            "Accept": "application/vnd.pagerduty+json;version=2",
            "Authorization": f"Token token={token.value}",
            "Content-Type": "application/json",
        }
        url = f"{self.base.rstrip('/')}/oncalls?{urlencode(asked)}"
        answer = await self.web.call(Request("GET", url, "PagerDuty", headers=headers, reads=True))
        if not answer.good:
            hint = _HINTS.get(answer.status, "look at the schedule in PagerDuty")
            raise Refused(f"PagerDuty does not say who is on call (status {answer.status}).", hint)
        try:
            return json.loads(answer.content)
        except ValueError:
            raise Unavailable("PagerDuty answered with something that is not JSON.") from None


def _stint(written: dict[str, Any]) -> Stint:
    user = written["user"]
    person = str(user.get("email") or user.get("name") or user.get("summary") or user["id"])
    return Stint(person, _moment(written["start"]), _moment(written["end"]))


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        msg = "a moment without a time zone"
        raise ValueError(msg)
    return found
