"""`/rollout`: the life of a rollout, from its start to its end or its way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.announcements import flag_overview, judgement_said, moved
from bot.domain.access import Permission
from bot.domain.errors import NotFound, WhichOne
from bot.domain.figures import read_figure, unit_in
from bot.domain.flag import FlagChange
from bot.domain.message import say
from bot.domain.percent import Percent
from bot.domain.rollout import Rollout
from bot.operations import wishes
from bot.operations.adoptions import Adopted
from bot.operations.rollouts import Aim
from commands import rollout_forms
from commands.command import REASON, ROLLOUT, VERSION, Command, Option, OptionType, Request, Source, Verb
from commands.rollout_views import STATUS, VIEWS, aim_of

if TYPE_CHECKING:
    from bot.domain.message import Message
    from bot.operations import Operations
    from bot.operations.wishes import Wish

PERCENT = Option("percent", OptionType.PERCENT, "0% to 100%", required=True, positional=True, completes=Source.STEPS)
FLAG = Option("flag", OptionType.FLAG, "which flag, when the plan drives several", completes=Source.FLAGS)


NUMBER = Option(
    "rollout", OptionType.ROLLOUT, "the rollout's number", required=True, positional=True, completes=Source.ROLLOUTS
)
MOVED = (ROLLOUT, VERSION, REASON)
CHANGE = Permission.CHANGE


async def to(request: Request, bot: Operations) -> Message:
    """Take this channel's rollout, or else its flag, to a percentage."""
    percent = request.need("percent", Percent)
    wish = wishes.to_reach(percent, request.get("flag", str) or "", request.reason)
    try:
        target = await bot.rollouts.find(request.actor, aim_of(request))
    except NotFound:
        key = await _bound_flag(request, bot)
        if key is None:
            raise
        change = FlagChange(percent=percent)
        return flag_overview.render_changed(await bot.flags.change(request.actor, key, "", change, request.reason))
    return await _carry_out(request, bot, wish, target.id)


async def _bound_flag(request: Request, bot: Operations) -> str | None:
    """Return the flag bound to this channel, where no rollout was named. Raises WhichOne with two."""
    if request.get("rollout", int) is not None:
        return None
    keys = await bot.flags.bound(request.actor)
    if len(keys) > 1:
        ways = tuple(f"/flag set {key} {request.need('percent', Percent)}" for key in keys)
        raise WhichOne("This channel is about several flags. Which one?", (), *ways)
    return keys[0] if keys else None


async def start(request: Request, bot: Operations) -> Message:
    """Start a plan."""
    rollout = await bot.rollouts.start(request.actor, request.need("plan", str), request.reason)
    return moved.render_start(rollout, bot.clock.now(), await bot.rollouts.around(rollout))


async def advance(request: Request, bot: Operations) -> Message:
    """Take the next step."""
    return await _carry_out(request, bot, wishes.to_advance(request.reason))


async def override(request: Request, bot: Operations) -> Message:
    """Take the next step past what can be passed by."""
    return await _carry_out(request, bot, wishes.to_advance(request.need("reason", str), override=True))


async def pause(request: Request, bot: Operations) -> Message:
    """Stop the clock."""
    return await _carry_out(request, bot, wishes.to_pause(request.reason))


async def resume(request: Request, bot: Operations) -> Message:
    """Go on after a pause."""
    return await _carry_out(request, bot, wishes.to_resume(request.reason))


async def back(request: Request, bot: Operations) -> Message:
    """Return to the step before."""
    return await _carry_out(request, bot, wishes.to_go_back(request.reason))


async def rollback(request: Request, bot: Operations) -> Message:
    """Go back to a rollback level; what ended in this channel can be taken back, too."""
    wish = wishes.to_roll_back(request.get("level", int) or 1, request.reason)
    return await _carry_out(request, bot, wish, (await bot.rollouts.latest(request.actor, aim_of(request))).id)


async def abort(request: Request, bot: Operations) -> Message:
    """End the rollout and restore its flags."""
    return await _carry_out(request, bot, wishes.to_abort(request.reason))


async def confirm(request: Request, bot: Operations) -> Message:
    """Say yes to a question about a dangerous act."""
    done = await bot.rollouts.confirm(request.actor, request.need("token", str))
    if isinstance(done, Adopted):
        return moved.render_adopted(done.rollout, done.changes, done.revoked)
    if isinstance(done, Rollout):
        return moved.render_start(done, bot.clock.now(), await bot.rollouts.around(done))
    return moved.render(done.before, done.after, bot.clock.now(), await bot.rollouts.around(done.after))


async def adopt(request: Request, bot: Operations) -> Message:
    """Ask whether to go by the plan's file as it is now."""
    raise await bot.rollouts.adopt(request.actor, aim_of(request), request.reason)


async def metric(request: Request, bot: Operations) -> Message:
    """Report a figure."""
    name, text = request.need("name", str), request.need("value", str)
    rollout = await bot.rollouts.latest(request.actor, aim_of(request))
    value = read_figure(text, unit_in(rollout.plan, name))
    baseline, samples = bool(request.get("baseline", bool)), request.get("samples", int)
    if baseline:
        said = await bot.judgements.set_baseline(request.actor, name, float(value.normal), str(value), Aim(rollout.id))
    else:
        said = await bot.judgements.report(
            request.actor, name, float(value.normal), str(value), Aim(rollout.id), samples=samples
        )
    return judgement_said.render_figure(said, name, str(value), baseline=baseline)


async def problem(request: Request, bot: Operations) -> Message:
    """Report a problem."""
    critical = bool(request.get("critical", bool))
    text = request.need("text", str)
    return judgement_said.render_problem(
        await bot.judgements.problem(request.actor, text, aim_of(request), critical=critical)
    )


async def resolved(request: Request, bot: Operations) -> Message:
    """Say that a problem is no more."""
    return judgement_said.render_resolved(
        await bot.judgements.resolve(request.actor, request.need("problem", int), request.reason)
    )


async def approve(request: Request, bot: Operations) -> Message:
    """Say yes to the next step."""
    role = request.get("role", str) or ""
    return judgement_said.render_approved(await bot.judgements.approve(request.actor, aim_of(request), role))


async def reject(request: Request, bot: Operations) -> Message:
    """Say no to the next step."""
    return judgement_said.render_rejected(await bot.judgements.reject(request.actor, request.reason, aim_of(request)))


async def bind(request: Request, bot: Operations) -> Message:
    """Make this channel one about a rollout."""
    rollout = await bot.rollouts.bind(request.actor, request.need("rollout", int))
    return say(f"This channel is about {rollout.name} {rollout.plan.title} now; its card is shown here.")


async def _carry_out(request: Request, bot: Operations, wish: Wish, number: int | None = None) -> Message:
    aim = aim_of(request) if number is None else Aim(number, request.version)
    done = await bot.rollouts.carry_out(request.actor, wish, aim)
    return moved.render(done.before, done.after, bot.clock.now(), await bot.rollouts.around(done.after))


COMMAND = Command(
    "rollout",
    "start a plan, take it step by step, and take it back",
    bare="to",
    empty="status",
    verbs=(
        Verb(
            "to",
            "take the rollout to a percentage: up by the plan's next step, down at once",
            to,
            ("/rollout 25%", '/rollout to 25 because "support is quiet"', "/rollout 5% --flag checkout_redesign"),
            (
                PERCENT,
                FLAG,
                ROLLOUT,
                VERSION,
                REASON,
            ),
            Permission.CHANGE,
        ),
        Verb(
            "start",
            "start a plan in this channel",
            start,
            ("/rollout start verification-flow", "/rollout start alaska-pay because the release is signed off"),
            (
                Option(
                    "plan", OptionType.PLAN, "the plan's name", required=True, positional=True, completes=Source.PLANS
                ),
                REASON,
            ),
            Permission.CHANGE,
        ),
        STATUS,
        Verb(
            "next",
            "take the next step of the plan",
            advance,
            ("/rollout next", "/rollout next because everybody agreed"),
            (ROLLOUT, VERSION, REASON),
            Permission.CHANGE,
            aliases=("advance",),
        ),
        Verb(
            "pause",
            "stop the clock; the flags stay as they are",
            pause,
            ("/rollout pause", "/rollout pause because support reports a problem"),
            (ROLLOUT, VERSION, REASON),
            Permission.CHANGE,
            aliases=("hold", "stop"),
        ),
        Verb(
            "resume",
            "go on after a pause; what was lowered goes back up to its step",
            resume,
            ("/rollout resume",),
            (ROLLOUT, VERSION, REASON),
            Permission.CHANGE,
            aliases=("continue",),
        ),
        Verb(
            "back",
            "return to the step before, and wait",
            back,
            ("/rollout back because errors rise",),
            MOVED,
            CHANGE,
            asks=rollout_forms.before_back,
        ),
        Verb(
            "rollback",
            "go back at once, to level 1 unless another is named",
            rollback,
            ("/rollout rollback", "/rollout rollback 2 because the data is wrong"),
            (
                Option(
                    "level", OptionType.INTEGER, "the plan's rollback level", positional=True, completes=Source.LEVELS
                ),
                ROLLOUT,
                VERSION,
                REASON,
            ),
            Permission.CHANGE,
            asks=rollout_forms.before_rollback,
        ),
        Verb(
            "abort",
            "end the rollout and put its flags back to what they were before it",
            abort,
            ("/rollout abort because we start over on Monday",),
            (ROLLOUT, VERSION, REASON),
            Permission.CHANGE,
            asks=rollout_forms.before_abort,
        ),
        Verb(
            "override",
            "take the next step past its soak, checklist and dates; the reason is kept",
            override,
            ("/rollout override the fix is verified by hand",),
            (
                Option("reason", OptionType.TEXT, "why it may go on", required=True, positional=True, rest=True),
                ROLLOUT,
                VERSION,
            ),
            Permission.OVERRIDE,
        ),
        Verb(
            "adopt",
            "go by the plan's file as it is now: shows what changes, asks, and revokes approvals",
            adopt,
            ("/rollout adopt because the second gate was too strict",),
            (ROLLOUT, VERSION, REASON),
            Permission.CHANGE,
        ),
        Verb(
            "confirm",
            "say yes to a question about something that cannot be undone",
            confirm,
            ("/rollout confirm a1b2c3",),
            (Option("token", OptionType.TEXT, "what the question named", required=True, positional=True),),
            Permission.CHANGE,
        ),
        Verb(
            "approve",
            "say yes to the next step, once nothing else is missing",
            approve,
            ("/rollout approve", "/rollout approve --role qa"),
            (Option("role", OptionType.TEXT, "only for this role of yours"), ROLLOUT, VERSION),
            Permission.CONFIRM,
        ),
        Verb(
            "reject",
            "say no: the rollout waits, with your reason",
            reject,
            ("/rollout reject because the legal text is not final",),
            (ROLLOUT, VERSION, REASON),
            Permission.CONFIRM,
            asks=rollout_forms.before_reject,
        ),
        Verb(
            "metric",
            "report a figure that no system measures",
            metric,
            (
                "/rollout metric error_rate 0.3%",
                "/rollout metric p95 420ms --baseline",
                "/rollout metric payment_success_rate 97% --samples 240",
            ),
            (
                Option("name", OptionType.TEXT, "the metric's name in the plan", required=True, positional=True),
                Option("value", OptionType.TEXT, "with its unit: 0.3%, 420ms, 12", required=True, positional=True),
                Option("baseline", OptionType.SWITCH, "it was so before the rollout"),
                Option("samples", OptionType.INTEGER, "on how many events the value rests"),
                ROLLOUT,
            ),
            Permission.CONFIRM,
        ),
        Verb(
            "problem",
            "report a problem; it is counted, and the operator sees it",
            problem,
            ("/rollout problem checkout spins for ever on phones",),
            (
                Option("critical", OptionType.SWITCH, "it is a critical bug"),
                ROLLOUT,
                Option("text", OptionType.TEXT, "what is wrong", required=True, positional=True, rest=True),
            ),
            Permission.REPORT,
            asks=rollout_forms.before_problem,
        ),
        Verb(
            "resolved",
            "say that a reported problem is no more; whoever reported it is told",
            resolved,
            ("/rollout resolved 2 because the new build is out",),
            (Option("problem", OptionType.INTEGER, "the problem's number", required=True, positional=True), REASON),
            Permission.CONFIRM,
            aliases=("problem-resolved",),
        ),
        *VIEWS,
        Verb("bind", "make this channel one about a rollout", bind, ("/rollout bind 3",), (NUMBER,), CHANGE),
    ),
)
