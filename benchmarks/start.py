"""`rollcall say` from start to end, against importing the libraries that it cannot do without."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.bots import PLANS, url_of
from benchmarks.report import Figure, ratio
from benchmarks.timing import Contender, in_turn, of_children

LIMIT = 3.0
REPEATS = 15
LIBRARIES = "import sqlalchemy.ext.asyncio, aiosqlite, pydantic"
ROLLCALL = Path(sys.executable).with_name("rollcall")


async def measure(folder: Path) -> Sequence[Figure]:
    """Measure one question on a database that is there already."""
    environment = {**os.environ, "ROLLCALL_DATABASE_URL": url_of(folder / "rollcall.db"), "ROLLCALL_PLANS": str(PLANS)}

    def program(*arguments: str | Path) -> Contender:
        async def run() -> None:
            _run(arguments, folder, environment)

        return Contender(run)

    say, libraries, bare = await in_turn(
        program(ROLLCALL, "say", "/flag list"),
        program(sys.executable, "-c", LIBRARIES),
        program(sys.executable, "-c", "pass"),
        repeats=REPEATS,
        warm=2,
        processor=of_children,
    )
    return [
        ratio("rollcall say '/flag list', beside imports: time", say.wall, libraries.wall, limit=LIMIT),
        ratio("rollcall say '/flag list', beside imports: processor", say.processor, libraries.processor, limit=LIMIT),
        ratio("python -c pass, beside imports: time", bare.wall, libraries.wall),
    ]


def _run(arguments: Sequence[str | Path], folder: Path, environment: Mapping[str, str]) -> None:
    subprocess.run(arguments, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
