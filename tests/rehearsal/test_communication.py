"""The communication of each of the five plans, whole and in order: what every audience is told, and when."""

from __future__ import annotations

import pytest
from inline_snapshot import external_file

from bot.domain.duration import format_duration
from bot.domain.rehearsal import Kind
from tests.rehearsal.plans_for_tests import NAMES, rehearsed

# Tracing every line of it would take as long as living it, and what it reaches is covered by tests of its own.
pytestmark = pytest.mark.no_cover


@pytest.mark.parametrize("name", NAMES)
async def test_a_plan_tells_everybody_what_it_says_it_will(name: str) -> None:
    found = await rehearsed(name)
    lines = [
        f"T{'-' if it.at < found.start else '+'}{format_duration(abs(it.at - found.start))}  {it.who.removeprefix('audience ')}: {it.what}"
        for it in found.happenings
        if it.kind is Kind.MESSAGE and it.who.startswith("audience ")
    ]
    assert "\n".join(lines) + "\n" == external_file(f"../golden/communication/{name}.txt")
    told = {it.who.removeprefix("audience ") for it in found.happenings if it.who.startswith("audience ")}
    # Nobody is left out but those whom only trouble is told to.
    assert {to for item in found.plan.communication for to in item.to if item.when not in TROUBLE} <= told


TROUBLE = {"held", "problem_reported", "rolled_back"}
