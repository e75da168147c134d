"""What people do: type commands, press buttons, choose, fill in forms; each waits for what the bot answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.fakes.discord.forms import filled_in
from tests.fakes.discord.gateway import Gateway
from tests.fakes.discord.intents import NO_INTENT
from tests.fakes.discord.interactions import (
    TIME_TO_ANSWER,
    Choice,
    Interaction,
    InteractionType,
    Modal,
)
from tests.fakes.discord.payloads import interacting_json, message_json, resolved_json
from tests.fakes.discord.permissions import Permission
from tests.fakes.discord.places import Channel, Person
from tests.fakes.discord.posts import SELECTS, ComponentType, Json, Message, walk
from tests.fakes.discord.snowflakes import Snowflakes
from tests.fakes.discord.typed import NotPossible, Typed, typed
from tests.fakes.discord.world import World


class Hands:
    """Everything that a person can do in the client."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self._world = world
        self._gateway = gateway

    async def command(self, person: Person, channel: Channel, line: str, values: Mapping[str, Any]) -> Interaction:
        """Type a command and return it answered."""
        entry = typed(self._world, person, channel, line, values)
        data = self._command_data(entry, channel)
        interaction = self._send(InteractionType.COMMAND, person, channel, data)
        return await self._answered(interaction, f"answer to {line}")

    async def autocomplete(
        self, person: Person, channel: Channel, line: str, values: Mapping[str, Any], focused: str
    ) -> list[Choice]:
        """Type a part of an option and return what is offered."""
        entry = typed(self._world, person, channel, line, values, focused)
        if entry.focused is None or not entry.focused.get("autocomplete"):
            raise NotPossible(f"{line} completes no option {focused}")
        data = self._command_data(entry, channel)
        interaction = self._send(InteractionType.AUTOCOMPLETE, person, channel, data)
        interaction.option_type = entry.focused["type"]
        answered = await self._answered(interaction, f"completion of {focused} in {line}")
        assert not answered.failed, f"the options could not be loaded: {answered.refused}"
        return answered.choices

    def _command_data(self, entry: Typed, channel: Channel) -> Json:
        guild = channel.guild
        data = entry.data(None if guild is None else guild.id)
        resolved = resolved_json(entry.things, guild, self._world)
        return data | ({"resolved": resolved} if resolved else {})

    async def press(self, person: Person, message: Message, button: str) -> Interaction:
        """Press a button, named by its label or its custom_id."""
        part = self._usable(person, message, button, {ComponentType.BUTTON})
        data = {"component_type": int(part["type"]), "custom_id": part["custom_id"], "id": part["id"]}
        interaction = self._send(InteractionType.COMPONENT, person, message.channel, data, source=message)
        return await self._answered(interaction, f"answer to the button {button}")

    async def choose(self, person: Person, message: Message, custom_id: str, values: Iterable[object]) -> Interaction:
        """Choose from a select menu: texts (an option's label or value), or people, roles and channels."""
        part = self._usable(person, message, custom_id, set(SELECTS))
        answer, things = filled_in(part, list(values))
        resolved = resolved_json(things, message.channel.guild, self._world)
        data = {"component_type": answer.pop("type"), **answer} | ({"resolved": resolved} if resolved else {})
        interaction = self._send(InteractionType.COMPONENT, person, message.channel, data, source=message)
        return await self._answered(interaction, f"answer to the menu {custom_id}")

    async def submit(self, person: Person, modal: Modal, values: Mapping[str, object]) -> Interaction:
        """Send a form, its fields named by label or custom_id."""
        opened = modal.opened_by
        if person is not opened.person or not modal.open:
            raise NotPossible(f"the form {modal.title} does not stand before {person.name}")
        data, things = _form_data(modal, values)
        resolved = resolved_json(things, opened.channel.guild, self._world)
        data |= {"resolved": resolved} if resolved else {}
        modal.open = False
        interaction = self._send(InteractionType.MODAL, person, opened.channel, data, source=opened.source)
        return await self._answered(interaction, f"answer to the form {modal.title}")

    def repeat(self, interaction: Interaction) -> None:
        """Send the very same INTERACTION_CREATE once more, as a replay may."""
        self._world.tell("INTERACTION_CREATE", interaction.payload, NO_INTENT)

    def _usable(self, person: Person, message: Message, name: str, kinds: set[ComponentType]) -> Json:
        visible = message in message.channel.seen_by(person)
        if not visible or Permission.VIEW_CHANNEL not in message.channel.permissions_of(person):
            raise NotPossible(f"{person.name} does not see that message: it is deleted, hidden, or for somebody else")
        parts = [part for part in walk(message.components) if part["type"] in kinds]
        for part in parts:
            emoji = (part.get("emoji") or {}).get("name")
            if name in {part.get("label"), part.get("custom_id"), part.get("placeholder"), emoji}:
                if part.get("disabled") or not part.get("custom_id"):
                    raise NotPossible(f"{name} is disabled, or only a link")
                return part
        raise NotPossible(f"there is no {name}, only {[one.get('label') or one.get('custom_id') for one in parts]}")

    def _send(
        self, kind: InteractionType, person: Person, channel: Channel, data: Json, source: Message | None = None
    ) -> Interaction:
        world = self._world
        number = world.ids.next()
        token = _token(world.ids)
        payload = interacting_json(world, person, channel)
        payload |= {"id": str(number), "type": int(kind), "token": token, "data": data}
        if source is not None:
            payload["message"] = message_json(source)
        interaction = Interaction(number, kind, token, person, channel, payload, world.clock.now(), source)
        interaction.heard = bool(self._gateway.sessions)
        world.interactions[token] = interaction
        world.tell("INTERACTION_CREATE", payload, NO_INTENT)
        return interaction

    async def _answered(self, interaction: Interaction, what: str) -> Interaction:
        """Wait for the answer, beyond a deferral for the reply itself; give up where the time to answer is over."""

        def settled() -> bool:
            late = self._world.clock.now() - interaction.created_at > TIME_TO_ANSWER
            gave_up = interaction.response is None and (late or bool(interaction.refused) or not interaction.heard)
            return gave_up or (interaction.response is not None and not interaction.loading)

        await self._world.watch.until(settled, what)
        await self._world.watch.settle()
        return interaction


def _token(ids: Snowflakes) -> str:
    return f"interaction-token-{ids.next():x}"


def _form_data(modal: Modal, values: Mapping[str, object]) -> tuple[Json, list[object]]:
    """Return the data of a form that is sent, and what was chosen in it."""
    left = dict(values)
    things: list[object] = []
    sent: dict[str, Json] = {}
    for label, part in modal.inputs:
        given = left.pop(part["custom_id"], left.pop(label, None))
        answer, chosen = filled_in(part, given)
        sent[part["custom_id"]] = answer
        things += chosen
    if left:
        raise NotPossible(f"the form {modal.title} has no fields {sorted(left)}; it has {modal.fields}")
    return {"custom_id": modal.custom_id, "components": [_sent(part, sent) for part in modal.components]}, things


def _sent(part: Json, answers: dict[str, Json]) -> Json:
    said: Json = {"type": part["type"], "id": part.get("id", 0)}
    if part.get("component"):
        return said | {"component": answers[part["component"]["custom_id"]]}
    if part.get("components"):
        return said | {"components": [answers[inner["custom_id"]] for inner in part["components"]]}
    return said
