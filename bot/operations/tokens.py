"""Making, listing and revoking the tokens of programs, and recognising one that is presented."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.access import Permission
from bot.domain.audit import Action
from bot.domain.errors import NotFound, NotUnderstood, Refused
from bot.domain.nearest import nearest
from bot.domain.team_access import may
from bot.domain.token import ENVIRONMENT_PATTERN, NAME_PATTERN, NewToken, Scope, Token, digest_of, in_order, new_secret
from bot.operations.transaction import Attempt, Done, Verbs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from bot.domain.actor import Actor
    from bot.domain.audit import Facts
    from bot.domain.team import Team
    from bot.ports import Clock, Store, Transaction

NOTED_EVERY = timedelta(minutes=1)
"""A token's last use is written down this often at most."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What an operator does with tokens."""

    verbs: Verbs
    team: Callable[[], Team]

    async def create(
        self,
        actor: Actor,
        name: str,
        scopes: Iterable[Scope],
        environment: str = "",
        lasts: timedelta | None = None,
    ) -> NewToken:
        """Make a token. Its secret is in the answer and nowhere else. Raises Refused where the name was used before."""
        wanted = in_order(scopes)
        _insist_on_form(name, wanted, environment)
        secret = new_secret()

        def work(tx: Transaction, now: datetime) -> Done[NewToken]:
            may(self.team(), actor, Permission.ADMINISTER).require()
            if tx.tokens.get(name) is not None:
                raise Refused(f"There is, or was, a token “{name}”.", "choose another name: each is used once")
            expires = None if lasts is None else now + lasts
            token = Token(name, digest_of(secret), wanted, environment, now, actor.person, expires)
            tx.tokens.add(token)
            return Done(NewToken(token, secret), None, _facts(token))

        attempt = Attempt(Action.TOKEN_CREATE, subject_of(name), environment)
        return await self.verbs.do(actor, attempt, work)

    async def revoke(self, actor: Actor, name: str) -> Token:
        """End a token; programs that hold it are refused from then on. Raises NotFound, or Refused if it ended before."""

        def work(tx: Transaction, now: datetime) -> Done[Token]:
            may(self.team(), actor, Permission.ADMINISTER).require()
            token = tx.tokens.get(name)
            if token is None:
                near = nearest(name, [it.name for it in tx.tokens.all()])
                hints = (*(f"rollcall token revoke {it}" for it in near), "rollcall token list")
                raise NotFound(f"There is no token “{name[:60]}”.", *hints)
            if not tx.tokens.revoke(name, now):
                raise Refused(f"The token “{name}” was revoked before.", "rollcall token list")
            return Done(replace(token, revoked_at=now), _facts(token), {"revoked": True, "says": "revoked"})

        return await self.verbs.do(actor, Attempt(Action.TOKEN_REVOKE, subject_of(name)), work)

    async def list(self) -> Sequence[Token]:
        """Return every token, ended ones included, oldest first."""
        return await self.verbs.store.read(lambda tx: tx.tokens.all())


class TokenBook:
    """The tokens in memory, so that a presented one is recognised without the database."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self._by_digest: dict[str, Token] = {}
        self._used: dict[str, datetime] = {}

    async def refresh(self) -> None:
        """Read the tokens. Raises Unavailable."""
        self.take(await self.store.read(self.look))

    def look(self, tx: Transaction) -> Sequence[Token]:
        """Return every token."""
        return tx.tokens.all()

    def take(self, found: Sequence[Token]) -> None:
        """Keep what `look` found."""
        self._by_digest = {token.digest: token for token in found}

    def find(self, secret: str, now: datetime) -> Token | None:
        """Return the living token of a secret, or None."""
        digest = digest_of(secret)
        token = self._by_digest.get(digest)
        # What is looked up is the hash of what was sent, so that the time it takes says nothing of any token; that the
        # whole of it agrees is compared in constant time all the same.
        if token is None or not hmac.compare_digest(token.digest, digest) or not token.lives(now):
            return None
        return token

    def named(self, name: str, now: datetime) -> Token | None:
        """Return the living token of that name, or None."""
        token = next((token for token in self._by_digest.values() if token.name == name), None)
        return token if token is not None and token.lives(now) else None

    def note_use(self, token: Token, now: datetime) -> None:
        """Remember that a token was presented, to be written down later."""
        if token.used_at is None or now - token.used_at >= NOTED_EVERY:
            self._used.setdefault(token.name, now)

    async def write_uses(self) -> None:
        """Write down when tokens were last presented. Raises Unavailable; what was to be written is kept then."""
        if not self._used:
            return
        noted = dict(self._used)

        def work(tx: Transaction) -> None:
            for name, at in noted.items():
                tx.tokens.used(name, at)

        await self.store.write(work)
        self._by_digest = {
            digest: replace(token, used_at=noted.get(token.name, token.used_at))
            for digest, token in self._by_digest.items()
        }
        for name in noted:
            self._used.pop(name)


def subject_of(name: str) -> str:
    """Return the audit log's name for a token."""
    return f"token:{name}"


def _insist_on_form(name: str, scopes: tuple[Scope, ...], environment: str) -> None:
    if not NAME_PATTERN.fullmatch(name):
        raise NotUnderstood(
            f"“{name[:60]}” cannot be a token's name: small letters, digits, dots, dashes and underscores, at most 64.",
            "rollcall token create checkout-service --scope evaluate",
        )
    if not scopes:
        raise NotUnderstood("A token needs at least one scope: read, evaluate, alert, report, write or admin.")
    if environment and not ENVIRONMENT_PATTERN.fullmatch(environment):
        raise NotUnderstood(f"“{environment[:60]}” cannot be an environment's name.")


def _facts(token: Token) -> Facts:
    return {
        "scopes": list(token.scopes),
        "environment": token.environment or "every one",
        "expires": token.expires_at.isoformat() if token.expires_at is not None else None,
        "says": f"{', '.join(token.scopes)} in {token.environment or 'every environment'}",
    }
