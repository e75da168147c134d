"""`rollcall token`: making, listing and revoking the tokens by which programs are let in."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

import click

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime, timedelta

    from bot.domain.actor import Actor
    from bot.domain.token import Token
    from bot.operations.tokens import Tokens

T = TypeVar("T")

SCOPES = ("read", "evaluate", "alert", "report", "write", "admin")


@click.group()
def token() -> None:
    """Let programs in, and end that."""


@token.command("create")
@click.argument("name")
@click.option("--scope", "scopes", type=click.Choice(SCOPES), multiple=True, required=True, help="May be repeated.")
@click.option("--env", "environment", metavar="NAME", default="", help="Only there; everywhere by default.")
@click.option("--expires", metavar="DURATION", help="How long it is good, such as 90d; for ever by default.")
@click.option("--as", "person", metavar="NAME", help="Who you are; your login name by default.")
def create(name: str, scopes: tuple[str, ...], environment: str, expires: str | None, person: str | None) -> None:
    """Make a token and print its secret, once: it is kept nowhere.

    The secret alone goes to standard output, what is to be known about it to standard error.
    """
    from bot.domain.token import Scope

    wanted, lasts = [Scope(scope) for scope in scopes], _duration(expires)
    made = _with_tokens(lambda tokens, actor: tokens.create(actor, name, wanted, environment, lasts), person)
    click.echo(
        f"{name} may {_scopes(made.token)} in {environment or 'every environment'}, {_until(made.token)}.", err=True
    )
    click.echo("This is its secret. It is shown this once:", err=True)
    click.echo(made.secret)


@token.command("list")
def list_() -> None:
    """Show every token, ended ones included."""
    from bot.clock import SystemClock

    async def found(tokens: Tokens, _: Actor) -> Sequence[Token]:
        return await tokens.list()

    known, now = _with_tokens(found, None), SystemClock().now()
    if not known:
        click.echo("There are no tokens. `rollcall token create NAME --scope evaluate` makes one.")
    for it in known:
        used = f"last used {it.used_at:%Y-%m-%d %H:%M} UTC" if it.used_at is not None else "never used"
        ended = "" if it.lives(now) else "  ENDED"
        click.echo(f"{it.name}  {_scopes(it)}  {it.environment or 'every environment'}  {_until(it)}  {used}{ended}")


@token.command("revoke")
@click.argument("name")
@click.option("--as", "person", metavar="NAME", help="Who you are; your login name by default.")
def revoke(name: str, person: str | None) -> None:
    """End a token: whoever holds it is refused, by a running bot within two seconds."""
    _with_tokens(lambda tokens, actor: tokens.revoke(actor, name), person)
    click.echo(f"{name} is revoked.")


def _with_tokens(work: Callable[[Tokens, Actor], Awaitable[T]], person: str | None) -> T:
    """Do something about tokens as somebody at the terminal."""
    from bot.domain.actor import Actor
    from bot.domain.team import LOCAL
    from bot.logs import open_journal
    from bot.settings import login_name, read_settings
    from bot.wiring import open_bot

    async def whole() -> T:
        settings = read_settings()
        form = settings.log.partition(":")[0]
        async with open_bot(settings, open_journal(f"{form}:warning")) as bot:
            named = person or login_name()
            name, roles = bot.dispatcher.people.find(LOCAL, named)
            return await work(bot.operations.tokens, Actor(name, LOCAL, named, "local", uuid4().hex, roles))

    return asyncio.run(whole())


def _duration(text: str | None) -> timedelta | None:
    from bot.domain.duration import BadDuration, parse_duration
    from bot.domain.errors import NotUnderstood
    from bot.domain.quotation import as_sentence

    if text is None:
        return None
    try:
        return parse_duration(text)
    except BadDuration as problem:
        raise NotUnderstood(as_sentence(problem), "--expires 90d") from None


def _scopes(it: Token) -> str:
    return ", ".join(it.scopes)


def _until(it: Token) -> str:
    if it.revoked_at is not None:
        return f"revoked on {_day(it.revoked_at)}"
    return f"until {_day(it.expires_at)}" if it.expires_at is not None else "for ever"


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
