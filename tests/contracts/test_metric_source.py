"""What every metric source does, and the fake: each in a small world in which a test can set the figure."""

from __future__ import annotations

import asyncio
import math
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import asyncpg  # type: ignore[import-untyped]  # It comes without types.
import pytest

from bot.clock import SystemClock
from bot.domain.errors import Refused, Unavailable
from bot.domain.measure import Measure
from bot.domain.metric import HttpQuery, KeptQuery, Metric, PrometheusQuery, Query, Secret, SqlQuery
from bot.domain.metric_script import MetricScript, ScriptedValue, ScriptEntry
from bot.metric_sources.http_json import HttpJson
from bot.metric_sources.prometheus import Prometheus
from bot.metric_sources.scripted import ScriptedMetrics
from bot.metric_sources.sql import Sql
from bot.ports import MetricSource, RangeSource
from tests.fakes.clock import START, MovedClock
from tests.fakes.hurried_clock import HurriedClock
from tests.fakes.metric_source import ToldMetrics
from tests.fakes.web_server import WebServer, answers_json, closes, running_web_server
from tests.metric_sources.secrecy import assert_carries_no
from tests.peers import PostgresServer, PrometheusServer
from tests.victoria_peer import VictoriaServer, running_victoria

SECRET = "x9-tremendously-secret-0"
NAME = "error_rate"


class Closing(MetricSource, Protocol):
    """A source that lets go of its connections."""

    def check(self, metric: Metric) -> None: ...
    async def aclose(self) -> None: ...


class World(ABC):
    """A source, and the system that it asks, whose figure a test can set and which can go away and come back."""

    source: Closing
    query: Query
    counts_samples = True

    @property
    def metric(self) -> Metric:
        return Metric(NAME, self.query, Measure.PERCENT, timeout=timedelta(seconds=20))

    @abstractmethod
    async def say(self, value: float | None, samples: int = 7) -> None:
        """Let the figure be this, or nothing."""

    @abstractmethod
    async def go_away(self) -> None:
        """Let nobody reach the system."""


class FakeWorld(World):
    def __init__(self) -> None:
        self.source = self.told = ToldMetrics()
        self.query = KeptQuery(NAME)

    async def say(self, value: float | None, samples: int = 7) -> None:
        self.told.tell(NAME, value, samples)

    async def go_away(self) -> None:
        self.told.fail(NAME)


class ScriptedWorld(World):
    def __init__(self) -> None:
        self.query = KeptQuery(NAME)

    async def say(self, value: float | None, samples: int = 7) -> None:
        known = value is not None and math.isfinite(value)
        amount = Decimal(str(value)) if known else Decimal(0)
        self._follow(ScriptEntry(timedelta(0), ScriptedValue(amount, amount) if known else None, samples))

    async def go_away(self) -> None:
        self._follow(ScriptEntry(timedelta(0), error="It is being restarted."))

    def _follow(self, entry: ScriptEntry) -> None:
        self.source = ScriptedMetrics(MetricScript(((NAME, (entry,)),)), MovedClock(), START)


class HttpWorld(World):
    def __init__(self, server: WebServer) -> None:
        self.server = server
        self.source = HttpJson(HurriedClock())
        headers = (("Authorization", "Bearer ${TOKEN}"),)
        self.query = HttpQuery(
            server.address, "value", headers=headers, samples="samples", secrets=(Secret("TOKEN", SECRET),)
        )

    async def say(self, value: float | None, samples: int = 7) -> None:
        self.server.behave(answers_json({"value": value, "samples": samples}))

    async def go_away(self) -> None:
        self.server.behave(closes)


class VictoriaWorld(World):
    """What cannot be computed is not there; a question that it does not understand is answered with 422."""

    def __init__(self, server: VictoriaServer) -> None:
        self.server = server
        self.source = Prometheus(SystemClock())
        self.query = PrometheusQuery(server.address, "contract_value", "contract_samples")

    async def say(self, value: float | None, samples: int = 7) -> None:
        await self.server.write("contract_samples", samples)
        if value is None or math.isnan(value):
            # It keeps no NaN: a figure that cannot be computed is none.
            await self.server.forget("contract_value")
        else:
            await self.server.write("contract_value", value)

    async def go_away(self) -> None:
        self.server.stop()


class PrometheusWorld(World):
    def __init__(self, server: PrometheusServer) -> None:
        self.server = server
        self.source = Prometheus(SystemClock())
        self.query = PrometheusQuery(server.address, "contract_value", "contract_samples")

    async def say(self, value: float | None, samples: int = 7) -> None:
        await self.server.scraped(contract_samples=samples)
        if value is None:
            self.server.exporter.figures.pop("contract_value", None)
            await self.server.until("contract_value", lambda result: not result)
        elif math.isnan(value):
            self.server.exporter.figures["contract_value"] = value
            await self.server.until("contract_value != contract_value")
        else:
            await self.server.scraped(contract_value=value)

    async def go_away(self) -> None:
        self.server.stop()


class SqliteWorld(World):
    def __init__(self, folder: Path) -> None:
        self.file = folder / "figures 100%?.db"
        self.source = Sql()
        self.query = SqlQuery(
            Secret("DB", f"sqlite:///{self.file}".replace("%", "%25").replace("?", "%3F")),
            "SELECT value, samples FROM figures",
        )
        with closing(sqlite3.connect(self.file)) as connection:
            connection.execute("CREATE TABLE figures (value, samples)")

    async def say(self, value: float | None, samples: int = 7) -> None:
        away = self.file.with_suffix(".away")
        if away.exists():
            away.rename(self.file)
        with closing(sqlite3.connect(self.file)) as connection:
            connection.execute("DELETE FROM figures")
            if value is not None:
                connection.execute("INSERT INTO figures VALUES (?, ?)", (value, samples))
            connection.commit()

    async def go_away(self) -> None:
        self.file.rename(self.file.with_suffix(".away"))


class PostgresWorld(World):
    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self.source = Sql()
        url = f"postgresql://reader:{SECRET}@127.0.0.1:{server.port}/postgres"
        self.query = SqlQuery(Secret("DB", url), "SELECT value, samples FROM figures")

    async def set_up(self) -> None:
        await self.run(
            "DROP TABLE IF EXISTS figures; DROP ROLE IF EXISTS reader; CREATE TABLE figures (value float8, samples int);"
            f"CREATE ROLE reader LOGIN PASSWORD '{SECRET}'; GRANT SELECT ON figures TO reader"
        )

    async def run(self, statements: str) -> None:
        connection = await asyncpg.connect(self.server.url(driver="postgresql"))
        await connection.execute(statements)
        await connection.close()

    async def say(self, value: float | None, samples: int = 7) -> None:
        shown = "NULL" if value is None else f"'{value}'"
        await self.run(f"ALTER ROLE reader LOGIN; DELETE FROM figures; INSERT INTO figures VALUES ({shown}, {samples})")

    async def go_away(self) -> None:
        await self.run("ALTER ROLE reader NOLOGIN")


WORLDS = ("fake", "scripted", "http_json", "victoria_metrics", "prometheus", "sqlite", "postgresql")
LOOKING_BACK = ("fake", "scripted", "prometheus", "victoria_metrics")


@pytest.fixture(scope="module")
def victoria(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VictoriaServer]:
    with running_victoria(tmp_path_factory.mktemp("victoria")) as server:
        yield server


@pytest.fixture(params=WORLDS)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        made = await _made(request, tmp_path, stack)
        yield made
        await made.source.aclose()
        if isinstance(made, PrometheusWorld | VictoriaWorld) and not made.server.runs:
            made.server.start()


async def _made(request: pytest.FixtureRequest, folder: Path, stack: AsyncExitStack) -> World:
    made: World
    match request.param:
        case "fake":
            made = FakeWorld()
        case "scripted":
            made = ScriptedWorld()
        case "http_json":
            made = HttpWorld(await stack.enter_async_context(running_web_server()))
        case "victoria_metrics":
            made = VictoriaWorld(request.getfixturevalue("victoria"))
        case "prometheus":
            made = PrometheusWorld(request.getfixturevalue("prometheus"))
        case "sqlite":
            made = SqliteWorld(folder)
        case _:
            made = PostgresWorld(request.getfixturevalue("postgres"))
            await made.set_up()
    await made.say(0.25)
    return made


async def test_the_figure_comes_as_it_stands_there(world: World) -> None:
    assert (await world.source.ask(world.metric)).value == 0.25
    await world.say(99.5)
    assert (await world.source.ask(world.metric)).value == 99.5


@pytest.mark.parametrize("value", [0.0, -12.5, 0.001, 1e15])
async def test_a_figure_may_be_nothing_at_all_negative_small_or_large(world: World, value: float) -> None:
    await world.say(value)
    assert (await world.source.ask(world.metric)).value == pytest.approx(value)


async def test_a_figure_says_how_many_events_it_rests_on(world: World) -> None:
    await world.say(0.25, samples=12_345)
    assert (await world.source.ask(world.metric)).samples == 12_345


async def test_where_there_is_no_data_there_is_no_value_and_a_note_says_so(world: World) -> None:
    await world.say(None)
    answer = await world.source.ask(world.metric)
    assert answer.value is None
    assert answer.note.endswith(".")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
async def test_what_is_no_finite_number_is_no_data(world: World, value: float) -> None:
    await world.say(value)
    answer = await world.source.ask(world.metric)
    assert answer.value is None
    assert answer.note.endswith(".")


async def test_a_system_that_went_away_is_unavailable_until_it_is_back(world: World) -> None:
    await world.source.ask(world.metric)
    await world.go_away()
    with pytest.raises(Unavailable) as refusal:
        await world.source.ask(world.metric)
    assert refusal.value.sentence.endswith(".")
    assert refusal.value.hints
    assert_carries_no(SECRET, refusal.value)
    if isinstance(world, PrometheusWorld | VictoriaWorld):
        world.server.start()
    await world.say(0.5)
    assert (await world.source.ask(world.metric)).value == 0.5


async def test_many_questions_at_once_are_all_answered(world: World) -> None:
    answers = await asyncio.gather(*(world.source.ask(world.metric) for _ in range(20)))
    assert {answer.value for answer in answers} == {0.25}


async def test_a_question_after_closing_is_answered_and_closing_twice_is_fine(world: World) -> None:
    await world.source.ask(world.metric)
    await world.source.aclose()
    await world.source.aclose()
    assert (await world.source.ask(world.metric)).value == 0.25


async def test_a_good_metric_passes_the_check(world: World) -> None:
    world.source.check(world.metric)


async def test_a_metric_of_another_kind_or_name_is_refused(world: World) -> None:
    stranger = Metric("stranger", KeptQuery("problems"), Measure.PLAIN)
    with pytest.raises(Refused):
        world.source.check(stranger)
    with pytest.raises(Refused):
        await world.source.ask(stranger)


@pytest.mark.parametrize("world", LOOKING_BACK, indirect=True)
async def test_the_mean_of_a_figure_that_did_not_change_is_that_figure(world: World) -> None:
    source: object = world.source
    assert isinstance(source, ToldMetrics | ScriptedMetrics | Prometheus)
    looking_back: RangeSource = source
    now = SystemClock().now() if isinstance(world, PrometheusWorld | VictoriaWorld) else START
    answer = await looking_back.average(world.metric, now, now + timedelta(seconds=2))
    assert answer.value == 0.25
    assert answer.samples == 7


async def test_a_query_that_victoria_metrics_cannot_read_is_refused_with_its_words(victoria: VictoriaServer) -> None:
    source = Prometheus(SystemClock())
    with pytest.raises(Refused, match="unexpected token"):
        await source.ask(Metric(NAME, PrometheusQuery(victoria.address, "sum("), Measure.PERCENT))
    await source.aclose()


@pytest.mark.parametrize("query", ["0 / 0", "no_such_series / 2", "sum(no_such_series)"])
async def test_what_victoria_metrics_cannot_compute_is_no_data(victoria: VictoriaServer, query: str) -> None:
    source = Prometheus(SystemClock())
    answer = await source.ask(Metric(NAME, PrometheusQuery(victoria.address, query), Measure.PERCENT))
    assert (answer.value, answer.note[-1]) == (None, ".")
    await source.aclose()
