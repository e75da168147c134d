"""Runs the killing of a story in a process of its own, and tells what it found."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHARED_MEMORY = Path("/dev/shm")
"""Where a commit costs no trip to a disk; what a killed process leaves behind is the same there."""


@dataclass(frozen=True, slots=True)
class Crashes:
    """What differed after which kill, how many kills there were, and how the rollouts ended where nothing was killed."""

    found: list[dict[str, object]]
    killed: int
    ends: list[str]


def crashes(story: str, chunk: int, of: int, *switches: str) -> Crashes:
    """Kill at one chunk of so many of a story's fault points."""
    with tempfile.TemporaryDirectory(dir=SHARED_MEMORY if SHARED_MEMORY.is_dir() else None) as folder:
        command = [sys.executable, "-m", "tests.crash.killing", story, folder, str(chunk), str(of), *switches]
        # Its own environment: measuring coverage in thousands of short lives would only make them slow.
        done = subprocess.run(command, cwd=ROOT, env={}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *found, counted = [json.loads(line) for line in done.stdout.splitlines()]
    return Crashes(found, int(counted["killed"]), counted["ends"])
