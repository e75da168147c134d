"""What a team file says of pages: who is on call, whom a policy reaches at which time, and what severities change."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from bot.domain.escalation import ACKNOWLEDGED_FOR, REPEAT_EVERY, REPEAT_TIMES
from bot.files.shape import Doc
from bot.files.short_forms import OneOrMany, Shorthand
from bot.files.team_words import AlertWord, EmailAddress, PagerDutySchedule, SecretText, WallTime
from bot.files.words import Duration, DurationOrZero, Reference, Zone

References = Annotated[list[Reference], OneOrMany()]
SeverityWord = Literal["critical", "high", "medium", "low"]
TARGETS = ("person", "on_call", "channel", "email", "pagerduty", "webhook")


class LayerDoc(Doc):
    """People who take turns in answering."""

    name: Reference = Field(description="What the layer is called: primary, secondary, database.")
    people: References = Field([], description="Who takes turns, in order, by names in this file.")
    turns: Literal["hourly", "daily", "weekly", "monthly"] = Field(
        "weekly", description="What a shift's length counts."
    )
    length: int = Field(1, ge=1, le=1000, description="How many of these a shift lasts.")
    starts: WallTime | None = Field(
        None, description="When the first person's first shift began, in the schedule's zone."
    )


class ScheduleDoc(Doc):
    """Who is on call for something."""

    zone: Zone | None = Field(None, description="The time zone of its hand-offs; otherwise the team's.")
    pagerduty: PagerDutySchedule | None = Field(
        None, description="A schedule of PagerDuty that is asked in place of layers."
    )
    channels: References = Field([], description="Where hand-offs are told, by names of channels in this file.")
    layers: list[LayerDoc] = Field([], max_length=20, description="The layers, the first one first.")


class ServiceDoc(Doc):
    """A service of PagerDuty, to which pages and changes are sent."""

    routing_key: SecretText = Field(description="The key of its Events API v2 integration, as ${NAME}.")
    changes: References = Field([], description="Environments whose rollouts are recorded with it, step by step.")


class PagerDutyDoc(Doc):
    """What is used of PagerDuty."""

    services: dict[
        Reference, Annotated[ServiceDoc, Shorthand("routing_key", "${NAME}, or a mapping with `routing_key`")]
    ] = Field({}, description="Its services, by the names that policies use.")
    token: SecretText | None = Field(None, description="A read-only API token for schedules, as ${NAME}.")


class WebhookDoc(Doc):
    """An address to which events are posted."""

    url: SecretText = Field(
        description="The address, which begins with https://; as ${NAME} where it is secret itself."
    )
    secret: SecretText = Field(description="What events are signed with, as ${NAME}.")


class TargetDoc(Doc):
    """Whom a level reaches: one of these."""

    person: Reference | None = Field(None, description="A person of this file.")
    on_call: Reference | None = Field(None, description="Whoever is on call in a schedule of this file.")
    layer: Reference | None = Field(None, description="In which of its layers; otherwise the first.")
    channel: Reference | None = Field(None, description="A channel of this file.")
    email: EmailAddress | None = Field(None, description="An e-mail address.")
    pagerduty: Reference | None = Field(None, description="A service of PagerDuty that this file declares.")
    webhook: Reference | None = Field(None, description="A webhook of this file.")


class LevelDoc(Doc):
    """Who is reached when nobody has answered for so long."""

    after: DurationOrZero = Field(timedelta(0), description="How long after the start of the page.")
    reach: Annotated[
        list[Annotated[TargetDoc, Shorthand("person", "a person's name, or a mapping such as {on_call: NAME}")]],
        OneOrMany(mappings=True),
    ] = Field(min_length=1, max_length=50, description="Whom.")


class RepeatDoc(Doc):
    """How the last level goes on until somebody answers."""

    every: Duration = Field(REPEAT_EVERY, description="How long between two repetitions.")
    times: int = Field(REPEAT_TIMES, ge=0, le=1000, description="How many of them; after that it is repeated daily.")


class PolicyDoc(Doc):
    """An escalation path."""

    levels: list[LevelDoc] = Field(min_length=1, max_length=20, description="The levels, the first one first.")
    channels: References = Field([], description="Where each page's live message stands.")
    repeat: Annotated[RepeatDoc, Shorthand("every", "a duration, or a mapping of `every` and `times`")] | None = Field(
        None, description="How the last level is repeated."
    )
    acknowledged_for: Duration = Field(
        ACKNOWLEDGED_FOR, description="How long an acknowledgement stands without a resolution."
    )


class HooksDoc(Doc):
    """Whom alerts of other systems reach, and what their words mean."""

    policy: Reference | None = Field(None, description="The escalation policy of alerts that name none.")
    severities: dict[AlertWord, SeverityWord] = Field(
        {}, description="What their words for severities mean.", examples=[{"ticket": "low"}]
    )


class SeverityDoc(Doc):
    """How a severity changes every path."""

    at_once: bool = Field(False, description="Whether every level is reached at once.")
    levels: int | None = Field(None, ge=1, le=20, description="Only so many of the levels; otherwise all.")
