"""The unmodified clients of slack_sdk and slack_bolt, pointed at this server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack.server import SlackServer


def web_client(slack: SlackServer, token: str | None = None, timeout: int = 5) -> AsyncWebClient:
    """Return a client with the bot's token, or another one, that tries everything once."""
    token = slack.bot_token if token is None else token
    return AsyncWebClient(token=token, base_url=slack.api_url, retry_handlers=[], timeout=timeout)


def bolt_app(slack: SlackServer) -> AsyncApp:
    """Return an app without listeners that acknowledges after it did what it does."""
    client = web_client(slack)
    return AsyncApp(client=client, signing_secret=slack.signing_secret, process_before_response=True)


@asynccontextmanager
async def over_http(app: AsyncApp) -> AsyncIterator[str]:
    """Serve a bolt app on the loopback, and yield its address for Slack."""
    runner = web.AppRunner(app.server(port=0, path="/slack/events").web_app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def over_socket_mode(
    app: AsyncApp, slack: SlackServer, ping_interval: float = 5
) -> AsyncIterator[AsyncSocketModeHandler]:
    """Connect a bolt app; its handler needs a web client of its own, or it would ask slack.com."""
    client = web_client(slack, slack.app_token)
    handler = AsyncSocketModeHandler(app, slack.app_token, web_client=client, ping_interval=ping_interval)
    made = slack.connections_made
    await handler.connect_async()  # type: ignore[no-untyped-call]  # slack_bolt has no types here.
    await slack.connected(made + 1)
    try:
        yield handler
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]
