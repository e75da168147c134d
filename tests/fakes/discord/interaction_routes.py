"""Routes by which the bot answers what people do: the first answer, and what follows by the interaction's token."""

from __future__ import annotations

from typing import Any

from tests.fakes.discord.calls import Call
from tests.fakes.discord.command_limits import check_choices
from tests.fakes.discord.drafts import drafted
from tests.fakes.discord.findings import Findings
from tests.fakes.discord.interactions import (
    ANSWERS,
    TIME_TO_ANSWER,
    TIME_TO_FOLLOW_UP,
    Choice,
    Interaction,
    InteractionType,
    Modal,
    Response,
)
from tests.fakes.discord.modal_limits import check_modal
from tests.fakes.discord.payloads import message_json
from tests.fakes.discord.posting import delete_message, edit_message, new_message
from tests.fakes.discord.posts import Json, Message, MessageFlag
from tests.fakes.discord.refusals import Refusal, invalid
from tests.fakes.discord.world import World


def answer(world: World, call: Call) -> Json | None:
    """`POST /interactions/{id}/{token}/callback`: once, and within three seconds."""
    interaction = world.interactions.get(call.ids["interaction_token"])
    if interaction is None or interaction.id != call.id("interaction_id"):
        raise Refusal(10062)
    if interaction.response is not None:
        raise _refused(interaction, 40060)
    if world.clock.now() - interaction.created_at > TIME_TO_ANSWER:
        raise _refused(interaction, 10062)
    response = _response(interaction, call.body)
    _ANSWERING[response](world, call, interaction, call.body.get("data") or {})
    interaction.response = response
    return _callback(interaction, response) if call.query.get("with_response") in {"1", "true"} else None


def _refused(interaction: Interaction, code: int) -> Refusal:
    interaction.refused.append(code)
    return Refusal(code)


def _response(interaction: Interaction, body: Any) -> Response:
    kind = body.get("type") if isinstance(body, dict) else None
    allowed = ANSWERS[interaction.type]
    if interaction.source is None:
        allowed = allowed - {Response.UPDATE, Response.DEFERRED_UPDATE}
    if kind not in allowed:
        names = ", ".join(f"{one.name} ({one.value})" for one in sorted(allowed))
        raise invalid(("type", f"A {interaction.type.name} is answered with one of {names}, and not with {kind}."))
    return Response(kind)


def _callback(interaction: Interaction, response: Response) -> Json:
    said: Json = {"id": str(interaction.id), "type": int(interaction.type)}
    resource: Json = {"type": int(response)}
    message = interaction.message
    if message is not None:
        said["response_message_id"] = str(message.id)
        said["response_message_loading"] = interaction.loading
        said["response_message_ephemeral"] = message.is_ephemeral
    if message is not None and response in {Response.MESSAGE, Response.UPDATE, Response.DEFERRED_MESSAGE}:
        resource["message"] = message_json(message)
    return {"interaction": said, "resource": resource}


def _with_message(world: World, call: Call, interaction: Interaction, data: Json) -> None:
    interaction.message = _reply(world, call, interaction, data)


def _deferred(world: World, call: Call, interaction: Interaction, data: Json) -> None:
    flags = MessageFlag(data.get("flags") or 0)
    if flags & ~MessageFlag.EPHEMERAL:
        raise invalid(("data.flags", f"A deferred message may only be ephemeral, and not {flags!r}."))
    message = Message(world.ids.next(), interaction.channel, world.bot, world.clock.now())
    message.flags = flags | MessageFlag.LOADING
    message.interaction = interaction.metadata()
    message.ephemeral_to = interaction.person if flags else None
    interaction.channel.posts.append(message)
    interaction.message = message


def _deferred_update(_world: World, _call: Call, _interaction: Interaction, _data: Json) -> None:
    """Nothing happens that the person sees."""


def _update(world: World, call: Call, interaction: Interaction, data: Json) -> None:
    assert interaction.source is not None, "an update is allowed where there is a message to update"
    edit_message(world, interaction.source, drafted(data, call.files, of=interaction.source, interaction=True))
    interaction.message = interaction.source


def _choices(_world: World, _call: Call, interaction: Interaction, data: Json) -> None:
    found = Findings()
    check_choices(found, "data.choices", data.get("choices"), interaction.option_type)
    if found.problems:
        raise invalid(*found.problems)
    interaction.choices = [Choice(one["name"], one["value"]) for one in data["choices"]]


def _modal(_world: World, _call: Call, interaction: Interaction, data: Json) -> None:
    found = Findings()
    check_modal(found, data)
    if found.problems:
        raise invalid(*found.problems)
    interaction.modal = Modal(data["custom_id"], data["title"], data["components"], interaction)


_ANSWERING = {
    Response.MESSAGE: _with_message,
    Response.DEFERRED_MESSAGE: _deferred,
    Response.DEFERRED_UPDATE: _deferred_update,
    Response.UPDATE: _update,
    Response.CHOICES: _choices,
    Response.MODAL: _modal,
}


def _reply(world: World, call: Call, interaction: Interaction, data: Json) -> Message:
    draft = drafted(data, call.files, interaction=True)
    whom = interaction.person if MessageFlag.EPHEMERAL in draft.flags else None
    more = {"ephemeral_to": whom, "interaction": interaction.metadata()}
    return new_message(world, interaction.channel, world.bot, draft, **more)


def follow_up(world: World, call: Call) -> Json:
    """`POST /webhooks/{id}/{token}`: a further message; right after a deferral it becomes the awaited reply."""
    interaction = _by_token(world, call)
    if interaction.loading:
        assert interaction.message is not None, "what loads is a message"
        body = {name: value for name, value in call.body.items() if name != "flags"} | _layout_flag(call.body)
        edit_message(world, interaction.message, drafted(body, call.files, of=interaction.message, interaction=True))
        return message_json(interaction.message)
    message = _reply(world, call, interaction, call.body)
    interaction.followups.append(message)
    return message_json(message)


def _layout_flag(body: Json) -> Json:
    flags = MessageFlag(body.get("flags") or 0) & MessageFlag.IS_COMPONENTS_V2
    return {"flags": int(flags)} if flags else {}


def read(world: World, call: Call) -> Json:
    """`GET /webhooks/{id}/{token}/messages/{message_id}`."""
    return message_json(_message(_by_token(world, call), call))


def edit(world: World, call: Call) -> Json:
    """`PATCH /webhooks/{id}/{token}/messages/{message_id}`."""
    message = _message(_by_token(world, call), call)
    edit_message(world, message, drafted(call.body or {}, call.files, of=message, interaction=True))
    return message_json(message)


def delete(world: World, call: Call) -> None:
    """`DELETE /webhooks/{id}/{token}/messages/{message_id}`."""
    delete_message(world, _message(_by_token(world, call), call))


def _by_token(world: World, call: Call) -> Interaction:
    """Return an answered interaction whose token still holds; raises Refusal."""
    interaction = world.interactions.get(call.ids["webhook_token"])
    if interaction is None or call.id("webhook_id") != world.application_id:
        raise Refusal(10015)
    if world.clock.now() - interaction.created_at > TIME_TO_FOLLOW_UP:
        raise _refused(interaction, 50027)
    if interaction.response is None or interaction.type is InteractionType.AUTOCOMPLETE:
        raise _refused(interaction, 10015)
    return interaction


def _message(interaction: Interaction, call: Call) -> Message:
    wanted = call.ids["message_id"]
    if wanted == "@original":
        found = interaction.original
    else:
        mine = [*interaction.followups, *([interaction.message] if interaction.message else [])]
        found = next((one for one in mine if str(one.id) == wanted), None)
    if found is None or found.deleted:
        raise Refusal(10008)
    return found
