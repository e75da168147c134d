"""What was sent to one person alone can be answered there by whoever the team file lists."""

from __future__ import annotations

from bot.chat.discord.render import render
from bot.domain.message import Button, Buttons, Message, Paragraph, line
from tests.chat.discord.listening import Listening
from tests.chat.discord.living import Living
from tests.fakes.discord.posts import Message as Post

CALL = Message("Page 1", (Paragraph(line("Page 1")), Buttons((Button("Acknowledge", "/escalate ack 1"),))))


async def called(listener: Living) -> Post:
    direct = await listener.gateway.client.fetch_user(listener.engineer.id)
    await direct.send(view=render(CALL).view())
    return listener.server.direct(listener.engineer).messages[-1]


async def test_somebody_of_the_team_answers_a_call_in_direct_messages(listener: Living, heard: Listening) -> None:
    heard.listed = {str(listener.engineer.id)}
    await listener.server.press(listener.engineer, await called(listener), "Acknowledge")
    assert len(heard.heard) == 1


async def test_a_stranger_is_not_heard_in_direct_messages(listener: Living, heard: Listening) -> None:
    await listener.server.press(listener.engineer, await called(listener), "Acknowledge")
    assert heard.heard == []
