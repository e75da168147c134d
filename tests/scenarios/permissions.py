"""Who may say which line: every verb of every command, and the roles that may say it where."""

from __future__ import annotations

from enum import StrEnum

from bot.domain.access import GRANTS

NO_ROLE = "none"
ROLES = (NO_ROLE, *GRANTS)


class Kind(StrEnum):
    """Who may say a line: the roles are looked up below."""

    READ = "read"
    """Everybody, everywhere, and nothing changes."""
    REPORT = "report"
    """Everybody, everywhere."""
    CONFIRM = "confirm"
    """Testers and above, everywhere: it lets nobody in by itself."""
    CHANGE = "change"
    """Operators and above, everywhere: it is about no environment."""
    UP = "up"
    """Operators and above, from the environment's channel."""
    OVERRIDE = "override"
    """Leads and owners, from the environment's channel."""
    DOWN = "down"
    """Operators and above; outside the channel where the policy opens the way back."""
    ASKER = "asker"
    """Whoever asked for what is to be confirmed, here the owner, for a way back."""
    ASKED = "asked"
    """Whoever asked for what is to be confirmed, here the owner, everywhere: it is about no environment."""
    OWN = "own"
    """Whoever the team file knows, about themselves."""
    LISTED = "listed"
    """Whoever the team file knows, everywhere: pages wake people up."""
    STAND_IN = "stand_in"
    """Operators and above, everywhere, and the one person who stands in herself, here the viewer."""


MAY: dict[Kind, set[str]] = {
    Kind.READ: set(ROLES),
    Kind.REPORT: set(ROLES),
    Kind.CONFIRM: {"tester", "operator", "lead", "owner"},
    Kind.CHANGE: {"operator", "lead", "owner"},
    Kind.UP: {"operator", "lead", "owner"},
    Kind.DOWN: {"operator", "lead", "owner"},
    Kind.OVERRIDE: {"lead", "owner"},
    Kind.ASKER: {"owner"},
    Kind.ASKED: {"owner"},
    Kind.OWN: set(GRANTS),
    Kind.LISTED: set(GRANTS),
    Kind.STAND_IN: {"viewer", "operator", "lead", "owner"},
}

LINES: dict[str, Kind] = {
    "/rollout 25% --rollout 1": Kind.UP,
    "/rollout 5% --rollout 1": Kind.DOWN,
    "/rollout start search": Kind.UP,
    "/rollout status --rollout 1": Kind.READ,
    "/rollout next --rollout 1": Kind.UP,
    "/rollout pause --rollout 1": Kind.DOWN,
    "/rollout resume --rollout 2": Kind.UP,
    "/rollout back --rollout 1": Kind.DOWN,
    "/rollout rollback --rollout 1": Kind.DOWN,
    "/rollout abort --rollout 1": Kind.DOWN,
    '/rollout override --rollout 3 "seen by hand"': Kind.OVERRIDE,
    "/rollout adopt --rollout 1": Kind.UP,
    "/rollout confirm {token}": Kind.ASKER,
    "/rollout approve --rollout 1": Kind.CONFIRM,
    "/rollout reject --rollout 1 because it is too early": Kind.CONFIRM,
    "/rollout metric --rollout 3 satisfaction 91%": Kind.CONFIRM,
    "/rollout problem --rollout 1 it spins": Kind.REPORT,
    "/rollout resolved 1 because the build is out": Kind.CONFIRM,
    "/rollout gates --rollout 1": Kind.READ,
    "/rollout list": Kind.READ,
    "/rollout history --rollout 1": Kind.READ,
    "/rollout timeline --rollout 1": Kind.READ,
    "/rollout report --rollout 1": Kind.READ,
    "/rollout bind 1": Kind.CHANGE,
    "/flag list": Kind.READ,
    "/flag show banner": Kind.READ,
    "/flag create fresh": Kind.CHANGE,
    "/flag on banner --env {environment}": Kind.UP,
    "/flag off checkout --env {environment}": Kind.DOWN,
    "/flag set banner 5% --env {environment}": Kind.UP,
    "/flag set checkout 5% --env {environment}": Kind.DOWN,
    "/flag target banner u1 --env {environment}": Kind.UP,
    "/flag check banner u1": Kind.READ,
    "/flag stale": Kind.READ,
    "/flag history banner": Kind.READ,
    "/flag bind banner": Kind.CHANGE,
    "/flag retire banner": Kind.CHANGE,
    "/flag confirm {retiring}": Kind.ASKED,
    "/plan list": Kind.READ,
    "/plan show checkout": Kind.READ,
    "/plan check checkout": Kind.READ,
    "/plan runbook checkout": Kind.READ,
    "/checklist show --rollout 1": Kind.READ,
    "/checklist tick 1.1 --rollout 2": Kind.CONFIRM,
    "/checklist skip 1.1 --rollout 3 because it is seen": Kind.UP,
    "/checklist untick 1.1 --rollout 4": Kind.CONFIRM,
    "/checklist tasks --rollout 5": Kind.READ,
    "/checklist tick a1.1 --rollout 5": Kind.CONFIRM,
    "/checklist snooze 1 --rollout 5 --for 1d": Kind.CONFIRM,
    "/announce preview checkout": Kind.READ,
    "/announce list": Kind.READ,
    "/announce now --to team --rollout 1 We wait for the database team.": Kind.DOWN,
    "/announce schedule --plan search --in 2d": Kind.DOWN,
    "/announce schedule --to team --rollout 1 --in 2h The window opens.": Kind.DOWN,
    "/announce cancel 1": Kind.DOWN,
    "/announce hold 1": Kind.DOWN,
    "/announce release 2": Kind.DOWN,
    "/announce subscribe --kind held": Kind.REPORT,
    "/announce subscribe --me": Kind.REPORT,
    "/announce unsubscribe": Kind.REPORT,
    "/announce subscriptions": Kind.READ,
    "/escalate high the printers burn": Kind.LISTED,
    "/escalate raise low the printers are slow": Kind.LISTED,
    "/escalate ack 1": Kind.LISTED,
    "/escalate resolve 1": Kind.LISTED,
    "/escalate snooze 1 30m because we wait": Kind.LISTED,
    "/escalate reassign 1 @a-lead": Kind.LISTED,
    "/escalate list": Kind.READ,
    "/escalate show 1": Kind.READ,
    "/oncall who": Kind.READ,
    "/oncall schedule": Kind.READ,
    "/oncall override @a-viewer 2h": Kind.STAND_IN,
    "/oncall override @a-lead 2h": Kind.CHANGE,
    "/oncall handoff @a-lead": Kind.CHANGE,
    "/oncall cancel 1": Kind.CHANGE,
    "/freeze on the network is down": Kind.CHANGE,
    "/freeze on --env {environment} because of an outage": Kind.DOWN,
    "/freeze off": Kind.CHANGE,
    "/freeze off --env {environment}": Kind.UP,
    "/freeze list": Kind.READ,
    "/audit search": Kind.READ,
    "/audit show 1": Kind.READ,
    "/audit verify": Kind.READ,
    "/audit export": Kind.READ,
    "/access me": Kind.READ,
    "/access who": Kind.READ,
    "/access link": Kind.OWN,
    "/access unlink": Kind.OWN,
}
"""One line at least for every verb; a new verb is not there until somebody says who may."""

NOT_SEEN_HERE = {"plan rehearse", "flag adopt", "flag restore"}
"""Verbs whose lines need more than a database: tested where they are."""
