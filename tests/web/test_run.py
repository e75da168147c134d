"""`rollcall run` as a service: it answers programs with nothing on its input, and ends at a signal with streams open."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

ROLLCALL = str(Path(sys.executable).with_name("rollcall"))
PATIENCE = 50


@contextmanager
def running(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the bot with no input, and give it with its address."""
    process = subprocess.Popen(
        [ROLLCALL, "run"],
        cwd=folder,
        env={"ROLLCALL_PORT": "0", "ROLLCALL_LOG": "json:info"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        for line in process.stderr:
            found = re.search(r'"address": "(http://[^"]+)"', line)
            if found:
                yield process, found[1]
                break
        else:
            pytest.fail("it ended before it listened")
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def rollcall(folder: Path, *words: str) -> str:
    done = subprocess.run([ROLLCALL, *words], cwd=folder, env={}, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_it_serves_until_a_signal_and_ends_with_a_stream_open(tmp_path: Path) -> None:
    secret = rollcall(tmp_path, "token", "create", "shop", "--scope", "evaluate")
    rollcall(tmp_path, "say", "/flag create banner")
    question = {"context": {"targetingKey": "u1"}}
    with (
        running(tmp_path) as (process, address),
        httpx.Client(base_url=address, headers={"Authorization": f"Bearer {secret}"}, timeout=PATIENCE) as client,
    ):
        answer = client.post("/ofrep/v1/evaluate/flags", json=question).json()
        assert [(it["key"], it["value"]) for it in answer["flags"]] == [("banner", False)]
        with client.stream("GET", answer["eventStreams"][0]["endpoint"]["requestUri"]) as stream:
            lines = (line for line in stream.iter_lines() if line.startswith("id: "))
            first = next(lines)
            # Another process changes the flag; the one that listens is told.
            rollcall(tmp_path, "say", "/flag on banner")
            assert next(lines) != first
            assert client.post("/ofrep/v1/evaluate/flags/banner", json=question).json()["value"] is True
            process.send_signal(signal.SIGTERM)
            assert list(lines) == []
        assert process.wait(PATIENCE) == 0


def test_a_status_page_alone_is_reason_enough_to_answer(tmp_path: Path) -> None:
    team = "channels: {releases: {local: releases}}\nenvironments: {production: {channels: releases}}\n"
    (tmp_path / "rollcall.yaml").write_text(team + "status_page: {title: Ours, public: true}\n")
    with running(tmp_path) as (_, address):
        answer = httpx.get(f"{address}/status", timeout=PATIENCE)
    assert answer.status_code == 200
    assert "<h1>Ours</h1>" in answer.text
