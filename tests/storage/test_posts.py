"""The local chat's channels, followed by the revisions of their posts."""

from __future__ import annotations

from bot.domain.message import say
from bot.domain.outbox import Post
from bot.ports import Transaction
from bot.storage.store import SqlStore
from tests.storage.examples import HOUR, NOW


async def test_a_post_is_put_once(store: SqlStore) -> None:
    first = await store.write(lambda tx: tx.posts.put("releases", "a", say("one"), NOW))
    again = await store.write(lambda tx: tx.posts.put("releases", "a", say("two"), NOW + HOUR))
    assert first == again
    assert await store.read(lambda tx: tx.posts.since("releases", 0)) == [
        Post(first, "releases", "a", say("one"), NOW, 1)
    ]


async def test_one_key_in_two_channels_is_two_posts(store: SqlStore) -> None:
    first = await store.write(lambda tx: tx.posts.put("releases", "a", say("one"), NOW))
    assert await store.write(lambda tx: tx.posts.put("team", "a", say("one"), NOW)) != first


async def test_whoever_follows_a_channel_sees_new_and_edited_posts(store: SqlStore) -> None:
    def work(tx: Transaction) -> str:
        card = tx.posts.put("releases", "card", say("10 %"), NOW)
        tx.posts.put("team", "other", say("elsewhere"), NOW)
        tx.posts.put("releases", "news", say("news"), NOW)
        return card

    card = await store.write(work)
    seen = await store.read(lambda tx: tx.posts.since("releases", 0))
    assert [(post.key, post.revision) for post in seen] == [("card", 1), ("news", 3)]
    assert await store.write(lambda tx: tx.posts.edit(card, say("25 %"), NOW + HOUR))
    assert await store.read(lambda tx: tx.posts.since("releases", 3)) == [
        Post(card, "releases", "card", say("25 %"), NOW, 4)
    ]
    assert [post.key for post in await store.read(lambda tx: tx.posts.since("releases", 0, limit=1))] == ["news"]


async def test_what_is_not_there_cannot_be_edited(store: SqlStore) -> None:
    for reference in ("17", "nonsense", ""):
        assert not await store.write(lambda tx, reference=reference: tx.posts.edit(reference, say("x"), NOW))  # type: ignore[misc]  # The default only binds the loop's value.
