"""`python -m benchmarks.evaluators`: evaluations in one process, ours and those of other systems' Python clients.

They run in a process of their own, because what these clients need would take the place of what we do.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable
from importlib import import_module
from itertools import count
from typing import Any

from benchmarks.timing import Contender, in_turn
from bot.domain.flag import Flag, FlagSetting
from bot.domain.flag_set import Kept
from bot.domain.percent import Percent

BATCH, REPEATS = 500, 40

Evaluate = Callable[[str], object]


def ours() -> Evaluate:
    """Return how we decide for a user."""
    kept = Kept(Flag("banner", "banner"), FlagSetting(on=True, percent=Percent.of(25)))
    return lambda user: kept.ask({"targetingKey": user}).on


def unleash() -> Evaluate:
    """Return how Unleash's client decides, with the same percentage and no server."""
    strategy = {"name": "flexibleRollout", "parameters": {"rollout": "25", "stickiness": "userId", "groupId": "banner"}}
    feature = {"name": "banner", "enabled": True, "type": "release", "strategies": [strategy], "variants": []}
    cache = import_module("UnleashClient.cache").FileCache("bench", directory=tempfile.mkdtemp())
    cache.bootstrap_from_dict({"version": 2, "features": [feature]})
    client = import_module("UnleashClient").UnleashClient(
        "http://127.0.0.1:9/api", "bench", cache=cache, disable_metrics=True, disable_registration=True
    )
    client.initialize_client(fetch_toggles=False)
    return lambda user: client.is_enabled("banner", {"userId": user})


def growthbook() -> Evaluate:
    """Return how GrowthBook's client decides, with the same percentage."""
    rule = {"force": True, "coverage": 0.25, "hashAttribute": "id"}
    book = import_module("growthbook").GrowthBook(features={"banner": {"defaultValue": False, "rules": [rule]}})

    def evaluate(user: str) -> object:
        book.set_attributes({"id": user})
        return book.is_on("banner")

    return evaluate


def flagd() -> Evaluate:
    """Return how flagd's core decides in Python, with the same percentage as our export for it says it."""
    core = import_module("openfeature.contrib.tools.flagd.core").FlagdCore()
    context = import_module("openfeature.evaluation_context").EvaluationContext
    salted = {"cat": [{"var": "$flagd.flagKey"}, ":", {"var": "targetingKey"}]}
    flag = {
        "state": "ENABLED",
        "variants": {"on": True, "off": False},
        "defaultVariant": "off",
        "targeting": {"fractional": [salted, ["on", 25_000], ["off", 75_000]]},
    }
    core.set_flags({"flags": {"banner": flag}})
    return lambda user: core.resolve_boolean_value("banner", False, context(targeting_key=user)).value


def contender(evaluate: Evaluate) -> Contender:
    """Return a batch of evaluations, for users who were not asked for before."""
    users = count()

    async def work() -> None:
        seen = sum(bool(evaluate(f"user-{next(users)}")) for _ in range(BATCH))
        assert 0 < seen < BATCH

    return Contender(work)


async def main() -> dict[str, float]:
    """Return the processor's time of one evaluation for each that is here, in seconds."""
    found: dict[str, Any] = {"rollcall": ours()}
    for name, make in (("unleash", unleash), ("growthbook", growthbook), ("flagd", flagd)):
        try:
            found[name] = make()
        except ModuleNotFoundError:
            continue
    costs = await in_turn(*(contender(it) for it in found.values()), repeats=REPEATS, warm=5)
    return {name: cost.wall / BATCH for name, cost in zip(found, costs, strict=True)}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main())), flush=True)
    # Unleash's client leaves threads behind that would be waited for.
    import os

    os._exit(0)
