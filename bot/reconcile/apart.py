"""Does several things at once so that one that fails keeps no other from being done."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from bot.domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.ports import Journal

T = TypeVar("T")


async def apart(
    items: Sequence[T], work: Callable[[T], Awaitable[None]], journal: Journal, event: str
) -> tuple[T, ...]:
    """Do `work` for every item; return those for which it failed with something nobody foresaw, after logging it.

    Raises Unavailable where the database did not answer, once every item has had its turn.
    """
    outcomes = await asyncio.gather(*(work(item) for item in items), return_exceptions=True)
    failed: list[T] = []
    unavailable: Unavailable | None = None
    for item, outcome in zip(items, outcomes, strict=True):
        if isinstance(outcome, Unavailable):
            unavailable = outcome
        elif isinstance(outcome, Exception):
            journal.error(event, item=getattr(item, "id", None), problem=repr(outcome), exc_info=outcome)
            failed.append(item)
        elif isinstance(outcome, BaseException):
            raise outcome
    if unavailable is not None:
        raise unavailable
    return tuple(failed)
