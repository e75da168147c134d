"""`rollcall token`: the secret alone is printed where a script reads it, and everything else beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main

DONE, REFUSED, NOT_UNDERSTOOD = 0, 1, 2


@pytest.fixture(autouse=True)
def _empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def token(*words: str) -> Result:
    result = CliRunner().invoke(main, ["token", *words])
    assert "Traceback" not in result.output
    return result


def test_a_token_is_made_shown_and_ended() -> None:
    assert "no tokens" in token("list").stdout
    made = token("create", "ci", "--scope", "write", "--scope", "read", "--env", "production", "--expires", "90d")
    assert made.exit_code == DONE
    assert made.stdout.startswith("rollcall_")
    assert len(made.stdout.split()) == 1
    assert "read, write in production" in made.stderr
    assert "never used" in token("list").stdout
    assert "revoked" in token("revoke", "ci").stdout
    assert "ENDED" in token("list").stdout
    assert made.stdout.strip() not in token("list").output


def test_what_cannot_be_is_said_with_its_exit_code() -> None:
    assert token("revoke", "nobody").exit_code == REFUSED
    assert token("create", "ci", "--scope", "read", "--expires", "soon").exit_code == NOT_UNDERSTOOD
    assert token("create", "CI", "--scope", "read").exit_code == NOT_UNDERSTOOD
    assert token("create", "ci").exit_code == NOT_UNDERSTOOD
