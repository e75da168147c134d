"""Routes about the application's commands, global ones and those of one guild."""

from __future__ import annotations

from typing import Any

from tests.fakes.discord.calls import Call
from tests.fakes.discord.posts import Json
from tests.fakes.discord.refusals import Refusal, invalid
from tests.fakes.discord.world import World


def _scope(world: World, call: Call) -> int | None:
    """Return the guild's id, or None for global commands; raises Refusal for a foreign application or guild."""
    if call.id("application_id") != world.application_id:
        raise Refusal(50001)
    if "guild_id" not in call.ids:
        return None
    guild = call.id("guild_id")
    if guild not in world.guilds:
        raise Refusal(50001)
    return guild


def _sent(call: Call, kind: type) -> Any:
    if not isinstance(call.body, kind):
        raise invalid(("command", f"The body must be a {kind.__name__}."))
    return call.body


def read_all(world: World, call: Call) -> list[Json]:
    """Read every command."""
    return world.commands.all(_scope(world, call))


def overwrite(world: World, call: Call) -> list[Json]:
    """Put commands in the place of all that are there."""
    return world.commands.overwrite(_scope(world, call), _sent(call, list))


def create(world: World, call: Call) -> Json:
    """Add one, or replace the one of its name."""
    return world.commands.put(_scope(world, call), _sent(call, dict))


def read(world: World, call: Call) -> Json:
    """Read one."""
    return world.commands.get(_scope(world, call), call.id("command_id"))


def change(world: World, call: Call) -> Json:
    """Change one."""
    return world.commands.change(_scope(world, call), call.id("command_id"), _sent(call, dict))


def delete(world: World, call: Call) -> None:
    """Remove one."""
    world.commands.delete(_scope(world, call), call.id("command_id"))
