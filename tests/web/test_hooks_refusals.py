"""The inbound hooks let nobody in who may not, take nothing that is not of the right form, and show texts harmless."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from bot.chat.discord.render import render as discord
from bot.chat.slack.render import render as slack
from bot.domain.actor import Actor
from bot.domain.errors import Unavailable
from bot.domain.rollout import Status
from bot.domain.token import Scope
from bot.web.guard import Rate
from bot.web.hooks import HOOKS, LARGEST, Hook
from tests.chat.slack.judging import assert_sound
from tests.scenarios.world import SECOND
from tests.web.hooked import Hooked, event, group, hooked, one_alert, signed
from tests.web.served import answer_before_the_body

EVERY = pytest.mark.parametrize("hook", HOOKS, ids=lambda it: it.path)
WITH_TOKENS = pytest.mark.parametrize("hook", HOOKS[:2], ids=lambda it: it.path)
BODIES: dict[str, dict[str, Any]] = {"/hooks/alertmanager": group(), "/hooks/in": {"text": "payments fail"}, "/hooks/pagerduty": event()}  # fmt: skip
PAGED = ("U0ENGINEER", "U0SECOND", "U0LEAD", "U0CTO", "U0ANA")
OWNER = Actor("ana", "local", "ana", "local", "revoking", frozenset({"owner"}))


@pytest_asyncio.fixture
async def it(tmp_path: Path) -> AsyncIterator[Hooked]:
    async with hooked(tmp_path) as made:
        yield made


async def post(it: Hooked, hook: Hook, raw: bytes, kind: str = "application/json") -> httpx.Response:
    """Post something as somebody who may."""
    headers = {"Content-Type": kind, "X-PagerDuty-Signature": f"v1={signed(raw)}"}
    return await it.web.ask("POST", hook.path, "alert", content=raw, headers=headers)


def code(answer: httpx.Response) -> tuple[int, str]:
    assert set(answer.json()) == {"ok", "code", "error", "timestamp"}
    return answer.status_code, answer.json()["code"]


@EVERY
async def test_nobody_is_let_in_without_a_token_or_a_signature(it: Hooked, hook: Hook) -> None:
    basic = base64.b64encode(b"alertmanager:rollcall_x").decode()
    for headers in (
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer rollcall_x"},
        {"Authorization": f"Basic {basic}"},
        {"Authorization": "Basic ä".encode("latin-1").decode("latin-1")},
        {"Authorization": f"Basic {base64.b64encode(it.web.tokens['alert'].encode()).decode()}"},
        {"X-API-Key": "x"},
    ):
        sent = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        answer = await it.web.client.post(hook.path, json=BODIES[hook.path], headers=sent)
        assert code(answer) == (401, "UNAUTHORIZED")
    assert it.world.paged() == []


@WITH_TOKENS
async def test_a_token_that_was_revoked_or_has_another_scope_is_refused(it: Hooked, hook: Hook) -> None:
    for scope in (Scope.READ, Scope.EVALUATE, Scope.REPORT, Scope.WRITE):
        answer = await it.web.ask("POST", hook.path, scope, json=BODIES[hook.path])
        assert code(answer) == (403, "FORBIDDEN")
    await it.world.bot.operations.tokens.revoke(OWNER, "alertr")
    await it.web.serving.keeper.refresh()
    assert code(await it.web.ask("POST", hook.path, "alert", json=BODIES[hook.path])) == (401, "UNAUTHORIZED")


@WITH_TOKENS
async def test_the_scope_of_alerts_opens_nothing_else(it: Hooked, hook: Hook) -> None:
    for method, path in (
        ("GET", "/api/feature-flags"),
        ("POST", "/ofrep/v1/evaluate/flags"),
        ("GET", "/flagd/flags.json"),
    ):
        answer = await it.web.ask(method, path, "alert", json={})
        assert answer.status_code in {401, 403, 404}
    login = base64.b64encode(f"x:{it.web.tokens['admin']}".encode()).decode()
    answer = await it.web.client.get("/api/feature-flags", headers={"Authorization": f"Basic {login}"})
    assert answer.status_code == 401, "only the hooks take a token as a password"


@EVERY
async def test_a_body_of_more_than_a_megabyte_is_refused_without_being_read(it: Hooked, hook: Hook) -> None:
    headers = ("X-PagerDuty-Signature: v1=0", f"Content-Length: {LARGEST + 1}")
    answer = await answer_before_the_body(it.web, "POST", hook.path, it.web.tokens["alert"], *headers)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"TOO_LARGE"' in answer


@EVERY
@pytest.mark.parametrize(
    ("raw", "kind", "expected"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"[" * 400_000, "application/json", 400),
        (b'{"a":' * 100_000, "application/json", 400),
        (b"\xff\xfe\x00", "application/json", 400),
        (b"9" * 10_000, "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"[]", "application/json", 422),
        (b"null", "application/json", 422),
        (b'"text"', "application/json", 422),
        (b"{}", "application/json", 422),
    ],
    ids=["cut", "empty", "deep list", "deep object", "bytes", "digits", "plain", "list", "null", "text", "nothing"],
)
async def test_what_is_no_body_of_the_right_form_is_refused(
    it: Hooked, hook: Hook, raw: bytes, kind: str, expected: int
) -> None:
    assert code(await post(it, hook, raw, kind))[0] == expected
    assert it.world.journal.events("error") == []


BROKEN = {
    "version": {"version": "3"},
    "status": {"status": "gone"},
    "no alerts": {"alerts": []},
    "alerts": {"alerts": "many"},
    "an alert": {"alerts": [5]},
    "group key": {"groupKey": ""},
    "labels": {"commonLabels": {"alertname": 5}},
    "truncated": {"truncatedAlerts": -1},
    "moment": {"alerts": [{"status": "firing", "startsAt": "yesterday"}]},
    "no zone": {"alerts": [{"status": "firing", "startsAt": "2026-03-02T09:00:00"}]},
    "year 0": {"alerts": [{"status": "firing", "startsAt": "0001-01-01T00:00:00+23:00"}]},
}


@pytest.mark.parametrize("wrong", BROKEN.values(), ids=BROKEN)
async def test_a_notification_of_another_form_is_refused_with_its_place(it: Hooked, wrong: dict[str, object]) -> None:
    answer = await it.alert({**group(), **wrong})
    assert code(answer) == (422, "INVALID")
    assert answer.json()["error"].startswith(next(iter(wrong)))
    assert it.world.paged() == []


async def test_what_later_versions_add_is_no_matter(it: Hooked) -> None:
    body = {**group(), "future": {"of": ["anything"]}}
    body["alerts"][0]["more"] = 5
    assert (await it.alert(body)).status_code == 200


async def test_other_methods_and_other_addresses_are_refused_in_the_same_shape(it: Hooked) -> None:
    assert code(await it.web.ask("GET", "/hooks/in", "alert")) == (405, "METHOD_NOT_ALLOWED")
    assert code(await it.web.ask("POST", "/hooks/elsewhere", "alert")) == (404, "NOT_FOUND")


async def test_who_asks_too_often_waits_but_the_way_down_is_open(tmp_path: Path) -> None:
    async with hooked(tmp_path, calls=Rate(0.1, 2)) as it:
        await it.at_ten()
        for _ in range(2):
            assert (await it.hook(text="payments fail")).status_code == 200
        refused = await it.hook(text="payments fail")
        assert (code(refused), refused.headers["retry-after"]) == ((429, "RATE_LIMITED"), "10")
        answer = await it.alert(group(one_alert(rollcall_rollout="1")))
        assert answer.json()["stopped"]
        assert (await it.world.rollout()).status is Status.ROLLED_BACK
        # What is stopped already is no way down any more.
        assert (await it.alert(group(one_alert(rollcall_rollout="1")))).status_code == 429
        it.world.clock.advance(10 * SECOND)
        assert (await it.hook(text="payments fail")).status_code == 200


HOSTILE = {
    "everybody": "<!channel> <!here> @everyone @here <@U0CEO> <@&1> <@80351110224678901> <#C1>",
    "markup": "*bold* `code` [a](http://example.org) <http://example.org|click> ||spoiler|| # heading\n> quote",
    "control": "a\x00b\x1b[31mc\x07\r\nd\u202ee\u200bf\ufeff\u2028h\x7f\x85",
    "long": "x" * 40_000,
    "long words": "many words " * 4_000,
    "invisible": "\u200b" * 10_000,
    "html": "<script>alert(1)</script>&amp;<img src=x>",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_texts_from_outside_are_shown_harmless_and_cut(it: Hooked, text: str) -> None:
    await it.at_ten()
    labels = {
        "alertname": text,
        "severity": text,
        "rollcall_policy": text,
        "rollcall_flag": text,
        "rollcall_action": text,
    }
    alert = one_alert(labels=labels, rollcall_rollout="1", environment="production")
    alert["annotations"] = {"summary": text, "description": text}
    answers = [
        await it.alert(group(alert, key=text)),
        await it.web.ask("POST", "/hooks/in", "alert", content=json.dumps({"text": text, "rollout": 1}), headers={"Content-Type": "application/json"}),
    ]  # fmt: skip
    await it.world.bot.loop.settle()
    assert [answer.status_code for answer in answers] == [200, 200]
    agent = {"id": text[:100], "summary": text, "email": text}
    assert (await it.pagerduty(event("incident.resolved", agent=agent))).json()["done"]
    for number in (1, 2):
        page = await it.world.page(number)
        assert len(page.text) <= 500
        assert page.text.isprintable()
        assert all(said.reason.isprintable() for said in page.answers)
    assert (await it.world.rollout()).reason.isprintable()
    entries = await it.world.audit()
    assert all(entry.reason.isprintable() for entry in entries)
    assert max(len(entry.body) for entry in entries) < 10_000
    for said in it.world.slack.said:
        assert_sound(slack(said.message), frozenset(PAGED))
        assert discord(said.message) is not None
    assert it.world.journal.events("error") == []


async def test_half_a_character_is_no_text(it: Hooked) -> None:
    raw = json.dumps({**group(), "groupKey": "\ud800"})
    answer = await it.web.ask(
        "POST", "/hooks/alertmanager", "alert", content=raw, headers={"Content-Type": "application/json"}
    )
    assert code(answer) == (422, "INVALID")


async def test_neither_a_token_nor_a_body_is_in_the_log(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        text = "a text that nobody shall read in a log"

        def broken() -> object:
            raise RuntimeError(text)

        object.__setattr__(it.world.bot.operations.alerts, "team", broken)
        answer = await it.hook(text=text)
        assert code(answer) == (500, "ERROR")
        assert text not in answer.text
        assert "hook.crashed" in it.world.journal.events()
        kept = repr(it.world.journal.lines)
        assert text not in kept
        assert it.web.tokens["alert"] not in kept


async def test_a_database_that_does_not_answer_is_said_so_that_the_sender_tries_again(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        alerts = it.world.bot.operations.alerts

        class Gone:
            async def write(self, _work: object) -> None:
                raise Unavailable("The database is in use.")

        object.__setattr__(alerts.verbs, "store", Gone())
        answer = await it.alert(group())
        assert code(answer) == (503, "UNAVAILABLE")
        assert answer.headers["retry-after"]
        object.__setattr__(alerts.verbs, "store", it.world.store)
