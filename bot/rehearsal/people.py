"""The made-up people of a rehearsal: they start, tick, approve, answer and go on as soon as they may."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.chat.conversation import Origin, Outcome
from bot.domain.blockers import blockers, open_items
from bot.domain.errors import RollcallError
from bot.domain.message import Bullets, Moment, Tone
from bot.domain.plan import ChannelName
from bot.domain.progress import goes_by_itself
from bot.domain.rehearsal import Kind
from bot.domain.team import LOCAL, Audience, Identity, Person

if TYPE_CHECKING:
    from datetime import datetime

    from bot.chat.conversation import Reply
    from bot.domain.message import Message
    from bot.domain.plan import Plan
    from bot.domain.rollout import Rollout
    from bot.domain.surroundings import Surroundings
    from bot.domain.team import Team
    from bot.rehearsal.recording import Record
    from bot.wiring import Bot

OPERATOR = "operator"
APPROVER = "approver"
EVIDENCE = "rehearsed"
AUDIENCE = "audience"
"""The platform on which a rehearsal's audiences are: each is one place."""

ANSWERS = 3
"""So many questions about one act are answered with yes."""


class TurnedDown(RollcallError):
    """What somebody typed was refused, and nothing says that it will be allowed later."""

    code = "turned_down"


@dataclass(slots=True)
class People:
    """Everybody who types in a rehearsal. `again_at` is when a refusal said that it would be worth another try."""

    bot: Bot
    record: Record
    channel: str
    approvers: tuple[str, ...]
    requests: int = 0
    again_at: datetime | None = None

    async def start(self, plan: Plan) -> None:
        """Start the plan. Raises TurnedDown."""
        await self._typed(OPERATOR, f"/rollout start {plan.key}")
        if self.again_at is not None:
            raise TurnedDown(self.record.happenings[-1].what)

    async def plan_start(self, plan: Plan, start: datetime) -> None:
        """Say when the plan will start, so that what it announces ahead of that goes out. Raises TurnedDown."""
        await self._typed(OPERATOR, f"/announce schedule --plan {plan.key} --at {start.isoformat()}")

    async def release(self, number: int) -> None:
        """Say yes to an announcement that waits for it. Raises TurnedDown."""
        await self._typed(OPERATOR, f"/announce release {number}")

    async def tick(self, key: str) -> None:
        """Confirm an item of what is left to do after the rollout. Raises TurnedDown."""
        await self._typed(APPROVER, f"/checklist tick {key} --evidence {EVIDENCE}")

    async def report(self, metric: str, times: int) -> None:
        """Report so many problems."""
        critical = "--critical " if metric != "problems" else ""
        for _ in range(times):
            await self._typed(APPROVER, f"/rollout problem {critical}something is wrong in this rehearsal")

    async def act(self, rollout: Rollout, around: Surroundings) -> bool:
        """Do what a person would do now, once the work of a step is done; say whether that was anything."""
        now = self.bot.clock.now()
        items = open_items(rollout, around)
        if items:
            for item in items:
                if item.key.startswith("q"):
                    self.record.note(Kind.QUESTION, self.channel, item.text)
            await self._typed(APPROVER, f"/checklist tick all --evidence {EVIDENCE}")
            return True
        found = blockers(rollout, now, around)
        if {it.kind for it in found} == {"approval"}:
            return await self._approve(rollout)
        if found or goes_by_itself(rollout):
            return False
        return await self._typed(OPERATOR, "/rollout next")

    def ready_at(self, rollout: Rollout) -> datetime:
        """Return when the people have done the work of a step, or may try again what was refused."""
        done = rollout.step_at + rollout.current.takes
        return max(done, self.again_at) if self.again_at is not None else done

    async def _approve(self, rollout: Rollout) -> bool:
        """Have everybody say yes who is needed."""
        for person in self.approvers:
            await self._typed(person, "/rollout approve")
            await self.bot.loop.settle()
            known = await self.bot.store.read(lambda tx: tx.rollouts.get(rollout.id))
            if known is None or known.version != rollout.version:
                break
            around = await self.bot.operations.rollouts.around(known)
            if "approval" not in {it.kind for it in blockers(known, self.bot.clock.now(), around)}:
                break
        return True

    async def _typed(self, person: str, line: str) -> bool:
        """Type a line, answer what is asked back with yes, and say whether it was done. Raises TurnedDown."""
        self.again_at = None
        reply = await self._handled(person, line)
        for _ in range(ANSWERS):
            if reply.message.tone is not Tone.QUESTION or not reply.message.buttons:
                break
            self.record.note(Kind.QUESTION, person, reply.message.summary)
            reply = await self._handled(person, reply.message.buttons[0].command)
        if reply.outcome is Outcome.DONE:
            return True
        self.record.note(Kind.REFUSED, person, reply.message.summary)
        self.again_at = _earliest(reply.message, self.bot.clock.now())
        if self.again_at is None:
            raise TurnedDown(reply.message.summary)
        return False

    async def _handled(self, person: str, line: str) -> Reply:
        self.requests += 1
        self.record.note(Kind.TYPED, person, line)
        return await self.bot.dispatcher.handle(line, Origin(LOCAL, self.channel, person, f"rehearsal-{self.requests}"))


def _earliest(message: Message, now: datetime) -> datetime | None:
    """Return the last moment that a refusal names: before it, trying again is no use."""
    spans = (span for block in message.blocks if isinstance(block, Bullets) for item in block.items for span in item)
    return max((span.at for span in spans if isinstance(span, Moment) and span.at > now), default=None)


def approvers_of(plan: Plan, team: Team) -> tuple[str, ...]:
    """Return as many approvers as the most that any one role needs."""
    wanted = [it.count for step in plan.steps for it in step.approvals]
    wanted += [it.count for name in environments_in(plan) for it in team.environment(name).approvals]
    return tuple(f"{APPROVER}-{number}" if number > 1 else APPROVER for number in range(1, max(wanted, default=1) + 1))


def rehearsing(team: Team, plan: Plan, channel: str) -> Team:
    """Return the team with the made-up people in it, who have every role, and its policies as they are.

    Where an environment may be changed from says nothing about the plan, so that the rehearsal's channel counts. The
    team's own people have no role and are there to be paged, by their names; who is on call is not told.
    """
    needed = {it.role for step in plan.steps for it in step.approvals}
    needed |= {it.role for policy in team.environments.values() for it in policy.approvals}
    roles = frozenset({*team.grants, *needed})
    names = (OPERATOR, *approvers_of(plan, team))
    made_up = tuple(Person(name, roles, (Identity(LOCAL, name),)) for name in names)
    people = (*made_up, *(Person(it.name) for it in team.people if it.name not in names))
    here = (ChannelName(LOCAL, channel),)
    # Every audience is one place here, so that each message is listed once.
    told = {name for item in plan.communication for name in item.to}
    audiences = {name: Audience(name, (ChannelName(AUDIENCE, name),)) for name in sorted(told)}
    environments = {name: replace(policy, channels=here) for name, policy in team.environments.items()}
    escalation = {name: replace(policy, channels=here) for name, policy in team.escalation.items()}
    schedules = {name: replace(schedule, channels=()) for name, schedule in team.schedules.items()}
    return replace(
        team,
        people=people,
        environments=environments,
        escalation=escalation,
        schedules=schedules,
        audiences=audiences,
        manners={},
    )


def environments_in(plan: Plan) -> tuple[str, ...]:
    """Return every environment that a step of the plan is about."""
    return tuple(dict.fromkeys(step.environment for step in plan.steps))
