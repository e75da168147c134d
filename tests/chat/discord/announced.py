"""One example of everything the bot says of a rollout, most of them while it stands at 25 % of the servers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.announcements import (
    checklist_items,
    completed,
    done_by,
    gates,
    held,
    judgement_said,
    moved,
    problem_told,
    ready,
    rolled_back,
    rollout_card,
    rollout_history,
    sight,
    step_reached,
    undelivered,
)
from bot.domain.actor import Actor
from bot.domain.audit import Action, Event, Head, Outcome, chain
from bot.domain.condition_verdict import Verdict
from bot.domain.errors import Blocker
from bot.domain.flag import OFF, FlagTarget
from bot.domain.gate import GateRecord
from bot.domain.judgement_view import Approved, Reported
from bot.domain.message import Bold, Button, Buttons, Mention, Message, Moment, Note, Paragraph, Tone, line
from bot.domain.moves import abort, advance, arrived, begin, pause, resume, roll_back
from bot.domain.outbox import Delivery, DeliveryKind
from bot.domain.plan import Approval
from bot.domain.rollout import Baseline, Rollout, Status, Tick, TickState
from bot.domain.surroundings import Surroundings
from tests.domain.plans_for_tests import DAY, FIVE_PLANS, HOUR, MINUTE, MONDAY, settle

if TYPE_CHECKING:
    from bot.domain.audit import Entry

PLAN = next(plan for plan in FIVE_PLANS if plan.key == "verification-flow")
FLAG = "new_verification_flow"
STARTED = MONDAY - 4 * DAY
NOW = MONDAY + 3 * HOUR
PREPARED, AT_25, LAST = 1, 7, 12

ACTOR = Actor("release-engineer", "discord", "80351110224678912", "releases", "a-request")
ON_CALL = Mention("release-engineer", (("discord", "80351110224678912"), ("slack", "U012AB3CD")))
FROZEN = Surroundings(stops=(Blocker("freeze", "production is frozen for the fair", MONDAY + DAY),))

SAYS = {
    "verification_failure_rate <= baseline": "verification_failure_rate 1.9% <= 2.1% (baseline)",
    "database_error_rate <= baseline": "database_error_rate 0.02% <= 0.02% (baseline)",
    "api_error_rate <= baseline": "api_error_rate 0.31% <= 0.4% (baseline)",
    "response_time_p95 <= baseline": "response_time_p95 412ms <= 380ms (baseline)",
    "problems < 3": "problems 1 < 3",
}


def at(step: int) -> Rollout:
    """Return the rollout at a step that it reached on Monday morning, with the flag seen to hold what is wanted."""
    off = (FlagTarget(FLAG, PLAN.environment, OFF),)
    rollout = begin(PLAN, 7, current=off, channels=(), by="release-engineer", now=STARTED)
    return settle(arrived(rollout, step, MONDAY), MONDAY)


def judged(rollout: Rollout) -> Rollout:
    """Return the rollout with some of its gates measured, one of them not as it should be."""
    records = tuple(
        GateRecord(condition, NOW, Verdict.FALSE if "412ms" in says else Verdict.TRUE, says)
        for condition, says in SAYS.items()
    )
    baselines = (Baseline("verification_failure_rate", 2.1), Baseline("response_time_p95", 0.38))
    return replace(rollout, judging=replace(rollout.judging, records=records, baselines=baselines, since=MONDAY))


def all_ticked(rollout: Rollout) -> Rollout:
    """Return the rollout with every item of its step said, the last one skipped."""
    items = rollout.current.checklist
    ticks = [
        Tick(it.key, TickState.DONE, "release-engineer", NOW, "s3://backups/2026-03-01, 41 GB" * it.evidence)
        for it in items[:-1]
    ]
    ticks.append(Tick(items[-1].key, TickState.SKIPPED, "qa-lead", NOW, "nobody uses `it` any more"))
    return replace(rollout, ticks=tuple(ticks))


RUNNING = judged(at(AT_25))
PAUSED = pause(RUNNING, NOW, "the partners asked for a day more")
BACK = roll_back(RUNNING, 1, NOW, "response_time_p95 812ms > 760ms (baseline * 2) for 10m")
ENDED = replace(advance(at(LAST), NOW, override=True), started_at=STARTED - 10 * DAY, finished_at=NOW)
HELD = replace(RUNNING, status=Status.PAUSED, paused_at=NOW, reason="response_time_p95 is too high")
ASKED = Surroundings(approvals=(Approval("qa"), Approval("lead", 2)))
WAITS = replace(at(PREPARED), ticks=all_ticked(at(PREPARED)).ticks)
MOVED = moved.render(at(AT_25 - 1), at(AT_25), NOW)


def history() -> list[Entry]:
    """Return what the audit log holds of the rollout, newest first."""
    told = (
        Event(Action.ROLLOUT_START, Outcome.ACCEPTED, "rollout #7", "production", "release 2.4 is signed off"),
        Event(
            Action.ROLLOUT_ADVANCE,
            Outcome.ACCEPTED,
            "rollout #7",
            "production",
            before={"status": "running", "step": 7, "name": "Gradual rollout: 10%"},
            after={"status": "running", "step": 8, "name": "Gradual rollout: 25%"},
        ),
        Event(Action.ROLLOUT_ADVANCE, Outcome.REFUSED, "rollout #7", after={"because": "8 gates do not hold yet"}),
    )
    head, found = Head(41, "ab" * 32), []
    for hours, event in enumerate(told):
        entry = chain(head, event, ACTOR, STARTED + 30 * hours * HOUR)
        head = Head(entry.seq, entry.hash)
        found.append(entry)
    return found[::-1]


def page() -> Message:
    """Return what an escalation says to whoever is on call, as it will be announced."""
    said = line(ON_CALL, ": ", Bold("#7 New verification flow"), " went back to level 1 by itself: ", BACK.reason, ".")
    buttons = Buttons(
        (
            Button("I look at it", "/page ack 12"),
            Button("Hand over", "/page hand-over 12"),
        )
    )
    more = Note(line("Nobody answers until ", Moment(NOW + 15 * MINUTE), ": then the next one is called."))
    summary = f"Page 12: #7 New verification flow went back by itself ({BACK.reason})"
    return Message(summary, (Paragraph(said), buttons, more), Tone.DANGER)


def undelivered_message() -> Message:
    lost = Delivery(9, "a-key", DeliveryKind.POST, "discord", "releases", "rollout:7", ready.render(WAITS), NOW, None)
    return undelivered.render(
        replace(lost, error="Discord refused it (50013): Rollcall lacks the permission Send Messages.")
    )


def examples() -> dict[str, Message]:
    """Return the announcements by the names of their golden files."""
    return {
        "card_running": rollout_card.render(RUNNING, NOW),
        "card_paused": rollout_card.render(PAUSED, NOW),
        "card_prepared": rollout_card.render(WAITS, NOW),
        "card_to_be_prepared": rollout_card.render(at(PREPARED), NOW, FROZEN),
        "card_rolled_back": rollout_card.render(BACK, NOW),
        "card_completed": rollout_card.render(ENDED, NOW),
        "checklist": checklist_items.render(all_ticked(at(PREPARED)), NOW),
        "completed": completed.render(ENDED, NOW),
        "gates": gates.render(RUNNING, NOW),
        "held": held.render(HELD, "response_time_p95 812ms > 760ms (baseline * 2) for 10m"),
        "history": rollout_history.render_history(RUNNING, history()),
        "figure": judgement_said.render_figure(RUNNING, "verification_failure_rate", "1.9%", baseline=False),
        "problem": judgement_said.render_problem(Reported(RUNNING, 2)),
        "problem_told": problem_told.render(
            RUNNING, 2, "qa-lead", "Admins see **both** panels, see https://example.org/shot.png", critical=True
        ),
        "approved": judgement_said.render_approved(Approved(RUNNING, ("qa",), "2 of lead")),
        "approved_by_all": judgement_said.render_approved(Approved(RUNNING, ("qa", "lead"), "")),
        "rejected": judgement_said.render_rejected(PAUSED),
        "moved": MOVED,
        "moved_by_somebody": done_by.render(RUNNING, PAUSED, ACTOR, "support reports errors"),
        "moved_to_pause": moved.render(RUNNING, PAUSED, NOW),
        "moved_on": moved.render(PAUSED, resume(PAUSED, NOW + HOUR), NOW + HOUR),
        "moved_back": moved.render(RUNNING, BACK, NOW),
        "moved_to_abort": moved.render(RUNNING, abort(RUNNING, NOW, "the numbers are bad"), NOW),
        "started": moved.render_start(at(0), NOW),
        "page": page(),
        "ready": ready.render(WAITS),
        "rolled_back": rolled_back.render(BACK),
        "rolled_back_with_work": rolled_back.render(roll_back(RUNNING, 2, NOW, "the data is wrong")),
        "tripped": rolled_back.render_tripped(BACK, BACK.reason),
        "rollouts": rollout_history.render_list([RUNNING, replace(ENDED, id=6), replace(BACK, id=5)]),
        "timeline": rollout_history.render_timeline(RUNNING, NOW),
        "sight_lost": sight.render_lost(
            RUNNING, "error_rate: the server at https://prometheus.example.org did not answer"
        ),
        "sight_back": sight.render_back(RUNNING),
        "step_reached": step_reached.render(at(AT_25), NOW),
        "undelivered": undelivered_message(),
    }
