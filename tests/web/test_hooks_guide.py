"""The guide for alerts is true: its curl lines answer what it shows, and Alertmanager and Prometheus take its files."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.domain.token import Scope
from tests.peers import missing
from tests.scenarios.paging import PLAN
from tests.web.hooked import hooked

GUIDE = (Path(__file__).parents[2] / "docs" / "hooks.md").read_text("utf-8")
STEPS = [step for block in re.findall(r"```console\n(.*?)```", GUIDE, re.DOTALL) for step in block.split("$ ")[1:]]
FILES = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
MOMENT = re.compile(r'"timestamp": ?"[^"]*"')


async def run(command: str, address: str, token: str) -> str:
    shell = await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-c",
        command,
        env={"ADDRESS": address, "TOKEN": token, "PATH": "/usr/bin:/bin"},
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await shell.communicate()
    return MOMENT.sub('"timestamp": "…"', printed.decode())


async def test_every_curl_line_of_the_guide_answers_what_it_shows(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        missing("curl")
    async with hooked(tmp_path, PLAN.replace("gates: [error_rate < 0.5%]", "gates: [satisfaction > 90%]")) as it:
        await it.at_ten()
        token = await it.web.token("pipeline", Scope.ALERT, Scope.REPORT)
        assert len(STEPS) == 7
        for step in STEPS:
            command, _, shown = re.sub(r"\\\n\s*", "", step).partition("\n")
            assert json.loads(await run(command, it.web.address, token)) == json.loads(shown), command


def test_alertmanager_takes_the_receiver_of_the_guide(tmp_path: Path) -> None:
    if shutil.which("amtool") is None:
        missing("Alertmanager")
    file, token = tmp_path / "alertmanager.yml", tmp_path / "token"
    token.write_text("rollcall_x")
    file.write_text(FILES[0].replace("/etc/alertmanager/rollcall-token", str(token)))
    checked = subprocess.run(["amtool", "check-config", str(file)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_prometheus_takes_the_rule_of_the_guide(tmp_path: Path) -> None:
    if shutil.which("promtool") is None:
        missing("Prometheus")
    file = tmp_path / "rules.yml"
    file.write_text(FILES[1])
    checked = subprocess.run(["promtool", "check", "rules", str(file)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("name", ["alert", "report"])
def test_the_guide_names_the_scopes(name: str) -> None:
    assert f"--scope {name}" in GUIDE
    assert Scope(name) in Scope
