"""`rollcall plan rehearse` in a shell, and `/plan rehearse` in chat."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from tests.rehearsal.plans_for_tests import CHECKOUT, PLANS

START = ("--start", "2026-03-02T09:00:00")


@pytest.fixture(autouse=True)
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a directory with one small plan."""
    monkeypatch.chdir(tmp_path)
    for name in ("ROLLCALL_DATABASE_URL", "ROLLCALL_LOG", "COMMAND_PREFIX", "ROLLCALL_TEAM_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ROLLCALL_PLANS", str(tmp_path))
    file = tmp_path / "checkout.yaml"
    file.write_text(CHECKOUT)
    return file


def rehearse(*words: str) -> Result:
    result = CliRunner().invoke(main, ["plan", "rehearse", *words])
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_a_plan_that_ends_well_ends_with_0() -> None:
    result = rehearse("checkout", *START)
    assert result.exit_code == 0
    assert "Completed at T+4d" in result.stdout
    assert result.stderr == ""


def test_a_guardrail_that_rolls_back_ends_with_3_and_names_the_measurement() -> None:
    result = rehearse("checkout.yaml", "--break-at", "2", "error_rate", *START)
    assert result.exit_code == 3
    assert "Rolled back to level 1 “Switch it off”" in result.stdout
    assert "error_rate 2% > 1% for 5m" in result.stdout


def test_a_plan_that_is_stuck_ends_with_4_and_the_reason(plan: Path) -> None:
    plan.write_text(CHECKOUT.replace("error_rate < 0.5%,", "error_rate < 0.5%, error_rate > 0.7%,"))
    result = rehearse("checkout", *START)
    assert result.exit_code == 4
    assert "Stuck at T+" in result.stdout
    assert "the gate failed" in result.stdout


def test_a_script_of_figures_is_followed(tmp_path: Path) -> None:
    (tmp_path / "figures.yaml").write_text("error_rate:\n  - 0.1%\n  - {at: +1h, value: 4%}\n")
    result = rehearse("checkout", "--metrics", "figures.yaml", *START)
    assert result.exit_code == 3
    assert "error_rate 4% > 1% for 5m" in result.stdout


def test_a_broken_script_is_refused_with_its_lines(tmp_path: Path) -> None:
    (tmp_path / "figures.yaml").write_text("error_rate: three apples\n")
    result = rehearse("checkout", "--metrics", "figures.yaml")
    assert result.exit_code == 2
    assert "figures.yaml:1:13" in result.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("checkout", "--metrics", "nothing.yaml"), "The script nothing.yaml cannot be read"),
        (("checkout", "error_rate"), "nothing is to break"),
        (("checkout", "--break-at", "1", "weather"), "can be broken by “weather”"),
    ],
)
def test_what_makes_no_sense_ends_with_2(words: tuple[str, ...], says: str) -> None:
    result = rehearse(*words)
    assert result.exit_code == 2
    assert says in result.stderr


def test_a_broken_plan_ends_with_2(plan: Path) -> None:
    plan.write_text("plan: [")
    assert rehearse("checkout.yaml").exit_code == 2


def test_json_holds_all_that_happened() -> None:
    result = rehearse("checkout", "--break-at", "1", "--json", *START)
    found = json.loads(result.stdout)
    assert result.exit_code == found["exit_code"] == 3
    assert (found["ending"], found["level"], found["broken"]["metric"]) == ("rolled_back", 1, "error_rate")
    assert [it["what"] for it in found["happenings"] if it["kind"] == "flag"] == [
        "in production: off → 10%",
        "in production: 10% → off",
    ]
    assert found["virtual_seconds"] == found["happenings"][-1]["after_seconds"]


def test_the_real_database_is_left_alone(tmp_path: Path) -> None:
    rehearse("checkout", *START)
    assert [file.name for file in tmp_path.iterdir()] == ["checkout.yaml"]


def test_chat_is_told_the_summary() -> None:
    result = CliRunner().invoke(main, ["say", "/plan rehearse checkout"])
    assert result.exit_code == 0
    assert "Rehearsal of The new checkout (checkout)" in result.stdout
    assert "Completed at T+" in result.stdout
    assert "checkout in production: off → 10%" in result.stdout


def test_a_project_plan_is_found_by_its_path() -> None:
    result = rehearse(str(PLANS / "action-plan-customization.yaml"), *START)
    assert result.exit_code == 0
    assert "Completed at T+20d" in result.stdout
