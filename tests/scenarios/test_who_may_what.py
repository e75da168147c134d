"""Every command, said by every role, about staging and production, in the channel for it and elsewhere."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest

import commands
from bot.chat.conversation import Origin, Outcome
from bot.domain.team import Team
from bot.files.team_file import read_team
from tests.databases import store_in_memory
from tests.fakes.chat_platform import FakePlatform
from tests.fakes.clock import MovedClock
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.permissions import LINES, MAY, NO_ROLE, NOT_SEEN_HERE, ROLES, Kind
from tests.scenarios.world import CHECKOUT, HOUR, MINUTE, World, world_over
from tests.simulation.quick_store import QuickStore

# Tracing every line of it would take as long as living it, and what it reaches is covered by tests of its own.
pytestmark = pytest.mark.no_cover

TEAM = """
people:
  a-viewer: {roles: viewer, slack: U0VIEWER0}
  a-tester: {roles: tester, slack: U0TESTER0}
  an-operator: {roles: operator, slack: U0OPERATOR0}
  a-lead: {roles: lead, slack: U0LEAD0000}
  an-owner: {roles: owner, slack: U0OWNER00}
channels:
  releases: {slack: releases}
  staging: {slack: staging-room}
environments:
  staging: {channels: staging}
  production: {channels: releases}
audiences:
  team: {channels: [releases, staging]}
schedules:
  bot:
    layers: [{name: primary, people: [an-operator, a-lead], turns: weekly, starts: 2026-02-02 09:00}]
escalation:
  bot:
    channels: releases
    levels: [{reach: {on_call: bot}}, {after: 2d, reach: an-owner}]
"""
ID = {
    NO_ROLE: "U0NOBODY0",
    "viewer": "U0VIEWER0",
    "tester": "U0TESTER0",
    "operator": "U0OPERATOR0",
    "lead": "U0LEAD0000",
    "owner": "U0OWNER00",
}
HOME = {"production": "releases", "staging": "staging-room"}
ELSEWHERE = "kitchen"

STATE = (
    "SELECT * FROM flags ORDER BY 1",
    "SELECT * FROM flag_states ORDER BY 1, 2",
    "SELECT * FROM rollouts ORDER BY 1",
    "SELECT * FROM bindings ORDER BY 1",
    "SELECT * FROM freezes ORDER BY 1",
    "SELECT * FROM links ORDER BY 1",
    "SELECT * FROM announcements ORDER BY 1",
    "SELECT * FROM subscriptions ORDER BY 1",
    "SELECT * FROM reported_problems ORDER BY 1",
    "SELECT * FROM tasks ORDER BY 1",
    "SELECT * FROM pages ORDER BY 1",
    "SELECT * FROM overrides ORDER BY 1",
)


AFTER = """
after:
  - {name: First day, at: +30m, checklist: [The log was read]}
"""
"""What is left to do after the one rollout that is complete."""


def team_with(policy: str = "") -> Team:
    text = TEAM.replace("{channels: releases}\n", "{channels: releases%s}\n" % policy)  # noqa: UP031  # Braces are the text's.
    return read_team(text, "rollcall.yaml", lambda _: None, lambda name: (name, b""))


def plan(name: str, environment: str, **changes: str) -> str:
    text = CHECKOUT.replace("checkout", name).replace("environment: production", f"environment: {environment}")
    text = text.replace("channel: {local: releases}\n", "")
    for old, new in changes.items():
        text = text.replace(old, new)
    return text


def plans_in(environment: str) -> WrittenPlans:
    judged = plan("judged", environment, soak="gates: [satisfaction > 90%]\n    soak")
    names = {name: plan(name, environment) for name in ("checkout", "search", "paused", "ticked")}
    ended = plan("ended", environment, **{"soak: 1h": "soak: 1s", "{set: 10%}, {set: 25%}, {set: 50%}, ": ""})
    return WrittenPlans(judged=judged, ended=ended + AFTER, **names)


@asynccontextmanager
async def opened(
    file: Path, environment: str, team: Team, clock: MovedClock, store: QuickStore | None = None
) -> AsyncIterator[World]:
    """Open a world whose people are on Slack; `file` is its database, unless a store is given."""
    async with world_over(
        f"sqlite+aiosqlite:///{file}",
        store=store,
        plans=plans_in(environment),
        platforms={"slack": FakePlatform()},
        clock=clock,
        team=lambda: team,
    ) as world:
        yield world


async def said(world: World, line: str, role: str, channel: str) -> tuple[Outcome, str, object]:
    """Have somebody with a role say a line; return how it ended, the answer, and the code of a refusal on record."""
    request = uuid4().hex
    reply = await world.bot.dispatcher.handle(line, Origin("slack", channel, ID[role], request))
    assert "request.crashed" not in world.journal.events(), line
    (entry,) = await world.store.read(lambda tx: tx.audit.search(limit=1))
    code = (entry.after or {}).get("refused") if entry.request_id == request else None
    return reply.outcome, world.text(reply), code


@dataclass(frozen=True, slots=True)
class Prepared:
    """A database in which every line of the table could be done, the time there, and the tokens of open questions."""

    database: bytes
    now: datetime
    token: str
    retiring: str

    def put(self, file: Path) -> None:
        """Put it there in place of what there is."""
        file.write_bytes(self.database)


KEPT: dict[str, Prepared] = {}


async def prepare(file: Path, environment: str) -> Prepared:
    """Put the database of an environment there; it is made once in a process."""
    if environment not in KEPT:
        clock = MovedClock()
        tokens = await _prepare(file, environment, clock)
        KEPT[environment] = _prepared(file, clock, *tokens)
    KEPT[environment].put(file)
    return KEPT[environment]


def _prepared(file: Path, clock: MovedClock, token: str, retiring: str) -> Prepared:
    return Prepared(file.read_bytes(), clock.now(), token, retiring)


async def _prepare(file: Path, environment: str, clock: MovedClock) -> tuple[str, str]:
    home = HOME[environment]
    async with opened(file, environment, team_with(), clock) as world:

        async def owner(line: str) -> str:
            outcome, text, _ = await said(world, line, "owner", home)
            assert outcome is Outcome.DONE, f"{line}: {text}"
            await world.bot.loop.settle()
            return text

        await owner("/rollout start checkout")
        await owner('/checklist tick all --rollout 1 --evidence "seen"')
        await owner("/rollout 10% --rollout 1")
        await owner("/rollout start paused")
        await owner("/rollout pause --rollout 2")
        await owner("/rollout start judged")
        await owner("/rollout start ticked")
        await owner("/checklist tick 1.1 --rollout 4")
        for flags in ("create banner", "create worn", f"on worn --env {environment}"):
            await owner(f"/flag {flags}")
        await owner("/rollout start ended")
        await owner('/checklist tick all --rollout 5 --evidence "seen"')
        await owner("/rollout next --rollout 5")
        await world.passes(MINUTE)
        await owner("/rollout next --rollout 5")
        await owner("/announce schedule --to team --rollout 1 --in 4d The window opens soon.")
        await owner("/announce now --to team --rollout 1 --hold It is open.")
        await owner("/announce subscribe --plan checkout")
        await owner("/rollout problem --rollout 1 it spins")
        await owner("/escalate low the lights flicker")
        await owner("/oncall override @an-operator 2d")
        await world.passes(HOUR + MINUTE)

        async def asked(line: str) -> str:
            reply = await world.typed(line, by=ID["owner"], channel=home, platform="slack")
            return reply.message.buttons[0].command.split()[-1]

        return await asked("/rollout rollback 2 --rollout 4"), await asked("/flag retire worn")


@asynccontextmanager
async def looked_into(file: Path) -> AsyncIterator[sqlite3.Connection]:
    """Open a database beside the bot, to see what is in it."""
    with closing(sqlite3.connect(file, isolation_level=None)) as raw:
        yield raw


def state(raw: sqlite3.Connection) -> list[list[object]]:
    return [raw.execute(query).fetchall() for query in STATE]


def allowed(kind: Kind, role: str, *, home: bool, anywhere: bool) -> bool:
    """Say what the documents promise, apart from the code."""
    if role not in MAY[kind]:
        return False
    if kind in {Kind.UP, Kind.OVERRIDE}:
        return home
    if kind in {Kind.DOWN, Kind.ASKER}:
        return home or anywhere
    return True


def test_the_table_holds_every_verb() -> None:
    verbs = {f"{command.name} {verb.name}" for command in commands.ALL for verb in command.verbs}
    words = {tuple(line.removeprefix("/").split()[:2]) for line in LINES}
    spoken = {f"{name} {verb if not verb[0].isdigit() else 'to'}" for name, verb in words}
    assert verbs - spoken - NOT_SEEN_HERE == set()


@pytest.mark.parametrize(
    ("environment", "home", "anywhere"),
    [
        pytest.param("staging", True, False, id="staging, in its channel"),
        pytest.param("staging", False, False, id="staging, elsewhere"),
        pytest.param("production", True, False, id="production, in its channel"),
        pytest.param("production", False, False, id="production, elsewhere"),
        pytest.param("production", False, True, id="production, elsewhere, with the way back open everywhere"),
    ],
)
async def test_who_may_say_what_and_where(tmp_path: Path, environment: str, home: bool, anywhere: bool) -> None:
    file = tmp_path / "prepared.db"
    prepared = await prepare(file, environment)
    clock = MovedClock(prepared.now)
    async with looked_into(file) as raw:
        before = state(raw)
    team = team_with(", down_anywhere: true" if anywhere else "")
    channel = HOME[environment] if home else ELSEWHERE
    opens = anywhere and environment == "production"
    cases = [
        (role, line.format(environment=environment, token=prepared.token, retiring=prepared.retiring), kind)
        for role in ROLES
        for line, kind in LINES.items()
    ]
    wrong: list[str] = []
    with store_in_memory() as store:
        while cases:
            # A database serves until a line has changed it.
            store.fill(file)
            async with opened(file, environment, team, clock, store) as world:
                unchanged = True
                while cases and unchanged:
                    role, line, kind = cases.pop()
                    outcome, reply, code = await said(world, line, role, channel)
                    unchanged = state(store._database) == before
                    may = allowed(kind, role, home=home, anywhere=opens)
                    if may and code == "not_allowed":
                        wrong.append(f"{role}: {line} must be allowed: {reply}")
                    if not may and (outcome is not Outcome.REFUSED or not unchanged):
                        wrong.append(f"{role}: {line} must be refused: {reply}")
                    if kind is Kind.READ and not unchanged:
                        wrong.append(f"{role}: {line} only reads, and changed something")
                await world.bot.loop.settle()
                if unchanged and state(store._database) != before:
                    wrong.append("what was refused was done later on")
    assert wrong == [], "\n".join(wrong)


NARROWED = ", change: [lead, owner], down_anywhere: true"


@pytest.mark.parametrize(
    "line",
    [
        "/rollout 5% --rollout 1",
        "/rollout pause --rollout 1",
        "/checklist skip 1.1 --rollout 3 because it is seen",
        "/freeze off",
        "/freeze off --env production",
        "/flag off banner --env production",
        "/flag retire banner",
    ],
)
async def test_who_may_change_staging_alone_changes_nothing_of_production(tmp_path: Path, line: str) -> None:
    file = tmp_path / "rollcall.db"
    clock = MovedClock((await prepare(file, "production")).now)
    async with opened(file, "production", team_with(NARROWED), clock) as world, looked_into(file) as raw:
        for prepared in (
            "/flag on banner --env production",
            "/freeze on because of a test",
            "/freeze on --env production because of a test",
        ):
            assert (await said(world, prepared, "lead", "releases"))[0] is Outcome.DONE
            await world.bot.loop.settle()
        before = state(raw)
        outcome, reply, code = await said(world, line, "operator", "releases")
        assert (outcome, code) == (Outcome.REFUSED, "not_allowed"), reply
        assert "Only people with the role lead or owner" in reply
        await world.bot.loop.settle()
        assert state(raw) == before
