"""Questions about dangerous acts: asking them, and taking the yes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from bot.domain.confirmation import Confirmation
from bot.domain.errors import Confirm, NotAllowed, Stale
from bot.operations.transaction import Verbs, require_new

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.actor import Actor
    from bot.ports import Transaction

ANSWER_WITHIN = timedelta(minutes=10)
"""A question about a dangerous act lapses after this time."""

CONFIRMATIONS = 2
"""Destructive rollback levels and steps that cannot be undone are confirmed this often."""


async def ask(verbs: Verbs, actor: Actor, command: str, *, subject: str, version: int, times: int) -> Confirmation:
    """Keep a question that the same person has to answer `times` times with yes, and return it."""
    expires_at = verbs.clock.now() + ANSWER_WITHIN
    asked = Confirmation(token_of(actor), actor.person, command, subject, version, times, expires_at)
    await verbs.store.write(lambda tx: tx.confirmations.add(asked))
    return asked


def answer(tx: Transaction, actor: Actor, token: str, now: datetime, *hints: str) -> Confirmation:
    """Take a yes: return the question that follows it, or the last one itself, which the move uses up.

    A yes that is delivered again is answered with the same following question. `hints` are given where none is open.
    """
    require_new(tx, actor)
    following = tx.confirmations.take(token_of(actor))
    if following is None:
        asked = tx.confirmations.take(token)
        if asked is None or asked.expires_at <= now:
            raise closed(*hints)
        if asked.person != actor.person:
            raise NotAllowed(f"Only {asked.person}, who asked for it, can confirm it.", "ask for it yourself")
        following = asked
        if asked.remaining > 1:
            token, remaining = token_of(actor), asked.remaining - 1
            following = replace(asked, token=token, remaining=remaining, expires_at=now + ANSWER_WITHIN)
    tx.confirmations.add(following)
    return following


def token_of(actor: Actor) -> str:
    """Return the token of the question that a request leads to: the same one when it is delivered again."""
    return sha256(f"question:{actor.request_id}".encode()).hexdigest()[:6]


def verb_of(asked: Confirmation) -> str:
    """Return what is done after the yes."""
    return str(json.loads(asked.command)[0])


def question(
    asked: Confirmation,
    danger: str,
    of: str,
    details: tuple[str, ...] = (),
    *,
    follows: bool = False,
    answered_by: str = "/rollout confirm",
) -> Confirm:
    """Return the question as people are asked it: `danger` says what is dangerous, `of` what it is done to.

    `follows` says that another was answered before it, `answered_by` is the command that takes the yes.
    """
    if asked.remaining > 1:
        sentence, label = f"{danger} Do you want that for {of}?", "Yes, go on"
    else:
        sentence, label = f"{'Last question. ' if follows else ''}{danger} Really?", "Yes, do it now"
    unless = "do nothing, and it is not done"
    return Confirm(sentence, label, f"{answered_by} {asked.token}", unless, details=details)


def closed(*hints: str) -> Stale:
    """Return the answer to a yes that answers nothing."""
    return Stale("That question is not open any more; nothing was changed.", *(hints or ("/rollout status",)))
