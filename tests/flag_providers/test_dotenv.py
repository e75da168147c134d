"""A dotenv file: replaced whole with everything else kept, and in force only once the reload has succeeded."""

# ruff: noqa: ASYNC240  # Nothing else runs on the loop of a test that looks at a file.

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.errors import Refused, Unavailable, Uncertain
from bot.domain.flag import OFF, FlagSetting, FlagTarget
from bot.domain.percent import Percent
from bot.domain.provider import DotenvFile, Provider
from bot.flag_providers.dotenv import Dotenv

TEXT = """\
# The bot's own settings.
DISCORD_TOKEN="abc # not a comment"

export USE_NEW_FLOW = "false"   # the new flow, see the plan
NEW_FLOW=untouched
# USE_NEW_FLOW=true
LAST=1"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of variables that only its owner reads."""
    path = tmp_path / "bot.env"
    path.write_text(TEXT)
    path.chmod(0o640)
    return path


def provider(file: Path, *reload: str, timeout: float = 20, percent: str = "_PERCENT") -> Dotenv:
    system = DotenvFile(str(file), reload or (sys.executable, "-c", "print('reloaded')"), percent)
    names = {"new_flow": "USE_NEW_FLOW"}
    return Dotenv(Provider("dotenv", system, names=names, timeout=timedelta(seconds=timeout)), system)


def at(percent: str) -> FlagTarget:
    return FlagTarget("new_flow", "production", FlagSetting(True, Percent.parse(percent)))


async def test_comments_order_quotes_and_mode_stay(file: Path) -> None:
    flags = provider(file)
    await flags.write(at("12.5%"), "")
    assert file.read_text() == TEXT.replace('"false"', '"true"') + "\nUSE_NEW_FLOW_PERCENT=12.5\n"
    assert file.stat().st_mode & 0o777 == 0o640
    assert await flags.read("new_flow", "production") == at("12.5%").setting
    assert (file.parent / "bot.env.reload-log").read_text() == "reloaded\n"
    assert (file.parent / "bot.env.reload-log").stat().st_mode & 0o777 == 0o640
    await flags.write(FlagTarget("new_flow", "production", OFF), "")
    assert file.read_text() == TEXT + "\nUSE_NEW_FLOW_PERCENT=0\n"
    assert sorted(it.name for it in file.parent.iterdir()) == ["bot.env", "bot.env.reload-log"]


async def test_the_ends_of_lines_stay(file: Path) -> None:
    file.write_bytes(b"A=1\r\nUSE_NEW_FLOW=false\r\nB=2\r\n")
    await provider(file, percent="").write(at("100%"), "")
    assert file.read_bytes() == b"A=1\r\nUSE_NEW_FLOW=true\r\nB=2\r\n"


async def test_of_two_lines_the_last_one_counts(file: Path) -> None:
    file.write_text("USE_NEW_FLOW=false\nUSE_NEW_FLOW=true\n")
    flags = provider(file, percent="")
    assert await flags.read("new_flow", "production") == at("100%").setting
    await flags.write(FlagTarget("new_flow", "production", OFF), "")
    assert file.read_text() == "USE_NEW_FLOW=false\nUSE_NEW_FLOW=false\n"


async def test_a_reload_that_fails_puts_nothing_in_force_and_is_tried_again(file: Path) -> None:
    marker = file.parent / "broken"
    marker.touch()
    script = f"import pathlib, sys; print('token abc'); sys.exit(3 if pathlib.Path({str(marker)!r}).exists() else 0)"
    flags = provider(file, sys.executable, "-c", script)
    with pytest.raises(Unavailable, match="failed with 3") as problem:
        await flags.write(at("10%"), "")
    assert "abc" not in f"{problem.value} {problem.value.hints}"
    assert "USE_NEW_FLOW_PERCENT=10" in file.read_text()
    assert await flags.read("new_flow", "production") == FlagSetting(on=False)
    marker.unlink()
    await provider(file, sys.executable, "-c", script).write(at("10%"), "")
    assert await flags.read("new_flow", "production") == at("10%").setting


async def test_a_reload_that_hangs_is_ended_with_all_that_it_started(file: Path) -> None:
    child = file.parent / "child"
    script = f"sleep 600 & echo $! > {child}; echo waiting; wait"
    flags = provider(file, "/bin/sh", "-c", script, timeout=1)
    with pytest.raises(Uncertain, match="did not end in time"):
        await flags.write(at("10%"), "")
    with pytest.raises(ProcessLookupError):
        _still_there(int(child.read_text()))
    assert (file.parent / "bot.env.reload-log").read_text() == "waiting\n"


def _still_there(process: int) -> None:
    """Raise ProcessLookupError for a process that has ended; one that nobody fetched yet has ended, too."""
    if Path(f"/proc/{process}/stat").exists() and Path(f"/proc/{process}/stat").read_text().split()[2] == "Z":
        raise ProcessLookupError
    os.kill(process, 0)


async def test_no_shell_reads_the_command_and_it_gets_none_of_our_environment(file: Path) -> None:
    seen = file.parent / "seen"
    script = f"import os, sys; open({str(seen)!r}, 'w').write(repr((sys.argv[1:], sorted(os.environ))))"
    await provider(file, sys.executable, "-c", script, "$HOME; rm -rf /", "`id`").write(at("10%"), "")
    arguments, environment = eval(seen.read_text())  # noqa: S307 - Written by the line above.
    assert arguments == ["$HOME; rm -rf /", "`id`"]
    assert set(environment) - {"LC_CTYPE"} == {"PATH"}


async def test_a_command_that_is_not_there_is_said_so(file: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be started"):
        await provider(file, "/nowhere/at/all").write(at("10%"), "")


async def test_what_a_link_points_to_is_replaced(file: Path) -> None:
    link = file.parent / "link.env"
    link.symlink_to(file)
    await provider(link).write(at("100%"), "")
    assert link.is_symlink()
    assert "USE_NEW_FLOW_PERCENT=100" in file.read_text()


@pytest.mark.parametrize("environment", ["../secrets", "..", "a/b", ""])
async def test_an_environment_is_no_way_to_another_file(file: Path, environment: str) -> None:
    with pytest.raises(Refused, match="has no file"):
        await provider(file.parent / "{environment}.env").read("new_flow", environment)


async def test_values_that_say_nothing_are_refused(file: Path) -> None:
    file.write_text("USE_NEW_FLOW=perhaps\n")
    with pytest.raises(Refused, match="neither true nor false"):
        await provider(file).read("new_flow", "production")
    file.write_text("USE_NEW_FLOW=true\nUSE_NEW_FLOW_PERCENT=some\n")
    with pytest.raises(Refused, match="no percentage"):
        await provider(file).read("new_flow", "production")
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(Refused, match="not text"):
        await provider(file).read("new_flow", "production")


async def test_a_share_by_hand_without_a_percentage_is_everybody(file: Path) -> None:
    file.write_text("USE_NEW_FLOW=yes\n")
    assert await provider(file).read("new_flow", "production") == at("100%").setting
