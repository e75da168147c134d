"""The team in force: it follows its file, and a file that cannot be read changes nothing but what `problem` says."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.errors import BadTeam
from bot.domain.team import NO_TEAM
from bot.files.team_watch import LOOK_AGAIN, TeamFile
from tests.fakes.clock import MovedClock
from tests.fakes.journal import KeptJournal

TEAM = """\
people: {NAME: {roles: operator}}
channels: {releases: {local: releases}}
environments: {production: {channels: releases, never: [NEVER]}}
"""
EVENT = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:DAY\nEND:VEVENT\nEND:VCALENDAR\n"


def unset(_: str) -> str | None:
    """Answer for an environment in which nothing is set."""
    return None


class Folder:
    """A folder with a team file in it, and a clock that is a second on after each change."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = path / "rollcall.yaml"
        self.clock = MovedClock()
        self.journal = KeptJournal()

    def write(self, name: str = "engineer", never: str = "fri") -> None:
        self.file.write_text(TEAM.replace("NAME", name).replace("NEVER", never))
        self.clock.advance(LOOK_AGAIN)

    def opened(self) -> TeamFile:
        return TeamFile(self.file, unset, self.clock, self.journal)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def names(team: TeamFile) -> list[str]:
    return [person.name for person in team.current().people]


def test_without_a_file_there_is_no_team_until_one_appears(folder: Folder) -> None:
    team = folder.opened()
    assert team.current() is NO_TEAM
    assert team.problem() is None
    folder.write()
    assert names(team) == ["engineer"]
    assert folder.journal.events() == ["team.loaded"]


def test_a_changed_file_is_read_again(folder: Folder) -> None:
    folder.write("one")
    team = folder.opened()
    assert names(team) == ["one"]
    folder.write("another")
    assert names(team) == ["another"]


def test_a_file_of_the_same_size_that_was_put_in_its_place_is_read_again(folder: Folder) -> None:
    folder.write("one")
    team = folder.opened()
    new = folder.path / "new"
    new.write_text(folder.file.read_text().replace("one", "two"))
    new.replace(folder.file)
    folder.clock.advance(LOOK_AGAIN)
    assert names(team) == ["two"]


def test_the_file_is_looked_at_once_a_second_at_most(folder: Folder) -> None:
    folder.write("one")
    team = folder.opened()
    folder.file.write_text(folder.file.read_text().replace("one", "another"))
    folder.clock.advance(LOOK_AGAIN - timedelta(milliseconds=1))
    assert names(team) == ["one"]
    folder.clock.advance(timedelta(milliseconds=1))
    assert names(team) == ["another"]


def test_a_clock_that_was_set_back_does_not_keep_an_old_team(folder: Folder) -> None:
    folder.write("one")
    team = folder.opened()
    folder.write("another")
    folder.clock.move_to(folder.clock.now() - timedelta(days=1))
    assert names(team) == ["another"]


def test_a_file_that_was_not_changed_is_not_read_again(folder: Folder) -> None:
    folder.write()
    team = folder.opened()
    before = team.current()
    folder.clock.advance(timedelta(hours=1))
    assert team.current() is before
    assert folder.journal.events() == ["team.loaded"]


def test_a_broken_file_is_refused_and_the_old_one_stays_in_force(folder: Folder) -> None:
    folder.write("one")
    team = folder.opened()
    folder.write("two", never="friday")
    assert names(team) == ["one"]
    problem = team.problem()
    assert problem is not None
    assert [(it.line, it.found) for it in problem.problems] == [(3, '"friday"')]
    assert folder.journal.events("error") == ["team.refused"]
    assert folder.journal.lines[-1].facts["problems"] == [f"{folder.file}:3:57"]
    folder.clock.advance(timedelta(hours=1))
    assert names(team) == ["one"]
    assert folder.journal.events("error") == ["team.refused"], "an outage is told once"
    folder.write("three")
    assert names(team) == ["three"]
    assert team.problem() is None


def test_a_file_that_disappears_leaves_the_team_in_force(folder: Folder) -> None:
    folder.write("one")
    team = folder.opened()
    folder.file.unlink()
    folder.clock.advance(LOOK_AGAIN)
    assert names(team) == ["one"]
    problem = team.problem()
    assert problem is not None
    assert problem.problems[0].found == "no file to read (No such file or directory)"


def test_a_file_that_is_broken_at_the_start_is_refused(folder: Folder) -> None:
    folder.write(never="friday")
    with pytest.raises(BadTeam) as refusal:
        folder.opened()
    assert refusal.value.problems[0].line == 3


def test_a_folder_in_place_of_the_file_is_refused(folder: Folder) -> None:
    folder.file.mkdir()
    with pytest.raises(BadTeam) as refusal:
        folder.opened()
    assert refusal.value.problems[0].found.startswith("no file to read (")


def test_a_changed_calendar_is_read_again(folder: Folder) -> None:
    calendar = folder.path / "freezes.ics"
    calendar.write_text(EVENT.replace("DAY", "20261224"))
    folder.write(never="{calendar: freezes.ics}")
    team = folder.opened()
    assert [it.text for it in team.current().environments["production"].never] == ["2026-12-24"]
    calendar.write_text(EVENT.replace("DAY", "20261231") + "\n")
    folder.clock.advance(LOOK_AGAIN)
    assert [it.text for it in team.current().environments["production"].never] == ["2026-12-31"]


def test_a_calendar_that_was_missing_is_read_when_it_is_there(folder: Folder) -> None:
    folder.write("one")
    team = folder.opened()
    folder.write("two", never="{calendar: freezes.ics}")
    assert names(team) == ["one"]
    (folder.path / "freezes.ics").write_text(EVENT.replace("DAY", "20261224"))
    folder.clock.advance(LOOK_AGAIN)
    assert names(team) == ["two"]
