"""A thousand hostile texts are posted and edited on every platform: each arrives, and nobody is notified."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from random import Random

import pytest

from bot.domain.message import Bullets, Fields, Heading, Message, Note, Paragraph, Table, Verbatim, line
from bot.domain.outbox import Placing
from tests.chat.discord.hostile import texts as for_discord
from tests.chat.slack.hostile import hostile_text
from tests.contracts.chat_platforms.discord import discord_world
from tests.contracts.chat_platforms.slack import slack_world
from tests.contracts.chat_platforms.world import PlatformWorld

pytestmark = [pytest.mark.timeout(120), pytest.mark.no_cover]

TEXTS, AT_ONCE = 1_000, 20


def for_slack(how_many: int) -> list[str]:
    chance = Random(7)  # noqa: S311  # Chance that can be repeated.
    return [hostile_text(chance)[:2_000] for _ in range(how_many)]


CASES = ((slack_world, for_slack), (discord_world, for_discord))


@pytest.fixture(params=CASES, ids=lambda case: case[0].__name__)
async def case(request: pytest.FixtureRequest) -> AsyncIterator[tuple[PlatformWorld, list[str]]]:
    open_world: Callable[[], AbstractAsyncContextManager[PlatformWorld]]
    open_world, texts = request.param
    async with open_world() as world:
        yield world, list(texts(TEXTS))


def said(texts: list[str]) -> Message:
    """Return a message that says every text in every kind of block."""
    first, second, third, *rest = texts
    return Message(
        first,
        (
            Heading(first),
            Paragraph(line(second)),
            Note(line(third)),
            Fields((("Why", line(first)),)),
            Table(("Who", "What"), ((second, third),)),
            Verbatim(first),
            Bullets(tuple(line(text) for text in rest)),
        ),
    )


async def test_a_thousand_hostile_texts_arrive_and_notify_nobody(case: tuple[PlatformWorld, list[str]]) -> None:
    world, texts = case
    card = await world.platform.post(world.channel, "card", said(texts[:AT_ONCE]))
    for start in range(0, TEXTS, AT_ONCE):
        message = said(texts[start : start + AT_ONCE])
        await world.platform.post(world.channel, f"hostile:{start}", message, Placing(card))
        assert await world.platform.edit(world.channel, card, message) == card
    assert len(world.shown()) == 1 + TEXTS // AT_ONCE
    assert world.pings() == 0
