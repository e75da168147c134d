"""The communication of each of the five plans, whole and in order: what every audience is told, when, and how it looks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import external_file

from bot.chat.discord.pages import render_pages
from bot.chat.slack.render import render
from bot.domain.duration import format_duration
from bot.domain.rehearsal import Kind, Rehearsal
from bot.pictures import pictures
from tests.chat.discord.messages import wrong
from tests.chat.slack.judging import assert_sound
from tests.fakes.clock import MovedClock
from tests.fakes.discord.openapi import published_judge
from tests.rehearsal.plans_for_tests import NAMES, rehearsed_well

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.message import Message

# Tracing every line of it would take as long as living it, and what it reaches is covered by tests of its own.
pytestmark = pytest.mark.no_cover

# Written anew by: pytest tests/rehearsal/test_communication.py -n 0 --inline-snapshot=create,fix
GOLDEN = "../golden/communication"
PLATFORMS = {"slack": "slack", "discord": "discord", "email": "e-mail", "local": "terminal"}
AUDIENCE = "audience "
TROUBLE = {"held", "problem_reported", "rolled_back"}


def since(found: Rehearsal, at: datetime) -> str:
    return f"T{'-' if at < found.start else '+'}{format_duration(abs(at - found.start))}"


def said(found: Rehearsal) -> list[tuple[datetime, str, Message]]:
    """Return what audiences were told, in order: when, who, and what."""
    return [
        (it.at, it.who.removeprefix(AUDIENCE), it.message)
        for it in found.happenings
        if it.kind is Kind.MESSAGE and it.who.startswith(AUDIENCE) and it.message is not None
    ]


def together(found: Rehearsal) -> list[tuple[str, Message]]:
    """Return each message once, with when it was said and to whom."""
    heard: dict[tuple[datetime, Message], list[str]] = {}
    for at, who, message in said(found):
        heard.setdefault((at, message), []).append(who)
    return [(f"{since(found, at)} to {', '.join(who)}", message) for (at, message), who in heard.items()]


@pytest.mark.parametrize("name", NAMES)
async def test_a_plan_tells_everybody_what_it_says_it_will(name: str) -> None:
    found = await rehearsed_well(name)
    lines = [f"{since(found, at)}  {who}: {message.summary}" for at, who, message in said(found)]
    assert "\n".join(lines) + "\n" == external_file(f"{GOLDEN}/{name}.txt")
    told = {who for _, who, _ in said(found)}
    # Nobody is left out but those whom only trouble is told to.
    assert {to for item in found.plan.communication for to in item.to if item.when not in TROUBLE} <= told


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("name", NAMES)
async def test_what_a_plan_tells_looks_as_it_did(name: str, platform: str) -> None:
    found = await rehearsed_well(name)
    draw = pictures(MovedClock(found.start))[platform]
    drawn = [f"--- {head}\n{draw(message)}\n" for head, message in together(found)]
    assert "\n".join(drawn) == external_file(f"{GOLDEN}/{PLATFORMS[platform]}/{name}.txt")


@pytest.mark.parametrize("name", NAMES)
async def test_what_a_plan_tells_is_taken_by_slack_and_by_discord(name: str) -> None:
    judge = published_judge()
    for _, message in together(await rehearsed_well(name)):
        assert_sound(render(message))
        for page in render_pages(message):
            assert wrong(page) == []
            if judge is not None:
                assert judge.wrong("POST", "/channels/{channel_id}/messages", page.body()) is None


def test_every_plan_has_its_pictures() -> None:
    folder = Path(__file__).parent / GOLDEN
    assert {path.stem for path in folder.glob("*.txt")} == set(NAMES)
    for platform in PLATFORMS.values():
        assert {path.stem for path in (folder / platform).glob("*.txt")} == set(NAMES)
