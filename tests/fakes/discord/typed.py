"""What a person types after a slash, as the client lets it be typed: by the names and types of the registered command."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.discord.command_limits import OptionType, fits
from tests.fakes.discord.permissions import Permission
from tests.fakes.discord.places import Channel, Person, Role
from tests.fakes.discord.posts import Attachment, Json, Upload
from tests.fakes.discord.world import World

LONGEST_TEXT = 6000


class NotPossible(AssertionError):
    """A test wants a person to do what the client does not offer: no such command, option, choice, button or field."""


@dataclass(slots=True)
class Typed:
    """A command with everything that was filled in."""

    command: Json
    options: list[Json] = field(default_factory=list)
    """As they stand in the interaction, inside their sub-commands."""
    things: list[object] = field(default_factory=list)
    """People, roles, channels and files among the values."""
    focused: Json | None = None
    """The declaration of the option that is being completed."""

    def data(self, guild: int | None) -> Json:
        """Return the beginning of the interaction's data, without what is resolved."""
        said: Json = {"id": self.command["id"], "name": self.command["name"], "type": 1, "options": self.options}
        return said | ({"guild_id": str(guild)} if self.command.get("guild_id") else {})


def typed(
    world: World, person: Person, channel: Channel, line: str, values: Mapping[str, Any], focused: str | None = None
) -> Typed:
    """Type `/flag set` with values by the options' names; raises NotPossible.

    `focused` is the option in which the cursor stands, for an autocomplete: others may still be missing.
    """
    first, *path = line.removeprefix("/").split()
    entry = Typed(_offered(world, person, channel, first))
    options = entry.command.get("options") or []
    inside = entry.options
    for word in path:
        part = next((one for one in options if one["name"] == word and one["type"] in {1, 2}), None)
        if part is None:
            raise NotPossible(f"/{first} has no {word}; it has {_names(options)}")
        inside.append({"name": word, "type": part["type"], "options": []})
        inside, options = inside[-1]["options"], part.get("options") or []
    if any(one["type"] in {1, 2} for one in options):
        raise NotPossible(f"{line} goes on with one of {_names(options)}")
    _fill(world, channel, entry, inside, options, values, focused)
    return entry


def _names(options: Iterable[Json]) -> list[str]:
    return [one["name"] for one in options]


def _offered(world: World, person: Person, channel: Channel, name: str) -> Json:
    guild = None if channel.guild is None else channel.guild.id
    command = world.commands.offered(guild, name)
    held = channel.permissions_of(person)
    if command is None:
        known = sorted({one["name"] for scope in {guild, None} for one in world.commands.all(scope)})
        raise NotPossible(f"nobody registered /{name} here; registered are {known}")
    if Permission.VIEW_CHANNEL not in held or Permission.USE_APPLICATION_COMMANDS not in held:
        raise NotPossible(f"{person.name} cannot use commands in {channel.name}")
    wanted = command["default_member_permissions"]
    if guild is not None and wanted is not None and not _may(int(wanted), held):
        raise NotPossible(f"/{name} is hidden from {person.name}, who has not the permissions {wanted}")
    contexts = command["contexts"] or ([0, 1] if command["dm_permission"] else [0])
    if (1 if guild is None else 0) not in contexts:
        raise NotPossible(f"/{name} is not offered in {channel.name}")
    return command


def _may(wanted: int, held: Permission) -> bool:
    return Permission.ADMINISTRATOR in held if wanted == 0 else int(held) & wanted == wanted


def _fill(
    world: World,
    channel: Channel,
    entry: Typed,
    inside: list[Json],
    options: list[Json],
    values: Mapping[str, Any],
    focused: str | None,
) -> None:
    unknown = set(values) - set(_names(options))
    if unknown:
        raise NotPossible(f"/{entry.command['name']} has no option {sorted(unknown)}; it has {_names(options)}")
    for option in options:
        name = option["name"]
        if name == focused:
            entry.focused = option
            inside.append({"name": name, "type": option["type"], "value": values.get(name, ""), "focused": True})
        elif name in values:
            value = _value(world, channel, entry, option, values[name])
            inside.append({"name": name, "type": option["type"], "value": value})
        elif option.get("required") and focused is None:
            raise NotPossible(f"the option {name} has to be filled in")


def _value(world: World, channel: Channel, entry: Typed, option: Json, value: Any) -> Any:
    """Return the value as the interaction carries it."""
    kind = OptionType(option["type"])
    if kind in {OptionType.STRING, OptionType.INTEGER, OptionType.NUMBER}:
        return _plain(option, kind, value)
    if kind is OptionType.BOOLEAN:
        if not isinstance(value, bool):
            raise _wrong(option, value)
        return value
    thing = _thing(world, channel, option, kind, value)
    entry.things.append(thing)
    return str(thing.id)


def _wrong(option: Json, value: Any) -> NotPossible:
    return NotPossible(f"{option['name']} takes a {OptionType(option['type']).name}, and not {value!r}")


def _plain(option: Json, kind: OptionType, value: Any) -> Any:
    if choices := option.get("choices"):
        for choice in choices:
            if value in (choice["name"], choice["value"]):
                return choice["value"]
        raise NotPossible(f"{option['name']} offers {[choice['name'] for choice in choices]}, and not {value!r}")
    if not fits(value, kind):
        raise _wrong(option, value)
    size = len(value) if kind is OptionType.STRING else value
    least, most = _bounds(option, kind)
    if not least <= size <= most:
        raise NotPossible(f"{option['name']} takes from {least} to {most}, and not {value!r}")
    return value


def _bounds(option: Json, kind: OptionType) -> tuple[float, float]:
    if kind is OptionType.STRING:
        return option.get("min_length") or 1, option.get("max_length") or LONGEST_TEXT
    least, most = option.get("min_value"), option.get("max_value")
    return -(2**53) if least is None else least, 2**53 if most is None else most


def _thing(
    world: World, channel: Channel, option: Json, kind: OptionType, value: Any
) -> Person | Role | Channel | Attachment:
    match kind, value:
        case OptionType.USER | OptionType.MENTIONABLE, Person():
            return value
        case OptionType.ROLE | OptionType.MENTIONABLE, Role() if channel.guild and value in channel.guild.roles:
            return value
        case OptionType.CHANNEL, Channel() if value.guild is channel.guild:
            wanted = option.get("channel_types") or [value.kind]
            if value.kind not in wanted:
                raise NotPossible(f"{option['name']} takes channels of the types {wanted}")
            return value
        case OptionType.ATTACHMENT, Upload():
            return world.attach(value)
        case _:
            raise _wrong(option, value)
