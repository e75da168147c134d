"""Histories in which something was found once, shortened to what it took: each is lived again with every run."""

from __future__ import annotations

import pytest

from tests.simulation.living import Lives
from tests.simulation.steps import Edit, Figures, Flags, Health, Repeat, Say, Shape, Step

# Tracing every line of it would take as long as living it, and what it reaches is covered by tests of its own.
pytestmark = pytest.mark.no_cover

ADOPT = Say(line="/rollout adopt --rollout 1 because the file is right", person="bob", request="r7")

FREEZE = Say(line="/freeze on --env production because it rains", person="bob", request="r31")

FOUND: dict[str, tuple[int, list[Step]]] = {
    "a question that is asked again after the file was edited again": (
        31102,
        [
            Say(line="/rollout start plan-1", person="emil", request="r0"),
            Edit(plan="plan-1", number=121),
            ADOPT,
            Edit(plan="plan-1", number=840),
            Repeat(said=ADOPT),
        ],
    ),
    "a flag that starts up in another environment than the first step's, in a freeze of that one": (
        31102,
        [
            Flags(health=Health.DOWN),
            Say(line="/rollout start fan-privacy-calls", person="ana", request="r28", platform="slack"),
            FREEZE,
        ],
    ),
    "the same, started in the freeze": (
        31102,
        [FREEZE, Say(line="/rollout start fan-privacy-calls", person="ana", request="r28", platform="slack")],
    ),
    "a first change that waits for its baselines while nothing can be measured": (
        154,
        [
            Figures(shape=Shape.ERROR, metric=""),
            Say(line="/rollout start plan-1", person="ana", request="r5", platform="slack"),
        ],
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_once_is_found_no_more(lives: Lives, name: str) -> None:
    seed, steps = FOUND[name]
    history = lives.again(seed, steps)
    assert history.found == []
    assert len(history.steps) == len(steps)
