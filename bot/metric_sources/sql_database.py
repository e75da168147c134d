"""What both kinds of database have in common: asked for one row, within a time, never written to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bot.domain.errors import Refused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta


class SqlDatabase(Protocol):
    """A database that can only be read."""

    @property
    def shown(self) -> str:
        """What people may see of where it is, as the beginning of a sentence."""
        ...

    async def first_row(self, statement: str, limit: timedelta) -> Sequence[object] | None:
        """Return the first row of a SELECT, or None where there is none.

        Raises Refused for a statement that the database cannot or will not run, Unavailable where it could not be
        asked, TimeoutError where the time was not enough.
        """
        ...


def would_write() -> Refused:
    """Return what is said to a query that tried to write."""
    return Refused(
        "The database let the metric's query read only, and it tried more.", "Write one SELECT that only reads."
    )


def cannot_run(shown: str, said: str) -> Refused:
    """Return what is said to a query that the database does not understand, with its own words where they may be shown."""
    return Refused(
        f"{shown} cannot run the metric's query{f': {said}' if said else ''}.", "Correct the metric's query."
    )


def failed(shown: str, what: str, hint: str) -> Unavailable:
    """Return what is said where the database could not be asked."""
    return Unavailable(f"{shown} {what}.", hint)
