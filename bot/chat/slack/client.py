"""The Web API client: one session, no retries of its own, and never longer under way than a delivery may take."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

ANSWERED_WITHIN = 10
"""Seconds for one call; the outbox takes a row up again after forty."""


def open_client(token: str, api_url: str) -> AsyncWebClient:
    """Return a client for a Web API under `api_url`. Trying again is the outbox's business, so it has no retry handlers."""
    from slack_sdk.web.async_client import AsyncWebClient

    base_url = api_url if api_url.endswith("/") else f"{api_url}/"
    return AsyncWebClient(token=token, base_url=base_url, timeout=ANSWERED_WITHIN, retry_handlers=[])
