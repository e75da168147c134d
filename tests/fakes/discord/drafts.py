"""What a body makes of a message, new or edited, and whether Discord accepts it."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.discord.component_limits import check_components, number_components
from tests.fakes.discord.findings import Findings
from tests.fakes.discord.mentions import INTERACTION, ORDINARY, check_allowed_mentions
from tests.fakes.discord.posts import NO_FLAGS, Attachment, Json, Message, MessageFlag, Upload, walk
from tests.fakes.discord.refusals import EMPTY_MESSAGE, Refusal, invalid

LONGEST_CONTENT = 2000
MOST_EMBEDS, LONGEST_EMBEDS = 10, 6000
MOST_FILES, LARGEST_FILE, LARGEST_REQUEST = 10, 10 * 2**20, 25 * 2**20
"""In bytes, of a server without boosts."""
SENT_FLAGS = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS | MessageFlag.IS_COMPONENTS_V2
UNKNOWN_FIELDS = ("poll", "sticker_ids", "shared_client_theme")
"""What this server does not play; the bot sends none of them."""


@dataclass(slots=True)
class Draft:
    """A message as it will stand if it is accepted."""

    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    flags: MessageFlag = NO_FLAGS
    kept: list[Attachment] = field(default_factory=list)
    """Files that hang on it already and stay."""
    uploads: list[tuple[Upload, str | None]] = field(default_factory=list)
    """New files with their descriptions."""
    allowed_mentions: Json = field(default_factory=dict)
    parses_anew: bool = True
    """Whether the mentions in it are looked for again."""

    @property
    def filenames(self) -> set[str]:
        """The names under which the message can show its files."""
        return {kept.filename for kept in self.kept} | {upload.filename for upload, _ in self.uploads}

    @property
    def mentioning(self) -> str:
        """The text in which mentions count: content and text displays, never embeds."""
        return "\n".join([self.content, *(str(part["content"]) for part in walk(self.components) if "content" in part)])


def drafted(body: Any, files: dict[int, Upload], *, of: Message | None = None, interaction: bool = False) -> Draft:
    """Read a body, as a new message or as an edit `of` one; raise Refusal for what Discord would not take.

    `interaction` says that it came as an answer to one: it may be ephemeral, and mentions people only by default.
    """
    if not isinstance(body, dict):
        raise invalid(("body", "The body must be an object."))
    found = Findings()
    draft = _merged(found, body, of)
    check_allowed_mentions(found, body.get("allowed_mentions"))
    default = INTERACTION if interaction else ORDINARY
    draft.allowed_mentions = default if body.get("allowed_mentions") is None else body["allowed_mentions"]
    _flags(found, draft, body, of, SENT_FLAGS | (MessageFlag.EPHEMERAL if interaction else NO_FLAGS))
    _attachments(found, draft, body, files, of)
    _limits(found, draft, body)
    if found.problems:
        raise invalid(*found.problems)
    if not (draft.content.strip() or draft.embeds or draft.components or draft.filenames):
        raise Refusal(EMPTY_MESSAGE)
    number_components(draft.components)
    return draft


def _merged(found: Findings, body: Json, of: Message | None) -> Draft:
    draft = Draft() if of is None else Draft(of.content, of.embeds, of.components)
    if "content" in body:
        found.text("content", body["content"], LONGEST_CONTENT)
        draft.content = body["content"] if isinstance(body["content"], str) else ""
    for name in ("embeds", "components"):
        if name in body:
            setattr(draft, name, copy.deepcopy(body[name] or []))
    for name in UNKNOWN_FIELDS:
        if body.get(name):
            found.say(name, "This server does not know it.")
    draft.parses_anew = of is None or "content" in body or "components" in body
    return draft


def _flags(found: Findings, draft: Draft, body: Json, of: Message | None, sent: MessageFlag) -> None:
    found.number("flags", body.get("flags"), 0, 2**31 - 1)
    asked = MessageFlag(body.get("flags") or 0)
    if of is None:
        if asked & ~sent:
            found.say("flags", f"These flags cannot be sent here: {asked & ~sent!r}.")
        draft.flags = asked
    else:
        changeable = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.IS_COMPONENTS_V2
        kept = of.flags & ~(MessageFlag.LOADING | (MessageFlag.SUPPRESS_EMBEDS if "flags" in body else NO_FLAGS))
        draft.flags = kept | asked & changeable


def _attachments(found: Findings, draft: Draft, body: Json, files: dict[int, Upload], of: Message | None) -> None:
    listed: list[Json] | None = body.get("attachments")
    described = {int(one["id"]): one.get("description") for one in listed or []}
    old = [] if of is None else of.attachments
    draft.kept = old if listed is None else [one for one in old if one.id in described]
    draft.uploads = [(file, described.get(number)) for number, file in sorted(files.items())]
    for unknown in set(described) - set(files) - {one.id for one in old}:
        found.say("attachments", f"No file comes with the request under the id {unknown}.")
    found.items("attachments", [*draft.kept, *draft.uploads], MOST_FILES)
    for file in files.values():
        if len(file.content) > LARGEST_FILE:
            found.say("files", f"Request entity too large: {file.filename} has {len(file.content)} bytes.")


def _limits(found: Findings, draft: Draft, body: Json) -> None:
    nonce = body.get("nonce")
    found.text("nonce", None if nonce is None else str(nonce), 25)
    layout = MessageFlag.IS_COMPONENTS_V2 in draft.flags
    check_embeds(found, draft.embeds)
    check_components(found, draft.components, layout=layout)
    if layout and draft.content:
        found.say("content", "The 'content' field cannot be used with MessageFlags.IS_COMPONENTS_V2.")
    if layout and draft.embeds:
        found.say("embeds", "The 'embeds' field cannot be used with MessageFlags.IS_COMPONENTS_V2.")
    for name in sorted(set(shown_files([draft.embeds, draft.components])) - draft.filenames):
        found.say("attachments", f"attachment://{name} is no file of this message.")


def shown_files(value: Any) -> Iterator[str]:
    """Yield the name of every file that something shows as `attachment://`."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "url" and isinstance(inner, str) and (match := re.fullmatch(r"attachment://(.+)", inner)):
                yield match[1]
            else:
                yield from shown_files(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from shown_files(inner)


def check_embeds(found: Findings, embeds: Any) -> None:
    """Look through embeds: each by itself, and 6000 characters for all of them."""
    together = 0
    for number, embed in enumerate(found.items("embeds", embeds, MOST_EMBEDS)):
        place = f"embeds.{number}"
        texts = {
            f"{place}.title": (embed.get("title"), 256),
            f"{place}.description": (embed.get("description"), 4096),
            f"{place}.footer.text": ((embed.get("footer") or {}).get("text"), 2048),
            f"{place}.author.name": ((embed.get("author") or {}).get("name"), 256),
        }
        for number_of_field, piece in enumerate(found.items(f"{place}.fields", embed.get("fields") or [], 25)):
            where = f"{place}.fields.{number_of_field}"
            texts |= {f"{where}.name": (piece.get("name"), 256), f"{where}.value": (piece.get("value"), 1024)}
        for where, (text, longest) in texts.items():
            found.text(where, text, longest, shortest=1 if ".fields." in where else 0)
            together += len(text or "")
    if together > LONGEST_EMBEDS:
        found.say("embeds", f"Embed size exceeds maximum size of {LONGEST_EMBEDS}; it is {together}.")
