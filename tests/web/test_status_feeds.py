"""The status page for feed readers, and what is answered to whoever asks often."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import httpx
import pytest
from starlette.applications import Starlette

from bot.domain.errors import Unavailable
from bot.operations.flag_book import FlagBook
from bot.operations.status_feed import StatusFeed
from bot.operations.tokens import TokenBook
from bot.pagers.mail_text import html_of, plain_body, subject_of
from bot.ports import Store, Transaction
from bot.web.guard import Guard
from bot.web.serving import CALLS
from bot.web.status_feeds import Look
from bot.web.status_page import StatusPages, routes
from tests.scenarios.world import HOUR, SECOND
from tests.web.paged import ADDRESSES, Paged, paged

ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[Paged]:
    async with paged(tmp_path) as made:
        yield made


async def test_the_json_feed_is_one_of_version_1_1(tmp_path: Path) -> None:
    async with paged(tmp_path, address="https://rollcall.example.org") as there:
        await there.world.done("/rollout start page")
        answer = await there.web.client.get("/status.json")
        assert answer.headers["Content-Type"] == "application/feed+json"
        feed = answer.json()
        (item,) = feed.pop("items")
        assert feed == {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "What <changes> & when",
            "home_page_url": "https://rollcall.example.org/status",
            "feed_url": "https://rollcall.example.org/status.json",
            "language": "en",
        }
        UUID(str(item["id"]).removeprefix("urn:uuid:"))
        assert datetime.fromisoformat(item["date_published"]) == there.world.clock.now()
        assert item["tags"] == ["production", "under way"]
        assert item["title"] == "The <b>new</b> page & more: 10% of you see <script>alert(1)</script> it."
        # The entry is found on the page under its address.
        base, _, name = item["url"].partition("#")
        assert base == feed["home_page_url"]
        assert f'id="{name}"' in await there.page()


async def test_the_atom_feed_has_what_rfc_4287_asks_for(tmp_path: Path) -> None:
    async with paged(tmp_path, address="https://rollcall.example.org") as there:
        empty = ET.fromstring((await there.web.client.get("/status.atom")).text)  # noqa: S314  # Our own.
        await there.world.done("/rollout start page")
        there.world.clock.advance(6 * SECOND)
        answer = await there.web.client.get("/status.atom")
        assert answer.headers["Content-Type"] == "application/atom+xml"
        feed = ET.fromstring(answer.text)  # noqa: S314  # Our own.
        for one in (empty, feed):
            for needed in ("id", "title", "updated", "author/a:name"):
                assert one.findtext(f"a:{needed}", namespaces=ATOM), needed
        assert empty.findall("a:entry", ATOM) == []
        links = {it.get("rel"): it.get("href") for it in feed.findall("a:link", ATOM)}
        assert links == {
            "self": "https://rollcall.example.org/status.atom",
            "alternate": "https://rollcall.example.org/status",
        }
        (entry,) = feed.findall("a:entry", ATOM)
        texts = {it.tag.partition("}")[2]: it.text for it in entry}
        assert (
            texts["published"]
            == texts["updated"]
            == feed.findtext("a:updated", namespaces=ATOM)
            == "2026-03-02T09:00:00Z"
        )
        # An entry keeps its name for good, in both feeds.
        assert texts["id"] == (await there.items())[0]["id"]
        assert feed.findtext("a:id", namespaces=ATOM) == empty.findtext("a:id", namespaces=ATOM) != texts["id"]


async def test_who_has_the_newest_is_answered_with_nothing(there: Paged) -> None:
    await there.world.done("/rollout start page")
    for path in ADDRESSES:
        first = await there.web.client.get(path)
        tag = first.headers["ETag"]
        assert first.headers["Cache-Control"] == "public, max-age=30"
        for asked in (tag, f'"other", W/{tag}', "*"):
            again = await there.web.client.get(path, headers={"If-None-Match": asked})
            assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
        assert (await there.web.client.get(path, headers={"If-None-Match": '"other"'})).status_code == 200
        assert (await there.web.client.head(path)).headers["ETag"] == tag
        assert (await there.web.client.post(path)).status_code == 405
    before = (await there.web.client.get("/status")).headers["ETag"]
    await there.world.done("/announce now --to users Something new.")
    there.world.clock.advance(6 * SECOND)
    after = await there.web.client.get("/status", headers={"If-None-Match": before})
    assert (after.status_code, after.headers["ETag"] != before) == (200, True)


async def test_however_many_ask_the_database_is_asked_every_five_seconds(there: Paged) -> None:
    await there.world.done("/rollout start page")
    await there.page()
    await there.world.done("/announce now --to users Something new.")
    there.world.clock.advance(timedelta(seconds=4))
    assert "Something new." not in (await there.web.client.get("/status")).text
    there.world.clock.advance(timedelta(seconds=1))
    assert "Something new." in (await there.web.client.get("/status")).text


class Faltering:
    """A store that can be told not to answer."""

    def __init__(self, store: Store) -> None:
        self.store, self.fails = store, False

    async def read(self, work: Callable[[Transaction], Any]) -> Any:
        if self.fails:
            raise Unavailable("The database does not answer.")
        return await self.store.read(work)

    async def write(self, work: Callable[[Transaction], Any]) -> Any:
        return await self.store.write(work)


async def test_while_the_database_does_not_answer_the_page_stays_as_it_was(there: Paged) -> None:
    world, store = there.world, Faltering(there.world.store)
    guard = Guard(TokenBook(store, world.clock), FlagBook(store), world.clock, CALLS, CALLS)
    pages = StatusPages(
        StatusFeed(store), lambda: there.team, guard, world.clock, Look(html_of, plain_body, subject_of)
    )
    app = Starlette(routes=routes(pages))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://status") as client:
        store.fails = True
        assert (await client.get("/status")).status_code == 503
        store.fails = False
        await world.done("/rollout start page")
        shown = (await client.get("/status")).text
        assert "10% of you" in shown
        store.fails = True
        world.clock.advance(HOUR)
        assert (await client.get("/status")).text == shown
