"""A bot with the system's clock over files in a folder, for what is tested beside real servers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from bot.clock import SystemClock
from bot.settings import Settings
from bot.wiring import Bot
from tests.peers import PATIENCE


def settings_in(folder: Path, plan: str, team: str, *, port: int = 8080) -> Settings:
    """Write a plan named checkout and a team file into a folder; return the settings of a bot over them."""
    (folder / "plans").mkdir()
    (folder / "plans" / "checkout.yaml").write_text(plan)
    (folder / "rollcall.yaml").write_text(team)
    return Settings(
        ROLLCALL_DATABASE_URL=f"sqlite+aiosqlite:///{folder / 'rollcall.db'}",
        ROLLCALL_PLANS=folder / "plans",
        ROLLCALL_TEAM_FILE=folder / "rollcall.yaml",
        ROLLCALL_PORT=port,
    )


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something is so; that it takes too long is the only thing about time that fails."""
    clock = SystemClock()
    async with asyncio.timeout(PATIENCE):
        while not await holds():
            await clock.wait(asyncio.Event(), clock.now() + timedelta(milliseconds=50))


async def is_on(bot: Bot) -> bool:
    """Say whether the plan's flag is on in production."""
    state = await bot.store.read(lambda tx: tx.flags.state("checkout", "production"))
    return state is not None and state.setting.on
