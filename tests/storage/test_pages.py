"""Pages come back as they were stored, are found when they are due, and are changed by one at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from bot.domain.errors import Stale
from bot.domain.escalation import Severity
from bot.domain.page import Act, Page, Trouble, acknowledge, lapsed, raise_page, resolve, snooze
from bot.domain.paging import decide, lost
from bot.domain.plan import ChannelName
from bot.ports import Transaction
from bot.storage.pages import _adapter
from bot.storage.store import SqlStore
from tests.domain.pages_for_tests import ALASKA, HOUR, MINUTE, START, all_but, direct
from tests.storage.strategies import MOMENTS

TROUBLE = Trouble(Severity.HIGH, "Zahlungen „hängen“", "rollout:3", "rollout:3", (ChannelName("slack", "C1"),))


def page(number: int = 1, key: str = "", severity: Severity = Severity.HIGH) -> Page:
    return raise_page(number, replace(TROUBLE, key=key, severity=severity), ALASKA, "ana", START)


async def keep(store: SqlStore, *made: Page) -> None:
    def add(tx: Transaction) -> None:
        for it in made:
            tx.pages.add(it)

    await store.write(add)


def full() -> Page:
    """Return a page with something in every field."""
    made, _ = decide(page(key="rollout:3"), START + HOUR, all_but("lead"))
    made = lost(made, direct("engineer"), 1, "cannot be written to", START + HOUR)
    made = lapsed(acknowledge(made, Act("cto", START + HOUR, "on it")), START + 2 * HOUR, "nobody resolved it")
    return snooze(made, Act("cto", START + 2 * HOUR, "the vendor works on it"), HOUR)


async def test_a_page_comes_back_as_it_was_stored(store: SqlStore) -> None:
    await store.write(lambda tx: tx.pages.add(full()))
    assert await store.read(lambda tx: tx.pages.get(1)) == full()
    assert await store.read(lambda tx: tx.pages.get(2)) is None
    assert await store.read(lambda tx: tx.pages.next_id()) == 2


async def test_pages_are_due_by_their_times_and_resolved_ones_never(store: SqlStore) -> None:
    later = replace(page(2), due_at=START + MINUTE)
    ended = resolve(page(3), Act("ana", START))
    await keep(store, later, ended, page(1))
    assert await store.read(lambda tx: tx.pages.due(START + HOUR, 10)) == [page(1), later]
    assert await store.read(lambda tx: tx.pages.due(START + HOUR, 1)) == [page(1)]
    assert await store.read(lambda tx: tx.pages.due(START, 10)) == [page(1)]
    assert await store.read(lambda tx: tx.pages.next_due()) == START


async def test_one_unresolved_page_has_a_key_and_a_resolved_one_frees_it(store: SqlStore) -> None:
    first = page(1, "rollout:3")
    await store.write(lambda tx: tx.pages.add(first))
    assert await store.read(lambda tx: tx.pages.with_key("rollout:3")) == first
    with pytest.raises(IntegrityError):
        await store.write(lambda tx: tx.pages.add(page(2, "rollout:3")))
    await store.write(lambda tx: tx.pages.save(resolve(first, Act("ana", START)), first.version))
    assert await store.read(lambda tx: tx.pages.with_key("rollout:3")) is None
    await store.write(lambda tx: tx.pages.add(page(2, "rollout:3")))


async def test_what_somebody_changed_meanwhile_is_not_overwritten(store: SqlStore) -> None:
    first = page()
    await store.write(lambda tx: tx.pages.add(first))
    answered = acknowledge(first, Act("ana", START))
    await store.write(lambda tx: tx.pages.save(answered, first.version))
    late, _ = decide(first, START, all_but())
    with pytest.raises(Stale, match="changed in the meantime"):
        await store.write(lambda tx: tx.pages.save(late, first.version))
    assert await store.read(lambda tx: tx.pages.get(1)) == answered


async def test_critical_pages_are_found_until_they_are_resolved(store: SqlStore) -> None:
    worst = page(2, severity=Severity.CRITICAL)
    ended = resolve(page(3, severity=Severity.CRITICAL), Act("ana", START))
    await keep(store, page(1), worst, ended)
    assert await store.read(lambda tx: tx.pages.critical()) == [worst]
    assert await store.read(lambda tx: tx.pages.unresolved()) == [page(1), worst]
    assert await store.read(lambda tx: tx.pages.recent(2)) == [ended, worst]


@settings(max_examples=50)
@given(st.builds(Page, opened_at=MOMENTS, due_at=st.none() | MOMENTS))
def test_any_page_comes_back_from_its_document(made: Page) -> None:
    assert _adapter().validate_json(_adapter().dump_json(made)) == made


def test_a_year_of_reaches_stays_readable() -> None:
    made = page()
    for day in range(365):
        made, _ = decide(made, START + timedelta(days=day), all_but())
    assert len(_adapter().dump_json(made)) < 100_000
