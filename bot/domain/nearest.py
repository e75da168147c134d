"""Finds what somebody probably meant."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_COMPARED = 100


def nearest(wrong: str, right: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """Return the names that are near a wrong one, nearest first; nothing where none is near."""
    return tuple(get_close_matches(wrong[:LONGEST_COMPARED], list(right), n=limit, cutoff=0.6))
