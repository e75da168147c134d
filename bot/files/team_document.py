"""The team file as it is written: which keys there are, what each may hold, and what editors say about it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from bot.domain.measure import Measure
from bot.files.plan_document import LimitDoc
from bot.files.plan_stages import Approvals, Items
from bot.files.shape import Doc
from bot.files.short_forms import OneOrMany, Shorthand
from bot.files.team_paging import (
    HooksDoc,
    PagerDutyDoc,
    PolicyDoc,
    ScheduleDoc,
    SeverityDoc,
    SeverityWord,
    WebhookDoc,
)
from bot.files.team_provider_document import ProviderDoc
from bot.files.team_words import (
    ChannelWord,
    DiscordId,
    EmailAddress,
    LocalName,
    MeasureWord,
    MetricName,
    PagerDutyUser,
    SecretText,
    SlackId,
)
from bot.files.words import ClosedTime, Duration, Reference, Text, TimeWindow, Title, Zone

PermissionWord = Literal["confirm", "change", "override", "administer"]
References = Annotated[list[Reference], OneOrMany()]
Channels = Annotated[list[ChannelWord], OneOrMany()]


class PersonDoc(Doc):
    """A human, with the identities by which each platform knows them."""

    roles: References = Field([], description="What the person may do and answers for.", examples=[["operator", "qa"]])
    slack: Annotated[list[SlackId], OneOrMany()] = Field([], description="Member ids in Slack.")
    discord: Annotated[list[DiscordId], OneOrMany()] = Field([], description="User ids in Discord.")
    email: Annotated[list[EmailAddress], OneOrMany()] = Field([], description="E-mail addresses; the first is used.")
    pagerduty: Annotated[list[PagerDutyUser], OneOrMany()] = Field([], description="User ids in PagerDuty.")
    local: Annotated[list[LocalName], OneOrMany()] = Field(
        [], description="Names in the local chat beside the person's own."
    )


class ChannelDoc(Doc):
    """One channel by one name, wherever it exists."""

    slack: Channels = Field([], description="In Slack: the id, or the name as the bot hears it.")
    discord: Channels = Field([], description="In Discord: the id, or the name as the bot hears it.")
    local: Channels = Field([], description="In the local chat: the name.")
    quiet: TimeWindow | None = Field(
        None, description="When announcements wait, in the team's time zone.", examples=["22:00-07:00"]
    )
    verbosity: Literal["everything", "steps", "milestones"] = Field(
        "everything", description="How much it hears: `steps` leaves out what repeats, `milestones` each step as well."
    )


class AudienceDoc(Doc):
    """Whom an announcement reaches."""

    channels: References = Field([], description="Channels, by their names in this file.")
    email: Annotated[list[EmailAddress], OneOrMany()] = Field([], description="E-mail addresses.")
    webhooks: References = Field([], description="Webhooks, by their names in this file.")
    status_page: bool = Field(False, description="Whether the status page shows it.")


class StatusPageDoc(Doc):
    """The page that shows what was announced for it."""

    title: Title = Field(description="What stands above it.")
    public: bool = Field(False, description="Whether everybody may read it; otherwise it takes a token that may read.")


class NeverDoc(Doc):
    """A time in which nothing goes up."""

    when: ClosedTime | None = Field(None, description="A weekday, a time of day from-to, or a date.")
    calendar: Title | None = Field(None, description="An iCal file whose events are closed; beside this file.")
    reason: Title = Field("", description="Why; people who are stopped read it.")


class EnvironmentDoc(Doc):
    """The policy of one environment."""

    change: References = Field([], description="Only these of the roles that grant `change`; otherwise all of them.")
    override: References = Field(
        [], description="Only these of the roles that grant `override`; otherwise all of them."
    )
    channels: References = Field([], description="Where it may be changed, by names of channels in this file.")
    tokens: References = Field([], description="API tokens that may take flags up there, by their names.")
    down_anywhere: bool = Field(False, description="Whether going back is open in every channel.")
    approvals: Approvals = Field([], description="Who must say yes before anything goes up.")
    exempt: References = Field([], description="Roles whose own changes need none of these approvals.")
    prerequisites: Items = Field([], description="What must be ticked before anything goes up.")
    limits: list[LimitDoc] = Field([], description="How often people may change it upwards.")
    zone: Zone | None = Field(None, description="The time zone of `never`; otherwise the team's.")
    never: Annotated[
        list[Annotated[NeverDoc, Shorthand("when", "a time such as fri, or a mapping with `when` or `calendar`")]],
        OneOrMany(),
    ] = Field([], description="When nothing goes up.", examples=[["fri 15:00-24:00", "sat-sun"]])
    alone: bool = Field(False, description="Whether only one rollout may be active at a time.")
    confirm: bool = Field(False, description="Whether going up is asked about once more.")


class PrometheusServerDoc(Doc):
    """A Prometheus server, or another one that speaks its language."""

    address: Text | None = Field(None, description="Its base address, such as http://prometheus.example.org:9090.")
    user: Title = Field("", description="The user of Basic authentication.")
    password: SecretText | None = Field(None, description="The password, as ${NAME}.")
    bearer: SecretText | None = Field(None, description="The bearer token, as ${NAME}.")


class PrometheusDoc(PrometheusServerDoc):
    """An instant query. Without an address it is asked of the server that the file names once."""

    query: Text = Field(description="The query, which answers one number.")
    samples: Text = Field("", description="A query that counts the events behind the value.")


class HttpDoc(Doc):
    """A request that is answered with JSON."""

    url: Text = Field(description="The address.")
    path: Text = Field(description="Where the number stands in the answer, in JMESPath.")
    method: Literal["GET", "POST"] = Field("GET", description="The request's method.")
    headers: dict[Title, SecretText] = Field(
        {},
        description="Headers; ${NAME} is read from the environment.",
        examples=[{"Authorization": "Bearer ${TOKEN}"}],
    )
    body: Text = Field("", description="The request's body.")
    samples: Text = Field("", description="Where the number of events behind the value stands, in JMESPath.")


class SqlDoc(Doc):
    """One SELECT on a connection that only reads."""

    url: Text = Field(description="The database's address, best as ${NAME}.")
    query: Text = Field(description="The SELECT: the value, and if there is a second column, the samples.")


class ReportedDoc(Doc):
    """A value that people report in chat."""

    max_age: Duration = Field(timedelta(days=1), description="How old it may be.")


class MetricDoc(Doc):
    """What is measured, and the one source it is read from."""

    description: Title = Field("", description="What it says, for people.")
    measure: MeasureWord = Field(Measure.PLAIN, description="What the source's values count.", examples=["%", "ms"])
    timeout: Duration = Field(timedelta(seconds=10), description="How long one question may take.")
    prometheus: Annotated[PrometheusDoc, Shorthand("query", "a query, or a mapping with `query`")] | None = Field(
        None, description="Read from Prometheus."
    )
    http: HttpDoc | None = Field(None, description="Read from an address that answers JSON.")
    sql: SqlDoc | None = Field(None, description="Read from a database.")
    reported: Annotated[ReportedDoc, Shorthand("max_age", "a duration, or a mapping with `max_age`")] | None = Field(
        None, description="Reported by people in chat."
    )
    kept: Literal["problems"] | None = Field(None, description="Counted by the bot itself.")


SOURCES = ("prometheus", "http", "sql", "reported", "kept")


class TeamDocument(Doc):
    """Who is there, who may do what and where, whom announcements and pages reach, and what can be measured."""

    zone: Zone = Field("UTC", description="The time zone of times of day in this file.")
    people: dict[Reference, PersonDoc] = Field({}, description="People, by the one name each has everywhere.")
    roles: dict[Reference, Annotated[list[PermissionWord], OneOrMany()]] = Field(
        {}, description="Roles beside the built-in ones, with what each grants.", examples=[{"qa": ["confirm"]}]
    )
    channels: dict[Reference, ChannelDoc] = Field({}, description="Channels, by one name for all platforms.")
    environments: dict[Reference, EnvironmentDoc] = Field({}, description="Environments and their policies.")
    audiences: dict[Reference, AudienceDoc] = Field({}, description="Whom announcements reach.")
    status_page: StatusPageDoc | None = Field(
        None, description="The status page; without this there is none.", examples=[{"title": "News", "public": True}]
    )
    schedules: dict[Reference, ScheduleDoc] = Field({}, description="Who is on call for what.")
    escalation: dict[Reference, PolicyDoc] = Field({}, description="Escalation policies, which plans name.")
    severities: dict[SeverityWord, SeverityDoc] = Field(
        {}, description="What severities change in every policy.", examples=[{"low": {"levels": 1}}]
    )
    hooks: HooksDoc | None = Field(None, description="What alerts of other systems mean here.")
    pagerduty: PagerDutyDoc | None = Field(
        None, description="PagerDuty's services, and the token with which its schedules are read."
    )
    webhooks: dict[Reference, WebhookDoc] = Field({}, description="Addresses to which events are posted, signed.")
    messages: dict[Reference, Text] = Field({}, description="Texts of announcements, by the name that plans say.")
    prometheus: PrometheusServerDoc | None = Field(None, description="The server that metrics are read from.")
    metrics: dict[MetricName, MetricDoc] = Field({}, description="What gates and guardrails can speak of.")
    providers: dict[Reference, ProviderDoc] = Field({}, description="Systems that hold flags, by the names of plans.")
