"""A system that holds flags, in memory, which fails when a test wants it to."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.flag import FlagSetting, FlagTarget


@dataclass(slots=True)
class FakeProvider:
    """The FlagProvider port over a dictionary.

    Each call takes the first of `failures` and raises it, where it is one. `writes` lists every write that came through
    with its cause. `forgetful` takes writes and does not show them, as a system does that applies them late.
    """

    held: dict[tuple[str, str], FlagSetting] = field(default_factory=dict)
    failures: deque[Exception | None] = field(default_factory=deque)
    writes: list[tuple[FlagTarget, str]] = field(default_factory=list)
    forgetful: bool = False

    async def read(self, flag: str, environment: str) -> FlagSetting | None:
        """Return what the flag holds there."""
        self._fail()
        return self.held.get((flag, environment))

    async def write(self, target: FlagTarget, cause: str) -> None:
        """Make the flag hold the target."""
        self._fail()
        self.writes.append((target, cause))
        if not self.forgetful:
            self.held[target.flag, target.environment] = target.setting

    def _fail(self) -> None:
        failure = self.failures.popleft() if self.failures else None
        if failure is not None:
            raise failure
