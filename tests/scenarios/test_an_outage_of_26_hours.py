"""The bot is away for 26 hours in the middle of everything: what it says when it is back, and what it does not say."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from itertools import count
from pathlib import Path

from bot.domain.message import Note, plain_text
from tests.fakes.chat_platform import FakePlatform
from tests.fakes.clock import START
from tests.scenarios.paging import ALASKA, PagedWorld, paged_world
from tests.scenarios.world import HOUR

TEAM = f"""{ALASKA}
audiences:
  team: {{channels: team}}
  users: {{channels: users, email: [users@example.org]}}
"""
TEAM = TEAM.replace("channels:\n  releases: {slack: releases}", "channels:\n  releases: {slack: releases}\n  team: {slack: team}\n  users: {slack: users}", 1)  # fmt: skip

RUNNING = """
plan: checkout
title: The new checkout
environment: production
flags: {checkout: {unit: user, population: 2000}}
channel: {slack: releases}
phases:
  - {name: Prepare, checklist: [Database backed up]}
  - {name: Everyone, soak: 1h, steps: [{set: 10%}, {set: 100%}]}
rollback: [{name: Switch it off, set: off}]
communication:
  - {when: each step, to: [team], say: step_reached}
  - {when: every 4h, to: [team, users], say: still_running}
"""

PLANNED = """
plan: search
title: The new search
environment: production
flags: {search: {unit: user}}
channel: {slack: releases}
phases: [{name: Everyone, steps: [{set: 100%}]}]
rollback: [{name: Switch it off, set: off}]
communication:
  - {when: T-24h, to: [team, users], say: deploying_soon}
  - {when: T-1h, to: [users], say: The new search comes in an hour.}
"""


def opened(
    folder: Path, slack: FakePlatform, *, hours: int = 0, mail: FakePlatform | None = None
) -> AbstractAsyncContextManager[PagedWorld]:
    """Open a life of the bot; what Slack shows outlives it."""
    start, others = START + hours * HOUR, {"search": PLANNED}
    return paged_world(folder, TEAM, RUNNING, start=start, slack=slack, mail=mail or FakePlatform(), others=others)


async def interrupted(folder: Path) -> tuple[FakePlatform, int]:
    """Begin everything that the outage interrupts; return Slack, and how many posts it has by then."""
    slack = FakePlatform()
    async with opened(folder, slack) as world:
        for line in (
            "/rollout start checkout",
            "/announce schedule --plan search --in 25h",
            "/announce schedule --to users --rollout 1 --in 2h The window opens soon.",
            "/escalate high payments fail",
        ):
            await world.done(line, by="U0ANA", platform="slack")
        assert world.paged() == ["engineer"]
        assert len(world.told("team")) == 1
    return slack, len(slack.said)


def since(slack: FakePlatform, before: int, channel: str) -> list[str]:
    """Return what was posted in a channel since the bot is back."""
    return [it.message.summary for it in slack.said[before:] if it.channel == channel]


async def test_whoever_was_missed_is_paged_once_for_each_level_and_told_how_late_that_is(tmp_path: Path) -> None:
    slack, before = await interrupted(tmp_path)
    async with opened(tmp_path, slack, hours=26) as world:
        await world.bot.loop.settle()
        assert sorted(world.paged()) == ["ceo", "cto", "engineer", "lead"]
        notes = [it.message.blocks[-2] for it in slack.said[before:] if it.key.startswith("paging:")]
        assert sorted(plain_text(note.line) for note in notes if isinstance(note, Note)) == [
            f"Level {level} of 4, late by 1 day 1 hour; open since 2026-03-02 09:00 UTC" for level in (2, 3, 4)
        ]
        told = [it for it in since(slack, before, "releases") if it.startswith("Page 1, level")]
        assert [it.partition(":")[0] for it in told] == [
            f"Page 1, level {level}, late by 1 day 1 hour" for level in (2, 3, 4)
        ]


async def test_each_audience_hears_one_message_and_nothing_that_is_untrue_by_then(tmp_path: Path) -> None:
    slack, before = await interrupted(tmp_path)
    mail = FakePlatform()
    async with opened(tmp_path, slack, hours=26, mail=mail) as world:
        await world.bot.loop.settle()
        (team,), (users,) = since(slack, before, "team"), since(slack, before, "users")
        assert team == users
        assert users.startswith("The new checkout: It goes on as planned: step 1 of 3, “Prepare”")
        assert [it.message.summary for it in mail.said] == [users]
        listed = await world.done("/announce list")
        assert listed.count("the start was planned for 2026-03-03 10:00 UTC, and that has passed") == 2
        # What a person wrote for yesterday is said if a person says that it still holds.
        (question,) = [it for it in since(slack, before, "releases") if "The window opens soon." in it]
        assert question.startswith("An announcement for users was due 1 day ago and waits for a yes:")
        # The first life has used up the first numbers.
        world.requests = count(100)
        await world.done(world.button("Send it", "releases").command, by="U0ANA", platform="slack")
        assert since(slack, before, "users")[1:] == ["The new checkout: The window opens soon."]


async def test_the_hand_off_that_was_missed_is_told_once_as_it_is_now(tmp_path: Path) -> None:
    slack, before = await interrupted(tmp_path)
    async with opened(tmp_path, slack, hours=26) as world:
        await world.bot.loop.settle()
        (told,) = [it for it in since(slack, before, "releases") if it.startswith("On call for payments now")]
        assert "primary: second-engineer" in told


async def test_what_was_said_on_return_is_not_said_again_by_the_next_life(tmp_path: Path) -> None:
    slack, before = await interrupted(tmp_path)
    async with opened(tmp_path, slack, hours=26) as world:
        await world.bot.loop.settle()
    after = len(slack.said)
    assert after > before
    async with opened(tmp_path, slack, hours=26) as world:
        await world.bot.loop.settle()
        assert len(slack.said) == after
