"""What people can type: one file per slash command, listed here in the order of the help."""

from __future__ import annotations

from commands import access, announce, audit, checklist, escalate, flag, freeze, oncall, plan, rollout
from commands.command import Command

ALL: tuple[Command, ...] = (
    rollout.COMMAND,
    flag.COMMAND,
    plan.COMMAND,
    checklist.COMMAND,
    announce.COMMAND,
    escalate.COMMAND,
    oncall.COMMAND,
    freeze.COMMAND,
    audit.COMMAND,
    access.COMMAND,
)
