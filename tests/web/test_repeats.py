"""A write that a program repeats with the same key changes nothing twice and is answered as the first time."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.domain.kept_answer import KEPT_FOR, LONGEST_KEY
from bot.domain.token import Scope
from bot.web.openapi import document
from tests.fakes.clock import MovedClock
from tests.scenarios.world import DAY, HOUR, SECOND, world_over
from tests.web.served import Served, at_ten, served

ROOT = "/api/feature-flags"
BANNER = f"{ROOT}/banner"


async def write(web: Served, key: str, body: object, path: str = f"{BANNER}/rollout", **more: Any) -> httpx.Response:
    """Send a write with a key."""
    return await web.ask(
        more.pop("method", "PATCH"), path, "write", json=body, headers={"Idempotency-Key": key}, **more
    )


async def changes(web: Served) -> int:
    """Return how often the flag was set."""
    return sum(it.action == "flag:set" for it in await web.world.audit())


def is_repeated(answer: httpx.Response) -> bool:
    return bool(answer.headers.get("idempotent-replayed") == "true")


def reused(answer: httpx.Response) -> bool:
    assert set(answer.json()) == {"ok", "code", "error", "timestamp"} or answer.status_code < 300
    return (answer.status_code, answer.json().get("code")) == (409, "IDEMPOTENCY_KEY_REUSED")


async def test_the_same_request_changes_nothing_twice_whatever_happened_since(web: Served) -> None:
    first = await write(web, "build-1", {"percentage": 40})
    assert (first.status_code, is_repeated(first)) == (200, False)
    await web.world.done("/flag set banner 5% because support asked for it")
    before = await changes(web)
    again = await write(web, "build-1", {"percentage": 40})
    assert (again.status_code, again.json(), is_repeated(again)) == (200, first.json(), True)
    assert await changes(web) == before
    assert str(await web.world.held("banner")) == "5%"


async def test_a_flag_that_was_made_is_made_once_and_reads_as_made_both_times(web: Served) -> None:
    body = {"name": "fresh", "enabled": True, "rolloutPercentage": 10}
    first = await write(web, "make", body, ROOT, method="POST")
    again = await write(web, "make", dict(reversed(body.items())), ROOT, method="POST")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.json()["before"] is None
    assert [it.action for it in await web.world.audit()].count("flag:create") == 2, "banner and fresh"


async def test_to_add_and_to_remove_somebody_can_be_repeated_too(web: Served) -> None:
    for method, path, body in (("POST", f"{BANNER}/users", {"userId": 7}), ("DELETE", f"{BANNER}/users/7", None)):
        first = await write(web, method, body, path, method=method)
        again = await write(web, method, body, path, method=method)
        assert (is_repeated(first), is_repeated(again), again.json()) == (False, True, first.json())
    assert (await web.world.held("banner")).users == ()


async def test_an_answer_that_changed_nothing_is_kept_too(web: Served) -> None:
    first = await write(web, "as-it-is", {"percentage": 25})
    await web.world.done("/flag set banner 5%")
    again = await write(web, "as-it-is", {"percentage": 25})
    assert (is_repeated(again), again.json()) == (True, first.json())
    assert str(await web.world.held("banner")) == "5%"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", f"{BANNER}/rollout", {"percentage": 90}),
        ("PATCH", f"{BANNER}/rollout?environment=staging", {"percentage": 40}),
        ("PATCH", BANNER, {"enabled": False}),
        ("POST", f"{BANNER}/users", {"userId": 1}),
        ("PATCH", f"{BANNER}/rollout", {"percentage": "nonsense"}),
    ],
    ids=["another percentage", "another environment", "another route", "another method", "a wrong body"],
)
async def test_a_key_that_stands_for_another_request_is_refused(
    web: Served, method: str, path: str, body: object
) -> None:
    await write(web, "build-1", {"percentage": 40})
    before = await changes(web)
    answer = await write(web, "build-1", body, path, method=method)
    assert reused(answer), answer.text
    assert "The key “build-1” stands for another request" in answer.json()["error"]
    assert await changes(web) == before
    assert str(await web.world.held("banner")) == "40%"


async def test_each_token_has_keys_of_its_own(web: Served) -> None:
    other = await web.token("other", Scope.WRITE)
    await write(web, "build-1", {"percentage": 40})
    assert not is_repeated(await write(web, "build-1", {"percentage": 30}, secret=other))
    assert str(await web.world.held("banner")) == "30%"


async def test_after_a_day_a_key_may_be_used_for_something_else(web: Served) -> None:
    await write(web, "build-1", {"percentage": 40})
    await web.world.passes(KEPT_FOR)
    assert reused(await write(web, "build-1", {"percentage": 30}))
    await web.world.passes(SECOND)
    assert not is_repeated(await write(web, "build-1", {"percentage": 30}))
    assert is_repeated(await write(web, "build-1", {"percentage": 30}))
    assert str(await web.world.held("banner")) == "30%"


async def test_what_was_refused_may_succeed_with_the_same_key(web: Served) -> None:
    await at_ten(web.world)
    await web.serving.keeper.refresh()
    path = f"{ROOT}/checkout/rollout"
    refused = await write(web, "build-1", {"percentage": 20}, path)
    assert (refused.status_code, refused.json()["code"]) == (409, "CONFLICT")
    await web.world.done("/rollout abort")
    assert (await write(web, "build-1", {"percentage": 20}, path)).status_code == 200


async def test_of_many_at_once_one_is_done_and_all_get_its_answer(web: Served) -> None:
    before = await changes(web)
    answers = await asyncio.gather(*(write(web, "build-1", {"percentage": 40}) for _ in range(12)))
    assert {it.status_code for it in answers} == {200}
    assert len({it.text for it in answers}) == 1
    assert [is_repeated(it) for it in answers].count(False) == 1
    assert await changes(web) == before + 1


async def test_whoever_is_started_anew_knows_what_was_answered(tmp_path: Path) -> None:
    url, clock = f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}", MovedClock()
    async with world_over(url, clock=clock) as world:
        await world.done("/flag create banner")
        async with served(world) as web:
            secret = web.tokens["write"]
            first = await write(web, "build-1", {"percentage": 40})
    async with world_over(url, clock=clock) as world, served(world, fresh=False) as web:
        await web.serving.keeper.refresh()
        again = await write(web, "build-1", {"percentage": 40}, secret=secret)
        assert (is_repeated(again), again.json()) == (True, first.json())


@pytest.mark.parametrize("key", ["", "a b", "x" * (LONGEST_KEY + 1)])
async def test_what_cannot_be_a_key_is_refused(web: Served, key: str) -> None:
    answer = await write(web, key, {"percentage": 40})
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID")
    assert answer.json()["error"].startswith("Idempotency-Key: ")
    assert str(await web.world.held("banner")) == "25%"


async def test_reading_takes_no_notice_of_a_key(web: Served) -> None:
    for _ in range(2):
        answer = await web.ask("GET", BANNER, "read", headers={"Idempotency-Key": "build-1"})
        assert (answer.status_code, is_repeated(answer)) == (200, False)
    assert not is_repeated(await write(web, "build-1", {"percentage": 40}))


async def test_kept_answers_are_forgotten(web: Served) -> None:
    await write(web, "build-1", {"percentage": 40})
    since = web.world.clock.now() - DAY
    assert await web.world.store.read(lambda tx: tx.answers.get("writer", "build-1", since)) is not None
    await web.world.passes(HOUR)
    await web.world.passes(DAY)
    assert await web.world.store.read(lambda tx: tx.answers.get("writer", "build-1", since)) is None


def test_the_description_names_the_key_for_every_write_and_for_nothing_else() -> None:
    for methods in document()["paths"].values():
        for operation in methods.values():
            named = "Idempotency-Key" in [it["name"] for it in operation["parameters"]]
            assert named == ("Scope: write" in operation["description"])
