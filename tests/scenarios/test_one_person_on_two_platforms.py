"""A person ties an identity on another platform to their name by a one-time code, and nobody else can."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import pytest_asyncio

from bot.chat.conversation import Outcome
from bot.domain.team import NO_TEAM, Team
from bot.files.team_file import read_team
from tests.fakes.chat_platform import FakePlatform
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import CHECKOUT, HOUR, MINUTE, SECOND, World, world_over

TEAM = """
people:
  head: {roles: owner, slack: U0HEAD000}
  engineer: {roles: operator, slack: U0ENGINEER}
  watcher: {roles: viewer, slack: U0WATCHER, discord: "80351110224678912"}
channels:
  releases: {slack: releases, discord: releases}
environments:
  production: {channels: releases}
"""
ENGINEER, HEAD, STRANGER = "U0ENGINEER", "U0HEAD000", "U0STRANGER"
ON_DISCORD, OTHER_ON_DISCORD, WATCHER_ON_DISCORD = "90000000000000001", "90000000000000002", "80351110224678912"
CODE = re.compile(r"/access link ([0-9A-Z]{4}-[0-9A-Z]{4})")


def team_of(text: str) -> Team:
    return read_team(text, "rollcall.yaml", lambda _: None, lambda name: (name, b""))


LISTED = team_of(TEAM)


@asynccontextmanager
async def bots(url: str, team: Callable[[], Team] = lambda: LISTED) -> AsyncIterator[World]:
    platforms = {"slack": FakePlatform(), "discord": FakePlatform()}
    async with world_over(url, plans=WrittenPlans(checkout=CHECKOUT), platforms=platforms, team=team) as made:
        yield made


@pytest_asyncio.fixture
async def world(url: str) -> AsyncIterator[World]:
    async with bots(url) as made:
        yield made


async def slack(world: World, line: str, by: str = ENGINEER) -> str:
    return world.text(await world.typed(line, by=by, platform="slack"))


async def discord(world: World, line: str, by: str = ON_DISCORD) -> str:
    return world.text(await world.typed(line, by=by, platform="discord"))


async def code_of(world: World, by: str = ENGINEER, platform: str = "slack") -> str:
    reply = await world.typed("/access link", by=by, platform=platform)
    assert reply.outcome is Outcome.DONE
    assert reply.message.private
    found = CODE.search(world.text(reply))
    assert found is not None
    return found[1]


async def may_start(world: World, by: str = ON_DISCORD) -> bool:
    reply = await world.typed("/rollout start checkout", by=by, platform="discord")
    return reply.outcome is Outcome.DONE


async def test_a_code_of_one_platform_said_on_the_other_makes_one_person_of_two(world: World) -> None:
    assert "without a role" in await discord(world, "/access me")
    code = await code_of(world)
    assert "You are engineer in Discord" in await discord(world, f"/access link {code}")
    text = await discord(world, "/access me")
    assert "You are engineer; your role is operator" in text
    assert re.search(rf"Discord .?{ON_DISCORD}.?, tied in chat", text)
    assert await may_start(world)
    assert (await world.rollout()).started_by == "engineer"


async def test_who_started_on_one_platform_cannot_approve_on_the_other(url: str) -> None:
    wanted = "production: {channels: releases, approvals: [operator]}"
    other = "  other: {roles: operator, slack: U0OTHER00}\nchannels:"
    text = TEAM.replace("production: {channels: releases}", wanted).replace("channels:", other, 1)
    team = team_of(text)
    async with bots(url, lambda: team) as world:
        await discord(world, f"/access link {await code_of(world)}")
        await slack(world, "/rollout start checkout")
        await slack(world, '/checklist tick all --rollout 1 --evidence "seen"')
        reply = await discord(world, "/rollout approve --rollout 1")
        assert "You started #1; its approvals are for others" in reply
        assert "approved by operator" in await slack(world, "/rollout approve --rollout 1", "U0OTHER00")


async def test_a_code_is_typed_in_any_case_with_or_without_its_dash(world: World) -> None:
    code = await code_of(world)
    assert "You are engineer" in await discord(world, f"/access link {code.replace('-', '').lower()}")


async def test_a_code_works_once(world: World) -> None:
    code = await code_of(world)
    await discord(world, f"/access link {code}")
    assert "not valid" in await discord(world, f"/access link {code}", OTHER_ON_DISCORD)
    assert not await may_start(world, OTHER_ON_DISCORD)


async def test_of_two_who_say_a_code_at_once_one_gets_it(world: World) -> None:
    code = await code_of(world)
    said = (discord(world, f"/access link {code}", by) for by in (ON_DISCORD, OTHER_ON_DISCORD))
    answers = await asyncio.gather(*said)
    assert sorted("You are engineer" in answer for answer in answers) == [False, True]


async def test_a_code_lasts_ten_minutes(world: World) -> None:
    code = await code_of(world)
    await world.passes(10 * MINUTE)
    assert "not valid" in await discord(world, f"/access link {code}")
    code = await code_of(world)
    await world.passes(10 * MINUTE - SECOND)
    assert "You are engineer" in await discord(world, f"/access link {code}")


async def test_a_new_code_takes_the_place_of_the_older_one(world: World) -> None:
    older, newer = await code_of(world), await code_of(world)
    assert "not valid" in await discord(world, f"/access link {older}")
    assert "You are engineer" in await discord(world, f"/access link {newer}")


async def test_after_five_wrong_codes_no_code_is_looked_at_for_an_hour(world: World) -> None:
    code = await code_of(world)
    for _ in range(5):
        assert "not valid" in await discord(world, "/access link AAAA-AAAA")
        await world.passes(SECOND)
    assert "5 wrong codes within an hour" in await discord(world, f"/access link {code}")
    assert "You are engineer" in await discord(world, f"/access link {code}", OTHER_ON_DISCORD)
    await world.passes(HOUR)
    assert "You are engineer" in await discord(world, f"/access link {await code_of(world)}")


async def test_wrong_codes_said_all_at_once_are_counted_all_the_same(world: World) -> None:
    guesses = [discord(world, f"/access link AAAA-AA{number:02}") for number in range(20)]
    answers = await asyncio.gather(*guesses)
    assert sum("not valid" in answer for answer in answers) == 5
    assert sum("wrong codes" in answer for answer in answers) == 15


async def test_a_stranger_can_hand_out_no_code(world: World) -> None:
    assert "Only somebody whom the team file knows" in await slack(world, "/access link", STRANGER)
    assert await world.store.read(lambda tx: tx.links.all()) == []


async def test_a_tied_identity_ties_no_further_one(world: World) -> None:
    await discord(world, f"/access link {await code_of(world)}")
    assert "Only somebody whom the team file knows" in await discord(world, "/access link")


async def test_an_identity_of_the_team_file_is_never_somebody_else(world: World) -> None:
    code = await code_of(world, HEAD)
    answer = await discord(world, f"/access link {code}", WATCHER_ON_DISCORD)
    assert "The team file says that you are watcher here" in answer
    assert "your role is viewer" in await discord(world, "/access me", WATCHER_ON_DISCORD)


async def test_a_tied_identity_is_tied_to_nobody_else_before_it_is_untied(world: World) -> None:
    await discord(world, f"/access link {await code_of(world)}")
    code = await code_of(world, HEAD)
    assert "You are tied to engineer here already" in await discord(world, f"/access link {code}")
    await discord(world, "/access unlink")
    assert "You are head" in await discord(world, f"/access link {code}")


async def test_a_code_said_where_it_was_handed_out_ties_nobody_and_is_spent(world: World) -> None:
    code = await code_of(world)
    assert "for another platform" in await slack(world, f"/access link {code}", STRANGER)
    assert "not valid" in await discord(world, f"/access link {code}")
    assert "no role" in await slack(world, "/rollout start checkout", STRANGER)


async def test_a_code_of_somebody_who_left_the_team_meanwhile_is_worth_nothing(url: str) -> None:
    teams = [LISTED]
    async with bots(url, lambda: teams[-1]) as world:
        code = await code_of(world)
        teams.append(team_of(TEAM.replace("  engineer: {roles: operator, slack: U0ENGINEER}\n", "")))
        assert "not valid" in await discord(world, f"/access link {code}")


async def test_an_identity_that_the_file_gives_to_somebody_later_is_theirs(url: str) -> None:
    teams = [LISTED]
    async with bots(url, lambda: teams[-1]) as world:
        await discord(world, f"/access link {await code_of(world, HEAD)}")
        assert "You are head" in await discord(world, "/access me")
        teams.append(team_of(TEAM.replace("80351110224678912", ON_DISCORD)))
        assert "You are watcher; your role is viewer" in await discord(world, "/access me")


@pytest.mark.parametrize("line", ["/access unlink", "/access unlink said from slack"])
async def test_what_was_tied_can_be_untied_from_either_side(world: World, line: str) -> None:
    await discord(world, f"/access link {await code_of(world)}")
    say = slack if line.endswith("slack") else discord
    assert "is not tied to you any more" in await say(world, "/access unlink")
    assert not await may_start(world)
    assert "No identity of yours was tied" in await slack(world, "/access unlink")


async def test_an_owner_at_the_terminal_gives_a_name_and_no_role(url: str) -> None:
    async with world_over(url, plans=WrittenPlans(checkout=CHECKOUT), team=lambda: NO_TEAM) as world:
        code = await code_of(world, "ana", "local")
        assert "You are ana in Slack" in await slack(world, f"/access link {code}")
        assert "You are ana, without a role" in await slack(world, "/access me")
        assert "you have no role" in await slack(world, "/rollout start checkout")
        assert "your role is owner" in world.text(await world.typed("/access me"))


async def test_another_process_sees_a_link_within_seconds(url: str, world: World) -> None:
    async with bots(url) as other:
        assert "without a role" in await discord(other, "/access me")
        await discord(world, f"/access link {await code_of(world)}")
        other.clock.advance(timedelta(seconds=2))
        assert "You are engineer" in await discord(other, "/access me")


async def test_a_link_outlives_a_restart(url: str, world: World) -> None:
    await discord(world, f"/access link {await code_of(world)}")
    async with bots(url) as again:
        assert "You are engineer" in await discord(again, "/access me")


async def test_a_code_is_nowhere_but_in_the_answer_to_who_asked(world: World, url: str) -> None:
    code = await code_of(world)
    await discord(world, f"/access link {code} and more")
    await discord(world, "/access link AAAA-AAAA")
    used = await code_of(world)
    await discord(world, f"/access link {used}")
    entries = b"".join(entry.body for entry in await world.audit())
    file = url.removeprefix("sqlite+aiosqlite:///")
    with open(file, "rb") as database, open(f"{file}-wal", "rb") as log:  # noqa: ASYNC230, PTH123  # Nothing else runs.
        stored = database.read() + log.read()
    for secret in (code, used):
        for form in (secret, secret.replace("-", "")):
            assert form.encode() not in entries
            assert form.encode() not in stored
            assert form not in str(world.journal.lines)


async def test_links_and_wrong_codes_are_on_record(world: World) -> None:
    await discord(world, "/access link AAAA-AAAA")
    await discord(world, f"/access link {await code_of(world)}")
    await slack(world, "/access unlink")
    found = [(it.action, it.outcome, it.subject, (it.after or {}).get("says")) for it in await world.audit()]
    assert found == [
        ("access:link", "refused", f"identity:discord:{ON_DISCORD}", None),
        ("access:link", "accepted", "person:engineer", "handed out a code"),
        ("access:link", "accepted", "person:engineer", f"discord:{ON_DISCORD} is engineer"),
        ("access:unlink", "accepted", "person:engineer", f"untied discord:{ON_DISCORD}"),
    ]


async def test_who_may_is_told_by_permission_and_by_role(world: World) -> None:
    text = await slack(world, "/access who", STRANGER)
    assert "Who may change in production" in text
    assert "head" in text
    assert "engineer" in text
    assert "watcher" not in text
    assert "releases (Slack and Discord)" in text
    assert "watcher" in await slack(world, "/access who viewer")
    assert "Everybody may" in await slack(world, "/access who view")
    assert "neither a permission nor a role" in await slack(world, "/access who dragons")
    assert "has no environment “moon”" in await slack(world, "/access who change --env moon")


async def test_somebody_is_told_where_they_may_change_what(world: World) -> None:
    assert "production: change, from releases (Slack and Discord) (here too)" in await slack(world, "/access me")
    elsewhere = world.text(await world.typed("/access me", by=ENGINEER, platform="slack", channel="kitchen"))
    assert "(not here)" in elsewhere
    assert "production: you may look" in await slack(world, "/access me", STRANGER)
