"""Posting to the local chat."""

from __future__ import annotations

import asyncio

from bot.chat.local.feed import Feed
from bot.chat.local.outbound import LocalPlatform
from bot.domain.message import say
from bot.storage.store import SqlStore
from tests.fakes.clock import MovedClock


async def test_the_same_key_posts_once(store: SqlStore, platform: LocalPlatform) -> None:
    first = await platform.post("releases", "start:1", say("We begin."))
    again = await platform.post("releases", "start:1", say("We begin, once more."))
    assert first == again
    assert [post.message.summary for post in await Feed(store, "releases").news()] == ["We begin."]


async def test_the_same_key_in_another_channel_is_another_post(platform: LocalPlatform) -> None:
    assert await platform.post("releases", "k", say("a")) != await platform.post("team", "k", say("a"))


async def test_an_edit_replaces_the_post_in_place(store: SqlStore, platform: LocalPlatform) -> None:
    reference = await platform.post("releases", "card:rollout:1", say("10%"))
    feed = Feed(store, "releases")
    await feed.news()
    assert await platform.edit("releases", reference, say("25%")) == reference
    assert [post.message.summary for post in await feed.news()] == ["25%"]
    assert [post.message.summary for post in feed.cards] == ["25%"]
    assert await feed.news() == ()


async def test_a_card_that_is_gone_is_put_anew_and_only_once(store: SqlStore, platform: LocalPlatform) -> None:
    anew = await platform.edit("releases", "777", say("25%"))
    assert await platform.edit("releases", "777", say("50%")) == anew
    feed = Feed(store, "releases")
    await feed.news()
    assert [post.message.summary for post in feed.cards] == ["50%"]


async def test_whoever_looks_on_is_told_of_each_change(
    store: SqlStore, clock: MovedClock, posted: asyncio.Event, platform: LocalPlatform
) -> None:
    reference = await platform.post("releases", "k", say("a"))
    assert posted.is_set()
    posted.clear()
    await platform.edit("releases", reference, say("b"))
    assert posted.is_set()
    # Somebody who posts where nobody looks on needs no event.
    await LocalPlatform(store, clock).post("releases", "l", say("c"))


async def test_a_long_history_is_read_to_its_end(store: SqlStore, platform: LocalPlatform) -> None:
    await asyncio.gather(*(platform.post("releases", f"k{number}", say(str(number))) for number in range(450)))
    assert len(await Feed(store, "releases").news()) == 450


async def test_a_database_that_is_away_has_no_news(store: SqlStore) -> None:
    feed = Feed(store, "releases")
    await store.close()
    assert await feed.news() == ()
