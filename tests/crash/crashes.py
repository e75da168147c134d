"""Runs the killing of a story in a process of its own, and tells what it found."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.databases import folder_in_memory

ROOT = Path(__file__).parents[2]

EVERY_POINT, FORGETFUL, SELDOM = "every-point", "forgetful", "seldom"
"""What the killing can be told: to leave no fault point out, to let the chat platform take a repeat for a new post, and to do
with one in three of the points that it would choose."""


@dataclass(frozen=True, slots=True)
class Crashes:
    """What differed after which kill, how many kills there were, and how the rollouts ended where nothing was killed."""

    found: list[dict[str, Any]]
    killed: int
    ends: list[str]


def crashes(story: str, *switches: str) -> Crashes:
    """Kill at a story's fault points."""
    # What a killed process leaves behind is the same in memory.
    with folder_in_memory() as folder:
        command = [sys.executable, "-m", "tests.crash.killing", story, str(folder), *switches]
        # Its own environment: measuring coverage in thousands of short lives would only make them slow.
        environment = {"PYTHONPYCACHEPREFIX": sys.pycache_prefix} if sys.pycache_prefix else {}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *found, counted = [json.loads(line) for line in done.stdout.splitlines()]
    return Crashes(found, int(counted["killed"]), counted["ends"])
