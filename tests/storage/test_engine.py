"""How a connection is set up while others are doing the same."""

from __future__ import annotations

import sqlite3

import pytest

from bot.storage.engine import write_ahead


class BusyCursor:
    """A cursor whose file is being switched by somebody else for a while."""

    def __init__(self, busy: int, code: int = sqlite3.SQLITE_BUSY) -> None:
        self.busy = busy
        self.code = code
        self.executed: list[str] = []

    def execute(self, statement: str) -> None:
        """Note what is executed; the switch fails until the others are done."""
        self.executed.append(statement)
        if statement == SWITCH and self.busy:
            self.busy -= 1
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = self.code
            raise error


SWITCH = "PRAGMA journal_mode = WAL"


def test_a_switch_that_meets_another_waits_for_the_lock_and_tries_again() -> None:
    cursor = BusyCursor(busy=2)
    write_ahead(cursor)
    assert cursor.executed == [SWITCH, "BEGIN IMMEDIATE", "COMMIT", SWITCH, "BEGIN IMMEDIATE", "COMMIT", SWITCH]


def test_a_switch_is_not_tried_for_ever() -> None:
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        write_ahead(BusyCursor(busy=99))


def test_a_switch_that_fails_for_another_reason_is_not_tried_again() -> None:
    cursor = BusyCursor(busy=99, code=sqlite3.SQLITE_IOERR)
    with pytest.raises(sqlite3.OperationalError):
        write_ahead(cursor)
    assert cursor.executed == [SWITCH]
