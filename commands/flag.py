"""`/flag`: flags without a plan, and what any flag holds and why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.announcements import audit_entries, flag_overview, forms
from bot.domain.access import Permission
from bot.domain.errors import NotUnderstood
from bot.domain.flag import DEFAULT_UNIT, SWITCH_OFF, SWITCH_ON, Flag, FlagChange
from bot.domain.message import say
from bot.domain.percent import Percent
from commands import flag_elsewhere
from commands.command import ENVIRONMENT, REASON, Command, Option, OptionType, Request, Source, Verb

if TYPE_CHECKING:
    from bot.domain.form import Form
    from bot.domain.message import Message
    from bot.operations import Operations

KEY = Option("key", OptionType.FLAG, "the flag's key", required=True, positional=True, completes=Source.FLAGS)
NEW_KEY = Option("key", OptionType.FLAG, "letters, digits, dots, dashes, underscores", required=True, positional=True)


async def show_all(request: Request, bot: Operations) -> Message:
    """List flags."""
    return flag_overview.render_list(await bot.flags.list(retired=bool(request.get("retired", bool))))


async def show(request: Request, bot: Operations) -> Message:
    """Show one flag."""
    return flag_overview.render(await bot.flags.show(request.need("key", str)))


async def create(request: Request, bot: Operations) -> Message:
    """Make a flag, off everywhere."""
    flag = Flag(
        key=request.need("key", str),
        salt=request.get("salt", str) or "",
        unit=request.get("unit", str) or DEFAULT_UNIT,
        description=request.get("description", str) or "",
        owner=request.get("owner", str) or "",
    )
    return flag_overview.render_created(await bot.flags.create(request.actor, flag, request.reason))


async def switch_on(request: Request, bot: Operations) -> Message:
    """Let everybody in."""
    return await _change(request, bot, SWITCH_ON)


async def switch_off(request: Request, bot: Operations) -> Message:
    """Let nobody in."""
    return await _change(request, bot, SWITCH_OFF)


async def set_(request: Request, bot: Operations) -> Message:
    """Set the percentage, the tiers, or both."""
    percent = request.get("percent", Percent)
    tiers = request.get("tiers", tuple)
    if percent is None and tiers is None:
        raise NotUnderstood("Nothing to set: give a percentage or tiers.", "/flag set checkout 5%", "/flag help set")
    change = FlagChange(percent=percent)
    if tiers is not None:
        names = tuple(str(tier) for tier in tiers)
        change = replace(change, tiers=() if names == ("all",) else names)
    return await _change(request, bot, change)


async def target(request: Request, bot: Operations) -> Message:
    """Name users, or take them off the list."""
    users = tuple(str(user) for user in request.need("users", tuple))
    remove = bool(request.get("remove", bool))
    done = await bot.flags.target(
        request.actor,
        request.need("key", str),
        request.get("env", str) or "",
        add=() if remove else users,
        remove=users if remove else (),
        reason=request.reason,
    )
    return flag_overview.render_changed(done)


async def check(request: Request, bot: Operations) -> Message:
    """Explain what one user sees."""
    checked = await bot.flags.check(
        request.need("key", str),
        request.get("env", str) or "",
        request.need("user", str),
        (request.get("tier", str) or "").removeprefix("tier="),
    )
    return flag_overview.render_check(checked)


async def stale(_: Request, bot: Operations) -> Message:
    """List flags that have done their work."""
    return flag_overview.render_stale(await bot.flags.care.stale())


async def history(request: Request, bot: Operations) -> Message:
    """Show what was done to a flag."""
    key = request.need("key", str)
    return audit_entries.render_list(await bot.flags.history(key), f"History of {key}")


async def retire(request: Request, bot: Operations) -> Message:
    """End a flag."""
    return await _retired(
        bot, await bot.flags.retirements.retire(request.actor, request.need("key", str), request.reason)
    )


async def confirm(request: Request, bot: Operations) -> Message:
    """Say yes to ending a flag."""
    token = request.need("token", str)
    return await _retired(bot, await bot.flags.retirements.confirm(request.actor, token, request.reason))


async def before_retire(request: Request, bot: Operations) -> Form | None:
    """Say where the flag is on, and ask why it ends; nothing is asked where nobody has it on."""
    key = request.need("key", str)
    proposed = await bot.flags.retirements.propose(request.actor, key, request.reason)
    return None if proposed is None else forms.render_retire(key, proposed.on, proposed.question.answer)


async def _retired(bot: Operations, flag: Flag) -> Message:
    seen = (await bot.flags.show(flag.key)).sightings
    return flag_overview.render_retired(flag, tuple(dict.fromkeys(it.provider for it in seen)))


async def bind(request: Request, bot: Operations) -> Message:
    """Make this channel one about a flag."""
    flag = await bot.flags.bind(request.actor, request.need("key", str))
    return say(f"This channel is about {flag.key} now: /rollout 25% here sets it.")


async def _change(request: Request, bot: Operations, change: FlagChange) -> Message:
    key, environment = request.need("key", str), request.get("env", str) or ""
    return flag_overview.render_changed(await bot.flags.change(request.actor, key, environment, change, request.reason))


COMMAND = Command(
    "flag",
    "flags without a plan: see them, change them, check who is in",
    empty="list",
    verbs=(
        Verb(
            "list",
            "list the flags and what they hold",
            show_all,
            ("/flag list", "/flag list --retired"),
            (Option("retired", OptionType.SWITCH, "retired flags too"),),
        ),
        Verb("show", "show one flag in all its environments", show, ("/flag show checkout",), (KEY,)),
        Verb(
            "create",
            "make a flag, off everywhere",
            create,
            ("/flag create checkout", '/flag create new_flow --unit server --description "The new flow"'),
            (
                NEW_KEY,
                Option("unit", OptionType.TEXT, "what a percentage counts: user, server, organisation"),
                Option("description", OptionType.TEXT, "what it switches"),
                Option("owner", OptionType.TEXT, "who answers for it"),
                Option("salt", OptionType.TEXT, "another salt than the key, to share or to part cohorts"),
                REASON,
            ),
            Permission.CHANGE,
        ),
        Verb(
            "on", "let everybody in", switch_on, ("/flag on checkout",), (KEY, ENVIRONMENT, REASON), Permission.CHANGE
        ),
        Verb(
            "off",
            "let nobody in, at once",
            switch_off,
            ("/flag off checkout because checkout fails",),
            (KEY, ENVIRONMENT, REASON),
            Permission.CHANGE,
        ),
        Verb(
            "set",
            "set the percentage, the tiers, or both",
            set_,
            ("/flag set checkout 5% --env staging", "/flag set checkout 10% --tiers pro,enterprise"),
            (
                KEY,
                Option("percent", OptionType.PERCENT, "0% to 100%", positional=True),
                Option("tiers", OptionType.WORDS, "only these tiers; all for every tier"),
                ENVIRONMENT,
                REASON,
            ),
            Permission.CHANGE,
        ),
        Verb(
            "target",
            "name users who are in whatever the percentage",
            target,
            ("/flag target checkout u1,u2,u3", "/flag target checkout u2 --remove"),
            (
                KEY,
                Option("users", OptionType.WORDS, "user ids, with commas", required=True, positional=True),
                Option("remove", OptionType.SWITCH, "take them off the list"),
                ENVIRONMENT,
                REASON,
            ),
            Permission.CHANGE,
        ),
        Verb(
            "check",
            "explain whether a user sees the flag",
            check,
            ("/flag check checkout u42", "/flag check checkout u42 tier=pro"),
            (
                KEY,
                Option("user", OptionType.TEXT, "the user's (or server's) id", required=True, positional=True),
                Option("tier", OptionType.TEXT, "the user's tier, such as tier=pro", positional=True),
                ENVIRONMENT,
            ),
        ),
        *flag_elsewhere.VERBS,
        Verb("stale", "list flags that have done their work", stale, ("/flag stale",)),
        Verb("history", "show who changed the flag, when and why", history, ("/flag history checkout",), (KEY,)),
        Verb(
            "bind",
            "make this channel one about a flag",
            bind,
            ("/flag bind checkout",),
            (KEY,),
            Permission.CHANGE,
        ),
        Verb(
            "retire",
            "end a flag: off for everybody, its key not used again",
            retire,
            ("/flag retire checkout because the old path is gone",),
            (KEY, REASON),
            Permission.CHANGE,
            asks=before_retire,
        ),
        Verb(
            "confirm",
            "say yes to retiring a flag that somebody still has on",
            confirm,
            ("/flag confirm a1b2c3",),
            (Option("token", OptionType.TEXT, "what the question named", required=True, positional=True), REASON),
            Permission.CHANGE,
        ),
    ),
)
