"""How the bot is: whether its loop runs, what is overdue, and which parts are not connected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Overdue:
    """Work whose time has passed: what kind it is, and since when the oldest of it waits."""

    what: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Health:
    """What somebody who watches the bot from outside wants to know.

    `ailing` names the concerns of the loop that could not do their work in their last pass, `disconnected` the services
    that are not up, and `failed` counts messages that could not be delivered at all.
    """

    at: datetime
    loop_runs: bool
    ailing: tuple[str, ...] = ()
    overdue: tuple[Overdue, ...] = ()
    disconnected: tuple[str, ...] = ()
    failed: int = 0

    @property
    def well(self) -> bool:
        """Say whether everything that the bot promised is being kept; a failed message was told elsewhere."""
        return self.loop_runs and not (self.ailing or self.overdue or self.disconnected)
