"""`/access`: what I may do, who may, and tying my identities on several platforms together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.announcements import access_overview
from commands.command import ENVIRONMENT, Command, Option, OptionType, Request, Verb

if TYPE_CHECKING:
    from bot.domain.message import Message
    from bot.operations import Operations


async def me(request: Request, bot: Operations) -> Message:
    """Tell people who they are and what they may do."""
    return access_overview.render_me(bot.access.me(request.actor))


async def who(request: Request, bot: Operations) -> Message:
    """Say who may do something."""
    return access_overview.render_who(bot.access.who(request.get("what", str) or "", request.get("env", str)))


async def link(request: Request, bot: Operations) -> Message:
    """Hand out a code, or take the one that was handed out on another platform."""
    code = request.get("code", str)
    if code is None:
        return access_overview.render_offered(await bot.access.offer(request.actor))
    return access_overview.render_linked(await bot.access.redeem(request.actor, code))


async def unlink(request: Request, bot: Operations) -> Message:
    """Untie what was tied."""
    return access_overview.render_unlinked(await bot.access.unlink(request.actor))


COMMAND = Command(
    "access",
    "what I may do, who may, and one name for me on every platform",
    empty="me",
    verbs=(
        Verb("me", "show who I am here and what I may do, in each environment", me, ("/access me",)),
        Verb(
            "who",
            "show who may do something, or who has a role",
            who,
            ("/access who", "/access who override --env production", "/access who operator"),
            (
                Option("what", OptionType.TEXT, "a permission (change, confirm…) or a role", positional=True),
                ENVIRONMENT,
            ),
        ),
        # Open to everybody, because whoever brings a code is nobody yet; the operation looks at the identities.
        Verb(
            "link",
            "be one person on two platforms: get a code here, say it there",
            link,
            ("/access link", "/access link 7K3M-Q0XA"),
            (Option("code", OptionType.TEXT, "the code that you were told on the other platform", positional=True),),
        ),
        Verb("unlink", "untie what was tied to me in chat", unlink, ("/access unlink",)),
    ),
)
