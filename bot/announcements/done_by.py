"""Tells those who have not seen an answer what a person did."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.message import Buttons, Message, Note, line

if TYPE_CHECKING:
    from bot.domain.actor import Actor


def render(answer: Message, actor: Actor) -> Message:
    """Return what the person was answered, without its buttons, and who it was."""
    blocks = tuple(block for block in answer.blocks if not isinstance(block, Buttons))
    by = Note(line(f"by {actor.person}"))
    return replace(answer, summary=f"{answer.summary} (by {actor.person})", blocks=(*blocks, by), private=False)
