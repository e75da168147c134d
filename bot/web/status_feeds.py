"""The status page for feed readers: JSON Feed 1.1 and Atom 1.0 (RFC 4287)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from bot.domain.message import Message
from bot.web.status_html import anchor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.domain.status_page import Course, Published, StatusPage

VERSION = "https://jsonfeed.org/version/1.1"
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Look:
    """How a message is drawn, as HTML, as text and as a title, and the address that the web part is known by, if any."""

    html: Callable[[Message], str]
    plain: Callable[[Message], str]
    title: Callable[[Message], str]
    address: str = ""


def json_feed(page: StatusPage, courses: Sequence[Course], look: Look) -> str:
    """Return the feed as JSON."""
    items = [
        {
            "id": it.id.urn,
            **({"url": f"{look.address}/status#{anchor(it)}"} if look.address else {}),
            "title": look.title(it.message),
            "content_html": look.html(it.message),
            "content_text": look.plain(it.message).strip(),
            "date_published": _written(it.at),
            "tags": [word for word in (course.environment, course.stage.value) if word],
        }
        for course, it in _newest_first(courses)
    ]
    addresses = {"home_page_url": f"{look.address}/status", "feed_url": f"{look.address}/status.json"}
    feed = {"version": VERSION, "title": page.title, **(addresses if look.address else {}), "language": "en"}
    return json.dumps({**feed, "items": items}, indent=1)


def atom(page: StatusPage, courses: Sequence[Course], look: Look, since: datetime) -> str:
    """Return the feed as Atom; `since` is when it was last changed as long as it says nothing."""
    told = list(_newest_first(courses))
    updated = told[0][1].at if told else since
    number = uuid5(NAMESPACE_URL, f"{look.address or page.title}/status").urn
    links = (
        f'<link rel="self" type="application/atom+xml" href="{escape(look.address)}/status.atom"/>'
        f'<link rel="alternate" type="text/html" href="{escape(look.address)}/status"/>'
        if look.address
        else '<link rel="self" type="application/atom+xml" href="status.atom"/>'
    )
    title = _xml(page.title)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">'
        f"<id>{number}</id><title>{title}</title><updated>{_written(updated)}</updated>"
        f"<author><name>{title}</name></author>{links}"
        f"{''.join(_entry(course, it, look) for course, it in told)}</feed>\n"
    )


def _entry(course: Course, told: Published, look: Look) -> str:
    at = _written(told.at)
    link = f'<link rel="alternate" type="text/html" href="{escape(look.address)}/status#{anchor(told)}"/>'
    where = f'<category term="{_xml(course.environment)}"/>' if course.environment else ""
    return (
        f"<entry><id>{told.id.urn}</id><title>{_xml(look.title(told.message))}</title>"
        f"<published>{at}</published><updated>{at}</updated>{link if look.address else ''}{where}"
        f'<content type="html">{_xml(look.html(told.message))}</content></entry>'
    )


def _newest_first(courses: Sequence[Course]) -> Iterator[tuple[Course, Published]]:
    pairs = ((course, it) for course in courses for it in course.told)
    yield from sorted(pairs, key=lambda pair: pair[1].at, reverse=True)


def _xml(text: str) -> str:
    """Escape a text, without the characters that no XML may hold."""
    return escape(_NOT_IN_XML.sub("", text))


def _written(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
