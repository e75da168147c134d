"""Programs in JavaScript that tests talk to: they run in Node.js, with the packages that `make peers` installs."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.peers import missing

MODULES = Path(__file__).parents[2] / ".cache" / "npm" / "node_modules"
CLIENTS = Path(__file__).parent / "clients"
PATIENCE = 50
"""In seconds, for one answer."""


def node() -> str:
    """Return where Node.js is; the test is skipped where it or a package is missing."""
    program = shutil.which("node")
    if program is None or not (MODULES / "@openfeature" / "flagd-core").is_dir():
        missing("OpenFeature for JavaScript")
    return str(program)


class Running:
    """A program to which lines are written and whose lines are read, each a JSON document."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def read(self) -> Any:
        """Return the next line that it prints."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            line = await self._process.stdout.readline()
        assert line, "the program ended"
        return json.loads(line)

    async def ask(self, question: object) -> Any:
        """Write a line and return the one that answers it."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{json.dumps(question)}\n".encode())
        return await self.read()

    async def ask_to_the_end(self, question: object) -> Any:
        """Write all there is to read, and return the line that answers it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(question).encode())
        self._process.stdin.close()
        return await self.read()


@asynccontextmanager
async def program(name: str, **environment: str) -> AsyncIterator[Running]:
    """Run one of the programs beside this module, and end it."""
    process = await asyncio.create_subprocess_exec(
        node(),
        "--experimental-eventsource",
        "--no-warnings",
        str(CLIENTS / name),
        env={"MODULES": str(MODULES), "PATH": os.defpath, **environment},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        # Answers for a thousand users are one line.
        limit=1 << 24,
    )
    try:
        yield Running(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(PATIENCE):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
