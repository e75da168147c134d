"""What people confirm: ticking, skipping and reopening the items of a rollout's current step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain import moves
from bot.domain.access import Permission
from bot.domain.audit import Action, Facts
from bot.domain.blockers import items_now, open_items
from bot.domain.errors import NotFound, Refused, WhichOne
from bot.domain.progress import next_look
from bot.domain.rollout import Rollout, Tick, TickState
from bot.operations.notices import card_subject, redraw
from bot.operations.rollouts import HERE, Aim, Rollouts
from bot.operations.transaction import Attempt, Done, Verbs

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.actor import Actor
    from bot.domain.plan import ChecklistItem
    from bot.domain.surroundings import Surroundings
    from bot.ports import Transaction

ALL = "all"


@dataclass(frozen=True, slots=True)
class Ticked:
    """The rollout after a verb and the items it was about."""

    rollout: Rollout
    items: tuple[ChecklistItem, ...]


@dataclass(frozen=True, slots=True)
class Checklists:
    """Everything a person can do with checklist items. An item is named by its number or by how its text begins."""

    verbs: Verbs
    rollouts: Rollouts

    async def show(self, actor: Actor, aim: Aim = HERE) -> Rollout:
        """Return the rollout whose items are meant."""
        return await self.rollouts.latest(actor, aim)

    async def tick(self, actor: Actor, named: str, evidence: str = "", aim: Aim = HERE) -> Ticked:
        """Confirm an item, or every open one with `all`; an item that asks for evidence needs some."""
        rollout, around = await self._here(actor, aim)
        items = _open_ones(rollout, around) if named.lower() == ALL else (_item(rollout, around, named),)
        bare = next((item for item in items if item.evidence and not evidence), None)
        if bare is not None:
            raise Refused(
                f"{bare.key} “{bare.text}” asks for evidence: a link, a figure or a file's name.",
                f'/checklist tick {bare.key} --evidence "…"',
            )
        return await self._say(actor, Action.CHECKLIST_TICK, rollout, items, state=TickState.DONE, note=evidence)

    async def skip(self, actor: Actor, named: str, reason: str, aim: Aim = HERE) -> Ticked:
        """Pass an item by, with a reason that stays on record."""
        rollout, around = await self._here(actor, aim)
        item = _item(rollout, around, named)
        if not reason.strip():
            raise Refused("Skipping needs a reason.", f"/checklist skip {item.key} because …")
        return await self._say(actor, Action.CHECKLIST_SKIP, rollout, (item,), state=TickState.SKIPPED, note=reason)

    async def untick(self, actor: Actor, named: str, reason: str = "", aim: Aim = HERE) -> Ticked:
        """Open an item again."""
        rollout, around = await self._here(actor, aim)
        item = _item(rollout, around, named)
        return await self._say(actor, Action.CHECKLIST_UNTICK, rollout, (item,), state=None, note=reason)

    async def _here(self, actor: Actor, aim: Aim) -> tuple[Rollout, Surroundings]:
        rollout = await self.show(actor, aim)
        return rollout, await self.rollouts.around(rollout)

    async def _say(
        self,
        actor: Actor,
        action: Action,
        rollout: Rollout,
        items: tuple[ChecklistItem, ...],
        *,
        state: TickState | None,
        note: str,
    ) -> Ticked:
        def work(tx: Transaction, now: datetime) -> Done[Ticked]:
            before = tx.rollouts.get(rollout.id) or rollout
            # To skip is to decide, for which it takes whoever may change the environment; to confirm is to bear witness.
            permission = Permission.CHANGE if action is Action.CHECKLIST_SKIP else Permission.CONFIRM
            self.rollouts.circumstances.require(actor, permission, before.current.environment, goes_up=True)
            around = self.rollouts.circumstances.of(tx, before, now)
            after = before
            for item in items:
                said = Tick(item.key, state, actor.person, now, note) if state is not None else None
                after = moves.tick(after, item, said, around)
            around = self.rollouts.circumstances.of(tx, after, now)
            tx.rollouts.save(after, next_look(after, now, around))
            redraw(tx, after, now)
            return Done(Ticked(after, items), _facts(before, items), _facts(after, items))

        subject = card_subject(rollout.id)
        attempt = Attempt(action, subject, rollout.current.environment, note)
        return await self.verbs.do(actor, attempt, work)


def _facts(rollout: Rollout, items: tuple[ChecklistItem, ...]) -> Facts:
    ticks = {item.key: rollout.tick_of(item) for item in items}
    states = {key: str(tick.state) if tick is not None else "open" for key, tick in ticks.items()}
    says = "; ".join(
        f"{', '.join(key for key in states if states[key] == state)} {state}"
        for state in dict.fromkeys(states.values())
    )
    return {"items": {item.key: item.text for item in items}, "states": states, "says": says}


def _open_ones(rollout: Rollout, around: Surroundings) -> tuple[ChecklistItem, ...]:
    items = open_items(rollout, around)
    if not items:
        raise Refused("Nothing is open on this step's list.", "/rollout next", "/checklist show")
    return items


def _item(rollout: Rollout, around: Surroundings, named: str) -> ChecklistItem:
    """Find an item of the current step by its number or the beginning of its text."""
    items = items_now(rollout, around)
    word = named.strip().casefold()
    exact = [item for item in items if item.key.casefold() == word]
    begun = [item for item in items if word and item.text.casefold().startswith(word)]
    found = exact or begun
    if len(found) == 1:
        return found[0]
    if found:
        choices = tuple((f"{item.key} {item.text}", f"--item {item.key}") for item in found)
        raise WhichOne(f"“{named[:60]}” begins several items. Which one?", choices, instead_of=named)
    if not items:
        raise NotFound("The current step has no checklist.", "/rollout status")
    raise NotFound(f"No item of the current step is “{named[:60]}”.", "/checklist show")
