"""Refusing, before anything is sent, what a provider cannot hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.errors import Refused

if TYPE_CHECKING:
    from bot.domain.flag import FlagTarget
    from bot.domain.provider import Provider


def require_held(provider: Provider, target: FlagTarget) -> None:
    """Refuse a target that the provider cannot hold exactly: a share is never rounded on the quiet. Raises Refused."""
    holds = provider.holds
    if not holds.has_environment(target.environment):
        known = ", ".join(holds.environments or ())
        raise Refused(
            f"{provider.name} has no environment “{target.environment}”; it has {known}.",
            "name it under `environments` in the team file",
        )
    for lack in holds.lacks(target.setting):
        raise Refused(f"{provider.name} {lack}.", "/plan check")
