"""Messages on the Discord server of our own, driven by the unmodified client: posting, editing, reading back, files."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import discord
import pytest

from tests.fakes.discord.plain_bot import Meeting, meeting


@pytest.fixture
async def met() -> AsyncIterator[Meeting]:
    async with meeting() as met:
        yield met


async def post(met: Meeting, **body: Any) -> Any:
    """Post a body past discord.py's own checks."""
    route = discord.http.Route("POST", "/channels/{channel_id}/messages", channel_id=met.channel.id)
    return await met.bot.http.request(route, json=body)


async def refused(met: Meeting, **body: Any) -> str:
    """Post a body that is refused as a mistake, and return what is said of it."""
    with pytest.raises(discord.HTTPException) as refusal:
        await post(met, **body)
    assert refusal.value.status == 400
    return "\n".join(met.server.forgive(str(refusal.value.code)))


def button(**more: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "Pause", "custom_id": "pause"} | more


def row(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(parts)}


async def test_a_post_is_seen_as_it_was_sent(met: Meeting) -> None:
    embed = discord.Embed(title="checkout", description="25%").add_field(name="errors", value="0.1%")
    sent = await met.here.send("A step was reached.", embed=embed, nonce=7)
    (seen,) = met.channel.messages
    assert (seen.id, seen.content, seen.author, seen.nonce) == (sent.id, "A step was reached.", met.server.bot, "7")
    assert seen.text == "A step was reached.\ncheckout\n25%\nerrors: 0.1%"
    assert sent.created_at == met.clock.now()


async def test_an_edit_leaves_what_it_does_not_name(met: Meeting) -> None:
    sent = await met.here.send("first", embed=discord.Embed(title="card"))
    met.clock.advance(timedelta(minutes=5))
    edited = await sent.edit(content="second")
    (seen,) = met.channel.messages
    assert (seen.text, seen.edits, seen.edited_at) == ("second\ncard", 1, met.clock.now())
    assert edited.edited_at == met.clock.now()


async def test_the_history_is_read_in_pages(met: Meeting) -> None:
    ids = await met.say(*"abcde")

    async def read(**where: Any) -> str:
        return "".join([message.content async for message in met.here.history(**where)])

    third = discord.Object(ids[2])
    assert await read() == "edcba"
    assert await read(limit=2) == "ed"
    assert await read(before=third) == "ba"
    assert await read(after=third) == "de"
    assert await read(around=third, limit=3) == "dcb"


async def test_a_deleted_message_is_gone(met: Meeting) -> None:
    sent = await met.here.send("gone soon")
    await sent.delete()
    assert met.channel.messages == []
    with pytest.raises(discord.NotFound) as refusal:
        await met.here.fetch_message(sent.id)
    assert refusal.value.code == 10008


async def test_a_nonce_posts_once_for_a_few_minutes(met: Meeting) -> None:
    first = await met.here.send("once", nonce=123456789)
    again = await met.here.send("once", nonce=123456789)
    assert again.id == first.id
    assert len(met.channel.messages) == 1
    met.clock.advance(met.server.rules.nonce_remembered)
    assert (await met.here.send("once", nonce=123456789)).id != first.id


async def test_a_nonce_without_enforcing_it_posts_twice(met: Meeting) -> None:
    await post(met, content="twice", nonce="1")
    await post(met, content="twice", nonce="1")
    assert len(met.channel.messages) == 2


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"content": "x" * 2001}, "content: Must be 2000 or fewer"),
        ({"content": "x", "nonce": "n" * 26}, "nonce: Must be 25 or fewer"),
        ({"content": " "}, "Cannot send an empty message"),
        ({"embeds": []}, "Cannot send an empty message"),
        ({"embeds": [{"title": "x" * 257}]}, "embeds.0.title"),
        ({"embeds": [{"description": "x" * 4097}]}, "embeds.0.description"),
        ({"embeds": [{"footer": {"text": "x" * 2049}}]}, "embeds.0.footer.text"),
        ({"embeds": [{"author": {"name": "x" * 257}}]}, "embeds.0.author.name"),
        ({"embeds": [{"fields": [{"name": "a", "value": "x" * 1025}]}]}, "embeds.0.fields.0.value"),
        ({"embeds": [{"fields": [{"name": "", "value": "x"}]}]}, "embeds.0.fields.0.name: This field is required"),
        ({"embeds": [{"fields": [{"name": "a", "value": "x"}] * 26}]}, "embeds.0.fields: Must be between 0 and 25"),
        ({"embeds": [{"description": "x" * 3001}] * 2}, "exceeds maximum size of 6000"),
        ({"embeds": [{"description": "x"}] * 11}, "embeds: Must be between 0 and 10"),
        ({"embeds": [{"image": {"url": "attachment://chart.png"}}]}, "chart.png is no file of this message"),
        ({"content": "x", "flags": 64}, "flags cannot be sent here"),
        ({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}, "mutually exclusive"),
        ({"content": "x", "allowed_mentions": {"parse": ["people"]}}, "'people'"),
        ({"content": "x", "allowed_mentions": {"users": [str(one) for one in range(101)]}}, "allowed_mentions.users"),
        ({"content": "x", "message_reference": {"message_id": "1"}}, "Unknown message"),
        ({"content": "x", "attachments": [{"id": 0}]}, "No file comes with the request under the id 0"),
        ({"content": "x", "poll": {"question": {"text": "?"}}}, "This server does not know it"),
    ],
)
async def test_a_message_over_a_limit_is_refused(met: Meeting, body: dict[str, Any], said: str) -> None:
    assert said in await refused(met, **body)
    assert met.channel.messages == []


@pytest.mark.parametrize(
    ("components", "said"),
    [
        ([row(button(label="x" * 81))], "components.0.components.0.label"),
        ([row(button(label=None))], "must have a label or an emoji"),
        ([row(button(custom_id="x" * 101))], "components.0.components.0.custom_id"),
        ([row(button(custom_id=None))], "custom_id: This field is required"),
        ([row(button(), button())], "Each custom_id must be unique"),
        ([row(button(style=5, url="http://127.0.0.1"))], "custom_id: A button of style 5 cannot have it"),
        ([row(button(style=5, custom_id=None, url="x" * 513))], "url: Must be 512"),
        ([row(button(style=7))], "style: Must be an integer between 1 and 6"),
        ([row(*(button(custom_id=str(one)) for one in range(6)))], "components.0.components: Must be between 1 and 5"),
        ([row()], "components.0.components: Must be between 1 and 5"),
        ([row(button(custom_id=str(one))) for one in range(6)], "components: Must be between 0 and 5"),
        ([button()], "components.0.type: Component type must be one of ROW (1)"),
        ([{"type": 10, "content": "x"}], "components.0.type: Component type must be one of ROW (1)"),
        ([row({"type": 3, "custom_id": "a", "options": []})], "options: Must be between 1 and 25"),
        ([row({"type": 3, "custom_id": "a", "options": [{"label": "a", "value": "a"}] * 26})], "options: Must be betw"),
        (
            [row({"type": 3, "custom_id": "a", "options": [{"label": "a", "value": "a"}] * 2})],
            "Each value must be uniq",
        ),
        ([row({"type": 3, "custom_id": "a", "options": [{"label": "x" * 101, "value": "a"}]})], "options.0.label"),
        ([row({"type": 5, "custom_id": "a", "placeholder": "x" * 151})], "placeholder: Must be 150"),
        (
            [row({"type": 5, "custom_id": "a"}, {"type": 5, "custom_id": "b"})],
            "A select menu stands in a row of its own",
        ),
    ],
)
async def test_components_over_a_limit_are_refused(met: Meeting, components: list[Any], said: str) -> None:
    assert said in await refused(met, content="x", components=components)


def text(content: str = "x") -> dict[str, Any]:
    return {"type": 10, "content": content}


LAYOUT = 1 << 15


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"components": [text()], "content": "x"}, "content: The 'content' field cannot be used"),
        ({"components": [text()], "embeds": [{"title": "x"}]}, "embeds: The 'embeds' field cannot be used"),
        ({"components": [text() for _ in range(41)]}, "components: Must be between 0 and 40"),
        ({"components": [{"type": 17, "components": [text()] * 20}] * 2}, "components: Must be between 0 and 40"),
        ({"components": [text("x" * 2001), text("x" * 2000)]}, "Text displays may hold 4000 characters together"),
        ({"components": [text("")]}, "components.0.content: This field is required"),
        (
            {"components": [{"type": 17, "components": [{"type": 17, "components": [text()]}]}]},
            "components.0.components.0.type",
        ),
        ({"components": [{"type": 9, "components": [text()]}]}, "components.0.accessory.type"),
        (
            {"components": [{"type": 9, "components": [text()] * 4, "accessory": button()}]},
            "components.0.components: Must be",
        ),
        ({"components": [{"type": 12, "items": []}]}, "components.0.items: Must be between 1 and 10"),
        ({"components": [{"type": 13, "file": {"url": "http://127.0.0.1"}}]}, "components.0.file.url"),
        ({"components": [{"type": 14, "spacing": 3}]}, "components.0.spacing"),
        ({"components": [text() | {"id": 4}, text() | {"id": 4}]}, "Each component id must be unique"),
        ({"components": []}, "Cannot send an empty message"),
    ],
)
async def test_a_layout_over_a_limit_is_refused(met: Meeting, body: dict[str, Any], said: str) -> None:
    assert said in await refused(met, flags=LAYOUT, **body)


class Card(discord.ui.LayoutView):
    """A card of components, as a rollout has one."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        shown: discord.ui.Container[Card] = discord.ui.Container(accent_colour=0x3366FF)
        shown.add_item(discord.ui.TextDisplay("## checkout"))
        pause: discord.ui.Button[Card] = discord.ui.Button(label="Pause", custom_id="pause")
        shown.add_item(discord.ui.Section("25% of servers", accessory=pause))
        shown.add_item(discord.ui.Separator())
        more: discord.ui.Button[Card] = discord.ui.Button(label="Go on", custom_id="go", disabled=True)
        shown.add_item(discord.ui.ActionRow(more))
        self.add_item(shown)


async def test_a_layout_is_read_from_the_top(met: Meeting) -> None:
    sent = await met.here.send(view=Card())
    (seen,) = met.channel.messages
    assert (seen.text, seen.buttons, seen.has_layout) == ("## checkout\n25% of servers", ["Pause"], True)
    assert sent.components[0].type is discord.ComponentType.container


async def test_a_message_becomes_a_layout_only_without_its_old_content(met: Meeting) -> None:
    sent = await met.here.send("plain")
    with pytest.raises(discord.HTTPException):
        await sent.edit(view=Card())
    met.server.forgive("'content' field")
    await sent.edit(content=None, view=Card())
    assert met.channel.messages[0].text == "## checkout\n25% of servers"


async def test_a_file_that_no_component_shows_is_complained_about(met: Meeting) -> None:
    await met.here.send(view=Card(), file=discord.File(io.BytesIO(b"a,b"), "report.csv"))
    met.server.forgive("report.csv hangs on a message of components")


async def test_files_come_with_their_content_and_can_be_fetched(met: Meeting) -> None:
    chart = discord.File(io.BytesIO(b"picture"), "chart.png", description="The rollout so far")
    embed = discord.Embed(title="report").set_image(url="attachment://chart.png")
    sent = await met.here.send(embed=embed, files=[chart, discord.File(io.BytesIO(b"a,b"), "report.csv")])
    (seen,) = met.channel.messages
    assert [(one.filename, one.content, one.description) for one in seen.attachments] == [
        ("chart.png", b"picture", "The rollout so far"),
        ("report.csv", b"a,b", None),
    ]
    assert await sent.attachments[1].read() == b"a,b"


async def test_an_edit_keeps_the_files_it_names_and_adds_new_ones(met: Meeting) -> None:
    files = [discord.File(io.BytesIO(b"1"), "one.txt"), discord.File(io.BytesIO(b"2"), "two.txt")]
    sent = await met.here.send("files", files=files)
    await sent.edit(attachments=[sent.attachments[1], discord.File(io.BytesIO(b"3"), "three.txt")])
    assert [one.filename for one in met.channel.messages[0].attachments] == ["two.txt", "three.txt"]


async def test_a_file_over_ten_mebibytes_is_refused(met: Meeting) -> None:
    with pytest.raises(discord.HTTPException):
        await met.here.send(file=discord.File(io.BytesIO(bytes(10 * 2**20 + 1)), "large.bin"))
    met.server.forgive("Request entity too large: large.bin")


async def test_somebody_elses_message_cannot_be_edited_or_deleted(met: Meeting) -> None:
    said = met.server.say(met.person, met.channel, "hello")
    read = await met.here.fetch_message(said.id)
    with pytest.raises(discord.Forbidden) as refusal:
        await read.edit(content="goodbye")
    assert refusal.value.code == 50005
    with pytest.raises(discord.Forbidden) as refusal:
        await read.delete()
    assert refusal.value.code == 50013


async def test_what_people_write_is_read_with_the_intent_or_a_mention_only(met: Meeting) -> None:
    for text in ("hello", f"{met.server.bot.mention} hello"):
        met.server.say(met.person, met.channel, text)
    met.server.say(met.person, met.server.direct(met.person), "between us")
    assert [message.content async for message in met.here.history()] == [f"{met.server.bot.mention} hello", ""]
    direct = await (await met.bot.fetch_user(met.person.id)).create_dm()
    assert [message.content async for message in direct.history()] == ["between us"]


async def test_messages_older_than_an_hour_take_few_edits_at_a_time(met: Meeting) -> None:
    sent = await met.here.send("0")
    for number in range(5):
        await sent.edit(content=f"young {number}")
    met.clock.advance(timedelta(hours=1, seconds=1))
    for number in range(3):
        await sent.edit(content=f"old {number}")
    with pytest.raises(discord.HTTPException) as refusal:
        await sent.edit(content="too much")
    assert (refusal.value.status, refusal.value.code) == (429, 30046)
    assert met.channel.messages[0].content == "old 2"
    met.clock.advance(timedelta(seconds=6))
    await sent.edit(content="again")
    assert met.channel.messages[0].content == "again"
