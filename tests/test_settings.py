"""What the environment may say, and how a wrong value is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.errors import NotUnderstood
from bot.settings import Settings, login_name, read_settings

PROJECT = Path(__file__).parents[1]
NAMES = ("ROLLCALL_DATABASE_URL", "ROLLCALL_PLANS", "ROLLCALL_LOG", "COMMAND_PREFIX")


@pytest.fixture(autouse=True)
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def test_without_any_setting_everything_is_kept_here() -> None:
    found = read_settings()
    assert found.database_url == "sqlite+aiosqlite:///rollcall.db"
    assert (found.plans, found.log, found.command_prefix) == (Path("plans"), "console:info", "")


def test_every_setting_has_a_line_in_the_example_with_its_default() -> None:
    text = (PROJECT / ".env.example").read_text()
    given = dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))
    wanted = {str(field.validation_alias): str(field.default) for field in Settings.model_fields.values()}
    assert given == wanted


def test_a_file_in_the_working_directory_is_read_and_the_environment_comes_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path(".env").write_text("ROLLCALL_LOG=json:error\nCOMMAND_PREFIX=rc-\nSOMETHING_ELSE=1\n")
    assert (read_settings().log, read_settings().command_prefix) == ("json:error", "rc-")
    monkeypatch.setenv("COMMAND_PREFIX", "x-")
    assert read_settings().command_prefix == "x-"


def test_an_empty_value_is_as_none() -> None:
    Path(".env").write_text("ROLLCALL_LOG=\nROLLCALL_DATABASE_URL=\n")
    assert read_settings().log == "console:info"


def test_all_wrong_values_are_told_at_once_and_none_of_them_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLCALL_LOG", "secret-value")
    monkeypatch.setenv("COMMAND_PREFIX", "NOT ALLOWED")
    with pytest.raises(NotUnderstood) as refused:
        read_settings()
    assert "ROLLCALL_LOG" in refused.value.sentence
    assert "COMMAND_PREFIX" in refused.value.sentence
    assert "secret-value" not in refused.value.sentence
    assert refused.value.hints == ("compare with .env.example",)


@pytest.mark.parametrize("value", ["console", "json", "json:debug", "console:warning"])
def test_a_log_may_leave_its_level_out(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("ROLLCALL_LOG", value)
    assert read_settings().log == value


@pytest.mark.parametrize("value", ["", "loud", "json:", "json:loud", "xml:info"])
def test_a_log_of_another_form_is_not_understood(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("ROLLCALL_LOG", value)
    if value in {"", "json:"}:
        assert read_settings().log in {"console:info", "json:"}
    else:
        with pytest.raises(NotUnderstood):
            read_settings()


def test_somebody_is_always_logged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ana")
    assert login_name() == "ana"


@pytest.mark.parametrize("name", ["PAGERDUTY_URL", "PAGERDUTY_API_URL"])
def test_keys_are_sent_over_https_alone_except_on_this_machine(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for value in ("https://events.eu.pagerduty.com", "http://127.0.0.1:8000", "http://localhost/x"):
        monkeypatch.setenv(name, value)
        assert value in {read_settings().pagerduty_url, read_settings().pagerduty_api_url}
    for value in (
        "http://events.pagerduty.com",
        "http://127.0.0.1.example.org",
        "http://localhost@example.org",
        "ftp://x",
    ):
        monkeypatch.setenv(name, value)
        with pytest.raises(NotUnderstood, match=name):
            read_settings()


def test_a_team_file_that_is_named_and_is_not_there_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = tmp_path / "team.yaml"
    monkeypatch.setenv("ROLLCALL_TEAM_FILE", str(named))
    with pytest.raises(NotUnderstood, match=r"There is no team file .*team\.yaml\."):
        read_settings()
    named.touch()
    assert read_settings().team_file == named


def test_the_example_can_be_copied_as_it_is(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text((PROJECT / ".env.example").read_text())
    assert read_settings().team_file == Path("rollcall.yaml")
