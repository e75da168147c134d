"""Finds what somebody probably meant."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_COMPARED = 100
NAMED_AT_MOST = 10


def nearest(wrong: str, right: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """Return the names that are near a wrong one, nearest first; nothing where none is near."""
    return tuple(get_close_matches(wrong[:LONGEST_COMPARED], list(right), n=limit, cutoff=0.6))


def meant(wrong: str, right: Iterable[str]) -> str:
    """Return what to say after a name that is none: the nearest ones, or else those that there are."""
    known = list(right)
    if near := nearest(wrong, known):
        return f"Did you mean {' or '.join(near)}?"
    more = f" and {len(known) - NAMED_AT_MOST} more" if len(known) > NAMED_AT_MOST else ""
    return f"There are: {', '.join(known[:NAMED_AT_MOST])}{more}." if known else "There are none yet."
