"""A strict Slack of our own, for tests: Web API, signed HTTP, Socket Mode, and what a person sees of it all.

The app under test, or any client, is given `slack.api_url`, `slack.bot_token`, `slack.app_token` and
`slack.signing_secret`; people then do things on one of two ways, and the test reads what they see:

    async with SlackServer(clock, scopes=SCOPES_OF_THE_MANIFEST) as slack:
        channel, engineer = slack.channel("releases"), slack.person("release-engineer")
        …                                             # start the app: base URL, tokens, and for HTTP its own address
        way = slack.http("http://127.0.0.1:8080/slack/events")          # or: way = slack.socket()
        answer = await way.command(engineer, channel, "/rollout", "checkout 25%")
        assert answer.text == "Noted."                                  # what the acknowledgement shows
        (card,) = await slack.until(lambda: channel.messages)           # waits for the app, with no sleep
        assert "25 %" in card.seen                                      # the blocks as they are read
        assert card.buttons == ["Advance", "Pause"]
        answer = await way.press(engineer, card, "Pause")               # the button by its label
        await way.submit(engineer, answer.modal, {"Reason": "errors rise"})    # by label, action_id or block_id
        assert slack.modal_of(engineer) is None                         # it closed; else answer.errors say why not
        slack.expect_nothing_else()                                     # no message that nobody looked at

Time. Timestamps and expiry go by `clock`, a MovedClock. slack_bolt checks signatures by the machine's clock: give
`signing_clock=SystemClock()` then. Real seconds only bound what fails: 3 for an acknowledgement (`guard=`), 5 for
`until`. Everything runs in the test's event loop, on a port that the system chooses.

Strictness. Whatever Slack would refuse only because of a mistake in the app, or take although a person suffers from
it, is a complaint, and leaving the block fails with all of them (a failure of the test's own gets them as a note).
Complaints are: unknown methods and arguments, missing scopes, tokens in addresses, blocks, views, metadata and texts
over a limit or malformed (a bare `&` or `<`, a date without fallback), blocks without top-level text, `link_names`,
`parse=full`, a late, wrong or repeated acknowledgement, worn-out response URLs, uploads that do not fit together, a
call before Retry-After has passed. A test that provokes one says so: `slack.expect_complaint("missing_scope")`.
Situations of a workspace are plain errors and no complaints: `not_in_channel`, `is_archived`, expired triggers, also
`invalid_auth`.

The workspace.
- `slack.person(name, email=, time_zone=)`, `slack.another_app(name)`, `slack.bot`; `person.mention`.
- `slack.channel(name, private=, bot=)` with `invite`, `remove`, `archive`, `say(person, text, thread=, metadata=)`;
  whoever types a command in a channel joins it. `slack.direct_messages(person)` is the channel `D…`.
- `channel.messages` is what stands in the channel, oldest first, `channel.thread(message)` the replies to one,
  `slack.ephemerals(person)` what only one person sees, `slack.home_of(person)` the Home tab, `slack.modal_of(person)`
  the topmost modal. Reading them counts as having looked; `slack.unread()` lists what nobody looked at.
- A message has `seen` (the screen), `heard` (a screen reader: the top-level text), `text`, `blocks`, `buttons`, `ts`,
  `thread_ts`, `broadcast`, `author`, `metadata`, `files` (with their bytes), `reactions`, `edited` (the mark), `edits`
  (how many), and `mentions`, `links`, `unfurls`: whom it pings and what it links to, live syntax and what Slack makes
  of bare `@here` where a text is not `verbatim` or `parse` is not `none`. `slack.pings` counts over all messages.
- A view has `seen`, `title`, `blocks`, `buttons`, `inputs`, `open`, `errors`, `previous`, `body`.

The ways, `slack.http(url)` and `slack.socket(connection)`; both take `team=` and `enterprise_id=` of strangers.
- `command(person, channel, "/rollout", "25% @name #name")` escapes as Slack does; `as_is=True` sends a text untouched.
- `press(person, message_or_view, label)`; on `message.snapshot()`, kept from before an edit, it is a stale press.
  `choose(person, where, option)`, `submit`, `close`, `suggest(person, where, action_id, typed)`, `open_home(person)`,
  `event(person, {"type": …})`.
- `repeat(answer)` delivers the very same payload again, with retry headers or on another connection or way.
- An answer has `text`, `reply`, `replies` (by acknowledgement and response_url so far), `modal`, `errors`, `payload`,
  `acknowledged`, and by HTTP `status`, `headers`, `body`.
- HTTP only: `way.payloads.command(…)` and the like write a deed down without sending it; `forged(deed)`, `old(deed)`,
  `unsigned(deed)`, `truncated(deed)`, `replayed(answer)`, `raw(body, headers)`, `ssl_check()`, `url_verification()`.
- Socket Mode only: `slack.connections`, each with `warn()`, `refresh()`, `disable()`, `fall_silent()`, `drop()` and
  `pings`; `slack.connections_made`, and `await slack.connected(2)` for the second one ever made.

Faults: `slack.faults.next("chat.postMessage", RateLimited(2), None, CutAfter(), channel=channel)`,
`always(method, fault)`, `share(0.3, seed, kinds=…, methods=…)`, `stop()`, `met`. Besides methods there are
`response_url` and `upload_url`.
`slack.calls` and `calls_of(method)` say what was asked, `slack.scopes_used` what scopes that took, `slack.bursts` the
most posts within one second by channel, which `SlackServer(posts_per_second=1)` also enforces.

`clients.py` points the unmodified clients of slack_sdk and slack_bolt here. What is not there: user tokens, OAuth,
shared channels, scheduled messages, group messages, workflows, and Slack's delivery of retries by itself.
"""

from tests.fakes.slack.acknowledgements import Answer
from tests.fakes.slack.calls import Call
from tests.fakes.slack.faults import (
    CutAfter,
    CutBefore,
    Fault,
    Faults,
    Garbled,
    Hangs,
    RateLimited,
    ServerError,
    SlackError,
)
from tests.fakes.slack.messages import File, Message
from tests.fakes.slack.server import EVERY_SCOPE, SlackServer
from tests.fakes.slack.signed_http import HttpWay
from tests.fakes.slack.socket_mode import Connection, SocketWay
from tests.fakes.slack.views import View
from tests.fakes.slack.ways import Way
from tests.fakes.slack.workspace import Channel, Person

__all__ = [
    "EVERY_SCOPE",
    "Answer",
    "Call",
    "Channel",
    "Connection",
    "CutAfter",
    "CutBefore",
    "Fault",
    "Faults",
    "File",
    "Garbled",
    "Hangs",
    "HttpWay",
    "Message",
    "Person",
    "RateLimited",
    "ServerError",
    "SlackError",
    "SlackServer",
    "SocketWay",
    "View",
    "Way",
]
