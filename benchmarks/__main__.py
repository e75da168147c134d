"""`python -m benchmarks [NAME…]`: take the measurements, print one table, and fail where a limit is missed."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from benchmarks.report import Figure, show

MEASUREMENTS = (
    "command",
    "tick",
    "start",
    "running",
    "audit",
    "judging",
    "rehearsal",
    "oncall",
    "pages",
    "ofrep",
    "evaluation",
    "unleash",
)


def main(names: list[str]) -> int:
    """Take the named measurements, or all; return the exit code."""
    unknown = [name for name in names if name not in MEASUREMENTS]
    if unknown:
        print(f"There is no measurement {', '.join(unknown)}. There are: {', '.join(MEASUREMENTS)}.", file=sys.stderr)
        return 2
    figures: list[Figure] = []
    for name in names or MEASUREMENTS:
        print(f"Measuring {name} …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="rollcall-bench-", ignore_cleanup_errors=True) as folder:
            figures += asyncio.run(import_module(f"benchmarks.{name}").measure(Path(folder)))
    show(figures)
    return int(any(figure.missed for figure in figures))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
