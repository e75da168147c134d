"""OFREP: what an application is told of one flag and of all, when nothing changed, and when it asks wrongly."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.chat.conversation import Origin
from bot.domain.flag import FlagSetting
from bot.domain.sighting import Sighting
from bot.domain.token import Scope
from bot.web.guard import LARGEST_BODY
from tests.scenarios.world import SECOND, world_over
from tests.web.served import Served, at_ten, served

ALL = "/ofrep/v1/evaluate/flags"
BANNER = f"{ALL}/banner"


@pytest_asyncio.fixture
async def world_at_ten_a_second(tmp_path: Path) -> AsyncIterator[Served]:
    async with (
        world_over(f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}") as world,
        served(world, evaluations=10) as it,
    ):
        yield it


def context(user: str = "u1", **more: Any) -> dict[str, object]:
    return {"context": {"targetingKey": user, **more}}


async def one(web: Served, key: str = "banner", user: str = "u1", **more: Any) -> dict[str, Any]:
    answer = await web.ask("POST", f"{ALL}/{key}", "evaluate", json=context(user, **more))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def set_(web: Served, line: str) -> None:
    await web.world.done(line)
    await web.serving.keeper.refresh()


@pytest.mark.parametrize(
    ("lines", "more", "expected"),
    [
        (["/flag off banner"], {}, (False, "DISABLED", "off")),
        (["/flag off banner", "/flag retire banner"], {}, (False, "DISABLED", "off")),
        (["/flag on banner"], {}, (True, "STATIC", "on")),
        (["/flag set banner 99.999%"], {}, (True, "SPLIT", "on")),
        (["/flag set banner 0.001%"], {}, (False, "SPLIT", "off")),
        (["/flag set banner 0%"], {}, (False, "DEFAULT", "off")),
        (["/flag set banner 0.001%", "/flag target banner u1"], {}, (True, "TARGETING_MATCH", "on")),
        (["/flag set banner 100% --tiers pro"], {"tier": "pro"}, (True, "TARGETING_MATCH", "on")),
        (["/flag set banner 100% --tiers pro"], {"tier": "free"}, (False, "DEFAULT", "off")),
        (["/flag set banner 100% --tiers pro"], {}, (False, "DEFAULT", "off")),
    ],
    ids=["off", "retired", "all", "nearly all", "nearly none", "none", "named", "tier", "other tier", "no tier"],
)
async def test_a_flag_is_answered_with_its_value_its_reason_and_its_variant(
    web: Served, lines: list[str], more: dict[str, Any], expected: tuple[bool, str, str]
) -> None:
    for line in lines:
        await set_(web, line)
    found = await one(web, **more)
    assert (found["value"], found["reason"], found["variant"]) == expected
    assert found["metadata"]["environment"] == "production"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", "PARSE_ERROR"),
        ("", "PARSE_ERROR"),
        ("[]", "PARSE_ERROR"),
        ("[" * 60_000, "PARSE_ERROR"),
        ('{"context": []}', "INVALID_CONTEXT"),
        ("{}", "TARGETING_KEY_MISSING"),
        ('{"context": {}}', "TARGETING_KEY_MISSING"),
        ('{"context": {"targetingKey": ""}}', "TARGETING_KEY_MISSING"),
        ('{"context": {"targetingKey": 5}}', "INVALID_CONTEXT"),
    ],
    ids=["torn", "empty", "a list", "deep", "list context", "nothing", "no key", "empty key", "number"],
)
@pytest.mark.parametrize("path", [ALL, BANNER], ids=["all", "one"])
async def test_a_request_of_the_wrong_form_is_told_so_in_openfeatures_words(
    web: Served, path: str, body: str, code: str
) -> None:
    answer = await web.ask("POST", path, "evaluate", content=body)
    assert (answer.status_code, answer.json()["errorCode"]) == (400, code)
    assert answer.json()["errorDetails"]
    assert ("key" in answer.json()) is (path == BANNER)


async def test_a_flag_that_another_system_holds_is_not_answered_in_its_place(web: Served) -> None:
    held = Sighting("banner", "production", "unleash", FlagSetting(on=True))
    await web.world.store.write(lambda tx: tx.sightings.save(held))
    await web.serving.keeper.refresh()
    answer = await web.ask("POST", BANNER, "evaluate", json=context())
    assert (answer.status_code, answer.json()["errorCode"]) == (404, "FLAG_NOT_FOUND")
    assert answer.json()["errorDetails"] == "“banner” is held in unleash: ask there."
    every = await web.ask("POST", ALL, "evaluate", json=context())
    assert "banner" not in [flag["key"] for flag in every.json()["flags"]]
    check = await web.ask("GET", "/api/feature-flags/check/banner?userId=u1", "evaluate")
    assert (check.status_code, check.json()["code"]) == (404, "NOT_FOUND")
    assert "held in unleash" in check.text
    file = await web.ask("GET", "/flagd/flags.json", "read")
    assert "banner" not in file.json()["flags"]
    await web.world.store.write(lambda tx: tx.sightings.forget("banner"))
    await web.serving.keeper.refresh()
    assert (await one(web))["value"] is False


async def test_a_flag_nobody_knows_is_not_found(web: Served) -> None:
    answer = await web.ask("POST", f"{ALL}/nothing", "evaluate", json=context())
    assert answer.status_code == 404
    assert answer.json() == {
        "key": "nothing", "errorCode": "FLAG_NOT_FOUND", "errorDetails": "There is no flag “nothing”."
    }  # fmt: skip


async def test_a_context_without_what_the_flag_counts_fails_for_that_flag_alone(web: Served) -> None:
    await set_(web, "/flag create calls --unit server")
    await set_(web, "/flag on calls")
    answer = await web.ask("POST", f"{ALL}/calls", "evaluate", json=context())
    assert (answer.status_code, answer.json()["errorCode"]) == (400, "INVALID_CONTEXT")
    assert "server" in answer.json()["errorDetails"]
    found = (await web.ask("POST", ALL, "evaluate", json=context())).json()["flags"]
    assert [(it["key"], "value" in it) for it in found] == [("banner", True), ("calls", False)]
    assert (await one(web, "calls", server="s1"))["value"] is True


async def test_all_flags_are_what_each_is_alone(web: Served) -> None:
    for number in range(5):
        await web.world.done(f"/flag create f{number}")
        await web.world.done(f"/flag set f{number} {20 * number + 5}%")
    await web.serving.keeper.refresh()
    for user in ("u1", "u2", "u3"):
        together = (await web.ask("POST", ALL, "evaluate", json=context(user))).json()
        assert together["flags"] == [await one(web, it["key"], user) for it in together["flags"]]
        assert len(together["flags"]) == 6


async def test_what_did_not_change_is_not_sent_again(web: Served) -> None:
    first = await web.ask("POST", ALL, "evaluate", json=context())
    for tag in (first.headers["etag"], f"W/{first.headers['etag']}", f'"other", {first.headers["etag"]}', "*"):
        again = await web.ask("POST", ALL, "evaluate", json=context(), headers={"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])


async def test_the_tag_is_of_the_flags_and_of_the_context(web: Served) -> None:
    async def tag(**more: str) -> str:
        return str((await web.ask("POST", ALL, "evaluate", json=context(**more))).headers["etag"])

    first = await tag(tier="pro", country="CA")
    assert await tag(country="CA", tier="pro") == first
    assert await tag(tier="free", country="CA") != first
    await set_(web, "/flag set banner 26%")
    second = await tag(tier="pro", country="CA")
    assert second != first
    stale = await web.ask(
        "POST", ALL, "evaluate", json=context(tier="pro", country="CA"), headers={"If-None-Match": first}
    )
    assert (stale.status_code, stale.headers["etag"]) == (200, second)


async def test_the_api_key_header_is_a_token_as_well(web: Served) -> None:
    answer = await web.client.post(BANNER, json=context(), headers={"X-API-Key": web.tokens["evaluate"]})
    assert answer.status_code == 200


async def test_who_may_not_evaluate_is_refused(web: Served) -> None:
    assert (await web.client.post(BANNER, json=context())).status_code == 401
    for scope in ("read", "write"):
        assert (await web.ask("POST", BANNER, scope, json=context())).status_code == 403
    assert (await web.ask("POST", BANNER, "admin", json=context())).status_code == 200


async def test_a_token_answers_for_its_own_environment(web: Served) -> None:
    await set_(web, "/flag on banner --env staging")
    secret = await web.token("app", Scope.EVALUATE, environment="staging")
    answer = await web.ask("POST", BANNER, secret=secret, json=context())
    assert (answer.json()["value"], answer.json()["metadata"]["environment"]) == (True, "staging")
    elsewhere = await web.ask("POST", f"{BANNER}?environment=production", secret=secret, json=context())
    assert elsewhere.status_code == 403
    everywhere = await web.ask("POST", f"{BANNER}?environment=staging", "evaluate", json=context())
    assert everywhere.json()["metadata"]["environment"] == "staging"
    assert (await web.ask("POST", f"{BANNER}?environment=nowhere", "evaluate", json=context())).status_code == 404


async def test_a_large_body_is_refused(web: Served) -> None:
    answer = await web.ask("POST", ALL, "evaluate", content=b" " * (LARGEST_BODY + 1))
    assert answer.status_code == 413


async def test_a_token_that_asks_too_often_is_told_when_to_come_back(world_at_ten_a_second: Served) -> None:
    web = world_at_ten_a_second
    statuses = [(await web.ask("POST", ALL, "evaluate", json=context())).status_code for _ in range(21)]
    assert statuses == [200] * 20 + [429]
    answer = await web.ask("POST", ALL, "evaluate", json=context())
    assert answer.headers["retry-after"] == "1"
    web.world.clock.advance(SECOND)
    assert (await web.ask("POST", ALL, "evaluate", json=context())).status_code == 200


async def test_a_rollback_is_seen_by_the_next_that_asks_without_any_time_passing(web: Served) -> None:
    world = web.world
    await at_ten(world)
    users = [f"u{number}" for number in range(100)]
    inside = [user for user in users if await web.sees("checkout", user)]
    assert inside
    changed = web.serving.streams
    with changed.listening() as told:
        reply = await world.bot.dispatcher.handle("/rollout rollback", Origin("local", "releases", "ana", "rollback"))
        assert reply.outcome == 0
        await world.bot.loop.settle()
        await told.wait()
    assert not any([await web.sees("checkout", user) for user in inside])


async def test_a_mistake_of_ours_is_an_answer_and_in_the_log(web: Served) -> None:
    flags = web.serving.keeper.flags

    class Broken(dict[str, Any]):
        def get(self, *_: object) -> Any:
            raise ZeroDivisionError

        def values(self) -> Any:
            raise ZeroDivisionError

    flags._sets["production"] = type(flags.of("production"))("production", Broken())
    for path in (ALL, BANNER):
        answer = await web.ask("POST", path, "evaluate", json=context())
        assert answer.status_code == 500
        assert set(answer.json()) == {"errorDetails"}
    assert web.world.journal.events("error") == ["ofrep.crashed"] * 2
