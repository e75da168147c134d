"""What PagerDuty says at /hooks/pagerduty: our pages answered there, once, by whoever it was, and never sent back."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.audit import Action
from bot.domain.page import PageState
from bot.web.guard import Rate
from tests.fakes.clock import START
from tests.scenarios.world import MINUTE
from tests.web.hooked import ANA, SECRET, TEAM, Hooked, event, hooked, signed

BY_ID = {"id": "PENGINEER", "summary": "Some Name", "type": "user_reference"}
BY_EMAIL = {"id": "PX", "summary": "Some Name", "email": "Engineer@Example.org"}
BY_NAME = {"id": "PX", "summary": "Engineer"}


async def paged(it: Hooked) -> None:
    await it.world.done("/escalate high payments fail", **ANA)
    await it.world.minutes(20)


@pytest.mark.parametrize("agent", [BY_ID, BY_EMAIL, BY_NAME], ids=str)
async def test_an_acknowledgement_there_is_one_here_by_the_same_person(tmp_path: Path, agent: dict[str, str]) -> None:
    async with hooked(tmp_path) as it:
        await paged(it)
        answer = await it.pagerduty(event(agent=agent))
        assert (answer.status_code, answer.json()) == (200, {"ok": True, "done": True})
        page = await it.world.page()
        assert (page.state, page.answered_by) == (PageState.ACKNOWLEDGED, "engineer")
        (entry,) = [entry for entry in await it.world.audit() if entry.action == Action.PAGE_ACKNOWLEDGE]
        assert (entry.person, entry.platform, entry.platform_id) == ("engineer", "pagerduty", agent["id"])
        await it.world.minutes(25)
        assert it.world.paged() == ["engineer", "lead"]


async def test_somebody_whom_nobody_knows_answers_as_pagerduty_and_is_named(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        await paged(it)
        await it.pagerduty(event("incident.resolved"))
        page = await it.world.page()
        assert (page.state, page.answered_by, page.answers[-1].reason) == (
            PageState.RESOLVED,
            "PagerDuty",
            "A. Stranger in PagerDuty",
        )
        assert it.world.told("releases")[-1] == "PagerDuty resolved page 1: A. Stranger in PagerDuty."
        (entry,) = [entry for entry in await it.world.audit() if entry.action == Action.PAGE_RESOLVE]
        assert (entry.after or {})["agent"] == "A. Stranger"


async def test_an_event_without_an_agent_is_pagerdutys_own(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        await paged(it)
        body = event("incident.resolved")
        body["event"]["agent"] = None  # type: ignore[index]  # It is a mapping.
        assert (await it.pagerduty(body)).json()["done"]
        assert (await it.world.page()).answers[-1].reason == "in PagerDuty"


async def test_what_was_answered_there_is_not_sent_back_there(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        await paged(it)
        before = [row.id for row in await it.world.outbox()]
        await it.pagerduty(event())
        new = [row for row in await it.world.outbox() if row.id not in before]
        assert new
        assert not [row for row in new if row.platform == "pagerduty"]


async def test_an_event_that_comes_twice_is_done_once(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        await paged(it)
        assert (await it.pagerduty(event(number="A"))).json()["done"]
        page, entries = await it.world.page(), len(await it.world.audit())
        assert (await it.pagerduty(event(number="A"))).json() == {"ok": True, "repeated": True}
        assert (await it.world.page(), len(await it.world.audit())) == (page, entries)


async def test_a_page_that_is_resolved_stays_as_it_is(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        await paged(it)
        await it.world.done("/escalate resolve", **ANA)
        page = await it.world.page()
        for number, what in enumerate(("acknowledged", "resolved", "reassigned")):
            answer = await it.pagerduty(event(f"incident.{what}", number=str(number)))
            assert answer.json() == {"ok": True, "done": False, "why": "the page is resolved"}
        assert await it.world.page() == page


async def test_resolving_beats_an_acknowledgement_that_came_in_between(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        await paged(it)
        await it.world.done("/escalate ack", **ANA)
        assert (await it.pagerduty(event())).json()["why"] == "ana is on it already"
        assert (await it.pagerduty(event("incident.resolved", number="2", at=START + 10 * MINUTE))).json()["done"]


async def test_an_acknowledgement_from_before_the_last_answer_here_is_too_late(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        await paged(it)
        await it.world.done("/escalate ack", **ANA)
        await it.world.minutes(35)
        assert (await it.world.page()).state is PageState.OPEN
        answer = await it.pagerduty(event(at=START + 20 * MINUTE))
        assert answer.json() == {"ok": True, "done": False, "why": "the page was answered since"}
        assert (await it.world.page()).state is PageState.OPEN


async def test_an_event_of_last_week_is_not_heard(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        await paged(it)
        answer = await it.pagerduty(event(at=START - timedelta(days=8)))
        assert answer.json() == {"ok": True, "done": False, "why": "the event is too old"}


async def test_given_to_a_listed_person_there_it_is_given_to_them_here(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        await paged(it)
        stranger = [{"id": "PSTRANGER", "summary": "A. Stranger"}]
        answer = await it.pagerduty(event("incident.reassigned", number="1", assignees=stranger))
        assert answer.json()["why"] == "it was given to somebody whom the team file does not list"
        cto = [*stranger, {"id": "PX", "summary": "CTO"}]
        assert (await it.pagerduty(event("incident.reassigned", number="2", assignees=cto))).json()["done"]
        assert it.world.paged() == ["engineer", "lead", "cto"]


@pytest.mark.parametrize(
    "body",
    [
        {"event": {"id": "1", "event_type": "pagey.ping", "resource_type": "pagey", "occurred_at": "2026-03-02T09:00:00Z", "agent": None, "client": None, "data": {"message": "Hello from your friend Pagey!", "type": "ping"}}},
        event("incident.triggered"),
        event("incident.something_new"),
        event("service.updated"),
        event(incident_key="d3640fbd41094207a1c11e58e46b1662"),
        event(incident_key="rollcall-page-1x"),
        event(incident_key="rollcall-page-" + "9" * 5000),
        event(incident_key=None),
    ],
    ids=["ping", "triggered", "new", "service", "foreign", "near", "long", "none"],
)  # fmt: skip
async def test_what_is_about_none_of_our_pages_is_accepted_and_leaves_no_trace(tmp_path: Path, body: object) -> None:
    async with hooked(tmp_path) as it:
        await paged(it)
        page, entries = await it.world.page(), len(await it.world.audit())
        assert (await it.pagerduty(body)).status_code == 202
        assert (await it.world.page(), len(await it.world.audit())) == (page, entries)


async def test_a_page_that_never_went_to_pagerduty_is_not_answered_from_there(tmp_path: Path) -> None:
    async with hooked(tmp_path, team=TEAM.replace("[team-lead, {pagerduty: payments}]", "team-lead")) as it:
        await paged(it)
        answer = await it.pagerduty(event())
        assert answer.json()["why"] == "there is no such page that went to PagerDuty"
        assert (await it.world.page()).state is PageState.OPEN
        assert (await it.pagerduty(event(page=77, number="2"))).json()["done"] is False


async def test_only_the_secret_opens_and_any_one_of_several_signatures(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        await paged(it)
        raw = json.dumps(event()).encode()
        good = signed(raw)
        forged = (
            "",
            "v1=",
            good,
            f"v0={good}",
            f"v1={good[:-1]}",
            f"v1={good.upper()}",
            f"v1={signed(raw, 'another secret')}",
            f"v1={signed(raw + b' ')}",
            "v1=\xff",
        )
        for signature in forged:
            answer = await it.pagerduty(event(), signature=signature)
            assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED"), signature
        assert (await it.world.page()).state is PageState.OPEN
        answer = await it.pagerduty(event(), signature=f"v1={signed(raw, 'the old one')}, v1={good}")
        assert answer.json()["done"]


async def test_a_token_is_no_signature(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        answer = await it.web.ask("POST", "/hooks/pagerduty", "admin", json=event())
        assert answer.status_code == 401


async def test_without_a_secret_there_is_nothing_at_the_address(tmp_path: Path) -> None:
    async with hooked(tmp_path, secrets=()) as it:
        assert (await it.pagerduty(event(), secret=SECRET)).status_code == 404
        assert (await it.pagerduty(event(), secret="")).status_code == 404


async def test_pagerduty_too_has_its_pace(tmp_path: Path) -> None:
    async with hooked(tmp_path, calls=Rate(1, 3)) as it:
        answers = [await it.pagerduty(event("incident.triggered")) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
        assert answers[-1].headers["retry-after"] == "1"


async def test_what_is_signed_and_makes_no_sense_is_refused_with_its_place(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        answer = await it.pagerduty({"event": {"id": "1", "event_type": "incident.resolved"}})
        assert (answer.status_code, answer.json()["error"]) == (422, "event.occurred_at: Field required.")
        answer = await it.pagerduty(event("incident.resolved", assignees="everybody"))
        assert answer.status_code == 422
