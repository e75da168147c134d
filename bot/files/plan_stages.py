"""The phases and steps of a plan file as they are written, and what is asked and changed at each."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from bot.files.shape import Doc
from bot.files.short_forms import ChangeForm, OneOrMany, SetForm, Shorthand
from bot.files.words import (
    Condition,
    Duration,
    DurationOrZero,
    Instant,
    PercentWord,
    Reference,
    Text,
    TimeWindow,
    Title,
    UnitId,
    Zone,
)

AdvanceWord = Literal["auto", "manual"]
MOST_ITEMS = 200


Users = Annotated[list[UnitId], OneOrMany()]
Tiers = Annotated[list[Reference], OneOrMany()]


class ChangeDoc(Doc):
    """What happens to one flag. What is not named stays as it is."""

    preset: Reference | None = Field(
        None, description="Start from this preset of the plan; the other keys win over it."
    )
    on: bool | None = Field(None, description="Whether anybody sees the flag at all.")
    percent: PercentWord | None = Field(None, description="How many of the units are in.")
    tiers: Tiers | None = Field(
        None, description="Only these tiers; `all` for every tier.", examples=[["pro", "enterprise"], "all"]
    )
    users: Users | None = Field(
        None, description="Units by id, and groups by name, that are in whatever the percentage."
    )


CHANGE_KEYS = tuple(ChangeDoc.model_fields)


Change = Annotated[ChangeDoc, ChangeForm()]


Changes = Annotated[dict[str, Change], Field(min_length=1), SetForm(CHANGE_KEYS)]


class ItemDoc(Doc):
    """Something a person confirms."""

    text: Text = Field(description="What is confirmed.")
    owner: Title = Field("", description="The role that does it.")
    note: Text = Field("", description="How it is done, or what to look at.")
    evidence: bool = Field(False, description="Whether a link or a file must be attached.")


Item = Annotated[ItemDoc, Shorthand("text", "text, or a mapping with `text`")]


class GateDoc(Doc):
    """A condition that must hold for the rollout to go on."""

    condition: Condition = Field(description="What must hold.")
    interval: Duration = Field(timedelta(minutes=1), description="The time between two measurements.")
    min_samples: int = Field(
        0, ge=0, le=10**9, description="So many samples at least, so that an idle night passes nothing."
    )
    max_failures: int = Field(0, ge=0, le=1000, description="So many failed measurements are allowed.")


class GuardrailDoc(Doc):
    """A condition whose breach makes the rollout go back, hold or page by itself."""

    condition: Condition = Field(alias="if", description="What must not happen.")
    then: Literal["rollback", "back one step", "hold", "page"] = Field("rollback", description="What a breach does.")
    interval: Duration = Field(timedelta(minutes=1), description="The time between two measurements.")


class ApprovalDoc(Doc):
    """So many people of one role who say yes."""

    role: Reference = Field(description="The role of the team file.")
    count: int = Field(1, ge=1, le=20, description="How many of them.")


class IrreversibleDoc(Doc):
    """Marks what cannot be undone; it is confirmed twice."""

    what: Text = Field(description="What cannot be undone.")
    instead: Text = Field("", description="What can still be done.")


Gates = list[Annotated[GateDoc, Shorthand("condition", "a condition, or a mapping with `condition`")]]
Guardrails = list[Annotated[GuardrailDoc, Shorthand("if", "a condition, or a mapping with `if`")]]
Approvals = list[Annotated[ApprovalDoc, Shorthand("role", "a role, or a mapping with `role`")]]
Items = Annotated[list[Item], Field(max_length=MOST_ITEMS)]
Calls = Annotated[list[Reference], OneOrMany()]


class EnterDoc(Doc):
    """What must be true before a phase may begin."""

    checklist: Items = Field([], description="What people confirm.")
    gates: Gates = Field([], description="Conditions that must hold.")
    approvals: Approvals = Field([], description="Who must say yes.")
    question: Text = Field("", description="A go/no-go asked of a person.")


class StageDoc(EnterDoc):
    """What steps and phases have in common. What is asked here is asked before going on."""

    note: Text = Field("", description="What people should know.")
    set: Changes | None = Field(None, description="What happens to the flags on arrival.")
    tiers: Tiers | None = Field(None, description="Short for `tiers` inside `set`, where `set` changes one flag.")
    users: Users | None = Field(None, description="Short for `users` inside `set`, where `set` changes one flag.")
    do: Calls = Field([], description="Calls of the team file that are made on arrival.")
    soak: DurationOrZero | None = Field(None, description="The least time to hold before going on.")
    advance: AdvanceWord | None = Field(None, description="Who goes on once nothing stands in the way.")
    guardrails: Guardrails = Field([], description="What makes the rollout go back by itself.")
    day: int | None = Field(None, ge=0, le=400, description="Not before so many days after the start of the rollout.")
    at: Instant | None = Field(None, description="Not before this date and time.")
    between: TimeWindow | None = Field(None, description="Only within this part of the day, in `zone`.")
    zone: Zone | None = Field(None, description="The time zone of `between`; otherwise the plan's.")
    business_days: bool | None = Field(None, description="Whether `day` counts business days.")
    irreversible: Annotated[IrreversibleDoc, Shorthand("what", "text, or a mapping with `what`")] | None = Field(
        None, description="Marks what cannot be undone."
    )
    risk: Title = Field("", description="How risky it is: none, low, medium, high.")
    takes: DurationOrZero | None = Field(None, description="How long the work is planned to take, for the timeline.")


class StepDoc(StageDoc):
    """One stop of a rollout."""

    name: Title | None = Field(None, description="What people call it; without it, named after what it sets.")


class PhaseDoc(StageDoc):
    """A stage of the plan: one step, or several under `steps`."""

    name: Title = Field(description="What people call it.")
    environment: Reference | None = Field(None, description="Where its flags change; otherwise the plan's environment.")
    enter: EnterDoc | None = Field(None, description="What must be true before the phase may begin.")
    steps: list[StepDoc] | None = Field(None, min_length=1, max_length=100, description="The phase's steps in order.")
