"""Completion in the terminal."""

from __future__ import annotations

from prompt_toolkit.completion import CompleteEvent, Completion
from prompt_toolkit.document import Document

from bot.chat.local.completer import ConversationCompleter
from bot.chat.local.seat import Seat
from commands.completion import Candidate
from tests.chat.local.sample import Partner


async def offered(partner: Partner, text: str, *, tab: bool = False) -> list[Completion]:
    completer = ConversationCompleter(partner, lambda: Seat("ann", "releases"))
    asked = CompleteEvent(completion_requested=tab)
    return [found async for found in completer.get_completions_async(Document(text), asked)]


async def test_candidates_replace_the_end_of_the_line_and_say_what_they_mean() -> None:
    partner = Partner(candidates=(Candidate("25%", "the next step", 1), Candidate("next", "also the next step", 1)))
    found = await offered(partner, "/rollout 2")
    assert [(one.text, one.start_position, one.display_meta_text) for one in found] == [
        ("25%", -1, "the next step"),
        ("next", -1, "also the next step"),
    ]
    assert (partner.completed_for[0].channel, partner.completed_for[0].platform_id) == ("releases", "ann")


async def test_the_chats_own_commands_are_offered_beside_the_bots_and_none_twice() -> None:
    partner = Partner(candidates=(Candidate("/help", "all commands", 1),))
    assert [one.text for one in await offered(partner, "/")] == ["/help", "/join", "/quit"]
    assert [one.text for one in await offered(Partner(), "/q")] == ["/quit"]
    assert await offered(Partner(), "/quit") == []
    assert await offered(Partner(), "hello") == []


async def test_an_empty_line_offers_nothing_until_somebody_asks() -> None:
    partner = Partner(candidates=(Candidate("/rollout", "the life of a rollout", 0),))
    assert await offered(partner, "") == []
    assert [one.text for one in await offered(partner, "", tab=True)] == ["/rollout"]


async def test_what_a_candidate_holds_never_acts() -> None:
    found = await offered(Partner(candidates=(Candidate("x\x1b[31m", "\u202eevil", 0),)), "/flag show ")
    assert (found[0].text, found[0].display_meta_text) == ("x\\x1b[31m", "\\u202eevil")


def test_completion_never_blocks_the_prompt() -> None:
    assert not list(
        ConversationCompleter(Partner(), lambda: Seat("a", "b")).get_completions(Document("/"), CompleteEvent())
    )
