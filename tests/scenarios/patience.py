"""What patient people do with a real plan: they say what was before, report figures, approve, and wait for its times."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.chat.conversation import Outcome, Reply
from bot.domain.blockers import open_items
from bot.domain.measuring import baselines_in, series_in
from bot.domain.message import Bullets, Line, Moment, Tone, plain_text
from bot.domain.rollout import Status
from tests.scenarios.world import HOUR, World

BY_THE_BOT = {"problems", "critical_bugs"}
"""Counts that the bot keeps and nobody reports."""

USUAL = {
    "api_error_rate": "0.4%",
    "api_response_time": "150ms",
    "api_response_time_p95": "300ms",
    "bot_up": "1",
    "call_completion_rate": "95% --samples 60",
    "call_connect_rate": "90% --samples 60",
    "contact_points_created_per_day": "12",
    "data_corruption_reports": "0",
    "data_loss_incidents": "0",
    "database_connections": "40",
    "database_cpu": "50%",
    "database_error_rate": "0.2%",
    "database_query_time": "200ms",
    "database_query_time_p95": "80ms",
    "engagement": "70%",
    "error_rate": "0.05% --samples 5000",
    "failed_migrations": "0",
    "failed_validations": "0",
    "http_500_count": "0",
    "lock_waits": "3",
    "memory_usage": "60%",
    "organizations_created_per_day": "4",
    "p95": "300ms",
    "page_load_time": "1s",
    "payment_success_rate": "98% --samples 240",
    "plan_load_p95": "600ms",
    "project_creation_success_rate": "97%",
    "query_time_mean": "20ms",
    "response_time_p95": "250ms",
    "security_incidents": "0",
    "staging_failed_validations": "0",
    "staging_p95": "120ms",
    "support_tickets": "5",
    "task_completion": "50%",
    "task_update_p95": "120ms",
    "uptime": "99.99%",
    "uptime_checks_failed": "0",
    "verification_failure_rate": "2%",
    "verification_success_rate": "96%",
    "websocket_disconnect_rate": "1%",
}
"""What people report of a product that does as well with the change as it did before it."""

FRESH_FOR = timedelta(hours=12)
"""A figure that is older is reported again before it is too old to be judged."""

MOST_REFUSALS = 20


async def start(world: World, plan: str) -> None:
    """Start a plan, and say what its metrics were before."""
    await world.done(f"/rollout start {plan}")
    for metric in baselines_in((await world.rollout()).plan):
        await world.done(f"/rollout metric {metric} {USUAL[metric].partition(' ')[0]} --baseline")


async def go_on(world: World, line: str = "/rollout next") -> Reply:
    """Do what the step asks for and wait until a line that goes up is no longer refused; return its answer."""
    if open_items(await world.rollout()):
        await world.done('/checklist tick all --evidence "seen"')
    reported_at: datetime | None = None
    for _ in range(MOST_REFUSALS):
        if reported_at is None or world.clock.now() - reported_at >= FRESH_FOR:
            await report(world)
            reported_at = world.clock.now()
        reply = await world.typed(line)
        if reply.outcome is Outcome.DONE or reply.message.tone is Tone.QUESTION:
            return reply
        if all(plain_text(it).startswith("it waits for the approval") for it in in_the_way(reply)):
            assert "its approvals are for others" in await world.refused("/rollout approve")
            await world.done("/rollout approve", by="ben")
        else:
            await world.passes(wait_for(reply, world.clock.now()))
    raise AssertionError(f"{line} is refused for ever")


async def report(world: World) -> None:
    """Report every figure that the step's gates and guardrails read."""
    for metric in series_in((await world.rollout()).current):
        if metric not in BY_THE_BOT:
            await world.done(f"/rollout metric {metric} {USUAL[metric]}")


def in_the_way(reply: Reply) -> tuple[Line, ...]:
    """Return what a refusal names as being in the way, before what can be done about it."""
    return next(it.items for it in reply.message.blocks if isinstance(it, Bullets))


def wait_for(reply: Reply, now: datetime) -> timedelta:
    """Return how long to wait after a refusal: until the last time that it names, or an hour."""
    named = [it.at - now for item in in_the_way(reply) for it in item if isinstance(it, Moment) and it.at > now]
    return max(named, default=HOUR)


async def drive(world: World, name: str) -> int:
    """Take a plan to its end as a patient person would; return how often something was confirmed for being final."""
    await start(world, name)
    confirmed = 0
    for _ in range(60):
        if (await world.rollout()).status is Status.COMPLETED:
            return confirmed
        reply = await go_on(world)
        if reply.outcome is not Outcome.DONE:
            reply = await world.typed(reply.message.buttons[0].command)
            assert "Last question" in reply.message.summary
            await world.done(reply.message.buttons[0].command)
            confirmed += 1
    raise AssertionError(f"{name} does not end")
