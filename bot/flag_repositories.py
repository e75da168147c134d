"""What the core asks of the database about flags that other systems hold, and about what programs were answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.domain.kept_answer import KeptAnswer
    from bot.domain.sighting import Sighting


class SightingRepository(Protocol):
    """What was seen of flags that are held elsewhere."""

    def get(self, flag: str, environment: str) -> Sighting | None:
        """Return what was seen of a flag, or None where nobody looked yet."""
        ...

    def all(self) -> Sequence[Sighting]:
        """Return what was seen of every flag, in the order of keys and environments."""
        ...

    def providers(self) -> Mapping[tuple[str, str], str]:
        """Return which system holds each flag that was seen elsewhere, by key and environment."""
        ...

    def forget(self, flag: str) -> None:
        """Forget what was seen of a flag anywhere, because it is held by ourselves from now on."""
        ...

    def save(self, sighting: Sighting) -> None:
        """Store a sighting in place of the one before."""
        ...


class AnswerRepository(Protocol):
    """Answers to requests that programs may repeat."""

    def get(self, token: str, key: str, since: datetime) -> KeptAnswer | None:
        """Return what a token was answered to a key, unless that was before `since`."""
        ...

    def add(self, answer: KeptAnswer, since: datetime) -> None:
        """Keep an answer, in place of one from before `since`. Raises AlreadyDone where there is a later one."""
        ...

    def prune(self, before: datetime, limit: int) -> int:
        """Forget the oldest answers from before a time, at most `limit`; return how many those were."""
        ...
