"""A bot is put together from settings, and let go of whole."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.conversation import Origin, Outcome
from bot.domain.actor import Actor
from bot.domain.errors import Refused, Unavailable
from bot.domain.token import Scope
from bot.settings import Settings
from bot.wiring import open_bot
from tests.fakes.clock import MovedClock
from tests.fakes.journal import KeptJournal

PLANS = Path(__file__).parents[1] / "plans"
ORIGIN = Origin("local", "releases", "ana", "request")


def settings_for(folder: Path, **more: str) -> Settings:
    given = {
        "ROLLCALL_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'rollcall.db'}",
        "ROLLCALL_PLANS": str(PLANS),
        **more,
    }
    return Settings.model_validate(given)


async def test_a_bot_does_what_it_is_told_and_posts_it_in_the_local_chat(tmp_path: Path) -> None:
    async with open_bot(settings_for(tmp_path), KeptJournal(), MovedClock()) as bot:
        reply = await bot.dispatcher.handle("/rollout start verification-flow", ORIGIN)
        assert reply.outcome is Outcome.DONE
        await bot.loop.settle()
        assert bot.posted.is_set()
        posts = await bot.store.read(lambda tx: tx.posts.since("releases", 0))
        assert posts[0].key == "card:rollout:1"


async def test_the_prefix_of_the_settings_is_understood(tmp_path: Path) -> None:
    async with open_bot(settings_for(tmp_path, COMMAND_PREFIX="rc-"), KeptJournal()) as bot:
        assert (await bot.dispatcher.handle("/rc-flag list", ORIGIN)).outcome is Outcome.DONE


async def test_the_plans_of_the_settings_are_those_that_are_known(tmp_path: Path) -> None:
    async with open_bot(settings_for(tmp_path, ROLLCALL_PLANS=str(tmp_path / "none")), KeptJournal()) as bot:
        assert bot.operations.plans.list() == ()
        assert (await bot.dispatcher.handle("/plan list", ORIGIN)).outcome is Outcome.DONE


async def test_the_database_is_closed_at_the_end_whatever_happened(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        async with open_bot(settings_for(tmp_path), KeptJournal()) as bot:
            raise ZeroDivisionError
    with pytest.raises(Unavailable):
        await bot.store.read(lambda tx: tx.audit.head())
    assert not Path(f"{tmp_path}/rollcall.db-wal").exists()  # noqa: ASYNC240  # One look at a folder.
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_database_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    for url, refusal in (("postgresql://somewhere/db", Refused), (f"sqlite:///{tmp_path}", Unavailable)):
        with pytest.raises(refusal):
            async with open_bot(settings_for(tmp_path, ROLLCALL_DATABASE_URL=url), KeptJournal()):
                pass


async def test_programs_are_answered_where_a_token_or_an_address_asks_for_it(tmp_path: Path) -> None:
    async def services(*, web: bool = True, **more: str) -> list[str]:
        async with open_bot(settings_for(tmp_path, **more), KeptJournal(), web=web) as bot:
            return [service.name for service in bot.services]

    assert await services() == []
    assert await services(ROLLCALL_PUBLIC_URL="https://flags.example.org") == ["flags", "web"]
    assert await services(PAGERDUTY_WEBHOOK_SECRET="signs") == ["flags", "web"]
    async with open_bot(settings_for(tmp_path), KeptJournal()) as bot:
        owner = Actor("ana", "local", "ana", "local", "token-1", frozenset({"owner"}))
        await bot.operations.tokens.create(owner, "shop", (Scope.EVALUATE,))
    assert await services() == ["flags", "web"]
    assert await services(web=False) == []
    async with open_bot(settings_for(tmp_path), KeptJournal()) as bot:
        await bot.operations.tokens.revoke(replace(owner, request_id="token-2"), "shop")
    assert await services() == []


async def test_a_slack_that_nobody_could_come_in_by_is_refused_and_can_be_looked_over(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, SLACK_BOT_TOKEN="xoxb-of-the-bot")
    with pytest.raises(Refused, match="neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set"):
        async with open_bot(settings, KeptJournal(), connected=True):
            pass
    async with open_bot(settings, KeptJournal(), connected=True, listens=False) as bot:
        assert [edge.name for edge in bot.edges] == ["slack"]
        assert bot.services == ()
