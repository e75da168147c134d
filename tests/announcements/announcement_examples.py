"""An example of everything that a communication plan says, and of what people are shown of it, by the function that says it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.announcements import announce_list, announced, announcement_trouble, task_list
from bot.announcements.facts import example_for
from bot.announcements.kinds import KINDS
from bot.domain.after import Task, reminded
from bot.domain.announce_view import Previewed, Tracked
from bot.domain.announcement import BY_HAND, Announcement, AnnouncementState, Destination, Subscription
from bot.domain.announcing import DEFAULT_KINDS
from bot.domain.message import Mention, Message
from bot.domain.moments import Occasion, parse_moment
from bot.domain.outbox import Delivery, DeliveryKind, DeliveryState
from bot.domain.rollout import Rollout, Tick, TickState
from bot.operations.subscriptions import described
from bot.pictures import pictures
from tests.chat.slack import rollouts_for_tests as at
from tests.chat.slack.rollouts_for_tests import NOW, OPERATOR, PLAN
from tests.domain.plans_for_tests import DAY, HOUR
from tests.fakes.clock import MovedClock

DUE = "Tue 3 March 2026, 18:00 CET"
TEAM_ROOM = Destination("slack", "#verification", "team", "announce:31:slack:#verification")
ADMINS = Destination("discord", "server-admins", "server_admins", "announce:31:discord:server-admins")
BY_MAIL = Destination("email", "admins@example.org", "server_admins", "announce:31:email:admins@example.org")
REFUSED = "The mail server refuses admins@example.org (550): there is no such mailbox."

MOMENTS = {"deploying_soon": "T-24h", "still_running": "every 4h", "maintenance_begins": "each phase"} | {
    kind: f"each {occasion}" if occasion in {Occasion.STEP, Occasion.PHASE} else str(occasion)
    for occasion, kind in DEFAULT_KINDS.items()
}
"""When each kind is usually said."""

LOOKS = pictures(MovedClock(NOW))
WORDS = (
    "The first servers get the new verification flow today:\n- Members who are verified stay verified.\n"
    "- You do not have to do anything.\n\nReport what does not work with /rollout problem."
)


def said(say: str, when: str, **fields: object) -> Announcement:
    usual = {"id": 31, "key": "k", "subject": "rollout:12", "plan": PLAN.key, "to": ("team", "server_admins")}
    times = {"created_at": NOW, "happened_at": NOW, "due_at": NOW}
    return Announcement(say=say, when=when, **{**usual, **times, **fields})  # type: ignore[arg-type]  # The fields are the caller's to choose.


def _standing(kind: str) -> Rollout:
    """Return a rollout as it stands when a kind is said."""
    match kind:
        case "started" | "maintenance_begins":
            return at.at_first_step()
        case "held" | "gate_failed" | "paused":
            return at.paused()
        case "paused_while_we_fix" | "aborted":
            return at.rolled_back()
        case "live":
            return at.completed()
        case _:
            return at.at_25()


def _happened(kind: str) -> Announcement:
    """Return an announcement of a kind with what is known of its moment alone."""
    moment = parse_moment(MOMENTS[kind])
    more = {name: value for name, value in example_for(moment).items() if name in MORE}
    return said(kind, MOMENTS[kind], facts=tuple(more.items()))


MORE = {"reason", "by", "gate", "problem", "reporter"}


def _kinds() -> Iterator[tuple[str, Message]]:
    for kind in sorted(KINDS.keys() - {"said", "deploying_soon"}):
        yield f"announced.render-{kind}", announced.render(_standing(kind), _happened(kind), NOW, {})
    yield "announced.render", announced.render(at.at_25(), said(WORDS, "phase Gradual rollout"), NOW, {})
    by_hand = said("said", BY_HAND, facts=(("text", "Support answers until six, *also* on <Sunday> @here."),))
    yield "announced.render-by_hand", announced.render(at.at_25(), by_hand, NOW, {})
    starts = (("starts_at", (NOW + DAY).isoformat()),)
    ahead = said("deploying_soon", "T-24h", subject=f"plan:{PLAN.key}", facts=starts)
    yield "announced.render_ahead", announced.render_ahead(PLAN, ahead, {})
    yield "announced.render_example", announced.render_example(PLAN, said("step_reached", "each step"), {})


def _previewed() -> tuple[Previewed, ...]:
    planned = (
        (said("deploying_soon", "T-24h"), NOW + DAY, (TEAM_ROOM, ADMINS, BY_MAIL), ()),
        (said("step_reached", "each step", hold=True), None, (ADMINS,), (("team", "slack"),)),
    )
    shown = [
        Previewed(it, due, message, "", places, lacking, tuple((name, draw(message)) for name, draw in LOOKS.items()))
        for it, due, places, lacking in planned
        for message in [announced.render_example(PLAN, it, {})]
    ]
    broken = Previewed(said("nonesuch", "completed"), None, None, "no kind of message is named “nonesuch”", ())
    return (*shown, replace(broken, unknown=("server_admins",)))


def _delivery(place: Destination, state: DeliveryState, error: str = "") -> tuple[Destination, Delivery]:
    message = announced.render(at.at_25(), _happened("step_reached"), NOW, {})
    return place, Delivery(
        7, place.key, DeliveryKind.POST, place.platform, place.channel, "announcement:31", message, NOW, None,
        state=state, error=error,
    )  # fmt: skip


FAILED = _delivery(BY_MAIL, DeliveryState.FAILED, REFUSED)[1]


def _tracked() -> tuple[Tracked, ...]:
    ended = said("step_reached", "each step", state=AnnouncementState.SENT, due_at=None)
    sent = (
        _delivery(TEAM_ROOM, DeliveryState.SENT),
        _delivery(ADMINS, DeliveryState.PENDING),
        (BY_MAIL, FAILED),
    )
    held = said("live", "completed", id=34, state=AnnouncementState.HELD, hold=True)
    dropped = said(
        "still_running", "every 24h", id=30, state=AnnouncementState.DROPPED, due_at=None, note="a newer one was said"
    )
    waiting = said("said", BY_HAND, id=33, to=(), due_at=NOW + HOUR, facts=(("text", "The window opens soon."),))
    return (Tracked(held), Tracked(waiting), Tracked(ended, sent), Tracked(dropped))


def _lists() -> dict[str, Message]:
    previewed = _previewed()
    starts = said("deploying_soon", "T-24h", happened_at=NOW + DAY)
    held = said("The first servers get it today.", "T-1h", happened_at=NOW + 2 * DAY, hold=True)
    everything = Subscription(4, "slack", "C0RELEASES", OPERATOR, NOW)
    narrow = Subscription(5, "slack", "@U0RELEASE", OPERATOR, NOW, flag="new_verification_flow", kind="rolled_back")
    return {
        "announce_list.render_preview": announce_list.render_preview(PLAN, previewed),
        "announce_list.render_preview-none": announce_list.render_preview(PLAN, ()),
        "announce_list.render_looks": announce_list.render_looks(PLAN, previewed, 2),
        "announce_list.render_list": announce_list.render_list(_tracked()),
        "announce_list.render_list-none": announce_list.render_list(()),
        "announce_list.render_said": announce_list.render_said(said("We wait.", BY_HAND)),
        "announce_list.render_said-later": announce_list.render_said(said("We wait.", BY_HAND, due_at=NOW + DAY)),
        "announce_list.render_said-held": announce_list.render_said(said("We wait.", BY_HAND, hold=True)),
        "announce_list.render_said-cancelled": announce_list.render_said(
            said("We wait.", BY_HAND, state=AnnouncementState.CANCELLED, due_at=None)
        ),
        "announce_list.render_said-due": announce_list.render_said(said("We wait.", BY_HAND, due_at=NOW + DAY), DUE),
        "announce_list.render_said-held-due": announce_list.render_said(said("We wait.", BY_HAND, hold=True), DUE),
        "announce_list.render_start": announce_list.render_start(PLAN.key, (starts, held), DUE),
        "announce_list.render_start-none": announce_list.render_start(PLAN.key, (), DUE),
        "announce_list.render_subscribed": announce_list.render_subscribed(everything, described(everything)),
        "announce_list.render_subscribed-me": announce_list.render_subscribed(narrow, described(narrow)),
        "announce_list.render_unsubscribed": announce_list.render_unsubscribed(2),
        "announce_list.render_subscriptions": announce_list.render_subscriptions((everything, narrow), described),
        "announce_list.render_subscriptions-none": announce_list.render_subscriptions((), described),
    }


def _troubles() -> dict[str, Message]:
    held = said("live", "completed", id=34)
    return {
        "announcement_trouble.render_unconnected": announcement_trouble.render_unconnected("team", "Slack"),
        "announcement_trouble.render_unsayable": announcement_trouble.render_unsayable(
            said("{{ gate }}", "held"), "there is no fact `gate`"
        ),
        "announcement_trouble.render_failed": announcement_trouble.render_failed(FAILED, "server_admins", reached=True),
        "announcement_trouble.render_failed-nobody": announcement_trouble.render_failed(
            FAILED, "server_admins", reached=False
        ),
        "announcement_trouble.render_question": announcement_trouble.render_question(
            held, announced.render(at.completed(), held, NOW, {})
        ),
        "announcement_trouble.render_question-late": _late(),
    }


def _late() -> Message:
    words = said("said", BY_HAND, facts=(("text", "The window opens soon."),))
    return announcement_trouble.render_question(words, announced.render(at.at_25(), words, NOW, {}), 23 * HOUR)


def _named(name: str) -> Mention | None:
    return Mention(name, (("slack", "U0RELEASE"), ("discord", "80351110224678912"))) if name == OPERATOR else None


def _tasks() -> dict[str, Message]:
    done = at.completed()
    items = tuple(
        replace(it, owner=owner) for it, owner in zip(PLAN.after[0].checklist, (OPERATOR, "qa"), strict=False)
    )
    rest = PLAN.after[0].checklist[len(items) :]
    after = (replace(PLAN.after[0], checklist=(*items, *rest)), *PLAN.after[1:])
    owned = replace(done, plan=replace(PLAN, after=after))
    first = Task(1, 12, 1, NOW + DAY, NOW + DAY)
    tick = Tick(items[0].key, TickState.DONE, OPERATOR, NOW, "nothing new since Monday")
    retire = next(number for number, it in enumerate(PLAN.after, 1) if "flag" in str(it).casefold())
    return {
        "task_list.render": task_list.render(owned, first, _named),
        "task_list.render-again": task_list.render(owned, reminded(replace(first, due_at=NOW - DAY), NOW), _named),
        "task_list.render-retire": task_list.render(owned, Task(3, 12, retire, NOW, NOW), _named),
        "task_list.render_own": task_list.render_own(owned, first, items[:1]),
        "task_list.render_list": task_list.render_list(
            owned,
            (
                replace(first, ticks=(tick,)),
                *(Task(n, 12, n, NOW + n * DAY, NOW + n * DAY) for n in range(2, len(after) + 1)),
            ),
        ),
        "task_list.render_ticked": task_list.render_ticked(owned, replace(first, ticks=(tick,))),
        "task_list.render_snoozed": task_list.render_snoozed(owned, replace(first, wake_at=NOW + DAY)),
    }


def examples() -> dict[str, Message]:
    """Return the examples."""
    return {**dict(_kinds()), **_lists(), **_troubles(), **_tasks()}
