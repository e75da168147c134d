"""The command line: what is printed, and with which exit code it ends."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main

PROJECT = Path(__file__).parents[1]
GOOD = PROJECT / "plans" / "verification-flow.yaml"
ROLLCALL = str(Path(sys.executable).with_name("rollcall"))

DONE, REFUSED, NOT_UNDERSTOOD = 0, 1, 2


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty directory, with the project's plans and no settings but these."""
    monkeypatch.chdir(tmp_path)
    for name in ("ROLLCALL_DATABASE_URL", "ROLLCALL_LOG", "COMMAND_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ROLLCALL_PLANS", str(PROJECT / "plans"))
    return tmp_path


def rollcall(*words: str) -> Result:
    result = CliRunner().invoke(main, list(words))
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def say(line: str, *more: str) -> Result:
    return rollcall("say", line, "--as", "ana", "--channel", "releases", *more)


def started(*words: str, text: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the program as a shell does, with no settings but those given."""
    return subprocess.run(
        [ROLLCALL, *words], input=text, env=settings, capture_output=True, text=True, check=False, timeout=50
    )


def test_what_is_done_prints_its_reply_and_ends_with_0() -> None:
    result = say("/rollout start verification-flow")
    assert (result.exit_code, result.stderr) == (DONE, "")
    assert "#1 New verification flow has started in production" in result.stdout


def test_what_is_refused_says_why_and_ends_with_1() -> None:
    say("/rollout start verification-flow")
    result = say("/rollout 50%")
    assert result.exit_code == REFUSED
    assert "50% is step 9 of 13" in result.stdout


def test_a_question_names_the_line_that_says_yes_to_it() -> None:
    for line in ("/flag create banner", "/flag on banner"):
        say(line)
    asked = say("/flag retire banner")
    assert asked.exit_code == REFUSED
    assert "“banner” is at 100% in production." in asked.stdout
    answer = asked.stdout.partition("Yes, do it now: ")[2].splitlines()[0]
    assert say(answer).exit_code == DONE
    assert "banner is retired" not in say(answer).stdout


def test_what_is_not_understood_says_what_was_meant_and_ends_with_2() -> None:
    result = say("/rolout 25%")
    assert result.exit_code == NOT_UNDERSTOOD
    assert "Did you mean /rollout 25%?" in result.stdout


@pytest.mark.parametrize(
    ("line", "outcome", "code"),
    [
        ("/flag list", "done", DONE),
        ("/flag show nothing", "refused", REFUSED),
        ("nonsense", "not_understood", NOT_UNDERSTOOD),
    ],
)
def test_a_reply_is_one_line_of_json_for_a_pipeline(line: str, outcome: str, code: int) -> None:
    result = say(line, "--json")
    assert result.exit_code == code
    (printed,) = result.stdout.splitlines()
    reply = json.loads(printed)
    assert reply["outcome"] == outcome
    assert reply["summary"]


def test_a_line_does_all_that_is_due_because_of_it_before_the_program_ends() -> None:
    say("/flag create banner")
    say("/flag set banner 5%")
    say("/rollout start verification-flow")
    with closing(sqlite3.connect("rollcall.db")) as opened:
        # The card, and what the plan announces of its first step.
        assert opened.execute("SELECT count(*) FROM posts").fetchone() == (2,)
        assert opened.execute("SELECT count(*) FROM outbox WHERE state <> 'sent'").fetchone() == (0,)


def test_who_says_it_is_on_record() -> None:
    rollcall("say", "/flag create banner", "--as", "ben", "--channel", "design")
    assert "ben" in say("/audit search design").stdout


def test_a_plan_is_checked_by_its_file_and_by_its_name() -> None:
    for named in (str(GOOD), "verification-flow"):
        result = rollcall("plan", "check", named)
        assert result.exit_code == DONE
        assert "a good plan, 13 steps" in result.stdout


def test_every_error_of_a_bad_plan_is_named_with_its_line(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(
        "plan: bad\ntitle: Bad\nenvironment: production\nflags: {f: {}}\nphases:\n  - name: A\n    set: 120%\n    soak: soon\n"
    )
    result = rollcall("plan", "check", str(bad))
    assert result.exit_code == NOT_UNDERSTOOD
    assert f"{bad}:7" in result.stderr
    assert f"{bad}:8" in result.stderr


@pytest.mark.parametrize("named", ["nothing.yaml", "no-such-plan", "plans", "."])
def test_a_plan_that_is_not_there_is_refused_in_a_sentence(named: str) -> None:
    result = rollcall("plan", "check", named)
    assert result.exit_code == REFUSED, result.output
    assert result.stderr.strip()


def test_a_file_that_is_no_text_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_bytes(b"\xff\xfe\x00\x01" * 100)
    assert rollcall("plan", "check", "bad.yaml").exit_code == NOT_UNDERSTOOD


def test_a_plan_is_shown_with_dates_and_its_schema_is_printed() -> None:
    assert "Gradual rollout" in rollcall("plan", "show", str(GOOD)).stdout
    assert json.loads(rollcall("plan", "schema").stdout)["$schema"]


def test_a_sound_log_is_verified_and_exported_as_it_was_hashed() -> None:
    say("/flag create banner")
    say("/flag on banner")
    assert rollcall("audit", "verify").exit_code == DONE
    lines = [json.loads(line) for line in rollcall("audit", "export").stdout.splitlines()]
    assert [line["action"] for line in lines] == ["flag:create", "flag:set"]
    assert [json.loads(line)["seq"] for line in rollcall("audit", "export", "--from", "2").stdout.splitlines()] == [2]


def tampered(statement: str) -> None:
    with closing(sqlite3.connect("rollcall.db", isolation_level=None)) as opened:
        for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            opened.execute(f"DROP TRIGGER {name}")
        opened.execute(statement)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE audit SET person = 'ben' WHERE seq = 2", "2"),
        ("DELETE FROM audit WHERE seq = 2", "2"),
        ("UPDATE audit SET body = replace(body, 'banner', 'footer') WHERE seq = 3", "3"),
        ("UPDATE audit SET seq = CASE seq WHEN 2 THEN 30 ELSE seq END WHERE seq = 2", "2"),
    ],
)
def test_a_log_that_somebody_changed_is_found_out_and_the_entry_is_named(statement: str, named: str) -> None:
    for line in ("/flag create banner", "/flag on banner", "/flag off banner", "/flag retire banner"):
        say(line)
    tampered(statement)
    result = rollcall("audit", "verify")
    assert result.exit_code == REFUSED
    assert f"entry {named}" in result.stdout.lower()


def test_a_log_that_was_cut_off_is_found_out_by_its_published_head() -> None:
    for line in ("/flag create banner", "/flag on banner"):
        say(line)
    with closing(sqlite3.connect("rollcall.db")) as opened:
        head = "{}:{}".format(*opened.execute("SELECT seq, hash FROM audit ORDER BY seq DESC").fetchone())
    assert rollcall("audit", "verify", head).exit_code == DONE
    tampered("DELETE FROM audit WHERE seq = 2")
    assert rollcall("audit", "verify").exit_code == DONE
    assert rollcall("audit", "verify", head).exit_code == REFUSED
    assert rollcall("audit", "verify", "not a head").exit_code == NOT_UNDERSTOOD


def test_a_database_is_made_backed_up_and_restored() -> None:
    assert "up to date" in rollcall("db", "upgrade").stdout
    say("/flag create banner")
    assert rollcall("db", "backup", "copy.db").exit_code == DONE
    assert rollcall("db", "backup", "copy.db").exit_code == REFUSED
    say("/flag create footer")
    restored = rollcall("db", "restore", "copy.db")
    assert (restored.exit_code, "kept as" in restored.stdout) == (DONE, True)
    assert "footer" not in say("/flag list").stdout
    assert "banner" in say("/flag list").stdout


def test_a_backup_of_nothing_and_a_restore_of_something_else_are_refused(tmp_path: Path) -> None:
    assert rollcall("db", "backup", "copy.db").exit_code == REFUSED
    (tmp_path / "other.db").write_text("this is no database, it is a letter" * 100)
    assert rollcall("db", "restore", "other.db").exit_code == REFUSED


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ROLLCALL_LOG", "loud", "such as json:info"),
        ("COMMAND_PREFIX", "What a prefix!", "COMMAND_PREFIX"),
        ("ROLLCALL_DATABASE_URL", "not a url", "address cannot be read"),
        ("ROLLCALL_DATABASE_URL", "sqlite+aiosqlite://", "in memory"),
        ("ROLLCALL_DATABASE_URL", "sqlite+aiosqlite:////nowhere/at/all.db", "cannot be opened"),
        ("ROLLCALL_DATABASE_URL", "mysql://somewhere/db", "mysql"),
    ],
)
@pytest.mark.parametrize("words", [("say", "/flag list"), ("run",), ("audit", "verify")])
def test_a_broken_setting_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv(name, value)
    result = rollcall(*words)
    assert result.exit_code in {REFUSED, NOT_UNDERSTOOD}
    assert said in result.stderr


def test_the_bot_ends_by_itself_in_an_empty_directory_without_input() -> None:
    result = started("run")
    assert result.returncode == DONE, result.stderr
    assert "Traceback" not in result.stderr
    assert "bot.started" in result.stderr
    assert "bot.stopped" in result.stderr


def test_the_bot_reads_lines_and_does_them_and_what_follows(empty: Path) -> None:
    lines = "# a comment\n\n/rollout start verification-flow\n/rollout 50%\nnonsense\n"
    result = started("run", "--as", "ana", text=lines, ROLLCALL_PLANS=str(PROJECT / "plans"))
    assert result.returncode == DONE, result.stderr
    assert "has started in production" in result.stdout
    assert "50% is step 9 of 13" in result.stdout
    assert "nonsense" in result.stdout
    assert (empty / "rollcall.db").exists()


def test_a_hint_that_is_a_sentence_is_not_shown_as_a_command() -> None:
    assert "• /help explains them." in say("hello").output


def test_a_termination_signal_stops_the_bot_cleanly() -> None:
    with subprocess.Popen(
        [ROLLCALL, "run"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={}
    ) as running:
        assert running.stderr is not None
        assert "bot.started" in running.stderr.readline()
        running.send_signal(signal.SIGTERM)
        _, rest = running.communicate(timeout=50)
    assert running.returncode == 0, rest
    assert "bot.stopped" in rest
    assert "Traceback" not in rest


def test_the_bot_stops_cleanly_while_whoever_feeds_it_lines_is_still_there() -> None:
    with subprocess.Popen(
        [ROLLCALL, "run"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env={}
    ) as running:
        assert running.stderr is not None
        assert "bot.started" in running.stderr.readline()
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=50) == 0, running.stderr.read()


def test_the_program_says_what_it_can_do_and_which_version_it_is() -> None:
    assert "say" in started("--help").stdout
    assert started("--version").stdout.startswith("rollcall, version ")
    assert started("say").returncode == NOT_UNDERSTOOD


def test_two_programs_at_once_do_not_lock_each_other_out() -> None:
    programs = [
        subprocess.Popen(
            [ROLLCALL, "say", f"/flag create flag_{n}"],
            env={},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for n in range(4)
    ]
    for program in programs:
        out, errors = program.communicate(timeout=50)
        assert program.returncode == DONE, out + errors
    assert all(f"flag_{n}" in say("/flag list").stdout for n in range(4))


def test_the_deployment_report_is_printed_as_markdown_and_as_json() -> None:
    say("/rollout start verification-flow")
    result = rollcall("report", "1")
    assert result.exit_code == DONE
    assert result.stdout.startswith("# Deployment report: New verification flow\n")
    assert result.stdout.endswith("until when?_\n")
    data = json.loads(rollcall("report", "1", "--json").stdout)
    assert (data["number"], data["result"], data["started_by"]) == (1, "under way", "ana")


def test_there_is_no_report_of_a_rollout_that_never_was() -> None:
    result = rollcall("report", "7")
    assert result.exit_code == REFUSED
    assert "#7" in result.stderr


ON_CALL = """\
people: {engineer: {local: e}, lead: {local: l}}
channels: {releases: {local: releases}}
environments: {production: {channels: releases}}
schedules:
  payments:
    layers:
      - {name: primary, people: [engineer, lead], turns: daily}
      - {name: database, people: lead}
"""


def test_the_shifts_of_a_schedule_are_printed_as_a_calendar(empty: Path) -> None:
    (empty / "rollcall.yaml").write_text(ON_CALL)
    whole = rollcall("oncall", "ical", "payments", "--days", "3")
    assert (whole.exit_code, whole.stderr) == (DONE, "")
    assert whole.stdout.startswith("BEGIN:VCALENDAR")
    assert whole.stdout.count("SUMMARY:lead on call: payments/database") == 1
    assert whole.stdout.count("on call: payments/primary") == 4
    assert "payments/database" not in rollcall("oncall", "ical", "payments", "--layer", "primary").stdout


def test_there_is_no_calendar_of_a_schedule_that_never_was(empty: Path) -> None:
    (empty / "rollcall.yaml").write_text(ON_CALL)
    result = rollcall("oncall", "ical", "search")
    assert result.exit_code == REFUSED
    assert "The team file has no schedule “search”" in result.stderr
