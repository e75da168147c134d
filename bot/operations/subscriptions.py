"""What people ask to hear of rollouts, in a channel or in direct messages, beside what plans announce."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.announcements.kinds import KINDS
from bot.domain.announcement import Subscription
from bot.domain.audit import Action
from bot.domain.errors import NotFound, Refused
from bot.domain.moments import Occasion
from bot.domain.nearest import meant
from bot.domain.plan import environments_of
from bot.domain.quotation import quoted
from bot.domain.team import LOCAL
from bot.operations.transaction import Attempt, Done, Verbs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from bot.domain.actor import Actor
    from bot.domain.plan import Plan
    from bot.domain.team import Team
    from bot.operations.plans import Plans
    from bot.ports import Transaction


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks to hear of; what is empty does not narrow it. `direct` asks for direct messages."""

    flag: str = ""
    plan: str = ""
    environment: str = ""
    kind: str = ""
    direct: bool = False


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """Everything a person can do about what is heard."""

    verbs: Verbs
    plans: Plans
    team: Callable[[], Team]

    async def begin(self, actor: Actor, wanted: Wanted) -> Subscription:
        """Let this channel, or the person in direct messages, hear of rollouts. Raises NotFound for a name of nothing."""
        self._require_kind(wanted.kind)
        if wanted.plan:
            self.plans.library.load(wanted.plan)
        channel = _direct(actor) if wanted.direct else actor.channel

        def work(tx: Transaction, now: datetime) -> Done[Subscription]:
            self._require_flag(tx, wanted.flag)
            self._require_environment(tx, wanted.environment)
            new = Subscription(
                0, actor.platform, channel, actor.person, now, wanted.flag, wanted.plan, wanted.environment, wanted.kind
            )
            if any(replace(it, id=0, by=new.by, since=now) == new for it in tx.subscriptions.all()):
                raise Refused("That is heard here already.", "/announce subscriptions")
            tx.subscriptions.add(new)
            return Done(new, None, {"channel": channel, "says": described(new)})

        return await self.verbs.do(
            actor, Attempt(Action.ANNOUNCE_SUBSCRIBE, f"channel:{actor.platform}:{channel}"), work
        )

    async def end(self, actor: Actor, number: int | None = None, *, direct: bool = False) -> int:
        """End one subscription of this channel or person by its number, or all of them; return how many."""
        channel = _direct(actor) if direct else actor.channel

        def work(tx: Transaction, _: datetime) -> Done[int]:
            mine = [
                it
                for it in tx.subscriptions.all()
                if it.platform == actor.platform and it.channel in _mine(actor, channel)
            ]
            ended = [it for it in mine if number in {None, it.id} and (number is not None or it.channel == channel)]
            if not ended:
                raise Refused("Nothing such is heard here.", "/announce subscriptions")
            for it in ended:
                tx.subscriptions.remove(it.id)
            return Done(len(ended), {"says": "; ".join(map(described, ended))}, {"ended": len(ended)})

        attempt = Attempt(Action.ANNOUNCE_UNSUBSCRIBE, f"channel:{actor.platform}:{channel}")
        return await self.verbs.do(actor, attempt, work)

    async def here(self, actor: Actor) -> tuple[Subscription, ...]:
        """Return what is heard in this channel, and by this person."""
        here = _mine(actor, actor.channel)
        found = await self.verbs.store.read(lambda tx: tuple(tx.subscriptions.all()))
        return tuple(it for it in found if it.platform == actor.platform and it.channel in here)

    def _require_kind(self, kind: str) -> None:
        if kind and kind not in {*KINDS, *Occasion}:
            raise NotFound(f"{quoted(kind)} is no kind of announcement.", meant(kind, Occasion))

    def _require_flag(self, tx: Transaction, key: str) -> None:
        """Refuse a flag of which nothing can be heard: plans make their flags when they start, so theirs count as well."""
        known = {flag.key for flag in tx.flags.all()} | {flag.key for plan in self._plans() for flag in plan.flags}
        if key and key not in known:
            raise NotFound(f"There is no flag {quoted(key)}, neither in use nor in a plan.", meant(key, sorted(known)))

    def _require_environment(self, tx: Transaction, name: str) -> None:
        """Refuse an environment that neither the team file nor a plan nor a flag knows."""
        known = dict.fromkeys(self.team().environments)
        known |= dict.fromkeys(it for plan in self._plans() for it in (plan.environment, *environments_of(plan)))
        known |= dict.fromkeys(state.environment for state in tx.flags.states())
        if name and name not in known:
            raise NotFound(f"There is no environment {quoted(name)}.", meant(name, known))

    def _plans(self) -> Iterable[Plan]:
        return (it.plan for it in self.plans.list() if it.plan is not None)


def described(subscription: Subscription) -> str:
    """Return what a subscription is about, for a sentence: `rolled_back of flag checkout in production`."""
    parts = [
        subscription.kind or "everything",
        f"of flag {subscription.flag}" if subscription.flag else "",
        f"of plan {subscription.plan}" if subscription.plan else "",
        f"in {subscription.environment}" if subscription.environment else "",
    ]
    return " ".join(filter(None, parts))


def _direct(actor: Actor) -> str:
    """Return the channel of a person's direct messages; in the local chat that is one of the person's name."""
    return f"@{actor.person if actor.platform == LOCAL else actor.platform_id}"


def _mine(actor: Actor, channel: str) -> set[str]:
    return {channel, actor.channel, _direct(actor)}
