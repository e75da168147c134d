"""The flag API does what its document says, to whoever may, and records it as any other change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from bot.domain.token import Scope
from tests.web.served import Served, at_ten

ROOT = "/api/feature-flags"
BANNER = f"{ROOT}/banner"


async def put(web: Served, path: str, body: object, method: str = "PATCH") -> dict[str, Any]:
    answer = await web.ask(method, path, "write", json=body)
    assert answer.status_code in {200, 201}, answer.text
    return dict(answer.json())


async def test_the_routes_of_the_document_answer_as_it_says(web: Served) -> None:
    name = "action_plan_customization"
    wanted = {
        "name": name,
        "description": "Plans that people arrange themselves",
        "enabled": True,
        "rolloutPercentage": 50,
        "allowedTiers": ["pro", "enterprise"],
        "allowedUserIds": [1, 2, 3],
    }
    made = await web.ask("POST", ROOT, "write", json=wanted)
    assert (made.status_code, made.json()["before"]) == (201, None)
    assert wanted.items() <= made.json()["flag"].items()
    assert wanted.items() <= (await web.ask("GET", f"{ROOT}/{name}", "read")).json()["flag"].items()
    listed = (await web.ask("GET", ROOT, "read")).json()["flags"]
    assert [it["name"] for it in listed] == [name, "banner"]

    changed = await put(web, f"{ROOT}/{name}/rollout", {"percentage": 75})
    assert (changed["before"]["rolloutPercentage"], changed["flag"]["rolloutPercentage"]) == (50, 75)
    added = await put(web, f"{ROOT}/{name}/users", {"userId": 123}, "POST")
    assert added["flag"]["allowedUserIds"] == [1, 2, 3, 123]
    removed = await web.ask("DELETE", f"{ROOT}/{name}/users/2", "write")
    assert removed.json()["flag"]["allowedUserIds"] == [1, 3, 123]

    found = await web.ask("GET", f"{ROOT}/check/{name}?userId=123", "evaluate")
    assert found.json() == {"ok": True, "name": name, "enabled": True, "reason": "named"}
    mine = await web.ask("GET", f"{ROOT}/user/features?userId=3", "evaluate")
    assert name in mine.json()["features"]
    assert (await web.ask("POST", f"{ROOT}/cache/clear", "admin")).json() == {"ok": True, "cleared": True}

    off = await put(web, f"{ROOT}/{name}", {"enabled": False})
    assert (off["flag"]["enabled"], off["flag"]["rolloutPercentage"]) == (False, 75)
    found = await web.ask("GET", f"{ROOT}/check/{name}?userId=123", "evaluate")
    assert (found.json()["enabled"], found.json()["code"]) == (False, "FEATURE_DISABLED")


async def test_a_flag_that_is_there_is_changed_in_what_is_said_and_kept_in_the_rest(web: Served) -> None:
    answer = await web.ask("POST", ROOT, "write", json={"name": "banner", "description": "The banner"})
    assert answer.status_code == 200
    flag = answer.json()["flag"]
    assert (flag["description"], flag["enabled"], flag["rolloutPercentage"]) == ("The banner", True, 25)


async def test_a_percentage_alone_does_not_switch_on_what_was_switched_off(web: Served) -> None:
    await put(web, BANNER, {"enabled": False})
    changed = await put(web, f"{BANNER}/rollout", {"percentage": 75})
    assert (changed["flag"]["enabled"], changed["flag"]["rolloutPercentage"]) == (False, 75)


async def test_what_holds_already_is_answered_and_not_recorded_again(web: Served) -> None:
    await put(web, f"{BANNER}/rollout", {"percentage": 5})
    entries = len(await web.world.audit())
    again = await put(web, f"{BANNER}/rollout", {"percentage": 5})
    assert again["flag"]["rolloutPercentage"] == 5
    assert len(await web.world.audit()) == entries


async def test_each_write_is_on_record_with_its_token_and_before_and_after(web: Served) -> None:
    await put(web, f"{BANNER}/rollout", {"percentage": 12.5})
    entry = (await web.world.audit())[-1]
    assert (entry.person, entry.platform, entry.action, entry.outcome) == ("writer", "api", "flag:set", "accepted")
    assert entry.before is not None
    assert entry.after is not None
    assert (entry.before["says"], entry.after["says"]) == ("25%", "12.5%")


@pytest.mark.parametrize(
    ("user", "kept", "shown"),
    [(7, "7", 7), ("7", "7", 7), ("007", "007", "007"), ("u1", "u1", "u1"), (2**53, None, None), ("9" * 18, "9" * 18, "9" * 18)],
    ids=["number", "its digits", "leading zeros", "word", "too large a number", "many digits"],
)  # fmt: skip
async def test_identities_are_numbers_where_javascript_keeps_them(
    web: Served, user: object, kept: str | None, shown: object
) -> None:
    answer = await web.ask("POST", f"{BANNER}/users", "write", json={"userId": user})
    if kept is None:
        assert answer.status_code == 422
        return
    assert answer.json()["flag"]["allowedUserIds"] == [shown]
    assert (await web.world.held("banner")).users == (kept,)
    assert await web.sees("banner", kept)


async def test_a_flag_that_counts_servers_is_checked_by_the_server(web: Served) -> None:
    await put(web, ROOT, {"name": "calls", "enabled": True, "rolloutPercentage": 100, "unit": "server"}, "POST")
    by_user = await web.ask("GET", f"{ROOT}/check/calls?userId=1", "evaluate")
    assert (by_user.status_code, by_user.json()["code"]) == (422, "INVALID")
    by_server = await web.ask("GET", f"{ROOT}/check/calls?server=1", "evaluate")
    assert by_server.json()["enabled"] is True
    assert "calls" not in (await web.ask("GET", f"{ROOT}/user/features?userId=1", "evaluate")).json()["features"]


async def test_environments_are_apart(web: Served) -> None:
    await put(web, f"{BANNER}/rollout?environment=staging", {"percentage": 80})
    await put(web, f"{BANNER}?environment=staging", {"enabled": True})
    for environment, percent in (("staging", 80), ("production", 25)):
        shown = await web.ask("GET", f"{BANNER}?environment={environment}", "read")
        assert (shown.json()["flag"]["environment"], shown.json()["flag"]["rolloutPercentage"]) == (
            environment,
            percent,
        )
    assert (await web.ask("GET", f"{BANNER}?environment=stagin", "read")).status_code == 404
    assert (await web.ask("GET", f"{BANNER}?environment=a/b", "read")).status_code == 422


async def test_a_token_for_one_environment_is_good_there_alone(web: Served) -> None:
    secret = await web.token("staging-only", Scope.WRITE, Scope.READ, environment="staging")
    there = await web.ask("PATCH", BANNER, secret=secret, json={"enabled": True, "rolloutPercentage": 60})
    assert there.json()["flag"]["environment"] == "staging"
    elsewhere = await web.ask("PATCH", f"{BANNER}?environment=production", secret=secret, json={"enabled": False})
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "FORBIDDEN")
    assert str(await web.world.held("banner")) == "25%"


async def test_a_freeze_stops_what_goes_up_and_nothing_else(web: Served) -> None:
    await web.world.done("/freeze on because the shop is full")
    up = await web.ask("PATCH", f"{BANNER}/rollout", "write", json={"percentage": 26})
    assert (up.status_code, up.json()["code"]) == (409, "CONFLICT")
    assert (await put(web, f"{BANNER}/rollout", {"percentage": 5}))["flag"]["rolloutPercentage"] == 5


async def test_under_a_plan_up_is_the_plans_and_down_makes_it_wait(web: Served) -> None:
    world = web.world
    await at_ten(world)
    up = await web.ask("PATCH", f"{ROOT}/checkout/rollout", "write", json={"percentage": 50})
    assert up.status_code == 409
    assert "up is by its plan only" in up.json()["error"]
    await put(web, f"{ROOT}/checkout", {"enabled": False})
    await world.bot.loop.settle()
    assert not (await world.held("checkout")).on
    assert (await world.rollout()).status == "paused"


async def test_a_retired_flag_is_off_for_everybody_and_is_not_changed(web: Served) -> None:
    await web.world.agreed("/flag retire banner")
    await web.serving.keeper.refresh()
    assert (await web.ask("GET", ROOT, "read")).json()["flags"] == []
    assert (await web.ask("GET", BANNER, "read")).json()["flag"]["retired"] is True
    found = await web.ask("GET", f"{ROOT}/check/banner?userId=1", "evaluate")
    assert found.json() == {
        "ok": True, "name": "banner", "enabled": False, "reason": "retired", "code": "FEATURE_DISABLED"
    }  # fmt: skip
    assert (await web.ask("PATCH", BANNER, "write", json={"enabled": False})).status_code == 409


async def test_a_refusal_says_what_happened_in_the_documents_shape(web: Served) -> None:
    answer = await web.ask("GET", f"{ROOT}/nothing", "read")
    assert answer.status_code == 404
    body = answer.json()
    assert set(body) == {"ok", "code", "error", "timestamp"}
    assert (body["ok"], body["code"]) == (False, "NOT_FOUND")
    assert datetime.fromisoformat(body["timestamp"]) == web.world.clock.now()


async def test_while_the_database_does_not_answer_flags_are_still_evaluated(web: Served) -> None:
    await put(web, BANNER, {"allowedUserIds": ["u1"]})
    await web.world.store.close()  # type: ignore[attr-defined]  # It is the real one.
    answer = await web.ask("GET", BANNER, "read")
    assert (answer.status_code, answer.json()["code"]) == (503, "UNAVAILABLE")
    assert answer.headers["retry-after"]
    assert await web.sees("banner", "u1")
