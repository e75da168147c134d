"""A plan's communication: the right words at the right time, once, to each audience, and nothing untrue."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.chat.conversation import Origin
from bot.chat.local.plain import plain_message
from bot.chat.local.wording import Reader
from bot.domain.errors import Refused
from bot.domain.plan import ChannelName
from bot.domain.team import Audience, Manner, Team
from bot.files.plan_library import PlanDirectory
from tests.fakes.chat_platform import FakePlatform
from tests.scenarios.world import DAY, HOUR, MINUTE, World, world_over

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TOLD = """
plan: told
title: The new page
summary: Paying takes one page.
environment: production
flags: {page: {unit: user, population: 2000}}
channel: {local: releases}
phases:
  - name: Prepare
    checklist: [Database backed up]
  - name: Everyone
    soak: 8h
    steps: [{set: 10%}, {set: 50%}, {set: 100%}]
    gates: [error_rate < 1%]
rollback: [{name: Switch it off, set: off}]
communication:
  - {when: T-24h, to: [team, users], say: deploying_soon}
  - {when: phase Everyone, to: [users], say: "The first of you see {{ title }} today."}
  - {when: each step, to: [team], say: step_reached}
  - {when: every 4h, to: [team], say: still_running}
  - {when: held, to: [team], say: held}
  - {when: paused, to: [team], say: paused}
  - {when: resumed, to: [team], say: resumed}
  - {when: gate_failed, to: [team], say: gate_failed}
  - {when: problem_reported, to: [team], say: problem_reported}
  - {when: rolled_back, to: [team, users], say: paused_while_we_fix}
  - {when: completed, to: [team], say: live}
  - {when: completed, to: [users], say: Everybody has it., hold: true}
  - {when: completed +2d, to: [users], say: How do you like it?}
after:
  - {name: First week, at: +1d, every: 1d, until: +3d, checklist: [{text: The log was read, owner: ana}, Support was asked]}
  - {name: Clean up, at: +2w, checklist: [The flag is retired]}
"""


def team(**fields: object) -> Team:
    audiences = {
        "team": Audience("team", (ChannelName("local", "team"),)),
        "users": Audience("users", (ChannelName("local", "users"),)),
    }
    return Team(**{"file": "", "audiences": audiences, **fields})  # type: ignore[arg-type]  # The fields are the test's to choose.


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[World]:
    """Open a bot with a plan that says everything."""
    async with opened(tmp_path) as world:
        yield world


def opened(folder: Path, teams: Team | None = None, **parts: Any) -> AbstractAsyncContextManager[World]:
    plans = folder / "plans"
    plans.mkdir(exist_ok=True)
    (plans / "told.yaml").write_text(TOLD)
    return world_over(
        f"sqlite+aiosqlite:///{folder / 'world.db'}",
        plans=PlanDirectory(plans),
        team=lambda: teams or team(),
        **parts,
    )


async def words(world: World, channel: str) -> list[str]:
    return [it.removeprefix("The new page: ") for it in await world.said(channel)]


async def up(world: World) -> None:
    """Take the plan to its first 10 %."""
    await world.done("/rollout start told")
    await world.done("/checklist tick all")
    await world.done("/rollout next")


async def test_what_happens_is_said_to_each_audience_once(told: World) -> None:
    await up(told)
    assert await words(told, "users") == ["The first of you see The new page today."]
    team = await words(told, "team")
    assert team[0].startswith("“Prepare” is reached, step 1 of 4.")
    assert team[1].startswith("“Everyone: 10%” is reached, step 2 of 4. It reaches about 200 of 2,000 users.")
    assert len(team) == 2
    await told.passes(4 * HOUR)
    assert "It goes on as planned" in (await words(told, "team"))[-1]
    await told.done("/rollout pause because support is asked")
    assert (await words(told, "team"))[-1] == "It is paused at “Everyone: 10%” by ana: support is asked."
    await told.passes(DAY)
    assert len(await words(told, "team")) == 4
    await told.done("/rollout resume")
    assert (await words(told, "team"))[-1] == "It goes on at “Everyone: 10%”."
    await told.done("/rollout rollback because it burns")
    assert "taken back for now" in (await words(told, "users"))[-1]
    assert "taken back for now" in (await words(told, "team"))[-1]
    before = len(await words(told, "team"))
    await told.passes(3 * DAY)
    assert len(await words(told, "team")) == before


async def test_the_whole_way_to_the_end_and_what_follows_it(told: World) -> None:
    await up(told)
    for _ in range(3):
        await told.passes(8 * HOUR)
        await told.done("/rollout metric error_rate 0.1%")
        await told.done("/rollout next")
    assert (await words(told, "team"))[-1].startswith("It is there for everybody, 1 day after its start")
    assert "waits for a yes: The new page: Everybody has it." in (await told.said("releases"))[-1]
    assert "Everybody has it." not in await words(told, "users")
    listed = await told.done("/announce list")
    number = next(line for line in listed.splitlines() if "held for a yes" in line).split()[1]
    await told.done(f"/announce release {number}")
    assert (await words(told, "users"))[-1] == "Everybody has it."
    await told.passes(2 * DAY)
    assert (await words(told, "users"))[-1] == "How do you like it?"


async def test_a_planned_start_is_announced_ahead_and_another_one_replaces_it(told: World) -> None:
    answer = await told.done("/announce schedule --plan told --in 3d")
    assert "T-24h to team, users" in answer
    await told.done("/announce schedule --plan told --in 2d")
    await told.passes(DAY)
    (said,) = await words(told, "users")
    assert said.startswith("The start is planned for Wed 4 March 2026, 09:00 UTC in production. Paying takes one page.")
    await told.passes(5 * DAY)
    assert len(await words(told, "users")) == 1


async def test_what_was_planned_ahead_is_not_said_once_it_has_started(told: World) -> None:
    await told.done("/announce schedule --plan told --in 3d")
    await told.done("/rollout start told")
    await told.passes(3 * DAY)
    assert await words(told, "users") == []
    assert "the rollout has started already" in await told.done("/announce list")


async def test_after_an_outage_each_audience_hears_one_message_and_nothing_untrue(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        await up(world)
        await world.passes(8 * HOUR)
        before, clock = len(await words(world, "team")), world.clock
    clock.advance(26 * HOUR)
    async with opened(tmp_path, clock=clock) as world:
        await world.bot.loop.settle()
        after = await words(world, "team")
        assert len(after) == before + 1
        assert "It goes on as planned" in after[-1]
        await world.bot.loop.settle()
        assert await words(world, "team") == after


async def test_a_process_that_ends_between_deciding_and_sending_says_everything_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        await up(world)
        said, clock = await words(world, "team"), world.clock
        clock.advance(4 * HOUR)
        keeper = next(it for it in world.bot.loop.concerns if it.name == "announcements")
        await keeper.step()
    for _ in range(2):
        async with opened(tmp_path, clock=clock) as world:
            await world.bot.loop.settle()
            now = await words(world, "team")
            assert len(now) == len(said) + 1


async def test_quiet_hours_let_a_message_wait_and_say_the_newest_alone(tmp_path: Path) -> None:
    from datetime import time

    quiet = team(
        channels={"team": (ChannelName("local", "team"),)}, manners={"team": Manner(quiet=(time(12), time(7)))}
    )
    async with opened(tmp_path, quiet) as world:
        await up(world)
        before = len(await words(world, "team"))
        await world.passes(4 * HOUR)
        assert "waiting for quiet hours to end" in await world.done("/announce list")
        await world.passes(4 * HOUR)
        await world.passes(4 * HOUR)
        assert len(await words(world, "team")) == before
        await world.passes(10 * HOUR)
        assert len(await words(world, "team")) == before + 1


async def test_a_channel_that_wants_milestones_alone_hears_no_step(tmp_path: Path) -> None:
    from bot.domain.announcement import Verbosity

    calm = team(
        channels={"team": (ChannelName("local", "team"),)},
        manners={"team": Manner(verbosity=Verbosity.MILESTONES)},
    )
    async with opened(tmp_path, calm) as world:
        await up(world)
        await world.passes(4 * HOUR)
        assert await words(world, "team") == []
        await world.done("/rollout pause")
        assert len(await words(world, "team")) == 1


async def test_an_audience_on_a_platform_that_is_not_connected_is_said_once(tmp_path: Path) -> None:
    audiences = {"team": Audience("team", (ChannelName("slack", "C1"), ChannelName("local", "team")))}
    async with opened(tmp_path, team(audiences=audiences)) as world:
        await up(world)
        assert len(await words(world, "team")) == 2
        told = [it for it in await world.said() if "not connected" in it]
        assert told == ["Announcements for team do not go out on Slack, which is not connected."]


async def test_a_problem_is_told_and_its_reporter_hears_of_its_end(told: World) -> None:
    await up(told)
    answer = await told.done("/rollout problem --rollout 1 it spins for ever", by="ben", channel="support")
    assert "problem 1" in answer
    assert "ben reports a problem at “Everyone: 10%”: it spins for ever" in (await words(told, "team"))[-1]
    await told.done("/rollout resolved 1 because the build is out")
    (said,) = await told.said("support")
    assert said.startswith(
        "ben, the problem that you reported of #1 The new page is resolved, says ana: the build is out."
    )
    assert "already" in await told.refused("/rollout resolved 1")


async def test_subscribers_hear_what_they_asked_for_and_no_longer_once_they_end_it(told: World) -> None:
    await told.done("/announce subscribe --plan told --kind rolled_back", channel="support")
    await told.done("/announce subscribe --flag page --kind started --me", by="ben", channel="support")
    await told.refused("/announce subscribe --flag page --kind started --me", by="ben", channel="support")
    await up(told)
    assert await told.said("support") == []
    (started,) = await words(told, "@ben")
    assert started.startswith("The rollout has begun in production")
    assert "rolled_back" in await told.done("/announce subscriptions", channel="support")
    await told.done("/announce unsubscribe --me", by="ben", channel="elsewhere")
    await told.done("/rollout rollback")
    (back,) = await words(told, "support")
    assert "taken back" in back


async def test_a_person_says_something_now_later_and_not_after_all(told: World) -> None:
    await up(told)
    await told.done("/announce now --to users Support answers {{ until }} six.")
    assert (await words(told, "users"))[-1] == "Support answers {{ until }} six."
    answer = await told.done("/announce schedule --to users --in 2h The window opens.")
    number = answer.split()[1]
    await told.done(f"/announce cancel {number} because the date moves")
    await told.passes(2 * HOUR)
    assert "The window opens." not in await words(told, "users")
    assert "cancelled already" in await told.refused(f"/announce release {number}")
    assert "There is no audience" in await told.refused("/announce now --to nobody hello")


async def test_a_preview_shows_every_message_with_its_words_and_places(told: World) -> None:
    shown = await told.done("/announce preview told")
    assert "The start is planned for Mon 2 March 2026, 09:00 UTC" in shown
    assert "To team, users: the local chat (team, users)." in shown
    assert "completed +2d" in shown
    await told.passes(MINUTE)


async def test_a_preview_of_one_message_shows_it_as_each_platform_will(tmp_path: Path) -> None:
    places = (ChannelName("slack", "C1"), ChannelName("discord", "41771983423143937"))
    audiences = {"team": Audience("team", places, ("team@x.org",)), "users": Audience("users", ())}
    async with opened(tmp_path, team(audiences=audiences)) as world:
        shown = await world.done("/announce preview told --message 3")
        words = "“Everyone: 10%” is reached, step 2 of 4. It reaches about 200 of 2,000 users."
        after = "It is watched until Wed 4 March 2026, 10:00 UTC at least."
        assert f"Slack\n✅ The new page\n{words}\n{after}\n[Report a problem]\nRollout #3" in shown
        assert f"Discord\n┃ The new page\n┃ {words}\n┃ {after}\n┃ [Report a problem]\n┃ Rollout #3" in shown
        subject = f"Subject: The new page: {words}".removesuffix(".")
        assert f"E-mail\n{subject}\n\nThe new page\n============\n\n{words}\n\n{after}" in shown
        assert "Not on Slack, Discord and e-mail: not connected." in shown
        assert "announces 13 messages" in await world.refused("/announce preview told --message 14")


async def test_what_is_typed_of_announcements_completes(told: World) -> None:
    async def offered(line: str) -> list[str]:
        origin = Origin("local", "releases", "ana", "request")
        return [it.text for it in await told.bot.dispatcher.complete(line, origin)]

    assert await offered("/announce now --to ") == ["team", "users"]
    assert await offered("/announce now --to team,u") == ["users"]
    assert await offered("/announce cancel ") == []
    await told.done("/announce schedule --plan told --in 3d")
    assert [it for it in await offered("/announce hold ") if it.isdigit()] == ["1"]


async def finished(world: World) -> None:
    await up(world)
    for _ in range(3):
        await world.passes(8 * HOUR)
        await world.done("/rollout metric error_rate 0.1%")
        await world.done("/rollout next")


async def test_what_is_left_to_do_is_asked_for_daily_until_it_is_done(told: World) -> None:
    await finished(told)
    shown = await told.done("/checklist tasks")
    assert "1 First week, open" in shown
    assert "2 Clean up, open" in shown
    await told.passes(DAY)
    (first,) = [it for it in await told.said() if "First week" in it]
    assert first.endswith("Open: The log was read; Support was asked")
    await told.done("/checklist tick a1.1")
    await told.done("/checklist skip a1.2 because nobody wrote")
    # The next day's list is a new one.
    await told.passes(DAY)
    assert sum("First week" in it for it in await told.said()) == 2
    await told.done("/checklist snooze 1 --for 12h")
    await told.passes(DAY)
    # Yesterday's list gives way to today's, which is the last one.
    assert sum("First week" in it for it in await told.said()) == 3
    await told.passes(DAY)
    assert "First week, still open" in (await told.said())[-1]
    await told.passes(11 * DAY)
    assert any("Clean up" in it and "The flag is retired" in it for it in await told.said())
    buttons = [post.message.buttons for post in await told.store.read(lambda tx: tx.posts.since("releases", 0, 1000))]
    assert any(it.command == "/flag retire page" for row in buttons for it in row)


async def test_what_was_rolled_back_after_its_end_asks_for_nothing_any_more(told: World) -> None:
    await finished(told)
    await told.done("/rollout rollback --rollout 1")
    await told.passes(3 * DAY)
    assert not [it for it in await told.said() if "First week" in it]


def reached_by_mail(*addresses: str, channels: tuple[ChannelName, ...] = ()) -> Team:
    return team(audiences={"team": Audience("team", channels, addresses), "users": Audience("users", (), ("u@x.org",))})


async def test_what_cannot_be_delivered_is_shown_and_said_in_the_rollouts_own_channels(tmp_path: Path) -> None:
    local, mail = FakePlatform(), FakePlatform()
    mail.refusing.update(
        {"team@x.org": Refused("The mail server refuses team@x.org (550)."), "u@x.org": Refused("No.")}
    )
    parts = {"platforms": {"local": local, "email": mail}}
    async with opened(tmp_path, reached_by_mail("team@x.org"), **parts) as world:
        await up(world)
        (lost,) = [it for it in local.said if "An announcement for team did not arrive" in it.message.summary][:1]
        assert lost.channel == "releases"
        assert "“Prepare” is reached" in plain_message(lost.message, Reader(world.clock.now(), None))
        listed = await world.done("/announce list")
        assert "What did not arrive" in listed
        assert "(550)" in listed
    assert any("is reached, step 2" in it.message.summary for it in mail.said)


async def test_what_reached_another_place_of_its_audience_is_not_said_twice(tmp_path: Path) -> None:
    local, mail = FakePlatform(), FakePlatform()
    mail.failures.append(Refused("The mail server refuses team@x.org (550)."))
    there = reached_by_mail("team@x.org", channels=(ChannelName("local", "team"),))
    async with opened(tmp_path, there, platforms={"local": local, "email": mail}) as world:
        await world.done("/rollout start told")
        (lost,) = [it for it in local.said if "did not arrive" in it.message.summary]
        assert "other places were told" in plain_message(lost.message, Reader(world.clock.now(), None))
    assert len([it for it in local.said if it.channel == "team"]) == 1


async def test_an_e_mail_whose_answer_was_lost_has_the_same_key_when_it_is_sent_again(tmp_path: Path) -> None:
    mail = FakePlatform(cut_after=True)
    async with opened(
        tmp_path, reached_by_mail("team@x.org"), platforms={"local": FakePlatform(), "email": mail}
    ) as world:
        await world.done("/rollout start told")
        await world.passes(MINUTE)
        assert [it.channel for it in mail.said] == ["team@x.org"]
        assert all(it.state == "sent" for it in await world.outbox() if it.platform == "email")


async def test_a_plan_that_says_what_nobody_wrote_is_not_started(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        (tmp_path / "plans" / "odd.yaml").write_text(
            TOLD.replace("plan: told", "plan: odd").replace("say: live", "say: nonesuch")
        )
        assert "no kind of message is named “nonesuch”" in await world.refused("/rollout start odd")
