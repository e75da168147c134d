"""A plan file as it is written: which keys there are, what each may hold, and what editors say about it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from bot.files.plan_moments import Moment
from bot.files.plan_stages import (
    MOST_ITEMS,
    AdvanceWord,
    Calls,
    Change,
    Changes,
    Gates,
    Guardrails,
    Item,
    Items,
    PhaseDoc,
    Users,
)
from bot.files.shape import Doc
from bot.files.short_forms import OneOrMany
from bot.files.words import (
    ClosedTime,
    Condition,
    Duration,
    DurationOrZero,
    FlagKey,
    Name,
    Offset,
    Reference,
    Text,
    Title,
    Zone,
)


class FlagDoc(Doc):
    """A flag that the plan drives."""

    unit: Reference = Field("user", description="What a percentage counts: user, server, organisation…")
    population: int | None = Field(
        None, ge=0, le=10**12, description="How many units there are, to tell how many are affected."
    )
    description: Text = Field("", description="What the flag switches.")
    owner: Title = Field("", description="Who answers for the flag.")
    starts: Change | None = Field(None, description="What the flag must hold when the rollout starts.")
    provider: Reference = Field("builtin", description="Where the flag lives: builtin, or a provider of the team file.")


class RollbackDoc(Doc):
    """One way back. The first is the one that guardrails take by themselves."""

    name: Title = Field(description="What people call it.")
    set: Changes | None = Field(None, description="What happens to the flags.")
    call: Calls = Field([], description="Calls of the team file that are made.")
    checklist: Items = Field([], description="What people do.")
    takes: DurationOrZero = Field(timedelta(0), description="How long it takes.")
    destroys: Text = Field("", description="What is lost for good; confirmed twice.")


class CommunicationDoc(Doc):
    """One announcement of the plan."""

    when: Moment = Field(description="When it is due.")
    to: Annotated[list[Reference], Field(min_length=1), OneOrMany()] = Field(description="Audiences of the team file.")
    say: Text = Field(description="A template's name, or the text itself.")
    facts: dict[Reference, Text] = Field({}, description="What the template is given beside what the rollout knows.")
    hold: bool = Field(False, description="Whether a person must say yes before it goes out.")


class AfterDoc(Doc):
    """Items to be done once the rollout is complete."""

    name: Title = Field("", description="What people call it.")
    at: Offset = Field(description="When it is first due, counted from the completion.")
    every: Duration | None = Field(None, description="How often it is due again.")
    until: Offset | None = Field(None, description="The last time it is due, counted from the completion.")
    checklist: Annotated[list[Item], Field(min_length=1, max_length=MOST_ITEMS)] = Field(description="What people do.")


class RiskDoc(Doc):
    """An entry of the risk register, shown to approvers."""

    risk: Text = Field(description="What may go wrong.")
    mitigation: Text = Field(description="What is done about it.")
    severity: Literal["low", "medium", "high"] = Field("medium", description="How bad it would be.")


class TargetDoc(Doc):
    """A figure or a fact that the report compares with what came out."""

    when: Annotated[str, Field(pattern=r"^(rollout|end|(day|week|month) [1-9][0-9]?)$")] = Field(
        "end", description="Within which time: rollout, end, day 1, week 1, month 1."
    )
    kind: Literal["technical", "business", "user"] = Field("technical", description="Which group it belongs to.")
    condition: Condition | None = Field(None, description="What should hold, where it can be measured.")
    text: Text | None = Field(None, description="What a person ticks, where it cannot be measured.")


class RunbookDoc(Doc):
    """Short help for a known problem, found from chat."""

    problem: Title = Field(description="What people see.")
    check: Annotated[list[Text], OneOrMany()] = Field([], description="What to look at.")
    do: Annotated[list[Text], OneOrMany()] = Field([], description="What helps.")


class LimitDoc(Doc):
    """How often something may be triggered."""

    scope: Literal["person", "channel"] = Field(description="Whose doings are counted together.")
    count: int = Field(ge=1, le=10_000, description="How often.")
    per: Duration = Field(description="Within which time.")
    cooldown: DurationOrZero = Field(timedelta(0), description="The least time between two.")


class PlanDocument(Doc):
    """How one change reaches everyone: phases, steps, gates, people, messages."""

    plan: Name = Field(description="The plan's name: the file's name without `.yaml`.")
    title: Title = Field(description="What people call the change.")
    summary: Text = Field("", description="What it is about, in a sentence or two.")
    version: Title = Field("", description="The version that is rolled out, for the report.")
    environment: Reference = Field("production", description="Where flags change unless a phase says otherwise.")
    zone: Zone = Field("UTC", description="The time zone of times of day in this plan.")
    flags: dict[FlagKey, FlagDoc] = Field({}, description="The flags that the plan drives.")
    channel: dict[Reference, Annotated[list[Text], OneOrMany()]] = Field(
        {}, description="The rollout's channels by platform.", examples=[{"slack": "#releases", "discord": "releases"}]
    )
    groups: dict[Reference, Users] = Field({}, description="Named lists of units, to be used in `users`.")
    presets: dict[Reference, Change] = Field({}, description="Named changes, to be used in `set`.")
    advance: AdvanceWord = Field("manual", description="Who goes on once nothing stands in the way.")
    prerequisites: Items = Field([], description="What must be true before the rollout begins.")
    gates: Gates = Field([], description="Conditions for every step at which the plan's flags are out.")
    guardrails: Guardrails = Field([], description="What makes the rollout go back by itself at any such step.")
    phases: list[PhaseDoc] = Field(min_length=1, max_length=50, description="The stages in order.")
    rollback: list[RollbackDoc] = Field([], max_length=20, description="The ways back; the first one is automatic.")
    communication: list[CommunicationDoc] = Field([], description="Who is told what, and when.")
    escalation: Reference | None = Field(None, description="The escalation policy of the team file.")
    after: list[AfterDoc] = Field([], description="What is left to do once the rollout is complete.")
    risks: list[RiskDoc] = Field([], description="The risk register.")
    targets: list[TargetDoc] = Field([], description="Figures and facts that the report looks at.")
    runbooks: list[RunbookDoc] = Field([], description="Help for known problems.")
    limits: list[LimitDoc] = Field([], description="How often people may change this rollout upwards.")
    never: Annotated[list[ClosedTime], OneOrMany()] = Field(
        [], description="When nothing goes up.", examples=[["fri", "22:00-06:00"]]
    )
    alone: bool = Field(False, description="Whether no other rollout may be active in the same environment.")
