"""Tells those who have not seen an answer what a person did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.announcements import moved
from bot.announcements.wording import changes
from bot.domain.message import Block, Bullets, Message, Note, Paragraph, line, plain_text

if TYPE_CHECKING:
    from bot.domain.actor import Actor
    from bot.domain.rollout import Rollout


def render(before: Rollout, after: Rollout, actor: Actor, reason: str = "") -> Message:
    """Say what it came to, what that changed, who it was and why; the card says what comes next."""
    headline = moved.headline(before, after)
    blocks: list[Block] = [Paragraph(headline)]
    if changed := changes(before.wanted, after.wanted):
        blocks.append(Bullets(changed))
    why = f": {reason}" if reason else ""
    blocks.append(Note(line(f"by {actor.person}{why}")))
    return Message(f"{plain_text(headline)} (by {actor.person}{why})", tuple(blocks), moved.tone_of(after))
