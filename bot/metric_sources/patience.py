"""How long a question is waited for, as a phrase."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.duration import describe_duration


def time_limit(limit: timedelta) -> str:
    """Return the phrase behind `did not answer within`; less than a second has none of its own."""
    return describe_duration(limit) if limit >= timedelta(seconds=1) else "its time limit"
