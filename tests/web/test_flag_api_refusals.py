"""The flag API lets nobody do what they may not, and takes nothing that is not of the right form or size."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.domain.actor import Actor
from bot.domain.plan import ChannelName
from bot.domain.team import Environment, Team
from bot.domain.token import Scope
from bot.web.flag_api import OPERATIONS, Operation
from bot.web.guard import LARGEST_BODY
from bot.web.serving import CALLS
from tests.scenarios.world import SECOND, world_over
from tests.web.served import Served, answer_before_the_body, served

ROOT = "/api/feature-flags"
BANNER = f"{ROOT}/banner"
TEN_MEGABYTES = 10 * 1024 * 1024
OWNER = Actor("ana", "local", "ana", "local", "revoking", frozenset({"owner"}))
EVERY = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda it: f"{it.method} {it.path}")
BODIES = {"FlagBody": {"name": "banner"}, "FlagPatch": {}, "RolloutBody": {"percentage": 5}, "UserBody": {"userId": 1}}


def place(operation: Operation) -> str:
    return operation.path.replace("{name}", "banner").replace("{userId}", "1")


def body(operation: Operation) -> object:
    return BODIES[operation.takes.__name__] if operation.takes is not None else None


def code(answer: httpx.Response) -> tuple[int, str]:
    assert set(answer.json()) == {"ok", "code", "error", "timestamp"}
    return answer.status_code, answer.json()["code"]


@EVERY
async def test_every_route_refuses_without_a_token(web: Served, operation: Operation) -> None:
    path, content = place(operation), body(operation)
    secret = web.tokens["admin"]
    for headers in ({}, {"Authorization": f"Basic {secret}"}, {"Authorization": "Bearer"}, {"X-API-Key": "rollcall_x"}):
        answer = await web.client.request(operation.method, path, headers=headers, json=content)
        assert code(answer) == (401, "UNAUTHORIZED")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    await web.world.bot.operations.tokens.revoke(OWNER, "adminr")
    await web.serving.keeper.refresh()
    assert code(await web.ask(operation.method, path, json=content)) == (401, "UNAUTHORIZED")
    assert str(await web.world.held("banner")) == "25%"


@EVERY
async def test_every_route_refuses_every_other_scope(web: Served, operation: Operation) -> None:
    others = [scope for scope in Scope if scope not in {operation.scope, Scope.ADMIN}]
    for scope in others:
        answer = await web.ask(operation.method, place(operation), scope, json=body(operation))
        assert code(answer) == (403, "FORBIDDEN")
    assert str(await web.world.held("banner")) == "25%"


@EVERY
async def test_every_route_refuses_ten_megabytes_without_reading_them(web: Served, operation: Operation) -> None:
    length = f"Content-Length: {TEN_MEGABYTES}"
    answer = await answer_before_the_body(web, operation.method, place(operation), web.tokens["admin"], length)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"TOO_LARGE"' in answer


async def test_a_large_body_that_does_not_say_its_size_is_refused_when_it_shows(web: Served) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(LARGEST_BODY // 1024 + 1):
            yield b" " * 1024

    answer = await web.ask("POST", ROOT, "write", content=pieces(), headers={"Content-Type": "application/json"})
    assert code(answer) == (413, "TOO_LARGE")


@pytest.mark.parametrize("wrong", ["101", "-1", "NaN", '"ten"', '"10"', "true", "1e999", "0.0001", "-0.001", "[5]"])
@pytest.mark.parametrize(
    ("method", "path", "form"),
    [
        ("POST", ROOT, '{"name": "banner", "rolloutPercentage": %s}'),
        ("PATCH", BANNER, '{"rolloutPercentage": %s}'),
        ("PATCH", f"{BANNER}/rollout", '{"percentage": %s}'),
    ],
)
async def test_what_is_no_percentage_is_refused_and_changes_nothing(
    web: Served, method: str, path: str, form: str, wrong: str
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await web.ask(method, path, "write", content=form % wrong, headers=headers)
    assert code(answer) == (422, "INVALID")
    assert str(await web.world.held("banner")) == "25%"


@pytest.mark.parametrize(
    ("content", "kind", "expected"),
    [
        ("{", "application/json", 400),
        ("", "application/json", 400),
        ("[" * 60_000, "application/json", 400),
        ('{"percentage": 5}', "text/plain", 415),
        ('{"percentage": 5}', "application/x-www-form-urlencoded", 415),
        ('{"percentage": 5}', "", 415),
        ("[]", "application/json", 422),
        ("{}", "application/json", 422),
        ('{"percentage": 5, "percent": 6}', "application/json; charset=utf-8", 422),
    ],
)
async def test_what_is_no_body_of_the_right_form_is_refused(
    web: Served, content: str, kind: str, expected: int
) -> None:
    answer = await web.ask("PATCH", f"{BANNER}/rollout", "write", content=content, headers={"Content-Type": kind})
    assert code(answer)[0] == expected
    assert str(await web.world.held("banner")) == "25%"


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "a/b"},
        {"name": ""},
        {"name": "x" * 101},
        {"name": "x", "allowedTiers": ["a b"]},
        {"name": "x", "allowedTiers": "pro"},
        {"name": "x", "allowedUserIds": [True]},
        {"name": "x", "allowedUserIds": [1.5]},
        {"name": "x", "allowedUserIds": [""]},
        {"name": "x", "allowedUserIds": ["\ud800"]},
        {"name": "x", "description": "\ud800"},
        {"name": "x", "enabled": 1},
        {"name": "x", "unit": "two words"},
    ],
    ids=str,
)
async def test_a_flag_of_the_wrong_form_is_not_made(web: Served, wrong: object) -> None:
    headers = {"Content-Type": "application/json"}
    assert code(await web.ask("POST", ROOT, "write", content=json.dumps(wrong), headers=headers)) == (422, "INVALID")
    assert [view.flag.key for view in await web.world.bot.operations.flags.list()] == ["banner"]


async def test_addresses_and_methods_that_are_not_there_are_refused_in_the_same_shape(web: Served) -> None:
    assert code(await web.ask("GET", "/api/nothing")) == (404, "NOT_FOUND")
    answer = await web.ask("DELETE", ROOT)
    assert code(answer) == (405, "METHOD_NOT_ALLOWED")
    assert set(answer.headers["allow"].replace(" ", "").split(",")) == {"GET", "HEAD", "POST"}
    assert (await web.ask("GET", "/nothing")).text == "Not Found"


async def test_a_token_that_asks_too_often_waits_and_may_always_go_down(web: Served) -> None:
    for _ in range(int(CALLS.burst)):
        assert (await web.ask("PATCH", BANNER, "write", json={})).status_code == 200
    limited = await web.ask("PATCH", f"{BANNER}/rollout", "write", json={"percentage": 26})
    assert code(limited) == (429, "RATE_LIMITED")
    assert limited.headers["retry-after"] == "1"
    assert (await web.ask("PATCH", BANNER, "write", json={"enabled": False})).json()["flag"]["enabled"] is False
    web.world.clock.advance(SECOND)
    assert (await web.ask("PATCH", BANNER, "write", json={"enabled": True})).status_code == 200


async def test_one_tokens_haste_is_not_anothers(web: Served) -> None:
    for _ in range(int(CALLS.burst)):
        await web.ask("GET", BANNER, "read")
    assert (await web.ask("GET", BANNER, "read")).status_code == 429
    assert (await web.ask("GET", BANNER, "admin")).status_code == 200


async def test_production_obeys_its_policy_and_down_is_open(tmp_path: Path) -> None:
    policy = Environment("production", channels=(ChannelName("slack", "releases"),), tokens=frozenset({"pipeline"}))
    team = Team(file="rollcall.yaml", environments={"production": policy, "staging": Environment("staging")})
    async with (
        world_over(f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}", team=lambda: team) as world,
        served(world) as web,
    ):
        named = await web.token("pipeline", Scope.WRITE)
        raised = {"name": "banner", "enabled": True, "rolloutPercentage": 25}
        refused = await web.ask("POST", ROOT, "write", json=raised)
        assert code(refused) == (403, "FORBIDDEN")
        assert "token writer" in refused.json()["error"]
        assert (await web.ask("GET", BANNER, "read")).status_code == 404
        assert (await web.ask("POST", ROOT, secret=named, json=raised)).status_code == 201
        lowered = await web.ask("PATCH", f"{BANNER}/rollout", "write", json={"percentage": 5})
        assert lowered.json()["flag"]["rolloutPercentage"] == 5
        last = [(it.person, it.outcome) for it in await world.audit() if it.action == "flag:set"]
        assert last == [("writer", "refused"), ("pipeline", "accepted"), ("writer", "accepted")]


async def test_a_mistake_of_ours_is_answered_and_in_the_log(web: Served) -> None:
    class Broken(dict[str, object]):
        def get(self, *_: object) -> object:
            raise ZeroDivisionError

    flags = web.serving.keeper.flags
    flags._sets["production"] = flags.of("production").__class__("production", Broken())  # type: ignore[arg-type]
    answer = await web.ask("GET", f"{ROOT}/check/banner?userId=1", "evaluate")
    assert code(answer) == (500, "ERROR")
    assert "ZeroDivision" not in answer.text
    assert "flag_api.crashed" in web.world.journal.events("error")
