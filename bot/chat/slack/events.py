"""The events that the bot wants to hear of; the manifest subscribes to them, and Slack's way in handles each."""

from __future__ import annotations

HOME_OPENED = "app_home_opened"

SOMEBODY_JOINED = "member_joined_channel"

CHANNEL_EVENTS = (
    "channel_archive",
    "channel_created",
    "channel_rename",
    "channel_unarchive",
    "group_archive",
    "group_rename",
    "group_unarchive",
    SOMEBODY_JOINED,
)
"""After one of these the names of channels have to be read again; Slack calls a private channel a group here."""

EVENTS = (HOME_OPENED, *CHANNEL_EVENTS)
