"""Identities that people tied to their names, and the codes that do it once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from bot.domain.link import Link, LinkCode
from bot.domain.team import Identity
from bot.ports import Transaction
from bot.storage.store import SqlStore
from tests.storage.examples import HOUR, NOW

LINK = Link(Identity("discord", "80351110224678912"), "dana", NOW)
CODE = LinkCode("ab" * 32, Identity("slack", "U0DANA000"), "dana", NOW + HOUR)


async def test_links_come_back_in_the_order_in_which_they_were_made(store: SqlStore) -> None:
    earlier = Link(Identity("slack", "U0KIM0000"), "kim", NOW - HOUR)

    def work(tx: Transaction) -> None:
        tx.links.add(LINK)
        tx.links.add(earlier)

    await store.write(work)
    assert await store.read(lambda tx: tx.links.all()) == [earlier, LINK]


async def test_an_identity_is_tied_to_one_person(store: SqlStore) -> None:
    await store.write(lambda tx: tx.links.add(LINK))
    with pytest.raises(IntegrityError):
        await store.write(lambda tx: tx.links.add(replace(LINK, person="kim")))


async def test_a_link_is_forgotten_once(store: SqlStore) -> None:
    await store.write(lambda tx: tx.links.add(LINK))
    assert await store.write(lambda tx: tx.links.remove(LINK.identity))
    assert not await store.write(lambda tx: tx.links.remove(LINK.identity))
    assert await store.read(lambda tx: tx.links.all()) == []


async def test_a_code_is_used_once(store: SqlStore) -> None:
    await store.write(lambda tx: tx.links.offer(CODE, NOW))
    assert await store.write(lambda tx: tx.links.take(CODE.digest)) == CODE
    assert await store.write(lambda tx: tx.links.take(CODE.digest)) is None


async def test_a_code_takes_the_place_of_the_same_persons_and_of_lapsed_ones(store: SqlStore) -> None:
    lapsed = replace(CODE, digest="01" * 32, person="kim", expires_at=NOW)
    others = replace(CODE, digest="02" * 32, person="sam")
    again = replace(CODE, digest="03" * 32)

    def work(tx: Transaction) -> list[LinkCode | None]:
        for code in (lapsed, others, CODE, again):
            tx.links.offer(code, NOW - HOUR if code is lapsed else NOW)
        return [tx.links.take(code.digest) for code in (lapsed, others, CODE, again)]

    assert await store.write(work) == [None, others, None, again]
