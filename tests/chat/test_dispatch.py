"""Whatever is typed gets an answer, and what is not done leaves the state as it was."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import commands
from bot.chat.conversation import Origin, Outcome, Reply
from bot.chat.local.render import reply_json
from bot.domain.errors import Unavailable
from bot.wiring import Bot, assemble
from tests.databases import store_in_memory
from tests.fakes.chat_platform import FakePlatform
from tests.fakes.clock import MovedClock
from tests.fakes.flag_provider import FakeProvider
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import CHECKOUT, HOUR, World, world_over

PLANS = WrittenPlans(checkout=CHECKOUT, search=CHECKOUT.replace("checkout", "search"))
STATE = (
    "SELECT * FROM flags ORDER BY 1",
    "SELECT * FROM flag_states ORDER BY 1, 2",
    "SELECT * FROM rollouts ORDER BY 1",
    "SELECT * FROM bindings ORDER BY 1, 2, 3, 4",
)

EXAMPLES = st.sampled_from([line for command in commands.ALL for verb in command.verbs for line in verb.examples])
VOCABULARY = """
/rollout /flag /checklist /plan /audit /help start next pause resume back rollback abort override confirm status history
timeline bind list show create on off set target check retire tick skip untick verify export search runbook checkout
search banner 10% 25% 0% 100% 0.001% 250% -5% 1e3% 1 2 #1 99999999999999999999 -1 1.1 1.2 all --rollout --version --flag
--env --tiers --users --remove --evidence --limit --salt --because because production staging pro,enterprise u1,u2
"quoted '' "" \\ --env= --rollout=1 --version=1 --limit=0 --limit=-3 help ? <@U1> @ana 2:abc
"""
WORDS = st.sampled_from(VOCABULARY.split())
HOSTILE = st.sampled_from(
    [
        *(
            "\x00",
            "\x1b[2J",
            "\u202e",
            "\u200b",
            "\ud800",
            "\uffff",
            "👩\u200d👩\u200d👧",
            "İ",
            "ß",
            "％２５",
            "𝟚𝟝%",
            "٢٥%",
        ),
        *(
            "a" * 4000,
            "'; DROP TABLE audit; --",
            "{}",
            "%s",
            "%n",
            "\r\n",
            "\t",
            "`",
            "*bold*",
            "<!channel>",
            "@everyone",
        ),
        *("\ufeff", "e\u0301" * 50),
    ]
)


@st.composite
def mutated_lines(draw: st.DrawFn) -> str:
    """Give a valid line in which pieces were taken out, doubled, replaced or put in."""
    line = draw(EXAMPLES)
    for _ in range(draw(st.integers(0, 3))):
        start, end = sorted(draw(st.tuples(*[st.integers(0, len(line))] * 2)))
        line = line[:start] + draw(st.one_of(WORDS, HOSTILE, st.just(""), st.just(line[start:end] * 2))) + line[end:]
    return line


LINES = st.one_of(
    mutated_lines(),
    st.lists(st.one_of(WORDS, WORDS, HOSTILE), max_size=8).map(" ".join),
    st.lists(WORDS, max_size=6).map(" ".join).map("/rollout {}".format),
    st.text(st.characters(codec=None), max_size=60),
)


@dataclass
class Everybody:
    """A bot that lives through all examples, in an event loop of its own."""

    runner: asyncio.Runner
    world: World
    raw: sqlite3.Connection
    outcomes: dict[Outcome, int] = field(default_factory=dict)
    number: int = 0

    def say(self, line: str, channel: str) -> Reply:
        self.number += 1
        origin = Origin("local", channel, "ana", f"line-{self.number}")
        reply = self.runner.run(self._say(line, origin))
        self.outcomes[reply.outcome] = self.outcomes.get(reply.outcome, 0) + 1
        return reply

    async def _say(self, line: str, origin: Origin) -> Reply:
        reply = await self.world.bot.dispatcher.handle(line, origin)
        if reply.outcome is Outcome.DONE:
            await self.world.bot.loop.settle()
        return reply

    def state(self) -> list[list[object]]:
        return [self.raw.execute(query).fetchall() for query in STATE]

    def last_entry(self) -> int:
        """Return the number of the newest entry of the audit log."""
        return self.raw.execute("SELECT max(seq) FROM audit").fetchone()[0] or 0

    def outcomes_after(self, entry: int) -> list[str]:
        """Return how what went on record after an entry ended, oldest first."""
        rows = self.raw.execute("SELECT outcome FROM audit WHERE seq > ? ORDER BY seq", (entry,)).fetchall()
        return [outcome for (outcome,) in rows]


@pytest.fixture
def everybody() -> Iterator[Everybody]:
    with asyncio.Runner() as runner, store_in_memory() as store:
        stack = AsyncExitStack()
        world = runner.run(stack.enter_async_context(world_over("", plans=PLANS, store=store)))
        made = Everybody(runner, world, store._database)
        for line in (
            "/rollout start checkout",
            "/flag create banner",
            '/checklist tick all --evidence "seen"',
            "/rollout 10%",
        ):
            assert made.say(line, "releases").outcome is Outcome.DONE
        made.outcomes.clear()
        yield made
        runner.run(stack.aclose())


@settings(max_examples=2_000, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(line=LINES, channel=st.sampled_from(["releases", "releases", "design"]))
def one_line_is_answered(everybody: Everybody, line: str, channel: str) -> None:
    state, log = everybody.state(), everybody.last_entry()
    reply = everybody.say(line, channel)
    assert reply.message.summary
    assert "Something went wrong inside" not in reply.message.summary
    assert everybody.world.text(reply).encode()
    assert reply_json(reply).isascii()
    if reply.outcome is not Outcome.DONE:
        assert everybody.state() == state
        added = everybody.outcomes_after(log)
        assert added == ["refused"] * len(added)
        assert len(added) <= (1 if reply.outcome is Outcome.REFUSED else 0)


# Tracing every line of it would take as long as living it, and what it reaches is covered by tests of its own.
@pytest.mark.no_cover
def test_two_thousand_lines_are_answered_and_what_is_not_done_changes_nothing(everybody: Everybody) -> None:
    one_line_is_answered(everybody)
    assert everybody.number > 2_000
    # Each way to end was seen often enough to mean something.
    assert min(everybody.outcomes.get(outcome, 0) for outcome in Outcome) > 50, everybody.outcomes
    assert everybody.runner.run(everybody.world.bot.operations.audit.verify()).valid
    assert not everybody.world.journal.events("error")


def bot_over(world: World, **parts: object) -> Bot:
    return assemble(
        world.store,
        MovedClock(),
        world.journal,
        parts.get("plans", PLANS),  # type: ignore[arg-type]  # A test hands in what it wants to break.
        platforms={"local": FakePlatform()},
        providers={"builtin": FakeProvider()},
        posted=asyncio.Event(),
        prefix=str(parts.get("prefix", "")),
    )


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}"


def origin(request: str = "request", *, channel: str = "releases", platform: str = "local") -> Origin:
    return Origin(platform, channel, "ana", request)


@dataclass
class BrokenPlans:
    """A plan library that fails in a way that nobody has thought of."""

    failure: Callable[[], Exception]

    def names(self) -> tuple[str, ...]:
        raise self.failure()

    def load(self, name: str) -> object:
        raise self.failure()


async def test_a_mistake_of_ours_is_answered_with_where_to_find_it_and_no_traceback(url: str) -> None:
    async with world_over(url, plans=PLANS) as world:
        bot = bot_over(world, plans=BrokenPlans(lambda: ZeroDivisionError("oh")))
        reply = await bot.dispatcher.handle("/plan list", origin("request-7"))
        assert reply.outcome is Outcome.REFUSED
        assert "it is in the log as request request-7" in reply.message.summary
        assert "oh" not in world.text(reply)
        (line,) = [line for line in world.journal.lines if line.level == "error"]
        assert (line.event, line.facts["request"]) == ("request.crashed", "request-7")


async def test_a_database_that_does_not_answer_is_told_as_a_sentence(url: str) -> None:
    async with world_over(url, plans=PLANS) as world:
        bot = bot_over(world)
        await world.store.close()  # type: ignore[attr-defined]  # The store of a world is the real one.
        reply = await bot.dispatcher.handle("/flag create banner", origin())
        assert reply.outcome is Outcome.REFUSED
        assert reply.message.summary == "Rollcall is shutting down; nothing was changed."


async def test_with_a_prefix_commands_and_suggestions_carry_it(url: str) -> None:
    async with world_over(url, plans=PLANS) as world:
        bot = bot_over(world, prefix="rc-")
        assert (await bot.dispatcher.handle("/rc-flag create banner", origin("1"))).outcome is Outcome.DONE
        assert "/rc-flag" in world.text(await bot.dispatcher.handle("/rc-help", origin("2")))
        assert "/rc-rollout" in world.text(await bot.dispatcher.handle("/rc-rolout 25%", origin("3")))


async def test_help_is_an_answer_for_everybody(url: str) -> None:
    async with world_over(url, plans=PLANS) as world:
        for line in ("help", "/help rollout", "/rollout help pause"):
            reply = await world.bot.dispatcher.handle(line, origin(platform="elsewhere"))
            assert reply.outcome is Outcome.DONE


async def test_what_is_not_understood_is_answered_in_private(url: str) -> None:
    async with world_over(url, plans=PLANS) as world:
        reply = await world.bot.dispatcher.handle("/rollout frobnicate", origin())
        assert reply.outcome is Outcome.NOT_UNDERSTOOD
        assert reply.message.private


async def test_completion_is_quiet_while_the_database_does_not_answer(url: str) -> None:
    async with world_over(url, plans=PLANS) as world:
        await world.done("/flag create banner")
        texts = [it.text for it in await world.bot.dispatcher.complete("/flag show ", origin())]
        assert any("banner" in text for text in texts)
        await world.store.close()  # type: ignore[attr-defined]  # The store of a world is the real one.
        with pytest.raises(Unavailable):
            await world.bot.operations.flags.list()
        assert not any("banner" in it.text for it in await world.bot.dispatcher.complete("/flag show ", origin()))


async def test_time_alone_changes_no_answer_to_who_may(url: str) -> None:
    async with world_over(url, plans=PLANS) as world:
        await world.passes(HOUR)
        assert (await world.typed("/flag create banner", platform="elsewhere")).outcome is Outcome.REFUSED
