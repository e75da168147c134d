"""Who is on call according to PagerDuty's REST API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.errors import Refused, RollcallError, Unavailable, Uncertain
from bot.domain.metric import Secret
from bot.domain.roster import Stint
from bot.pagers.pagerduty_schedules import PagerDutySchedules
from bot.pagers.web_post import Web
from tests.fakes.clock import START
from tests.fakes.pagerduty import PagerDutyServer, running_pagerduty
from tests.fakes.web_server import answers, answers_json, closes

TOKEN = "u+abcdefghijklmnopqr"  # Known to this test alone.
DAY = timedelta(days=1)


@pytest.fixture
async def server() -> AsyncIterator[PagerDutyServer]:
    async with running_pagerduty(token=TOKEN) as running:
        yield running


Making = Callable[..., PagerDutySchedules]


@pytest.fixture
def asking(server: PagerDutyServer, web: Web) -> Making:
    """Return what makes a way to the server, with the right token or with another one."""

    def made(token: str = TOKEN) -> PagerDutySchedules:
        return PagerDutySchedules(web, server.address, lambda: Secret("TOKEN", token) if token else None)

    return made


async def test_turns_are_read_with_the_addresses_of_people(server: PagerDutyServer, asking: Making) -> None:
    server.puts_on_call("ana@example.org", "2026-03-02T09:00:00Z", "2026-03-02T18:00:00+01:00")
    server.puts_on_call("bob@example.org", "2026-03-02T17:00:00Z", None)
    server.puts_on_call("bob@example.org", "2026-03-02T17:00:00Z", None)
    server.puts_on_call("cleo@example.org", "2026-05-02T17:00:00Z", None)
    server.puts_on_call("dora@example.org", None, None, schedule="POTHER1")
    assert await asking().stints("PI7DH85", START, START + 30 * DAY) == (
        Stint("ana@example.org", START, START + timedelta(hours=8)),
        Stint("bob@example.org", START + timedelta(hours=8), None),
    )


async def test_many_turns_are_read_page_by_page(server: PagerDutyServer, asking: Making) -> None:
    for number in range(250):
        at = START + number * timedelta(hours=1)
        server.puts_on_call(f"{number}@example.org", at.isoformat(), (at + timedelta(hours=1)).isoformat())
    found = await asking().stints("PI7DH85", START, START + 30 * DAY)
    assert ([it.person for it in found], len(server.questions)) == ([f"{it}@example.org" for it in range(250)], 3)


@pytest.mark.parametrize(
    ("fault", "meaning", "said"),
    [
        (answers("{}", 500), Unavailable, "status 500"),
        (answers("{}", 429), Unavailable, "less often"),
        (answers("{}", 403), Refused, "status 403"),
        (answers("{}", 404), Refused, "status 404"),
        (answers("no json"), Unavailable, "not JSON"),
        (answers_json({"oncalls": [{"user": {}, "start": 1}]}), Unavailable, "no list"),
        (
            answers_json({"oncalls": [{"user": {"id": "P1"}, "start": "2026-03-02", "end": None}]}),
            Unavailable,
            "no list",
        ),
        (answers_json([]), Unavailable, "no list"),
        (closes, Uncertain, "broke off"),
    ],
    ids=["500", "429", "403", "404", "text", "odd", "no zone", "list", "closed"],
)
async def test_what_is_no_answer_is_none(
    server: PagerDutyServer, asking: Making, fault: Any, meaning: type[RollcallError], said: str
) -> None:
    server.faults = [fault]
    with pytest.raises(meaning, match=said):
        await asking().stints("PI7DH85", START, START + DAY)


async def test_a_wrong_token_is_refused_and_never_shown(server: PagerDutyServer, asking: Making) -> None:
    with pytest.raises(Refused, match="401") as refusal:
        await asking("wrong-token").stints("PI7DH85", START, START + DAY)
    assert "wrong-token" not in f"{refusal.value!r} {refusal.value.hints} {asking('wrong-token')!r}"
    with pytest.raises(Refused, match="names no API token"):
        await asking("").stints("PI7DH85", START, START + DAY)
