"""Figures from databases that are only ever read."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # It comes without types.
import pytest

from bot.domain.errors import Refused, RollcallError, Unavailable
from bot.domain.measure import Measure
from bot.domain.metric import Metric, Secret, SqlQuery
from bot.metric_sources.sql import Sql, _database, _place
from bot.metric_sources.sqlite_database import _FAILURES, SqliteDatabase
from tests.fakes.web_server import running_web_server
from tests.metric_sources.secrecy import assert_carries_no, carried_by
from tests.peers import PostgresServer, free_port

COUNT = "SELECT count(*) FROM orders"
FOREVER = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    file = tmp_path / "shop.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, paid INTEGER)")
        connection.executemany("INSERT INTO orders (paid) VALUES (?)", [(1,), (1,), (0,)])
        connection.commit()
    return file


@pytest.fixture
async def store(postgres: PostgresServer) -> AsyncIterator[str]:
    """A PostgreSQL database with the same table, as a URL."""
    connection = await asyncpg.connect(postgres.url(driver="postgresql"))
    await connection.execute(
        "DROP TABLE IF EXISTS orders; CREATE TABLE orders (id serial, paid int); INSERT INTO orders (paid) VALUES (1), (1), (0)"
    )
    yield postgres.url()
    await connection.execute("DROP TABLE orders")
    await connection.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, shop: Path) -> str:
    """Either kind, with the same three orders in it."""
    return f"sqlite:///{shop}" if request.param == "sqlite" else str(request.getfixturevalue("store"))


def metric(url: str | Secret, query: str, limit: timedelta = timedelta(seconds=20)) -> Metric:
    return Metric("paid", SqlQuery(url, query), Measure.PLAIN, timeout=limit)


async def refusal(url: str | Secret, query: str = COUNT, limit: timedelta = timedelta(seconds=20)) -> RollcallError:
    with pytest.raises(RollcallError) as refused:
        await Sql().ask(metric(url, query, limit))
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None, "an exception of a driver may hold what was sent"
    return refused.value


@pytest.mark.parametrize(
    ("query", "value", "samples"),
    [
        (COUNT, 3.0, None),
        ("SELECT 100.0 * sum(paid) / count(*), count(*) FROM orders", 66.67, 3),
        ("SELECT CAST(1.5 AS NUMERIC)", 1.5, None),
        ("SELECT '2.5'", 2.5, None),
        ("SELECT id FROM orders ORDER BY id", 1.0, None),
        (f"{COUNT} -- how many; all of them", 3.0, None),
    ],
)
async def test_the_first_row_holds_the_value_and_the_samples(
    database: str, query: str, value: float, samples: int | None
) -> None:
    answer = await Sql().ask(metric(database, query))
    assert answer.value == pytest.approx(value, abs=0.01)
    assert answer.samples == samples


@pytest.mark.parametrize(
    "query",
    [
        "SELECT NULL",
        "SELECT 1 WHERE 1 = 0",
        "SELECT sum(paid) FROM orders WHERE id > 99",
        "SELECT 1 / count(*) FROM orders WHERE id > 99",
    ],
)
async def test_no_row_null_and_a_division_by_nothing_are_no_data(database: str, query: str) -> None:
    answer = await Sql().ask(metric(database, query))
    assert answer.value is None
    assert answer.note.endswith(".")


WRITING = (
    "INSERT INTO orders (paid) VALUES (1)",
    "DELETE FROM orders",
    "DROP TABLE orders",
    "SELECT 1; DELETE FROM orders",
    "WITH x AS (SELECT 1) DELETE FROM orders",
    "CREATE TABLE more (id int)",
)


@pytest.mark.parametrize("query", WRITING)
async def test_what_writes_is_refused_before_the_database_is_asked(database: str, query: str) -> None:
    assert isinstance(await refusal(database, query), Refused)
    with pytest.raises(Refused):
        Sql().check(metric(database, query))
    assert (await Sql().ask(metric(database, COUNT))).value == 3


@pytest.mark.parametrize(
    "query", [*WRITING, "PRAGMA user_version = 7", "ATTACH '/tmp/rollcall-other.db' AS other", "VACUUM"]
)
async def test_sqlite_itself_refuses_what_writes(shop: Path, query: str) -> None:
    """As if the first look had missed it."""
    url = metric(f"sqlite:///{shop}", COUNT).query
    assert isinstance(url, SqlQuery)
    with pytest.raises(Refused):
        await _database(_place(url)).first_row(query, timedelta(seconds=20))
    assert (await Sql().ask(metric(f"sqlite:///{shop}", COUNT))).value == 3


@pytest.mark.parametrize(
    "query",
    [
        *WRITING,
        "WITH x AS (DELETE FROM orders RETURNING 1) SELECT count(*) FROM x",
        "SELECT * INTO more FROM orders",
        "SELECT 1 FROM orders FOR UPDATE",
        "SELECT nextval('orders_id_seq')",
        "SELECT set_config('transaction_read_only', 'off', true), nextval('orders_id_seq')",
    ],
)
async def test_postgresql_itself_refuses_what_writes(store: str, query: str) -> None:
    """As if the first look had missed it."""
    with pytest.raises(Refused):
        await _database(_place(SqlQuery(store, COUNT))).first_row(query, timedelta(seconds=20))
    assert (await Sql().ask(metric(store, COUNT))).value == 3


async def test_a_query_that_never_ends_is_stopped(shop: Path) -> None:
    refused = await refusal(f"sqlite:///{shop}", FOREVER, timedelta(seconds=1))
    assert isinstance(refused, Unavailable)
    assert "did not answer within 1 second" in refused.sentence


async def test_postgresql_stops_a_query_that_never_ends(store: str, postgres: PostgresServer) -> None:
    refused = await refusal(store, "SELECT pg_sleep(50)", timedelta(seconds=1))
    assert isinstance(refused, Unavailable)
    assert "did not answer within 1 second" in refused.sentence
    connection = await asyncpg.connect(postgres.url(driver="postgresql"))
    still = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'rollcall metrics' AND query LIKE '%sleep%'"
    while await connection.fetchval(still):
        await connection.execute("SELECT pg_sleep(0.01)")
    await connection.close()


async def test_the_server_itself_stops_a_query_whose_time_is_up(store: str) -> None:
    with pytest.raises(TimeoutError):
        await _database(_place(SqlQuery(store, COUNT))).first_row("SELECT pg_sleep(50)", timedelta(milliseconds=50))


async def test_a_server_that_is_full_is_named(postgres: PostgresServer) -> None:
    connection = await asyncpg.connect(postgres.url(driver="postgresql"))
    await connection.execute("CREATE DATABASE full_up CONNECTION LIMIT 0")
    await connection.execute("DROP ROLE IF EXISTS guest")
    await connection.execute(f"CREATE ROLE guest LOGIN PASSWORD '{postgres.PASSWORD}'")
    refused = await refusal(postgres.url("full_up").replace("//rollcall:", "//guest:"))
    assert "no room for another question" in refused.sentence
    await connection.execute("DROP DATABASE full_up")
    await connection.execute("DROP ROLE guest")
    await connection.close()


async def test_a_failure_of_the_server_without_a_class_of_ours_is_still_told(postgres: PostgresServer) -> None:
    refused = await refusal(postgres.url(), "SELECT 1 FROM pg_read_file('/nowhere')")
    assert isinstance(refused, Unavailable)
    assert refused.sentence.endswith("could not answer.")


async def test_a_locked_file_is_waited_for_and_no_longer_than_the_limit(shop: Path) -> None:
    with closing(sqlite3.connect(shop, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        refused = await refusal(f"sqlite:///{shop}", COUNT, timedelta(milliseconds=100))
    assert isinstance(refused, Unavailable)


@pytest.mark.parametrize(
    "query", ["SELECT nothing FROM orders", "SELECT * FROM nowhere", "SELECT 1 FRM orders", "SELECT (", "SELECT :x"]
)
async def test_a_query_that_the_database_does_not_understand_is_refused(database: str, query: str) -> None:
    refused = await refusal(database, query)
    assert isinstance(refused, Refused)
    assert "cannot run the metric's query: " in refused.sentence


@pytest.mark.parametrize("query", ["SELECT 'many'", "SELECT 1, 'many'", "SELECT CURRENT_TIMESTAMP"])
async def test_what_is_no_number_is_unavailable(database: str, query: str) -> None:
    refused = await refusal(database, query)
    assert isinstance(refused, Unavailable)
    assert "where a number is wanted" in refused.sentence


async def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    refused = await refusal(f"sqlite:///{tmp_path}/nowhere.db")
    assert isinstance(refused, Unavailable)
    assert "cannot be opened" in refused.sentence
    assert sorted(tmp_path.iterdir()) == []  # noqa: ASYNC240 - A look into a folder of the test.


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("notes " * 1000)
    assert "is not a SQLite database" in (await refusal(f"sqlite:///{tmp_path}/notes.db")).sentence


async def test_a_text_of_more_than_a_megabyte_is_not_made(shop: Path) -> None:
    assert "more than 1 MB" in (await refusal(f"sqlite:///{shop}", "SELECT hex(zeroblob(900000))")).sentence


def test_every_failure_of_a_file_is_a_sentence() -> None:
    assert [(what, hint) for what, hint in _FAILURES.values() if what.endswith(".") or not hint.endswith(".")] == []


async def test_no_more_than_one_row_is_fetched(store: str) -> None:
    assert (
        await Sql().ask(metric(store, "SELECT generate_series(1, 1000000000000)", timedelta(seconds=20)))
    ).value == 1


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("", "cannot be read"),
        ("no address at all", "cannot be read"),
        ("postgresql://me:hidden-pass@db:port/shop", "cannot be read"),
        ("sqlite://", "reads a file"),
        ("sqlite:///:memory:", "reads a file"),
        ("sqlite:///shop.db?mode=rwc", "reads a file"),
        ("mysql://me:hidden-pass@db/shop", "of the kind “mysql”"),
        ("postgresql://me:hidden-pass@db/shop?options=-c%20hidden-pass", "not known here: options"),
    ],
)
@pytest.mark.parametrize("secret", [True, False])
async def test_addresses_that_cannot_be_used_are_refused_without_being_shown(url: str, told: str, secret: bool) -> None:
    address = Secret("SHOP_URL", url) if secret else url
    with pytest.raises(Refused) as checked:
        Sql().check(metric(address, COUNT))
    refused = await refusal(address)
    assert told in refused.sentence
    assert str(checked.value) == refused.sentence
    assert_carries_no("hidden-pass", refused)


@pytest.mark.parametrize("secret", [True, False])
async def test_a_wrong_password_is_unavailable_and_not_shown(postgres: PostgresServer, secret: bool) -> None:
    url = postgres.url(password="hidden-pass-4711")
    refused = await refusal(Secret("SHOP_URL", url) if secret else url)
    assert isinstance(refused, Unavailable)
    assert "does not let the metric's user in" in refused.sentence
    assert_carries_no("hidden-pass-4711", refused)
    if secret:
        assert refused.sentence.startswith("The database ${SHOP_URL} ")
        assert not [text for text in carried_by(refused) if f":{postgres.port}" in text]
    else:
        assert f"127.0.0.1:{postgres.port}/postgres" in refused.sentence


async def test_what_a_database_repeats_of_a_password_is_not_shown(postgres: PostgresServer) -> None:
    refused = await refusal(postgres.url(), f'SELECT "{postgres.PASSWORD}"')
    assert isinstance(refused, Refused)
    assert_carries_no(postgres.PASSWORD, refused)


async def test_a_database_that_does_not_exist_is_named(postgres: PostgresServer) -> None:
    assert "does not exist on its server" in (await refusal(postgres.url("nowhere"))).sentence


async def test_a_server_that_is_not_there_cannot_be_reached() -> None:
    refused = await refusal(f"postgresql://me:hidden-pass@127.0.0.1:{free_port()}/shop")
    assert isinstance(refused, Unavailable)
    assert "cannot be reached" in refused.sentence
    assert_carries_no("hidden-pass", refused)


async def test_a_server_that_takes_the_call_and_says_nothing_is_given_up() -> None:
    async with running_web_server() as server:
        url = f"postgresql://{server.address.removeprefix('http://')}/shop"
        with pytest.raises(TimeoutError):
            await _database(_place(SqlQuery(url, COUNT))).first_row(COUNT, timedelta(milliseconds=50))
        assert "its time limit" in (await refusal(url, COUNT, timedelta(milliseconds=50))).sentence


async def test_without_its_driver_postgresql_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "bot.metric_sources.postgresql_database", raising=False)
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    assert "rollcall[postgres]" in (await refusal("postgresql://db/shop")).hints[0]


def test_a_database_is_not_shown_with_its_password() -> None:
    database = _database(_place(SqlQuery("sqlite:///shop.db", COUNT)))
    assert isinstance(database, SqliteDatabase)
    place = _place(SqlQuery("postgresql://me:hidden-pass@db/shop", COUNT))
    assert "hidden-pass" not in repr(place)
