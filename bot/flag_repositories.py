"""What the core asks of the database about flags that other systems hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.sighting import Sighting


class SightingRepository(Protocol):
    """What was seen of flags that are held elsewhere."""

    def get(self, flag: str, environment: str) -> Sighting | None:
        """Return what was seen of a flag, or None where nobody looked yet."""
        ...

    def all(self) -> Sequence[Sighting]:
        """Return what was seen of every flag, in the order of keys and environments."""
        ...

    def forget(self, flag: str) -> None:
        """Forget what was seen of a flag anywhere, because it is held by ourselves from now on."""
        ...

    def save(self, sighting: Sighting) -> None:
        """Store a sighting in place of the one before."""
        ...
