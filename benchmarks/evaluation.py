"""Deciding for a user in one process, against the Python clients of Unleash, GrowthBook and flagd, where those are here."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.report import Figure

LIBRARIES = Path(__file__).parent.parent / ".cache" / "bench"
"""Where `make bench` puts them."""


async def measure(_: Path) -> Sequence[Figure]:
    """Decide with each in turn."""
    environment = {**os.environ, "PYTHONPATH": str(LIBRARIES)}
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.evaluators", env=environment, stdout=asyncio.subprocess.PIPE
    )
    printed, _errors = await child.communicate()
    found: dict[str, float] = json.loads(printed)
    here = found.pop("rollcall")
    if not found:
        print("Left out: no other system's client is in .cache/bench.", file=sys.stderr)
    return [
        Figure(f"an evaluation, against {name}", _rate(here), _rate(other), here / other, "×", 1.0)
        for name, other in found.items()
    ]


def _rate(cost: float) -> str:
    return f"{1 / cost:,.0f}/s"
