"""Looking for a secret in everything that an exception carries and shows."""

from __future__ import annotations

import traceback
from collections.abc import Iterator


def carried_by(error: BaseException) -> Iterator[str]:
    """Yield every text in which an exception may end up before somebody's eyes."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        waiting += [one.__cause__, one.__context__]
        yield from (str(one), repr(one), repr(one.args), *getattr(one, "__notes__", ()), repr(vars(one)))
    yield from traceback.format_exception(error)


def assert_carries_no(secret: str, error: BaseException) -> None:
    """Fail where an exception, or anything that it came from, shows a secret or the half of it."""
    halves = {secret, secret[: len(secret) // 2], secret[len(secret) // 2 :]}
    for text in carried_by(error):
        assert not any(half in text for half in halves if half), text
