"""An example of everything the bot says, by the announcement's module and function, and what sets it apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.announcements import (
    access_overview,
    audit_entries,
    checklist_items,
    checkup,
    completed,
    done_by,
    flag_overview,
    forms,
    freeze_list,
    gates,
    held,
    home,
    judgement_said,
    moved,
    plan_overview,
    problem_told,
    ready,
    refusal,
    rehearsal,
    report,
    rolled_back,
    rollout_card,
    rollout_history,
    sight,
    step_reached,
    undelivered,
)
from bot.domain.access import Permission
from bot.domain.access_view import Able, Mine, Offered, Place
from bot.domain.actor import Actor
from bot.domain.announcement import ReportedProblem
from bot.domain.audit import Action, Event, Head, Outcome, Verification, chain
from bot.domain.checkup import doubtful, failed, good
from bot.domain.errors import BadPlan, Blocked, Blocker, Confirm, NotUnderstood, WhichOne
from bot.domain.flag import OFF, Evaluation, Flag, FlagState, Why
from bot.domain.flag_age import Stale
from bot.domain.flag_view import Changed, Checked, FlagView
from bot.domain.form import Form
from bot.domain.freeze import Freeze
from bot.domain.judgement_view import Approved, Reported
from bot.domain.link import Link
from bot.domain.message import Message
from bot.domain.moves import back
from bot.domain.outbox import Delivery, DeliveryKind
from bot.domain.overview import Overview, UnderWay, Waiting
from bot.domain.plan_fit import Fit
from bot.domain.problem import Problem
from bot.domain.rehearsal import Ending, Happening, Kind, Rehearsal
from bot.domain.report import FlagOutcome, Held, Met, ProblemTold, Report, Result, Taken, TargetResult
from bot.domain.rollout import Status
from bot.domain.surroundings import Surroundings
from bot.domain.team import Identity
from bot.domain.timeline import Dated, Listed, timeline
from tests.announcements import announcement_examples, drift_examples, page_examples
from tests.chat.slack import rollouts_for_tests as at
from tests.chat.slack.rollouts_for_tests import NOW, OPERATOR, PLAN
from tests.domain.plans_for_tests import DAY, FIVE_PLANS, HOUR, MINUTE, holding

ACTOR = Actor(OPERATOR, "slack", "U0RELEASE", "C0RELEASES", "request-1")
FLAG = Flag(
    "new_verification_flow",
    "new_verification_flow",
    "server",
    "Members are verified by the new flow.",
    "bot-team",
    NOW - 9 * DAY,
)
QUARTER = holding(25, users=("server-1", "server-2"))
STATE = FlagState(FLAG.key, "production", QUARTER, 4, NOW)
FREEZE = Freeze("production", "the database is being moved", OPERATOR, NOW, NOW + 6 * HOUR)
EVERYWHERE = Freeze(None, "an incident is being looked into", "on-call engineer", NOW)
BECAUSE = "verification_failure_rate 0.61% > 0.51% (baseline * 1.5) for 10m"
FEW = Surroundings(stops=(Blocker("freeze", "the line is stopped by on-call engineer: an incident"),))
IDENTITY = Identity("discord", "80351110224678912")


def _entries() -> tuple:  # type: ignore[type-arg]
    events = (
        Event(
            Action.ROLLOUT_START,
            Outcome.ACCEPTED,
            "rollout 12",
            "production",
            "",
            None,
            {"says": "step 1 “Before the start”"},
        ),
        Event(
            Action.FLAG_SET,
            Outcome.ACCEPTED,
            "new_verification_flow",
            "production",
            "day 3",
            {"says": "off"},
            {"says": "10%"},
        ),
        Event(Action.ROLLOUT_ADVANCE, Outcome.REFUSED, "rollout 12", "production", "The soak has 3 h left."),
    )
    found = []
    head = Head()
    for number, event in enumerate(events):
        entry = chain(head, event, ACTOR, NOW + number * HOUR)
        head = Head(entry.seq, entry.hash)
        found.append(entry)
    return tuple(reversed(found))


ENTRIES = _entries()

TAKEN = (
    Taken(NOW - 4 * DAY, OPERATOR, "start", 1, "Before the start"),
    Taken(NOW - DAY, OPERATOR, "advance", 7, "Gradual rollout: 10%", (Held(FLAG.key, "10%"),), "day 3"),
)
REPORT = Report(
    12, PLAN.title, PLAN.key, "2.4.0", PLAN.digest, "production", Status.COMPLETED, Result.PARTIAL, "1 target missed", OPERATOR,
    NOW - 12 * DAY, NOW, NOW, 13, 13, TAKEN, (FlagOutcome(FLAG.key, "production", "off", "100%"),), (),
    (TargetResult("day 1", "problems < 3", "technical", Met.MET, "1"), TargetResult("week 1", "support_tickets < 10/day", "user", Met.MISSED, "12")),
    problems=(ProblemTold(NOW, "support", "The button *verify* does <nothing> on phones", critical=False),),
)  # fmt: skip

REHEARSED = Rehearsal(
    PLAN,
    NOW,
    NOW + 14 * DAY,
    Ending.ROLLED_BACK,
    f"guardrail {BECAUSE}",
    (
        Happening(NOW + 3 * DAY, Kind.FLAG, FLAG.key, "production: off → 10%"),
        Happening(NOW + 4 * DAY, Kind.FLAG, FLAG.key, "production: 10% → 25%"),
        Happening(NOW + 4 * DAY + 11 * MINUTE, Kind.FLAG, FLAG.key, "production: 25% → off"),
        Happening(NOW, Kind.TYPED, OPERATOR, "/rollout start verification-flow"),
    ),
    (),
    "9 invented, 1 counted",
    edits=14,
    step=at.AT_25,
    level=1,
)

BAD_PLAN = Problem(
    "verification-flow.yaml", 31, 13, "24 hours", "a duration such as 24h or 1d", "write 24h", "    soak: 24 hours"
)

REPORTED = ReportedProblem(
    2, 12, "support", "slack", "U0SUPPORT", "C0RELEASES", "roles are lost", critical=False, at=NOW
)

ALL: dict[str, Message] = {
    "access_overview.render_me": access_overview.render_me(
        Mine(
            OPERATOR, True, ("lead", "qa"), (Permission.VIEW, Permission.CHANGE, Permission.OVERRIDE),
            (Identity("local", OPERATOR), Identity("slack", "U0RELEASE"), IDENTITY), frozenset({IDENTITY}),
            (
                Place("staging", (Permission.CHANGE,), "every channel", True, True),
                Place("production", (Permission.CHANGE, Permission.OVERRIDE), "#releases", False, True),
                Place("partners", (), "#partners", False, False),
            ),
        )
    ),
    "access_overview.render_who": access_overview.render_who(
        Able((("on-call engineer", ("lead",)), (OPERATOR, ("operator", "lead")), ("team-lead", ("owner",))), ("lead", "operator", "owner"), Permission.CHANGE, "", "production", "#releases")
    ),
    "access_overview.render_offered": access_overview.render_offered(Offered("K7QX-2M9P", OPERATOR, NOW + 10 * MINUTE)),
    "access_overview.render_linked": access_overview.render_linked(Link(IDENTITY, OPERATOR, NOW)),
    "access_overview.render_unlinked": access_overview.render_unlinked((IDENTITY,)),
    "audit_entries.render_list": audit_entries.render_list(ENTRIES, "Audit log of rollout 12"),
    "audit_entries.render": audit_entries.render(ENTRIES[1]),
    "audit_entries.render_verification": audit_entries.render_verification(Verification(Head(341, ENTRIES[0].hash), 341)),
    "audit_entries.render_verification-broken": audit_entries.render_verification(
        Verification(Head(17, ENTRIES[0].hash), 17, 18, "its hash is not that of its content")
    ),
    "checklist_items.render": checklist_items.render(at.at_first_step(), NOW),
    "checklist_items.render-done": checklist_items.render(at.ready(), NOW, changed=True),
    "checkup.render": checkup.render(
        (
            good("Database", "the schema is up to date"),
            doubtful("Clock", "it is 4 seconds behind Slack's", "timedatectl"),
            failed("Slack channel #releases", "the bot is not in it", "/invite @rollcall"),
        )
    ),
    "completed.render": completed.render(at.completed(), NOW),
    "done_by.render": done_by.render(at.at_25(), at.paused(), ACTOR, "support reports errors"),
    "flag_overview.render": flag_overview.render(FlagView(FLAG, (STATE, FlagState(FLAG.key, "staging", holding(100), 1, NOW)), (at.at_25(),))),
    "flag_overview.render_list": flag_overview.render_list((FlagView(FLAG, (STATE,)), FlagView(Flag("fan_calls", "fan_calls"), ()))),
    "flag_overview.render_created": flag_overview.render_created(FLAG),
    "flag_overview.render_changed": flag_overview.render_changed(Changed(FLAG, "production", holding(10), QUARTER)),
    "flag_overview.render_changed-driven": flag_overview.render_changed(Changed(FLAG, "production", QUARTER, OFF, at.paused())),
    "flag_overview.render_retired": flag_overview.render_retired(FLAG),
    "flag_overview.render_stale": flag_overview.render_stale(
        (Stale(FLAG, NOW - timedelta(days=41), "100% in production for 41 days", all_on=True),)
    ),
    "flag_overview.render_reminder": flag_overview.render_reminder(
        (Stale(FLAG, NOW - timedelta(days=41), "on for everybody for 41 days", all_on=True),)
    ),
    "flag_overview.render_stale-none": flag_overview.render_stale(()),
    "flag_overview.render_check": flag_overview.render_check(
        Checked(FLAG, "production", QUARTER, "server-77", "pro", Evaluation(on=False, why=Why.BUCKET_OUT, bucket=61_204))
    ),
    "freeze_list.render": freeze_list.render((FREEZE, EVERYWHERE), "production", ("fri 15:00-24:00 in Europe/Berlin", "2026-12-24..2027-01-01: the holidays")),
    "freeze_list.render-none": freeze_list.render((), "production", ()),
    "freeze_list.render_declared": freeze_list.render_declared(FREEZE),
    "freeze_list.render_lifted": freeze_list.render_lifted(2, "production"),
    "gates.render": gates.render(at.at_25(api_error_rate="0.62%"), NOW),
    "held.render": held.render(at.paused(), at.paused().reason),
    "home.render": home.render(
        Overview(
            OPERATOR,
            (
                UnderWay(at.ready(), (), (Waiting.APPROVE, Waiting.CONFIRM), ("4.4 Feedback of the day has been read",)),
                UnderWay(replace(at.paused(), id=13), (Blocker("paused", "it is paused"),), (Waiting.RESUME,)),
                UnderWay(replace(at.at_first_step(), id=14), (Blocker("soak", "it must hold", NOW + HOUR), Blocker("gate", "a gate"))),
            ),
            (page_examples.half_way(),),
            (("payments", page_examples.DUTIES),),
        ),
        NOW,
    ),
    "home.render-idle": home.render(Overview(OPERATOR), NOW),
    "judgement_said.render_figure": judgement_said.render_figure(at.at_25(), "satisfaction", "93%", baseline=False),
    "judgement_said.render_problem": judgement_said.render_problem(Reported(at.at_25(), 2)),
    "judgement_said.render_approved": judgement_said.render_approved(Approved(at.ready(), ("qa",), "")),
    "judgement_said.render_approved-missing": judgement_said.render_approved(Approved(at.ready(), ("qa",), "2 × security")),
    "judgement_said.render_rejected": judgement_said.render_rejected(at.paused()),
    "moved.render": moved.render(at.at_first_step(), at.at_25(), NOW),
    "moved.render-paused": moved.render(at.at_25(), at.paused(), NOW),
    "moved.render-back": moved.render(at.at_25(), back(at.at_25(), NOW), NOW),
    "moved.render-rolled-back": moved.render(at.at_25(), at.rolled_back(), NOW),
    "moved.render_adopted": moved.render_adopted(
        at.at_25(), ("phase Everyone: soak 1 d → 2 d",), ("qa",)
    ),
    "moved.render_start": moved.render_start(at.at_first_step(), NOW),
    "plan_overview.render": plan_overview.render(Dated(PLAN, timeline(PLAN, NOW))),
    "plan_overview.render_list": plan_overview.render_list(
        (*(Listed(it.key, it) for it in FIVE_PLANS), Listed("broken", None, "broken.yaml:3:1: found “stepps”, expected “steps”"))
    ),
    "plan_overview.render_runbooks": plan_overview.render_runbooks(PLAN, ""),
    "plan_overview.render_check": plan_overview.render_check(PLAN, Fit((), ("reported by people, with /rollout metric: satisfaction",))),
    "plan_overview.render_check-unfit": plan_overview.render_check(PLAN, Fit(("no metric is called api_error_rate", "nobody has the role qa"))),
    "problem_told.render": problem_told.render(at.at_25(), 2, "support", "members of <b>two</b> servers lost their roles @here", critical=True),
    "problem_told.render_resolved": problem_told.render_resolved(at.at_25(), REPORTED, "ops", "the new build is out"),
    "judgement_said.render_resolved": judgement_said.render_resolved(REPORTED),
    "ready.render": ready.render(at.ready()),
    "refusal.render": refusal.render(NotUnderstood("There is no command “/rolout”.", "/rollout status", "/help; lists all commands")),
    "refusal.render-blocked": refusal.render(
        Blocked(
            "#12 New verification flow cannot go on to “Gradual rollout: 50%” yet.",
            (Blocker("soak", "25% must hold for 21 h more", NOW + 21 * HOUR), Blocker("gate", "the gate does not hold: api_error_rate 0.62% <= 0.34%")),
            "/rollout gates", "/rollout next --override because …; passes by what can be passed by",
        )
    ),
    "refusal.render-which": refusal.render(
        WhichOne("Two rollouts are active here. Which one?", (("#12 New verification flow", "--rollout 12"), ("#13 Fan privacy calls", "--rollout 13"))),
        "/rollout pause because support asks for it",
    ),
    "refusal.render-confirm": refusal.render(Confirm("“Clean-up” cannot be undone: the old flow is gone.", "Clean up now", "/rollout next --rollout 12 --version 14 --yes K7")),
    "refusal.render-bad-plan": refusal.render(BadPlan("The plan verification-flow cannot be used: 1 problem.", (BAD_PLAN,), "rollcall plan check verification-flow")),
    "rehearsal.render": rehearsal.render(REHEARSED),
    "report.render": report.render(REPORT),
    "report.render_short": report.render_short(REPORT),
    "report.render_sharing": report.render_sharing(at.rolled_back()),
    "rolled_back.render": rolled_back.render(at.rolled_back()),
    "rolled_back.render_tripped": rolled_back.render_tripped(at.rolled_back(level=1), BECAUSE),
    "rollout_card.render-first-step": rollout_card.render(at.at_first_step(), NOW),
    "rollout_card.render": rollout_card.render(at.at_25(api_error_rate="0.62%"), NOW),
    "rollout_card.render-frozen": rollout_card.render(at.ready(), NOW, FEW),
    "rollout_card.render-ready": rollout_card.render(at.ready(), NOW),
    "rollout_card.render-approval": rollout_card.render(at.ready(), NOW, at.QA),
    "rollout_card.render-paused": rollout_card.render(at.paused(), NOW),
    "rollout_card.render-rolled-back": rollout_card.render(at.rolled_back(), NOW),
    "rollout_card.render-completed": rollout_card.render(at.completed(), NOW),
    "rollout_history.render_list": rollout_history.render_list((at.at_25(), at.completed(), at.rolled_back())),
    "rollout_history.render_history": rollout_history.render_history(at.at_25(), ENTRIES),
    "rollout_history.render_timeline": rollout_history.render_timeline(at.at_25(), NOW),
    "sight.render_lost": sight.render_lost(at.at_25(), "api_error_rate could not be asked for 3 minutes"),
    "sight.render_back": sight.render_back(at.at_25()),
    "step_reached.render": step_reached.render(at.at_25(), NOW),
    "undelivered.render": undelivered.render(
        Delivery(
            7, "key", DeliveryKind.POST, "slack", "#releases", "rollout:12", rolled_back.render(at.rolled_back()), NOW, None,
            error="The bot is not in #releases: invite it with /invite @rollcall.",
        )
    ),
    **page_examples.examples(),
    **drift_examples.examples(),
    **announcement_examples.examples(),
}  # fmt: skip

BACK = at.rolled_back()

FORMS: dict[str, Form] = {
    "forms.render_move": forms.render_move(
        "Abort", "Abort", "/rollout abort --rollout 12", at.at_25(), replace(BACK, status=Status.ABORTED, level=None)
    ),
    "forms.render_level": forms.render_level(at.at_25(), BACK, 2, "/rollout rollback 2 --rollout 12"),
    "forms.render_reject": forms.render_reject(at.at_25(), "/rollout reject --rollout 12 --version 9"),
    "forms.render_problem": forms.render_problem(at.at_25(), "/rollout problem --rollout 12"),
    "forms.render_retire": forms.render_retire(FLAG.key, (STATE,), "/flag confirm a1b2c3"),
}
