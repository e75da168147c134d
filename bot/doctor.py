"""Looks over a whole installation: settings, database, team file, plans, metrics, pages, and every platform."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from bot.announcements.page_wording import ways
from bot.domain.checkup import Grade, doubtful, failed, good
from bot.domain.coverage import coverage
from bot.domain.duration import describe_duration
from bot.domain.errors import RollcallError, Unavailable
from bot.domain.metric import KeptQuery, ReportedQuery
from bot.domain.reach import Reach
from bot.domain.team import LOCAL
from bot.reconcile.rosters import RosterKeeper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.checkup import Finding
    from bot.domain.coverage import Coverage
    from bot.domain.escalation import Policy
    from bot.domain.metric import Metric
    from bot.domain.oncall import Override
    from bot.domain.plan import ChannelName
    from bot.domain.team import Team
    from bot.ports import Metrics
    from bot.settings import Settings
    from bot.wiring import Bot


async def examine_installation() -> Sequence[Finding]:
    """Open the bot as the settings describe it, and return what was found."""
    from bot.logs import open_journal
    from bot.settings import read_settings
    from bot.wiring import open_bot

    settings = read_settings()
    form = settings.log.partition(":")[0]
    # Where nobody could be let in, that is what is to be found.
    async with open_bot(settings, open_journal(f"{form}:error"), connected=True, listens=False) as bot:
        return [*await examine(bot), *half_set(settings)]


def half_set(settings: Settings) -> list[Finding]:
    """Return what is set for Slack in vain, because without the bot's own token nothing of it is used."""
    others = {"SLACK_APP_TOKEN": settings.slack_app_token, "SLACK_SIGNING_SECRET": settings.slack_signing_secret}
    vain = [name for name, secret in others.items() if secret.get_secret_value()]
    if settings.slack_bot_token.get_secret_value() or not vain:
        return []
    hint = "copy the bot user's token; it begins with xoxb- and stands under Install App"
    return [failed("Slack", f"{' and '.join(vain)} without SLACK_BOT_TOKEN: Slack is not connected", hint)]


async def examine(bot: Bot) -> Sequence[Finding]:
    """Return what was found, in the order in which somebody would put it right."""
    await _learn(bot)
    plans, channels = _plans(bot)
    team = bot.operations.pages.team()
    findings = [await _database(bot), _team(team), *plans, *await _metrics(team, bot.metrics), *await _pages(bot, team)]
    findings += await _pagers(bot)
    wanted = tuple(dict.fromkeys((*channels, *(it for known in team.channels.values() for it in known))))
    if not bot.edges:
        findings.append(doubtful("platforms", "neither Slack nor Discord is set up", "docs/slack.md"))
    for edge in bot.edges:
        findings += await edge.check(tuple(it for it in wanted if it.platform == edge.name))
    return findings


async def _learn(bot: Bot) -> None:
    """Have PagerDuty asked who is on call, as a running bot would have done by now."""
    for concern in bot.loop.concerns:
        if isinstance(concern, RosterKeeper):
            with suppress(Unavailable):
                await concern.step()


async def _database(bot: Bot) -> Finding:
    try:
        head = await bot.store.read(lambda tx: tx.audit.head())
    except Unavailable as problem:
        return failed("database", problem.sentence, problem.hints[0] if problem.hints else "")
    unsent = await bot.store.read(lambda tx: tx.outbox.failures())
    if unsent:
        return doubtful("database", f"{unsent} messages could not be delivered", "/audit search")
    return good("database", f"open, {head.seq} entries in the audit log")


def _team(team: Team) -> Finding:
    if not team.file:
        return doubtful(
            "team file",
            "there is none: only people at the terminal may change anything",
            "cp rollcall.example.yaml rollcall.yaml",
        )
    unknown = [it.name for it in team.people if not it.identities]
    if unknown:
        return doubtful(
            "team file", f"{', '.join(unknown)} cannot be recognised on any platform", "give them identities"
        )
    return good("team file", f"{len(team.people)} people, {len(team.channels)} channels, {len(team.metrics)} metrics")


def _plans(bot: Bot) -> tuple[list[Finding], tuple[ChannelName, ...]]:
    findings, channels = [], []
    for listed in bot.operations.plans.list():
        if listed.plan is None:
            findings.append(
                failed(f"plan {listed.name}", "it cannot be used", f"rollcall plan check plans/{listed.name}.yaml")
            )
        else:
            channels += [bot.resolve(it) for it in listed.plan.channels]
            problems = bot.operations.plans.fit(listed.plan).problems
            if problems:
                more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
                what = f"plan {listed.name}"
                findings.append(doubtful(what, f"{problems[0]}{more}", f"rollcall plan check {listed.name}"))
    if not findings:
        findings.append(good("plans", "all of them can be used"))
    return findings, tuple(channels)


async def _metrics(team: Team, metrics: Metrics) -> list[Finding]:
    asked = [it for it in team.metrics.values() if not isinstance(it.query, KeptQuery | ReportedQuery)]
    return list(await asyncio.gather(*(_metric(it, metrics) for it in asked)))


async def _metric(metric: Metric, metrics: Metrics) -> Finding:
    what = f"metric {metric.name}"
    try:
        source = metrics.source(metric)
        answer = await source.ask(metric) if source is not None else None
    except RollcallError as problem:
        return failed(what, problem.sentence, problem.hints[0] if problem.hints else "")
    if answer is None or answer.value is None:
        return doubtful(what, f"its source has no data now{f' ({answer.note})' if answer and answer.note else ''}")
    return good(what, f"{answer.value:g}")


async def _pages(bot: Bot, team: Team) -> list[Finding]:
    """Look whom every level of every escalation policy reaches now, and by which ways."""
    now = bot.clock.now()
    overrides: Sequence[Override] = ()
    with suppress(Unavailable):
        overrides = await bot.store.read(lambda tx: tx.overrides.since(now))
    platforms = tuple(dict.fromkeys((LOCAL, *(edge.name for edge in bot.edges))))
    reach = Reach(team, tuple(overrides), platforms, now, bot.pagers)
    return [it for policy in team.escalation.values() for it in _policy(policy, reach)]


def _policy(policy: Policy, reach: Reach) -> list[Finding]:
    """Return one finding for each level; a policy that reaches no human at all has failed."""
    levels = coverage(policy, reach.contact)
    useless = not any(it.reaches_a_human for it in levels)
    return [_level(policy, it, useless=useless) for it in levels]


def _level(policy: Policy, found: Coverage, *, useless: bool) -> Finding:
    due = f"after {describe_duration(found.level.after)}" if found.level.after else "at once"
    what = f"escalation {policy.name}, level {found.number} ({due})"
    missing = "; ".join(found.missing)
    if not found.reaches_a_human:
        why = missing or ("it reaches channels or programs alone" if found.ways else "it names nobody")
        sentence = f"reaches no human ({why})"
        hint = "give the people identities, or put somebody on call"
        return failed(what, sentence, hint) if useless else doubtful(what, sentence, hint)
    if missing:
        return doubtful(what, f"reaches {ways(found.ways)}; not everybody: {missing}", "docs/team.md: Escalation")
    return good(what, f"reaches {ways(found.ways)}")


async def _pagers(bot: Bot) -> list[Finding]:
    """Look whether each way out beside the chats could be used; nothing is sent by that."""
    return [it for checkup in bot.checkups for it in await checkup.check()]


def has_failed(findings: Sequence[Finding]) -> bool:
    """Say whether anything keeps the bot from doing what it promises."""
    return any(it.grade is Grade.FAILED for it in findings)
