"""The ports with fault points in them: places, passed in order, at which a process may be killed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from bot.domain.outbox import IN_CHANNEL, Placing

if TYPE_CHECKING:
    from bot.domain.flag import FlagSetting, FlagTarget
    from bot.domain.message import Message
    from bot.ports import ChatPlatform, FlagProvider, Store, Transaction

T = TypeVar("T")

FaultPoint = Callable[[str], None]
"""Is told the name of each place that is passed; it may end the process there."""


@dataclass(frozen=True, slots=True)
class FaultyStore:
    """A store that can be killed before each writing transaction, before its commit, and after it.

    A read leaves nothing behind: killed there, a process leaves what it leaves at the place before.
    """

    store: Store
    at: FaultPoint

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Read."""
        return await self.store.read(work)

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Write."""

        def work_and_stop(tx: Transaction) -> T:
            result = work(tx)
            self.at(f"written, not committed: {name_of(work)}")
            return result

        self.at(f"before {name_of(work)}")
        result = await self.store.write(work_and_stop)
        self.at(f"committed: {name_of(work)}")
        return result


@dataclass(frozen=True, slots=True)
class FaultyProvider:
    """A flag provider that can be killed before and after each call."""

    provider: FlagProvider
    at: FaultPoint

    async def read(self, flag: str, environment: str) -> FlagSetting | None:
        """Read."""
        self.at(f"before reading {flag}")
        held = await self.provider.read(flag, environment)
        self.at(f"after reading {flag}")
        return held

    async def write(self, target: FlagTarget, cause: str) -> None:
        """Write."""
        self.at(f"before setting {target.flag} for {cause}")
        await self.provider.write(target, cause)
        self.at(f"after setting {target.flag} for {cause}")


@dataclass(frozen=True, slots=True)
class FaultyPlatform:
    """A chat platform that can be killed before and after each call."""

    platform: ChatPlatform
    at: FaultPoint

    async def post(self, channel: str, key: str, message: Message, placing: Placing = IN_CHANNEL) -> str:
        """Post."""
        self.at(f"before posting {key}")
        reference = await self.platform.post(channel, key, message, placing)
        self.at(f"after posting {key}")
        return reference

    async def edit(self, channel: str, reference: str, message: Message) -> str:
        """Edit."""
        self.at(f"before editing {reference}")
        edited = await self.platform.edit(channel, reference, message)
        self.at(f"after editing {reference}")
        return edited


def name_of(work: Callable[..., object]) -> str:
    """Return where a piece of work stands in the code."""
    function = work.func if isinstance(work, partial) else work
    whole = f"{function.__module__}.{function.__qualname__}"
    return whole.removeprefix("bot.").replace(".<locals>", "").replace(".<lambda>", "")
