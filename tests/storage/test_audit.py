"""The log in the database: chained, append-only, searchable, and honest about what was done to it behind our back."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from bot.domain.actor import Actor
from bot.domain.audit import GENESIS, Action, Entry, Head, Outcome, Verification, verify
from bot.domain.errors import Refused
from bot.ports import Transaction
from bot.storage.audit import PAGE
from bot.storage.store import SqlStore
from tests.storage.examples import ENGINEER, NOW, event

REPEAT = """
    INSERT INTO audit SELECT {}, at, person, platform, platform_id, channel, action, outcome, subject, environment,
    reason, request_id, before, after, body, hash FROM audit WHERE seq = {}
"""


async def write_entries(store: SqlStore, number: int) -> list[Entry]:
    return await store.write(
        lambda tx: [tx.audit.append(event(f"flag-{n}"), ENGINEER, NOW + timedelta(seconds=n)) for n in range(number)]
    )


async def verified(store: SqlStore, published: Head | None = None) -> Verification:
    return await store.read(lambda tx: verify(tx.audit.walk(), published))


def tamper(database: Path, *statements: str) -> None:
    """Change the log as somebody with the file in hand can: without the triggers."""
    with closing(sqlite3.connect(database)) as raw, raw:
        raw.execute("PRAGMA busy_timeout = 10000")
        for trigger in ("update", "delete", "gaps"):
            raw.execute(f"DROP TRIGGER audit_refuses_{trigger}")
        for statement in statements:
            raw.execute(statement)


async def test_what_is_appended_is_read_back_as_it_was(store: SqlStore) -> None:
    first, second = await write_entries(store, 2)
    assert await store.read(lambda tx: (tx.audit.get(1), tx.audit.get(2), tx.audit.get(3))) == (first, second, None)
    assert first.seq == 1
    assert first.before == {"percent": "10%"}
    assert second.body.decode().count(first.hash) == 1


async def test_the_head_is_that_of_the_last_entry(store: SqlStore) -> None:
    assert await store.read(lambda tx: tx.audit.head()) == Head(0, GENESIS)
    entries = await write_entries(store, 3)
    assert await store.read(lambda tx: tx.audit.head()) == Head(3, entries[2].hash)


async def test_entries_that_share_a_commit_follow_each_other_past_one_that_is_undone(store: SqlStore) -> None:
    def append(tx: Transaction) -> int:
        return tx.audit.append(event(), ENGINEER, NOW).seq

    def append_in_vain(tx: Transaction) -> int:
        append(tx)
        raise Refused("not like this")

    works = [append, append_in_vain, append, append_in_vain, append]
    found = await asyncio.gather(*(store.write(work) for work in works), return_exceptions=True)
    assert [it for it in found if isinstance(it, int)] == [1, 2, 3]
    assert (await verified(store)).valid


async def test_every_zone_is_kept_as_utc(store: SqlStore) -> None:
    tokyo = datetime(2026, 3, 2, 18, 0, tzinfo=timezone(timedelta(hours=9)))
    await store.write(lambda tx: tx.audit.append(event(), ENGINEER, tokyo))
    entry = await store.read(lambda tx: tx.audit.get(1))
    assert entry is not None
    assert entry.at.isoformat() == "2026-03-02T09:00:00+00:00"
    assert (await verified(store)).valid


async def test_an_entry_that_was_undone_leaves_no_gap(store: SqlStore) -> None:
    def fail(tx: Transaction) -> None:
        tx.audit.append(event(), ENGINEER, NOW)
        raise KeyError

    with pytest.raises(KeyError):
        await store.write(fail)
    await write_entries(store, 2)
    assert await verified(store) == Verification(await store.read(lambda tx: tx.audit.head()), 2)


async def test_a_long_log_is_walked_page_by_page(store: SqlStore) -> None:
    await write_entries(store, PAGE * 2 + 7)
    assert (await verified(store)).checked == PAGE * 2 + 7
    walked = await store.read(lambda tx: [entry.seq for entry in tx.audit.walk(PAGE - 1)])
    assert walked == list(range(PAGE - 1, PAGE * 2 + 8))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET reason = 'nothing happened' WHERE seq = 2",
        "UPDATE OR REPLACE audit SET seq = 1 WHERE seq = 2",
        "DELETE FROM audit WHERE seq = 3",
        "DELETE FROM audit",
        REPEAT.format(9, 1),
        "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq = 1",
    ],
)
async def test_the_database_refuses_to_change_the_log(store: SqlStore, database: Path, statement: str) -> None:
    await write_entries(store, 3)
    with closing(sqlite3.connect(database)) as raw, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute(statement)
    assert (await verified(store)).checked == 3


async def test_our_own_connection_is_refused_as_well(store: SqlStore) -> None:
    await write_entries(store, 1)

    def forge(tx: Transaction) -> None:
        tx.audit._connection.exec_driver_sql("DELETE FROM audit")  # type: ignore[attr-defined]

    with pytest.raises(IntegrityError, match="append-only"):
        await store.write(forge)


TAMPERINGS: dict[str, tuple[list[str], int]] = {
    "a column is changed": (["UPDATE audit SET person = 'somebody else' WHERE seq = 3"], 3),
    "the time is changed": (["UPDATE audit SET at = '2026-03-02T09:00:09.000000+00:00' WHERE seq = 4"], 4),
    "the time is spoilt": (["UPDATE audit SET at = 'yesterday' WHERE seq = 4"], 4),
    "the time loses its zone": (["UPDATE audit SET at = '2026-03-02T09:00:03' WHERE seq = 4"], 4),
    "the facts are changed": (['UPDATE audit SET after = \'{"percent":"1%"}\' WHERE seq = 2'], 2),
    "the facts are spoilt": (["UPDATE audit SET before = '{' WHERE seq = 2"], 2),
    "the facts are removed": (["UPDATE audit SET before = NULL WHERE seq = 2"], 2),
    "the facts are no facts": (["UPDATE audit SET before = '[1]' WHERE seq = 2"], 2),
    "the text is changed": (["UPDATE audit SET body = replace(body, 'dana', 'kim') WHERE seq = 5"], 5),
    "the text is a number": (["UPDATE audit SET body = 42 WHERE seq = 5"], 5),
    "the hash is changed": (["UPDATE audit SET hash = '0' WHERE seq = 1"], 1),
    "the first is removed": (["DELETE FROM audit WHERE seq = 1"], 2),
    "one in the middle is removed": (["DELETE FROM audit WHERE seq = 3"], 4),
    "one is removed and the rest moves up": (
        ["DELETE FROM audit WHERE seq = 3", "UPDATE audit SET seq = 3 WHERE seq = 4"],
        3,
    ),
    "two change places": (
        [
            "UPDATE audit SET seq = 99 WHERE seq = 2",
            "UPDATE audit SET seq = 2 WHERE seq = 3",
            "UPDATE audit SET seq = 3 WHERE seq = 99",
        ],
        2,
    ),
    "one is repeated": (
        [REPEAT.format(6, 5)],
        6,
    ),
}


@pytest.mark.parametrize("how", TAMPERINGS)
async def test_whatever_is_tampered_with_is_named(store: SqlStore, database: Path, how: str) -> None:
    statements, broken = TAMPERINGS[how]
    await write_entries(store, 5)
    tamper(database, *statements)
    assert (await verified(store)).broken == broken


async def test_an_end_that_was_cut_off_shows_against_a_published_head(store: SqlStore, database: Path) -> None:
    entries = await write_entries(store, 5)
    tamper(database, "DELETE FROM audit WHERE seq > 3")
    assert (await verified(store)).valid
    assert (await verified(store, Head(5, entries[4].hash))).broken == 4


async def search(store: SqlStore, *words: str, subject: str | None = None, limit: int = 20) -> list[int]:
    found = await store.read(lambda tx: tx.audit.search(words=words, subject=subject, limit=limit))
    return [entry.seq for entry in found]


@pytest.fixture
async def searched(store: SqlStore) -> SqlStore:
    """Return a log with three different entries."""
    somebody = Actor("Ünal", "slack", "U2", "deploys", "request-2")

    def write(tx: Transaction) -> None:
        tx.audit.append(event("checkout", reason="100% sure_thing"), ENGINEER, NOW)
        tx.audit.append(event("#1", action=Action.ROLLOUT_PAUSE, after={"note": "größer"}), somebody, NOW)
        tx.audit.append(event("checkout", outcome=Outcome.REFUSED, before=None, after=None), somebody, NOW)

    await store.write(write)
    return store


async def test_without_words_the_newest_entries_come_first(searched: SqlStore) -> None:
    assert await search(searched) == [3, 2, 1]
    assert await search(searched, limit=2) == [3, 2]


async def test_a_word_is_found_in_any_column_whatever_its_case(searched: SqlStore) -> None:
    assert await search(searched, "DANA") == [1]
    assert await search(searched, "refused") == [3]
    assert await search(searched, "rollout:pause") == [2]
    assert await search(searched, "deploys") == [3, 2]
    assert await search(searched, "request-1") == [1]
    assert await search(searched, "2026-03-02") == [3, 2, 1]
    assert await search(searched, "nothing of the kind") == []


async def test_words_that_are_not_english_are_found_whatever_their_case(searched: SqlStore) -> None:
    assert await search(searched, "ünal") == [3, 2]
    assert await search(searched, "ÜNAL") == [3, 2]
    assert await search(searched, "Größer") == [2]


async def test_every_word_must_be_there(searched: SqlStore) -> None:
    assert await search(searched, "checkout", "dana") == [1]
    assert await search(searched, "checkout", "pause") == []


async def test_percent_and_underscore_mean_themselves(searched: SqlStore) -> None:
    assert await search(searched, "100%") == [1]
    assert await search(searched, "0%s") == []
    assert await search(searched, "sure_thing") == [1]
    assert await search(searched, "sure_t_ing") == []


async def test_a_subject_is_matched_whole(searched: SqlStore) -> None:
    assert await search(searched, subject="checkout") == [3, 1]
    assert await search(searched, subject="check") == []
    assert await search(searched, "refused", subject="checkout") == [3]


async def test_a_word_that_looks_like_a_command_to_the_database_is_only_a_word(searched: SqlStore) -> None:
    assert await search(searched, "'; DROP TABLE audit; --") == []
    assert (await verified(searched)).checked == 3
