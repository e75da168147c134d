"""One example of every answer that is not about one rollout: flags, plans, people, the audit log, refusals."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.announcements import (
    access_overview,
    audit_entries,
    flag_overview,
    freeze_list,
    plan_overview,
    refusal,
    rehearsal,
    report,
)
from bot.domain.access import Permission
from bot.domain.access_view import Able, Mine, Offered, Place
from bot.domain.audit import Head, Verification
from bot.domain.errors import AlreadyDone, BadPlan, Blocked, Blocker, Confirm, NotAllowed, NotUnderstood, WhichOne
from bot.domain.flag import OFF, Flag, FlagState, evaluate
from bot.domain.flag_view import Changed, Checked, FlagView
from bot.domain.freeze import Freeze
from bot.domain.link import Link
from bot.domain.message import Message
from bot.domain.plan_fit import Fit
from bot.domain.problem import Problem
from bot.domain.rehearsal import Ending, Figure, Happening, Kind, Origin, Rehearsal
from bot.domain.report import FlagOutcome, Held, LastValue, Met, ProblemTold, Report, Result, Taken, TargetResult
from bot.domain.rollout import Status
from bot.domain.team import Identity
from bot.domain.timeline import Dated, Listed, timeline
from tests.chat.discord.announced import FLAG, NOW, PAUSED, PLAN, RUNNING, STARTED, history
from tests.domain.plans_for_tests import DAY, FIVE_PLANS, HOUR, MINUTE, holding

SWITCH = Flag(FLAG, FLAG, "server", "Members are verified by the new flow.", "bot-team", STARTED)
WIDEST = next(plan for plan in FIVE_PLANS if plan.key == "alaska-pay")
ME = (Identity("discord", "80351110224678912"), Identity("local", "release-engineer"))
SPECIAL = "#3 checkout *2.0* @everyone"


def flags() -> dict[str, Message]:
    production = FlagState(FLAG, "production", holding(25, users=("812", "4711")), 7, NOW)
    staging = FlagState(FLAG, "staging", holding(100, "pro", "enterprise"), 3, NOW)
    view = FlagView(SWITCH, (production, staging), (RUNNING,))
    checkout = FlagView(Flag("checkout", "checkout"), ())
    change = Changed(SWITCH, "production", OFF, holding(5))
    checked = Checked(SWITCH, "production", holding(25), "a-server", "", evaluate(SWITCH, holding(25), "a-server"))
    return {
        "flag": flag_overview.render(view),
        "flags": flag_overview.render_list((view, checkout)),
        "flag_created": flag_overview.render_created(SWITCH),
        "flag_changed": flag_overview.render_changed(change),
        "flag_taken_over": flag_overview.render_changed(replace(change, rollout=PAUSED)),
        "flag_retired": flag_overview.render_retired(SWITCH),
        "flag_checked": flag_overview.render_check(checked),
    }


def plans() -> dict[str, Message]:
    fit = Fit(("the role `qa` is in no team",), ("nobody has the role lead in production",))
    broken = Listed("half-done", None, "plans/half-done.yaml:3:1: found a list, expected steps")
    return {
        "plan": plan_overview.render(Dated(PLAN, timeline(PLAN, NOW))),
        "plan_of_18_steps": plan_overview.render(Dated(WIDEST, timeline(WIDEST, NOW))),
        "plans": plan_overview.render_list((*(Listed(it.key, it) for it in FIVE_PLANS), broken)),
        "plan_checked": plan_overview.render_check(PLAN, Fit()),
        "plan_unfit": plan_overview.render_check(PLAN, fit),
        "runbooks": plan_overview.render_runbooks(WIDEST, ""),
        "rehearsal": rehearsal.render(_rehearsed()),
    }


def _rehearsed() -> Rehearsal:
    shares = (10, 25, 50, 75, 100)
    happenings = tuple(
        Happening(NOW + day * DAY, Kind.FLAG, f"{FLAG}@production", f"{before}% → {after}%")
        for day, (before, after) in enumerate(zip((0, *shares), shares, strict=False), 3)
    )
    asked = Happening(NOW, Kind.QUESTION, "#releases", "Is everything ready for the code to go out tomorrow?")
    figure = Figure("verification_failure_rate", Origin.INVENTED, "2.1%")
    measured = "invented, and well"
    return Rehearsal(
        PLAN, NOW, NOW + 14 * DAY, Ending.COMPLETED, "", (asked, *happenings), (figure,), measured, edits=88
    )


def people() -> dict[str, Message]:
    production = Place("production", (Permission.CONFIRM, Permission.CHANGE), "#releases", here=True, going_down=True)
    staging = Place("staging", (), "#staging", here=False, going_down=False)
    may = (Permission.VIEW, Permission.REPORT, Permission.CONFIRM, Permission.CHANGE)
    mine = Mine("release-engineer", True, ("operator",), may, ME, frozenset(ME[:1]), (production, staging))
    who = (("release-engineer", ("operator",)), ("qa-lead", ("tester", "lead")))
    able = Able(who, ("operator", "lead"), Permission.CHANGE, environment="production", where="#releases")
    return {
        "me": access_overview.render_me(mine),
        "who": access_overview.render_who(able),
        "who_may_look": access_overview.render_who(Able((), (), Permission.VIEW)),
        "link_offered": access_overview.render_offered(Offered("7K3M-Q0XA", "release-engineer", NOW + 10 * MINUTE)),
        "linked": access_overview.render_linked(Link(ME[0], "release-engineer", NOW)),
        "unlinked": access_overview.render_unlinked(ME),
    }


def log() -> dict[str, Message]:
    entries = history()
    head = Head(entries[0].seq, entries[0].hash)
    return {
        "audit": audit_entries.render_list(entries, "What was done in production"),
        "audit_entry": audit_entries.render(entries[1]),
        "audit_valid": audit_entries.render_verification(Verification(head, 44)),
        "audit_broken": audit_entries.render_verification(
            Verification(head, 12, 12, "its text is not the one that was hashed")
        ),
        "freezes": freeze_list.render([_freeze(), _freeze(for_all=True)], "production", ("fri", "22:00-06:00")),
        "freezes_none": freeze_list.render([], "production", ()),
        "freeze_declared": freeze_list.render_declared(_freeze()),
        "freeze_lifted": freeze_list.render_lifted(2, "production"),
    }


def _freeze(*, for_all: bool = False) -> Freeze:
    if for_all:
        return Freeze(None, "the data centre moves", "operations", NOW)
    return Freeze("production", "the fair in Berlin", "release-engineer", NOW, NOW + 2 * DAY)


def refusals() -> dict[str, Message]:
    blockers = (
        Blocker("soak", "this step must hold for another 21 h", NOW + 21 * HOUR),
        Blocker("gate", "response_time_p95 412ms <= 380ms (baseline) does not hold"),
    )
    choices = (("#7 New verification flow", "--rollout 7"), (SPECIAL, "--rollout 3"))
    many = tuple((f"#{number} checkout {number}", f"--rollout {number}") for number in range(1, 46))
    problems = (
        Problem("plans/checkout.yaml", 12, 7, "`sok`", "a name such as soak", "did you mean soak?", "      sok: 24h"),
        Problem("plans/checkout.yaml", 20, 3, "a list", "a percentage"),
    )
    confirm = Confirm(
        "Deleting the old code cannot be undone.", "Delete it", "/rollout confirm 5 --version 9", "/rollout status"
    )
    return {
        "blocked": refusal.render(
            Blocked("#7 cannot go on to “50%” yet.", blockers, "/rollout gates", "/rollout status")
        ),
        "not_allowed": refusal.render(
            NotAllowed("You may not change production from here.", "/access who change; these people may")
        ),
        "not_understood": refusal.render(NotUnderstood('I do not know "/rolout".', "/rollout", "/help")),
        "bad_plan": refusal.render(BadPlan("plans/checkout.yaml has 2 problems.", problems)),
        "which_one": refusal.render(WhichOne("Which rollout?", choices), "/rollout pause because it is late"),
        "which_of_many": refusal.render(WhichOne("Which rollout?", many), "/rollout pause"),
        "confirm": refusal.render(confirm),
        "already_done": refusal.render(AlreadyDone("That was done already.")),
    }


def reports() -> dict[str, Message]:
    steps = [
        Taken(STARTED + number * DAY, "release-engineer", "advance", number + 1, step.name, (Held(FLAG, "25%"),))
        for number, step in enumerate(PLAN.steps)
    ]
    targets = (TargetResult("day 1", "verification_failure_rate < 2%", "technical", Met.MET, "1.9%"),)
    told = Report(
        number=7,
        title=PLAN.title,
        plan=PLAN.key,
        version="2.4.0",
        digest=PLAN.digest,
        environment="production",
        status=Status.COMPLETED,
        result=Result.PARTIAL,
        why="1 checklist item skipped",
        started_by="release-engineer",
        started_at=STARTED,
        ended_at=STARTED + timedelta(days=14, hours=3),
        made_at=STARTED + timedelta(days=14, hours=3),
        step=13,
        of_steps=13,
        taken=tuple(steps),
        flags=(FlagOutcome(FLAG, "production", "off", "100%"),),
        metrics=(LastValue("verification_failure_rate", "1.9%", NOW, before="2.1%"),),
        targets=targets * 6,
        problems=tuple(ProblemTold(NOW, "qa-lead", "Admins see both panels.", critical=False) for _ in range(9)),
    )
    return {"report": report.render(told), "report_with_files": report.render_short(told)}


def examples() -> dict[str, Message]:
    """Return the answers by the names of their golden files."""
    return {**flags(), **plans(), **people(), **log(), **refusals(), **reports()}
