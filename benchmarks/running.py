"""How much memory the running bot takes, by how many rollouts, and how much of the processor while nothing happens."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.bots import PLANS, make_rollouts, url_of
from benchmarks.report import Figure
from benchmarks.start import ROLLCALL

FEW, MORE, THOUSAND, MOST = 100, 1_100, 1_000, 5_000
MOST_MEMORY = 120.0
"""In megabytes, with a thousand rollouts."""

MOST_EACH = 5.0
"""In kilobytes for each rollout."""

MOST_IDLE = 0.5
"""In percent of one core."""

IDLE = 20.0
"""So many seconds the bot is watched while nothing happens."""

REST, PATIENCE = 2.0, 30.0
"""So many seconds it is left alone before, and so many it may take to answer and to end."""

CHANNEL = "elsewhere"
"""A channel about no rollout: a bare `/rollout status` there has to look through all of them."""

# What people ask for that touches many rollouts, so that whatever a bot keeps of them is in memory when it is weighed.
LINES = (
    "/rollout status",
    "/rollout list",
    "/rollout status --rollout 1",
    "/rollout pause --rollout 7",
    "/rollout resume --rollout 7",
    "/flag list",
)


async def measure(folder: Path) -> Sequence[Figure]:
    """Weigh bots with few and many rollouts, and watch one that has nothing to do."""
    weights = {number: await _weigh(folder, number) for number in (FEW, THOUSAND, MORE, MOST)}
    with _bot(folder, THOUSAND) as process:
        idle = _idle(process)
    return [
        Figure(
            f"memory with {THOUSAND:,} rollouts",
            f"{weights[THOUSAND]:.1f} MB",
            "",
            weights[THOUSAND],
            "MB",
            MOST_MEMORY,
        ),
        _growth(weights, FEW, MORE),
        _growth(weights, FEW, MOST),
        Figure(
            f"idle for {IDLE:g} s with {THOUSAND:,} rollouts", f"{idle * IDLE * 10:.0f} ms", "", idle, "%", MOST_IDLE
        ),
    ]


def _growth(weights: dict[int, float], few: int, many: int) -> Figure:
    each = (weights[many] - weights[few]) * 1000 / (many - few)
    shown = f"{weights[many]:.1f} MB", f"{weights[few]:.1f} MB"
    return Figure(f"memory for each rollout, {few:,} to {many:,}", *shown, each, "kB", MOST_EACH)


async def _weigh(folder: Path, number: int) -> float:
    """Return how many megabytes a bot with so many rollouts is resident with after it was asked a few things."""
    await make_rollouts(_file(folder, number), number)
    with _bot(folder, number) as process:
        return psutil.Process(process.pid).memory_info().rss / 1e6


@contextmanager
def _bot(folder: Path, number: int) -> Iterator[subprocess.Popen[bytes]]:
    """Start `rollcall run` on the database with so many rollouts, and wait until it answered a few questions."""
    environment = {**os.environ, "ROLLCALL_DATABASE_URL": url_of(_file(folder, number)), "ROLLCALL_PLANS": str(PLANS)}
    with (folder / "answers").open("w+b") as answers:
        process = subprocess.Popen(
            [ROLLCALL, "run", "--channel", CHANNEL],
            stdin=subprocess.PIPE,
            stdout=answers,
            stderr=answers,
            cwd=folder,
            env=environment,
        )
        assert process.stdin is not None
        process.stdin.write("\n".join([*LINES, ""]).encode())
        process.stdin.flush()
        _await(process, folder / "answers", LINES[-1])
        try:
            yield process
        finally:
            process.stdin.close()
            process.wait(PATIENCE)


def _await(process: subprocess.Popen[bytes], answers: Path, line: str) -> None:
    """Wait until a line was answered, and a moment longer, in which the bot comes to rest."""
    began = time.monotonic()
    while f"> {line}" not in answers.read_text():
        assert process.poll() is None, answers.read_text()
        assert time.monotonic() - began < PATIENCE, answers.read_text()
        time.sleep(0.1)
    time.sleep(REST)


def _idle(process: subprocess.Popen[bytes]) -> float:
    """Return how busy a process was over some seconds, in percent of one core."""
    watched = psutil.Process(process.pid)
    before = watched.cpu_times()
    time.sleep(IDLE)
    after = watched.cpu_times()
    return 100 * (after.user + after.system - before.user - before.system) / IDLE


def _file(folder: Path, number: int) -> Path:
    return folder / f"{number}.db"
