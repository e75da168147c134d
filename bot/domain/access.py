"""What a role allows: everything that changes something is denied unless a role grants it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Permission(StrEnum):
    """What a command asks for, from the least to the most."""

    VIEW = "view"
    REPORT = "report"
    CONFIRM = "confirm"
    CHANGE = "change"
    OVERRIDE = "override"
    ADMINISTER = "administer"


EVERYBODY = frozenset({Permission.VIEW, Permission.REPORT})
"""Reading is allowed in every channel the bot is in, and so is reporting a problem."""

GRANTS: dict[str, frozenset[Permission]] = {
    "viewer": EVERYBODY,
    "tester": EVERYBODY | {Permission.CONFIRM},
    "operator": EVERYBODY | {Permission.CONFIRM, Permission.CHANGE},
    "lead": EVERYBODY | {Permission.CONFIRM, Permission.CHANGE, Permission.OVERRIDE},
    "owner": frozenset(Permission),
}


def permissions_of(roles: Iterable[str]) -> frozenset[Permission]:
    """Return what a set of roles allows; a role nobody knows grants nothing."""
    granted = EVERYBODY
    for role in roles:
        granted |= GRANTS.get(role, frozenset())
    return granted
