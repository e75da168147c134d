"""A message as Discord takes it: the parts in their container, as JSON and as a view of discord.py."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, assert_never

if TYPE_CHECKING:
    import discord
    from discord.ui import Item, LayoutView

    from bot.chat.discord.presses import Press
    from bot.domain.outbox import Attachment

COMPONENTS_V2 = 1 << 15
EPHEMERAL = 1 << 6

LONGEST_ALT = 1024


@dataclass(frozen=True, slots=True)
class Text:
    """Markup, at most 4000 characters together with all the others of a message."""

    content: str


@dataclass(frozen=True, slots=True)
class PressRow:
    """At most five buttons beside one another."""

    presses: tuple[Press, ...]


@dataclass(frozen=True, slots=True)
class Gallery:
    """Pictures of the message's attachments, each with the words that tell what it shows."""

    pictures: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class FileCard:
    """One of the message's attachments, to be downloaded. What no part shows is not shown at all."""

    attachment: Attachment


Part = Text | PressRow | Gallery | FileCard


@dataclass(frozen=True, slots=True)
class DiscordMessage:
    """Parts in a container with an edge in `colour` (24 bits).

    `mentions` are the ids of the people who are notified: whoever sends this must allow these and no others. `notice`
    is one line of markup for where the parts are not shown: a message of parts has no words in a push notification.
    """

    parts: tuple[Part, ...]
    colour: int
    notice: str
    mentions: tuple[int, ...] = ()
    private: bool = False
    attachments: tuple[Attachment, ...] = ()

    def body(self) -> dict[str, object]:
        """Return the message as the JSON of a request, without its files."""
        inner = [part_json(part) for part in self.parts]
        return {
            "flags": COMPONENTS_V2 | (EPHEMERAL if self.private else 0),
            "components": [{"type": 17, "accent_color": self.colour, "components": inner}],
            "allowed_mentions": {
                "parse": [],
                "users": [str(identity) for identity in self.mentions],
                "replied_user": False,
            },
        }

    def view(self, mark: int | None = None) -> LayoutView:
        """Return the message as a view to be sent, within a running loop; `mark` is the container's own number.

        The library keeps no hold of it: presses are recognised by their ids, and so after a restart as well.
        """
        from discord import ui

        view = ui.LayoutView(timeout=None)
        view.add_item(ui.Container(*map(_item, self.parts), accent_colour=self.colour, id=mark))
        view.stop()
        return view

    def allowed(self) -> discord.AllowedMentions:
        """Return whom this message may notify: the people whom it names, and nobody else."""
        import discord

        people = [discord.Object(identity) for identity in self.mentions]
        return discord.AllowedMentions(everyone=False, roles=False, replied_user=False, users=people)

    def files(self) -> list[discord.File]:
        """Return the attachments to be sent beside the view, which shows them; each list can be sent once."""
        import discord

        return [
            discord.File(BytesIO(it.content), it.name, description=it.alt[:LONGEST_ALT] or None)
            for it in self.attachments
        ]


def part_json(part: Part) -> dict[str, object]:
    """Return one part as a component."""
    match part:
        case Text(content):
            return {"type": 10, "content": content}
        case PressRow(presses):
            return {
                "type": 1,
                "components": [
                    {"type": 2, "style": it.style, "label": it.label, "custom_id": it.custom_id} for it in presses
                ],
            }
        case Gallery(pictures):
            return {"type": 12, "items": [_picture_json(it) for it in pictures]}
        case FileCard(attachment):
            return {"type": 13, "file": {"url": _address(attachment)}}
        case _:
            assert_never(part)


def _picture_json(picture: Attachment) -> dict[str, object]:
    shown: dict[str, object] = {"media": {"url": _address(picture)}}
    return {**shown, "description": picture.alt[:LONGEST_ALT]} if picture.alt else shown


def _item(part: Part) -> Item[LayoutView]:
    from discord import ButtonStyle, MediaGalleryItem, ui

    match part:
        case Text(content):
            return ui.TextDisplay(content)
        case PressRow(presses):
            buttons: list[ui.Button[LayoutView]] = [
                ui.Button(style=ButtonStyle(it.style), label=it.label, custom_id=it.custom_id) for it in presses
            ]
            return ui.ActionRow(*buttons)
        case Gallery(pictures):
            shown = (MediaGalleryItem(_address(it), description=it.alt[:LONGEST_ALT] or None) for it in pictures)
            return ui.MediaGallery(*shown)
        case FileCard(attachment):
            return ui.File(_address(attachment))
        case _:
            assert_never(part)


def _address(attachment: Attachment) -> str:
    return f"attachment://{attachment.name}"
