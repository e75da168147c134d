"""How often one may go up: pure arithmetic over the moments at which it happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.plan import Limit


def next_free(limit: Limit, ups: Sequence[datetime], now: datetime) -> datetime | None:
    """Return when going up is allowed again under a limit, or None where it is allowed now.

    `ups` are the moments at which it was done, in any order; those that are too old do not count.
    """
    recent = sorted(at for at in ups if now - limit.per < at)
    waits = []
    if len(recent) >= limit.count:
        waits.append(recent[-limit.count] + limit.per)
    last = max(ups, default=None)
    if last is not None and limit.cooldown and now < last + limit.cooldown:
        waits.append(last + limit.cooldown)
    return max(waits, default=None)
