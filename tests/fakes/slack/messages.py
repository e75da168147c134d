"""Messages as people see them, and what an app may put into one."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.fakes.slack.block_kit import problems
from tests.fakes.slack.complaints import Refused
from tests.fakes.slack.texts import Formatted, formatted_in, lines_in, links_in, mentions_in, nodes, problems_of, seen

if TYPE_CHECKING:
    from tests.fakes.slack.workspace import Channel, Person

LONGEST_TEXT, LONGEST_EDIT, LONGEST_MARKDOWN, MOST_ATTACHMENTS = 40_000, 4_000, 12_000, 100


@dataclass(frozen=True, slots=True)
class Content:
    """What an app wants a message to show, after Slack has looked at it."""

    text: str
    blocks: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] | None = None
    mentions: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    unfurls: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class File:
    """A file that an app uploaded; `channels` are those it was shared in, none while it is private."""

    id: str
    name: str
    announced: int
    alt_text: str
    title: str = ""
    data: bytes | None = None
    completed: bool = False
    channels: list[str] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Message:
    """A message in a channel, or beside it for one person (`only_for`).

    `mentions` says whom it pings as it stands: `U…`, `S…`, `@here`, `@channel`, `@everyone`, each once. `links` are the
    addresses it links to and `unfurls` those it may show a preview of. `edited` is the mark a person sees, `edits`
    counts them all. `at` is when it was posted.
    """

    channel: Channel
    ts: str
    at: datetime
    author: Person
    content: Content
    names: Mapping[str, str]
    thread_ts: str | None = None
    broadcast: bool = False
    only_for: Person | None = None
    files: list[File] = field(default_factory=list)
    edited: bool = False
    edits: int = 0
    reactions: list[str] = field(default_factory=list)
    looked_at: bool = False

    @property
    def text(self) -> str:
        return self.content.text

    @property
    def blocks(self) -> list[dict[str, Any]]:
        return self.content.blocks

    @property
    def metadata(self) -> dict[str, Any] | None:
        return self.content.metadata

    @property
    def mentions(self) -> tuple[str, ...]:
        return self.content.mentions

    @property
    def links(self) -> tuple[str, ...]:
        return self.content.links

    @property
    def unfurls(self) -> tuple[str, ...]:
        return self.content.unfurls

    @property
    def seen(self) -> str:
        """The message as it is read on a screen: its blocks line by line, or its text; `[…]` can be pressed."""
        shown = [*self.content.blocks, *self.content.attachments]
        lines = list(lines_in(shown, self.names))
        return "\n".join(lines) if lines else seen(self.content.text, self.names)

    @property
    def heard(self) -> str:
        """The message as a screen reader reads it: the top-level text alone."""
        return seen(self.content.text, self.names)

    @property
    def buttons(self) -> list[str]:
        """The labels of its buttons, in order."""
        return buttons_of(self.blocks)

    def snapshot(self) -> Message:
        """Return the message as it stands now, which is what somebody with an old screen presses on."""
        return replace(self, content=copy.deepcopy(self.content))

    def wire(self, *, metadata: bool = False) -> dict[str, Any]:
        """Return the message as the Web API and payloads hold it."""
        said = {
            "type": "message",
            "ts": self.ts,
            "user": self.author.id,
            "team": self.author.team_id,
            "bot_id": self.author.bot_id,
            "app_id": self.author.app_id,
            "text": self.text,
            "blocks": copy.deepcopy(self.blocks),
            "attachments": copy.deepcopy(self.content.attachments),
            "thread_ts": self.thread_ts,
            "subtype": "thread_broadcast" if self.broadcast else None,
            "edited": {"user": self.author.id, "ts": self.ts} if self.edited else None,
            "files": [{"id": file.id, "name": file.name, "title": file.title} for file in self.files],
            "metadata": copy.deepcopy(self.metadata) if metadata else None,
            **self.channel.thread_facts(self),
        }
        return {name: value for name, value in said.items() if value or name == "text"}

    def __repr__(self) -> str:
        whom = f" for {self.only_for.name} only" if self.only_for else ""
        return f"<{self.author.name} in #{self.channel.name}{whom}: {self.seen!r}>"


def buttons_of(blocks: object) -> list[str]:
    """List the labels of the buttons within blocks."""
    return [str(node["text"]["text"]) for node in nodes(blocks) if node.get("type") == "button"]


Complain = Callable[[str], None]


def content_of(body: Mapping[str, Any], complain: Complain, names: frozenset[str], *, edit: bool = False) -> Content:
    """Read what an app wants to say from `text`, `blocks` and the rest, and refuse what Slack refuses.

    What Slack takes although it harms somebody goes to `complain`. `names` are those of the channels.
    """
    text, blocks = _text_of(body, complain, edit=edit), _blocks_of(body)
    attachments = _attachments_of(body)
    if not text.strip():
        if not blocks and not attachments:
            raise Refused("no_text", "a message with neither text nor blocks")
        complain("no text beside the blocks: a screen reader and a notification would say nothing")
    _complain_of_arguments(body, complain)
    bare = body.get("parse") != "none"
    formatted = [Formatted(text, processed=bare), *formatted_in(blocks), *formatted_in(attachments)]
    links = dict.fromkeys(link for one in formatted for link in links_in(one, names))
    silent = body.get("unfurl_links") is False and body.get("unfurl_media") is False
    return Content(
        text=text,
        blocks=blocks,
        attachments=attachments,
        metadata=metadata_of(body),
        mentions=tuple(dict.fromkeys(whom for one in formatted for whom in mentions_in(one))),
        links=tuple(links),
        unfurls=() if silent else tuple(link for link in links if link.startswith(("http", "www."))),
    )


def _text_of(body: Mapping[str, Any], complain: Complain, *, edit: bool) -> str:
    text, markdown = body.get("text") or "", body.get("markdown_text") or ""
    if not isinstance(text, str) or not isinstance(markdown, str):
        raise Refused("invalid_arguments", f"text is a string, and not {text!r}")
    if markdown and (text or body.get("blocks")):
        raise Refused("markdown_text_conflict", "markdown_text beside text or blocks")
    if len(markdown) > LONGEST_MARKDOWN or (edit and len(text) > LONGEST_EDIT):
        raise Refused("msg_too_long", f"a text of {len(text or markdown)} characters")
    if len(text) > LONGEST_TEXT:
        complain(f"a text of {len(text)} characters, which Slack cuts at {LONGEST_TEXT}")
    for problem in problems_of(text):
        complain(problem)
    return (text or markdown)[:LONGEST_TEXT]


def _blocks_of(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    blocks = body.get("blocks") or []
    found = problems(blocks, "message")
    if found:
        error = "msg_blocks_too_long" if "blocks, and a message holds" in found[-1] else "invalid_blocks"
        raise Refused(error, "; ".join(found), response_metadata={"messages": [f"[ERROR] {one}" for one in found]})
    return [_with_block_id(block, place) for place, block in enumerate(blocks)]


def _with_block_id(block: dict[str, Any], place: int) -> dict[str, Any]:
    """Slack gives an id to every block that has none."""
    return {"block_id": f"b{place}", **copy.deepcopy(block)}


def _attachments_of(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    attachments = body.get("attachments") or []
    if not isinstance(attachments, list) or len(attachments) > MOST_ATTACHMENTS:
        raise Refused("too_many_attachments", f"attachments are a list of at most {MOST_ATTACHMENTS}")
    found = [problem for one in attachments if "blocks" in one for problem in problems(one["blocks"], "message")]
    if found:
        raise Refused("invalid_attachments", "; ".join(found))
    return copy.deepcopy(attachments)


def metadata_of(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """Read `metadata`: an event type of letters, digits and underscores, and an object. An empty one takes it away."""
    metadata = body.get("metadata")
    if metadata is None:
        return None
    if metadata == {}:
        return {}
    kind = metadata.get("event_type") if isinstance(metadata, dict) else None
    if not isinstance(kind, str) or not kind.replace("_", "").isalnum() or not kind.isascii():
        raise Refused("invalid_metadata_format", f"metadata with the event_type {kind!r}")
    if not isinstance(metadata.get("event_payload"), dict) or metadata.keys() - {"event_type", "event_payload"}:
        raise Refused("invalid_metadata_format", f"metadata is event_type and event_payload, and not {metadata}")
    read: dict[str, Any] = copy.deepcopy(metadata)
    return read


def _complain_of_arguments(body: Mapping[str, Any], complain: Complain) -> None:
    if body.get("link_names"):
        complain("link_names makes names in other people's texts ping somebody")
    if body.get("parse") == "full":
        complain("parse=full makes names in other people's texts ping somebody")
    if "as_user" in body:
        complain("as_user belongs to apps of an older kind")
