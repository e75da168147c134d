"""The whole engine is driven through random histories, and what must never happen does not."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.simulation.living import LENGTH, History, Lives
from tests.simulation.steps import script_of

# Tracing every line of it would take as long as living it, and what it reaches is covered by tests of its own.
pytestmark = pytest.mark.no_cover

HISTORIES = 20
CHUNKS = 4
"""The histories of every run are lived in so many tests, so that several processes can share them."""

MANY = 9
DEEDS = ("rollout:advance", "rollout:lower", "rollout:rollback", "rollout:pause", "flag:set", "killed")
"""What happens in so many histories at least once."""

ENOUGH_TIME = 24 * 3600
"""Seconds for a run of which somebody chose the size."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Share the seeds among the tests."""
    if "seeds" not in metafunc.fixturenames:
        return
    seed = metafunc.config.getoption("--seed", None)
    count = metafunc.config.getoption("--histories", None) or HISTORIES
    if seed is not None:
        metafunc.parametrize("seeds", [range(seed, seed + 1)], ids=[f"seed-{seed}"])
        return
    first = metafunc.config.getoption("--first-seed", 0)
    chunks = [range(first + part, first + count, CHUNKS) for part in range(CHUNKS)]
    metafunc.parametrize("seeds", chunks, ids=[f"part-{number}" for number in range(CHUNKS)])


@pytest.mark.timeout(ENOUGH_TIME)
def test_whatever_happens_no_rule_of_the_engine_is_broken(lives: Lives, seeds: range) -> None:
    seen: Counter[str] = Counter()
    failed: list[History] = []
    for seed in seeds:
        history = lives.random(seed)
        seen.update(history.seen or {})
        if history.found:
            failed.append(history)
    assert not failed, report(failed, lives)
    if len(seeds) >= MANY:
        assert not [deed for deed in DEEDS if not seen[deed]], "histories that do nothing prove nothing"


def report(failed: list[History], lives: Lives) -> str:
    """Return each seed that found something, and the first of them with a short script."""
    lines = [f"seed {it.seed}, {len(it.steps)} of {LENGTH} steps: {'; '.join(it.found[:3])[:400]}" for it in failed]
    short = lives.shortened(failed[0])
    found = "\n".join(short.found)
    again = f"pytest tests/simulation --seed {short.seed}"
    return "\n".join(
        [*lines, "", f"{again} ends so, shortened to {len(short.steps)} steps:", script_of(short.steps), found]
    )
