"""Modals, menus and the Home tab of the tests' Slack server, used by an unmodified slack_bolt app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.clock import MovedClock
from tests.fakes.slack import Channel, Person, SlackServer, View, Way
from tests.fakes.slack.clients import bolt_app, over_socket_mode


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    async with SlackServer(MovedClock()) as slack:
        yield slack


@pytest.fixture
def app(slack: SlackServer) -> AsyncApp:
    return bolt_app(slack)


@pytest.fixture
def client(app: AsyncApp) -> AsyncWebClient:
    return app.client


@pytest.fixture
async def way(slack: SlackServer, app: AsyncApp) -> AsyncIterator[Way]:
    async with over_socket_mode(app, slack):
        yield slack.socket()


@pytest.fixture
def channel(slack: SlackServer) -> Channel:
    return slack.channel("releases")


@pytest.fixture
def person(slack: SlackServer) -> Person:
    return slack.person("release-engineer")


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def options(*labels: str) -> list[dict[str, Any]]:
    return [{"text": plain(label), "value": label.lower()} for label in labels]


def asked(label: str, kind: str, **more: object) -> dict[str, Any]:
    element = {"type": kind, "action_id": label.lower(), **more}
    return {"type": "input", "block_id": f"{label.lower()}-block", "label": plain(label), "element": element}


def modal(*blocks: dict[str, Any], title: str = "Plan", **more: object) -> dict[str, Any]:
    section = {"type": "section", "text": plain("a plan")}
    return {"type": "modal", "title": plain(title), "submit": plain("Go"), "blocks": [*blocks, section], **more}


async def opened(slack: SlackServer, client: AsyncWebClient, channel: Channel, person: Person, view: Any) -> View:
    """Open a modal for somebody who typed a command."""
    deed = slack.socket().payloads.command(person, channel, "/plan", "")
    await client.views_open(trigger_id=deed.payload["trigger_id"], view=view)
    return deed.opened[-1]


async def error_of(answer: Any) -> str:
    with pytest.raises(SlackApiError) as raised:
        await answer
    return str(raised.value.response["error"])


async def test_a_form_is_filled_in_by_labels(
    slack: SlackServer, app: AsyncApp, channel: Channel, person: Person, way: Way
) -> None:
    state: dict[str, Any] = {}

    @app.view("form")
    async def submitted(ack: Any, view: dict[str, Any]) -> None:
        state.update({block: next(iter(values.values())) for block, values in view["state"]["values"].items()})
        await ack()

    form = modal(
        asked("Reason", "plain_text_input", initial_value="none"),
        asked("Step", "static_select", options=options("One", "Two"), initial_option=options("One")[0]),
        asked("Speed", "radio_buttons", options=options("Slow", "Fast")),
        asked("Where", "checkboxes", options=options("Here", "There")),
        asked("Who", "users_select"),
        asked("When", "datepicker", initial_date="2026-03-02"),
        callback_id="form",
    )
    view = await opened(slack, app.client, channel, person, form)
    assert view.inputs == ["Reason", "Step", "Speed", "Where", "Who", "When"]
    await way.submit(person, view, {"Speed": "Fast", "where-block": ["Here", "there"], "who": person.id})
    assert state["reason-block"]["value"] == "none"
    assert state["step-block"]["selected_option"]["value"] == "one"
    assert state["speed-block"]["selected_option"]["value"] == "fast"
    assert [option["value"] for option in state["where-block"]["selected_options"]] == ["here", "there"]
    assert state["who-block"]["selected_user"] == person.id
    assert state["when-block"]["selected_date"] == "2026-03-02"
    assert not view.open


async def test_an_option_that_is_not_there_cannot_be_chosen(
    slack: SlackServer, client: AsyncWebClient, channel: Channel, person: Person, way: Way
) -> None:
    form = modal(asked("Step", "static_select", options=options("One", "Two")))
    view = await opened(slack, client, channel, person, form)
    with pytest.raises(AssertionError, match="there is no option 'Three' among"):
        await way.submit(person, view, {"Step": "Three"})


async def test_an_option_of_a_menu_is_chosen_by_its_label(
    client: AsyncWebClient, app: AsyncApp, channel: Channel, person: Person, way: Way
) -> None:
    chosen: list[str] = []

    @app.action("more")
    async def more(ack: Any, body: dict[str, Any]) -> None:
        chosen.append(body["actions"][0]["selected_option"]["value"])
        await ack()

    menu = {"type": "overflow", "action_id": "more", "options": options("History", "Help")}
    block = {"type": "section", "text": plain("a plan"), "accessory": menu}
    await client.chat_postMessage(channel=channel.id, text="a plan", blocks=[block])
    await way.choose(person, channel.messages[0], "Help")
    assert chosen == ["help"]


async def test_a_view_is_changed_by_its_id_or_its_own_name_unless_it_changed_meanwhile(
    slack: SlackServer, client: AsyncWebClient, channel: Channel, person: Person
) -> None:
    view = await opened(slack, client, channel, person, modal(external_id="plan-7"))
    first = view.hash
    await client.views_update(view_id=view.id, hash=first, view=modal(title="Second", external_id="plan-7"))
    assert view.title == "Second"
    again = client.views_update(view_id=view.id, hash=first, view=modal(title="Third"))
    assert await error_of(again) == "hash_conflict"
    await client.views_update(external_id="plan-7", view=modal(title="Fourth", external_id="plan-7"))
    assert view.title == "Fourth"
    assert (
        await error_of(opened(slack, client, channel, person, modal(external_id="plan-7"))) == "duplicate_external_id"
    )
    slack.expect_complaint("duplicate_external_id")


async def test_a_modal_is_pushed_from_one_that_is_open_only(
    slack: SlackServer, client: AsyncWebClient, app: AsyncApp, channel: Channel, person: Person, way: Way
) -> None:
    @app.action("more")
    async def more(ack: Any, body: dict[str, Any]) -> None:
        await client.views_push(trigger_id=body["trigger_id"], view=modal(title="Above"))
        await ack()

    button = {"type": "button", "text": plain("More"), "action_id": "more"}
    below = await opened(slack, client, channel, person, modal({"type": "actions", "elements": [button]}))
    above = (await way.press(person, below, "More")).modal
    assert (above.title, above.previous, slack.modal_of(person)) == ("Above", below, above)
    deed = way.payloads.command(person, channel, "/plan", "")
    assert await error_of(client.views_push(trigger_id=deed.payload["trigger_id"], view=modal())) == "not_found"
    slack.expect_complaint("nothing is open")


async def test_the_app_hears_of_a_closed_modal_only_where_it_asked_to(
    slack: SlackServer, app: AsyncApp, channel: Channel, person: Person, way: Way
) -> None:
    closed: list[str] = []

    @app.view_closed("plan")
    async def on_closed(ack: Any, view: dict[str, Any]) -> None:
        closed.append(view["id"])
        await ack()

    quiet = await opened(slack, app.client, channel, person, modal(callback_id="plan"))
    assert await way.close(person, quiet) is None
    loud = await opened(slack, app.client, channel, person, modal(callback_id="plan", notify_on_close=True))
    await way.close(person, loud)
    assert (closed, slack.modal_of(person)) == ([loud.id], None)
    with pytest.raises(AssertionError, match="was closed"):
        await way.submit(person, loud)


@pytest.mark.parametrize(
    ("view", "complaint"),
    [
        (modal(title="t" * 25), "title must be between 1 and 24"),
        (modal(submit=plain("s" * 25)), "submit has 25 characters"),
        (modal(close={"type": "mrkdwn", "text": "x"}), "close is a text of type plain_text"),
        (modal(title=""), "a modal has to have a title"),
        (modal(asked("Reason", "plain_text_input"), submit=None), "a modal with inputs has to have submit"),
        (modal(asked("Reason", "button", text=plain("x"))), "a block of type input holds no button"),
        (modal(private_metadata="m" * 3001), "private_metadata"),
    ],
)
async def test_a_modal_over_a_limit_is_refused(
    slack: SlackServer,
    client: AsyncWebClient,
    channel: Channel,
    person: Person,
    view: dict[str, Any],
    complaint: str,
) -> None:
    assert await error_of(opened(slack, client, channel, person, view)) == "invalid_arguments"
    assert complaint in slack.expect_complaint("views.open: ")


async def test_a_home_tab_is_published_again_unless_it_changed_meanwhile(
    slack: SlackServer, client: AsyncWebClient, app: AsyncApp, person: Person, way: Way
) -> None:
    @app.event("app_home_opened")
    async def opened_home(event: dict[str, Any]) -> None:
        hashes.append(event["view"]["hash"])

    hashes: list[str] = []
    home = {"type": "home", "blocks": [{"type": "header", "text": plain("Nothing waits")}]}
    first = (await client.views_publish(user_id=person.id, view=home))["view"]["hash"]
    await way.open_home(person)
    await client.views_publish(user_id=person.id, hash=first, view=home)
    assert await error_of(client.views_publish(user_id=person.id, hash=first, view=home)) == "hash_conflict"
    shown = slack.home_of(person)
    assert shown is not None
    assert (shown.seen, hashes) == ("Nothing waits", [first])


async def test_what_one_person_sees_is_pressed_replaced_and_deleted_but_never_shown_to_all(
    slack: SlackServer, app: AsyncApp, channel: Channel, person: Person, way: Way
) -> None:
    answers: list[dict[str, Any]] = [
        {"text": "again", "replace_original": True, "blocks": [{"type": "actions", "elements": []}]},
        {"text": "for all", "replace_original": True, "response_type": "in_channel"},
        {"delete_original": True},
    ]

    @app.action("sure")
    async def sure(ack: Any, body: dict[str, Any], respond: Any) -> None:
        assert (body["container"]["is_ephemeral"], "message" in body) == (True, False)
        await respond(answers.pop(0))
        await ack()

    button = {"type": "button", "text": plain("Sure"), "action_id": "sure"}
    answers[0]["blocks"][0]["elements"].append(button)
    channel.invite(person)
    asking: dict[str, Any] = {"text": "Sure?", "blocks": [{"type": "actions", "elements": [button]}]}
    await app.client.chat_postEphemeral(channel=channel.id, user=person.id, **asking)
    (message,) = slack.ephemerals(person)
    await way.press(person, message, "Sure")
    await way.press(person, message, "Sure")
    slack.expect_complaint("cannot become a message for all")
    assert (message.text, message.edits, channel.messages) == ("again", 1, [])
    await way.press(person, message, "Sure")
    assert slack.ephemerals(person) == []
