"""A Discord server of our own on the loopback, strict, for the unmodified client of discord.py.

It speaks REST v10 and the gateway (JSON, zlib-stream), keeps guilds, channels, messages and commands in memory, and lets
a test act for people. Nothing in it sleeps: moments, expiry and windows are those of the clock that it is given, so that
a test moves a `MovedClock`. (A `HurriedClock` would be moved by whoever waits, and interactions would expire.)

    async with DiscordServer(clock) as discord:
        guild = discord.guild("shop")
        channel = guild.channel("releases")
        person = guild.member("release-engineer", permissions=["MANAGE_GUILD"])
        ...                         # start the product with discord.rest_url, discord.gateway_url, discord.token
        await discord.connected()   # a session is there
        await discord.synced()      # commands are registered

        seen = await discord.command(person, channel, "/rollout", {"what": "25%"})
        assert seen.ephemeral and "25%" in seen.text
        card = channel.messages[-1]
        press = await discord.press(person, card, "Pause")
        await discord.submit(person, press.modal, {"Reason": "errors"})

**What people do** returns the `Interaction` once the bot has answered it (beyond a deferral, for the reply itself), or
raises `NotPossible` where the client would not let a person do it: commands, options, types, bounds and choices are those
of the *registered* commands; buttons and menus those of the message as it stands, for whoever sees it.

- `command(person, channel, "/flag set", {"key": "checkout"})`: sub-commands and groups are words of the line. Values by
  type: `str`, `int`, `bool`, `float`, `Person`, `Role`, `Channel`, `Upload(filename, content)`; a choice by name or value.
- `autocomplete(person, channel, "/rollout", {"what": "2"}, focused="what")` returns `Choice(name, value)`s.
- `press(person, message, "Pause")` by label or custom_id; `choose(person, message, "custom_id", ["25%"])` with labels,
  values, people, roles or channels; `submit(person, modal, {"Reason": "…"})` by label or custom_id.
- `say(person, channel, "text")` is an ordinary message. `repeat(interaction)` sends the very same INTERACTION_CREATE again.
- `Interaction`: `response` (a `Response`: MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL), `message`
  (the reply, or the message that was updated), `text`, `ephemeral`, `modal`, `followups`, `choices`, `failed` (the person
  read "The application did not respond"), `refused` (codes of late or further answers: 10062, 40060, 50027, 10015).
- A bot that never answers raises AssertionError after `discord.patience` seconds. While nobody has a session the person
  gets a failed interaction at once; `disconnected()` waits for that after the bot was ended.

**What they see**: `channel.messages` (everyone), `channel.seen_by(person)` (with what was said to that person alone),
`channel.threads`, `discord.direct(person).messages`. A `Message` has `text` (everything that is written in it), `content`,
`embeds`, `components`, `buttons` (labels that can be pressed), `flags`, `has_layout`, `nonce`, `attachments` (with their
content), `edits`, `edited_at`, `thread`, `author`, `ephemeral_to`, `pings` and `all_pings`: whom it notifies, by
`allowed_mentions`, permissions and text. `discord.pings` is the list for everything that the bot ever wrote.

**Who may what**: `channel.deny(discord.bot, "SEND_MESSAGES")`, `channel.allow(role, …)`, `guild.role(name, *permissions,
mentionable=True)`, `person.takes_direct_messages = False`, `guild.most_active_threads = 1`. The bot may everything that a
new guild allows to everyone, @everyone included, and MANAGE_THREADS.

**Trouble**: `discord.faults.next("POST /channels/{id}/messages", CutAfter())` for the next request to a route,
`discord.faults.share(0.3, seed=1)` for a share of all; `RateLimited(retry_after, scope, via)`, `ServerError(status)`,
`CutBefore()`, `CutAfter()` (done, and the connection breaks), `Held()` (done when its gate opens), `DiscordError(code,
status)`. `faults.injected` tells what went wrong. The client itself sleeps: after a 500, 502, 504 or 524 for a second and
more, after a 429 for `retry_after`; aiohttp repeats a GET, PUT or DELETE once by itself when a kept connection breaks.
Gateway: `drop()`, `close_gateway(code)`, `reconnect_op()`, `invalid_session(resumable=…)`, `malformed_dispatch()`,
`go_silent()`, `refuse_sessions(4004)`; `identifies` (with `intents`), `resumes` (with `replayed`), `syncs`,
`count("POST /channels/{id}/messages")`, `gateway.heartbeat_interval`, `DiscordServer(clock, privileged=("GUILD_MEMBERS",))`.
discord.py waits five seconds before each IDENTIFY but the first (`Client.before_identify_hook`).

**Strictness**: `verify`, at the end of the block by itself, raises AssertionError with every complaint: bodies over a
limit (also refused with 50035, as Discord does), unknown routes, wrong headers, wrong payloads, bodies that Discord's
OpenAPI document does not describe (where ROLLCALL_SPECS names its folder), files that no component shows, and faults that
nothing met. A test that provokes one takes it out with `forgive(pattern)`. What the world explains is no complaint and
comes as the code it has: 10062 after three seconds, 40060, 50027 after fifteen minutes, 50001, 50013, 50007, 10008,
50083, 160004, 30034, and 30046 for edits of messages older than an hour, more than `discord.rules.old_edits` within a
window. Numbers that Discord does not publish are in `Rules`.

What it does not play: voice, polls, stickers, reactions, pins, forums, context menus, sharding, buckets that fill by
themselves, HTTP interactions, zstd.
"""

from __future__ import annotations

from tests.fakes.discord.command_book import Sync
from tests.fakes.discord.faults import CutAfter, CutBefore, DiscordError, Fault, Held, RateLimited, ServerError
from tests.fakes.discord.interactions import Choice, Interaction, Modal, Response
from tests.fakes.discord.places import Channel, ChannelType, Guild, Person, Role
from tests.fakes.discord.posts import Attachment, Message, Pings, Upload
from tests.fakes.discord.server import DiscordServer
from tests.fakes.discord.typed import NotPossible
from tests.fakes.discord.world import Rules

__all__ = [
    "Attachment",
    "Channel",
    "ChannelType",
    "Choice",
    "CutAfter",
    "CutBefore",
    "DiscordError",
    "DiscordServer",
    "Fault",
    "Guild",
    "Held",
    "Interaction",
    "Message",
    "Modal",
    "NotPossible",
    "Person",
    "Pings",
    "RateLimited",
    "Response",
    "Role",
    "Rules",
    "ServerError",
    "Sync",
    "Upload",
]
