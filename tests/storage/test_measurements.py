"""Measurements come back as they were taken, by series and time, and are forgotten by series and age."""

from __future__ import annotations

from datetime import timedelta

import pytest_asyncio

from bot.domain.measuring import Measurement
from bot.ports import Transaction
from bot.storage.store import SqlStore
from tests.storage.examples import HOUR, NOW, rollout

FULL = Measurement("error_rate", NOW, 0.42, 1200, "from the “second” server", error=False)
ERROR = Measurement("error_rate", NOW + HOUR, None, note="The server cannot be reached.", error=True)
ODD = Measurement("canary.error_rate", NOW, 1e-300)


@pytest_asyncio.fixture
async def judged(store: SqlStore) -> SqlStore:
    """Return a database with two rollouts."""

    def add(tx: Transaction) -> None:
        for number in (1, 2):
            tx.rollouts.add(rollout(number), None)

    await store.write(add)
    return store


async def kept(store: SqlStore, *series: str, of: int = 1, since: timedelta = timedelta(0)) -> list[Measurement]:
    return list(await store.read(lambda tx: tx.measurements.since(of, series, NOW + since)))


async def test_measurements_come_back_as_they_were_oldest_first(judged: SqlStore) -> None:
    await judged.write(lambda tx: tx.measurements.add(1, (ERROR, FULL, ODD)))
    assert await kept(judged, "error_rate", "canary.error_rate") == [FULL, ODD, ERROR]
    assert await kept(judged, "error_rate") == [FULL, ERROR]
    assert await kept(judged, "p95") == []
    assert await kept(judged) == []


async def test_those_of_one_moment_keep_the_order_in_which_they_were_taken(judged: SqlStore) -> None:
    taken = [Measurement("problems", NOW, 1.0, note=f"number {number}") for number in range(5)]
    await judged.write(lambda tx: tx.measurements.add(1, taken))
    assert await kept(judged, "problems") == taken


async def test_each_rollout_has_its_own(judged: SqlStore) -> None:
    await judged.write(lambda tx: tx.measurements.add(1, (FULL,)))
    await judged.write(lambda tx: tx.measurements.add(2, (ERROR,)))
    assert await kept(judged, "error_rate") == [FULL]
    assert await kept(judged, "error_rate", of=2) == [ERROR]


async def test_a_time_is_looked_back_to_and_includes_its_first_moment(judged: SqlStore) -> None:
    await judged.write(lambda tx: tx.measurements.add(1, (FULL, ERROR)))
    assert await kept(judged, "error_rate", since=HOUR) == [ERROR]
    assert await kept(judged, "error_rate", since=HOUR + timedelta(microseconds=1)) == []


async def test_adding_nothing_adds_nothing(judged: SqlStore) -> None:
    await judged.write(lambda tx: tx.measurements.add(1, ()))
    assert await kept(judged, "error_rate") == []


async def test_what_is_older_than_a_time_is_forgotten_of_the_series_that_were_named(judged: SqlStore) -> None:
    problem = Measurement("problems", NOW, 1.0, note="dora: it spins")
    await judged.write(lambda tx: tx.measurements.add(1, (FULL, ERROR, problem)))
    await judged.write(lambda tx: tx.measurements.add(2, (FULL,)))
    await judged.write(lambda tx: tx.measurements.prune(1, ("error_rate",), NOW + HOUR))
    assert await kept(judged, "error_rate", "problems") == [problem, ERROR]
    assert await kept(judged, "error_rate", of=2) == [FULL]
    await judged.write(lambda tx: tx.measurements.prune(1, (), NOW + 2 * HOUR))
    assert await kept(judged, "problems") == [problem]
