"""Which rollouts and flags a channel is about."""

from __future__ import annotations

from bot.ports import Transaction
from bot.storage.store import SqlStore


async def subjects(store: SqlStore, kind: str = "rollout", channel: str = "releases") -> list[str]:
    return list(await store.read(lambda tx: tx.bindings.subjects("local", channel, kind)))


async def test_what_is_tied_is_found_in_the_order_in_which_it_was_tied(store: SqlStore) -> None:
    def work(tx: Transaction) -> None:
        for subject in ("7", "3", "7", "5"):
            tx.bindings.bind("local", "releases", "rollout", subject)
        tx.bindings.bind("local", "releases", "flag", "checkout")
        tx.bindings.bind("local", "team", "rollout", "9")
        tx.bindings.bind("slack", "releases", "rollout", "8")

    await store.write(work)
    assert await subjects(store) == ["7", "3", "5"]
    assert await subjects(store, "flag") == ["checkout"]
    assert await subjects(store, channel="team") == ["9"]


async def test_what_is_untied_is_found_no_more(store: SqlStore) -> None:
    def work(tx: Transaction) -> None:
        for subject in ("7", "3"):
            tx.bindings.bind("local", "releases", "rollout", subject)
        tx.bindings.unbind("local", "releases", "rollout", "7")
        tx.bindings.unbind("local", "releases", "rollout", "never tied")

    await store.write(work)
    assert await subjects(store) == ["3"]
