"""Programs are let in by tokens that are told once, kept by their hash, and end when they are revoked or lapse."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot.domain.actor import Actor
from bot.domain.errors import NotAllowed, NotFound, NotUnderstood, Refused
from bot.domain.token import NewToken, Scope, Token
from bot.operations.tokens import NOTED_EVERY, TokenBook
from tests.fakes.clock import START
from tests.scenarios.world import World, world_over

OWNER = Actor("ana", "local", "ana", "local", "request-1", frozenset({"owner"}))
READ = (Scope.READ,)


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with world_over(f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}") as made:
        yield made


def asked(number: int, role: str = "owner") -> Actor:
    return Actor("ana", "local", "ana", "local", f"asked-{number}", frozenset({role}))


async def made(world: World, name: str = "ci", lasts: timedelta | None = None) -> NewToken:
    return await world.bot.operations.tokens.create(OWNER, name, READ, "production", lasts)


async def book_of(world: World) -> TokenBook:
    book = TokenBook(world.store, world.clock)
    await book.refresh()
    return book


async def test_a_secret_is_long_is_another_one_each_time_and_is_kept_nowhere(world: World) -> None:
    first = await made(world)
    second = await world.bot.operations.tokens.create(asked(2), "other", READ)
    assert first.secret != second.secret
    assert len(first.secret.removeprefix("rollcall_")) == 43
    assert first.secret not in repr(first)
    kept = Path(world.url.partition("///")[2]).parent
    assert not any(first.secret.encode() in file.read_bytes() for file in kept.iterdir())


async def test_a_presented_secret_finds_its_token_and_no_other_text_does(world: World) -> None:
    token = await made(world)
    book, now = await book_of(world), world.clock.now()
    assert book.find(token.secret, now) == token.token
    for wrong in ("", token.secret[:-1], token.token.digest, token.secret + "=", "\ud800"):
        assert book.find(wrong, now) is None


async def test_a_revoked_token_is_worth_nothing(world: World) -> None:
    token = await made(world)
    await world.bot.operations.tokens.revoke(asked(2), "ci")
    assert (await book_of(world)).find(token.secret, world.clock.now()) is None
    with pytest.raises(Refused, match="revoked before"):
        await world.bot.operations.tokens.revoke(asked(3), "ci")


async def test_a_token_lapses(world: World) -> None:
    token = await made(world, lasts=timedelta(days=1))
    book = await book_of(world)
    assert book.named("ci", world.clock.now()) == token.token
    world.clock.advance(timedelta(days=1))
    assert book.find(token.secret, world.clock.now()) is None
    assert book.named("ci", world.clock.now()) is None


async def test_a_name_is_used_once_even_after_it_was_revoked(world: World) -> None:
    await made(world)
    await world.bot.operations.tokens.revoke(asked(2), "ci")
    with pytest.raises(Refused, match="is, or was"):
        await world.bot.operations.tokens.create(asked(3), "ci", READ)


@pytest.mark.parametrize(
    ("name", "scopes", "environment"), [("CI", READ, ""), ("ci", (), ""), ("ci", READ, "a/b"), ("", READ, "")]
)
async def test_what_is_no_token_is_not_understood(
    world: World, name: str, scopes: tuple[Scope, ...], environment: str
) -> None:
    with pytest.raises(NotUnderstood):
        await world.bot.operations.tokens.create(OWNER, name, scopes, environment)


async def test_only_who_administers_makes_and_revokes_tokens(world: World) -> None:
    with pytest.raises(NotAllowed):
        await world.bot.operations.tokens.create(asked(1, "operator"), "ci", READ)
    await made(world)
    with pytest.raises(NotAllowed):
        await world.bot.operations.tokens.revoke(asked(2, "operator"), "ci")


async def test_a_token_that_never_was_is_not_found_and_the_nearest_is_named(world: World) -> None:
    await made(world, "checkout")
    with pytest.raises(NotFound) as refusal:
        await world.bot.operations.tokens.revoke(asked(2), "chekout")
    assert "rollcall token revoke checkout" in refusal.value.hints


async def test_making_and_revoking_are_on_record_without_the_secret(world: World) -> None:
    token = await made(world)
    await world.bot.operations.tokens.revoke(asked(2), "ci")
    entries = await world.audit()
    assert [entry.action for entry in entries] == ["token:create", "token:revoke"]
    assert not any(
        token.secret.encode() in entry.body or token.token.digest.encode() in entry.body for entry in entries
    )


async def test_a_use_is_noted_once_a_minute_at_most(world: World) -> None:
    token = (await made(world)).token
    book, first = await book_of(world), world.clock.now()
    for _ in range(3):
        book.note_use(token, world.clock.now())
    await book.write_uses()
    world.clock.advance(NOTED_EVERY - timedelta(seconds=1))
    book.note_use((await world.bot.operations.tokens.list())[0], world.clock.now())
    await book.write_uses()
    assert [it.used_at for it in await world.bot.operations.tokens.list()] == [first]
    world.clock.advance(timedelta(seconds=1))
    book.note_use((await world.bot.operations.tokens.list())[0], world.clock.now())
    await book.write_uses()
    assert [it.used_at for it in await world.bot.operations.tokens.list()] == [world.clock.now()]


def test_an_admin_may_everything_and_others_what_they_were_given() -> None:
    admin = Token("a", "", (Scope.ADMIN,), "", START, "ana")
    reader = Token("r", "", READ, "", START, "ana")
    alerts = Token("p", "", (Scope.ALERT, Scope.REPORT), "", START, "ana")
    assert all(admin.allows(scope) for scope in Scope)
    assert [scope for scope in Scope if reader.allows(scope)] == [Scope.READ]
    assert [scope for scope in Scope if alerts.allows(scope)] == [Scope.ALERT, Scope.REPORT]
    assert admin.roles == {"owner"}
    assert reader.roles == frozenset()
    assert alerts.roles == {"tester"}, "whoever reports figures changes nothing"
