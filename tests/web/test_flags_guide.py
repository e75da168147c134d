"""The guide for applications is true: its curl lines, run by a shell, answer what it shows."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from pathlib import Path

from tests.peers import missing
from tests.web.served import Served

GUIDE = (Path(__file__).parents[2] / "docs" / "flags.md").read_text("utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", GUIDE, re.DOTALL)
MOMENT = re.compile(r'"(createdAt|updatedAt|timestamp)": ?"[^"]*"')


def steps() -> list[tuple[str, str]]:
    """Return each command of the guide with what it shows beneath."""
    found = []
    for block in BLOCKS:
        for step in block.split("$ curl ")[1:]:
            command, _, shown = re.sub(r"\\\n\s*", "", step).partition("\n")
            # A quoted body goes on over several lines.
            while command.count("'") % 2:
                more, _, shown = shown.partition("\n")
                command += f"\n{more}"
            found.append((f"curl {command}", shown.strip()))
    return found


def told(text: str) -> object:
    """Return an answer to compare: what it says, whatever the moment."""
    return json.loads(MOMENT.sub(r'"\1": "…"', text))


async def run(command: str, web: Served) -> str:
    shell = await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-c",
        command,
        env={"ADDRESS": web.address, "TOKEN": web.tokens["admin"], "PATH": "/usr/bin:/bin"},
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await shell.communicate()
    return printed.decode()


async def test_every_curl_line_of_the_guide_answers_what_it_shows(web: Served) -> None:
    if shutil.which("curl") is None:
        missing("curl")
    await web.world.done("/flag off banner")
    assert len(steps()) >= 12
    for command, shown in steps():
        printed = await run(command, web)
        assert told(printed) == told(shown), command
