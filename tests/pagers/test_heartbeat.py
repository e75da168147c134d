"""The dead-man's switch: called while all is well, withheld when it is not, and no trouble to anybody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest

from bot.domain.health import Health, Overdue
from bot.pagers.heartbeat import Heartbeat
from bot.pagers.web_post import Web
from tests.fakes.clock import START, MovedClock
from tests.fakes.journal import KeptJournal
from tests.fakes.web_server import WebServer, answers, closes, running_web_server

WELL = Health(START, loop_runs=True)
Making = Callable[..., tuple[Heartbeat, KeptJournal, MovedClock]]


@pytest.fixture
async def outside() -> AsyncIterator[WebServer]:
    async with running_web_server() as web:
        web.behave(answers("OK"))
        yield web


class Patient:
    """How the bot is, as a test wants."""

    def __init__(self) -> None:
        self.health = WELL

    async def look(self) -> Health:
        return self.health


@pytest.fixture
def heart(outside: WebServer, web: Web) -> Making:
    """Return what makes a heart that beats for a patient, with its journal and its clock."""

    def made(patient: Patient, method: str = "GET") -> tuple[Heartbeat, KeptJournal, MovedClock]:
        clock, journal = MovedClock(), KeptJournal()
        url = f"{outside.address}/ping/5ecre7"
        return Heartbeat(web, clock, journal, patient.look, url, timedelta(minutes=1), method), journal, clock

    return made


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
async def test_it_calls_the_address_every_so_often_until_it_is_told_to_stop(
    outside: WebServer, heart: Making, method: str
) -> None:
    beating, journal, clock = heart(Patient(), method)
    stop = asyncio.Event()
    running = asyncio.create_task(beating.run(stop))
    for count in range(1, 4):
        while clock.awaited is None or len(outside.received) < count:
            await asyncio.wait({running}, timeout=0.001)
        clock.advance(timedelta(minutes=1))
    stop.set()
    await running
    assert len(outside.received) >= 3
    assert {(it.method, it.target) for it in outside.received} == {(method, "/ping/5ecre7")}
    assert journal.lines == []


@pytest.mark.parametrize(
    ("health", "said"),
    [
        (Health(START, loop_runs=False), "the loop stands"),
        (Health(START, loop_runs=True, overdue=(Overdue("pages", START),)), "pages overdue since 2026-03-02 09:00 UTC"),
        (Health(START, loop_runs=True, ailing=("database",)), "database cannot do its work"),
        (Health(START, loop_runs=True, disconnected=("slack",)), "slack is not connected"),
    ],
)
async def test_it_is_withheld_while_the_bot_is_not_well_and_says_why_once(
    outside: WebServer, heart: Making, health: Health, said: str
) -> None:
    patient = Patient()
    beating, journal, _ = heart(patient)
    patient.health = health
    assert [await beating.beat() for _ in range(3)] == [False] * 3
    assert outside.received == []
    patient.health = WELL
    assert await beating.beat()
    assert len(outside.received) == 1
    assert journal.events() == ["heartbeat.withheld", "heartbeat.recovered"]
    assert journal.lines[0].facts == {"problem": said}


async def test_an_address_that_cannot_be_reached_is_said_once_and_never_shown(
    outside: WebServer, heart: Making
) -> None:
    beating, journal, _ = heart(Patient())
    outside.behave(closes, answers("5ecre7", 500), answers("", 404), answers("", 200))
    assert [await beating.beat() for _ in range(4)] == [False, False, False, True]
    assert journal.events() == ["heartbeat.unreachable", "heartbeat.recovered"]
    assert "5ecre7" not in f"{journal.lines} {beating!r}"
