"""What the inbound hooks read: bodies checked before anything is done, and what they mean in our words."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from bot.domain.alert import LONGEST_WORD, Alarm, Named, digest, harmless
from bot.domain.flag import KEY_PATTERN
from bot.domain.page import page_of_dedup_key
from bot.domain.page_event import Agent, Answering, PageEvent
from bot.domain.plan import Breach
from bot.web.flag_bodies import Body, Word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_ROLLOUT = 2**31 - 1
THEN: Mapping[str, Breach] = {
    "hold": Breach.HOLD,
    "back": Breach.BACK,
    "rollback": Breach.ROLLBACK,
    "page": Breach.PAGE,
}
"""What an alert may want of the rollouts that it names."""

MOST_NAMED = 50
"""So many different things of one group of alerts are looked up; nobody runs as many rollouts at a time."""

MOST_DOUBTS = 10

_NUMBER = re.compile(r"#?([1-9][0-9]{0,9})")


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("moment", "expected a moment between the years 1 and 9999") from None


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Labels = dict[str, str]


class Foreign(BaseModel):
    """An object of a published form, to which its makers add fields over time."""

    model_config = ConfigDict(extra="ignore")


class AlertBody(Foreign):
    """One alert of a group."""

    status: Literal["firing", "resolved"]
    labels: Labels = {}
    annotations: Labels = {}
    startsAt: Instant  # noqa: N815  # The published name.
    endsAt: Instant | None = None  # noqa: N815
    fingerprint: str = Field("", max_length=100)

    @property
    def firing(self) -> bool:
        """Say whether it goes on."""
        return self.status == "firing"


class AlertmanagerBody(Foreign):
    """A notification of Prometheus's Alertmanager about one group of alerts: its webhook format, version 4."""

    version: Literal["4"]
    groupKey: str = Field(min_length=1)  # noqa: N815
    status: Literal["firing", "resolved"]
    receiver: str = ""
    alerts: list[AlertBody] = Field(min_length=1)
    groupLabels: Labels = {}  # noqa: N815
    commonLabels: Labels = {}  # noqa: N815
    commonAnnotations: Labels = {}  # noqa: N815
    truncatedAlerts: int = Field(0, ge=0)  # noqa: N815

    def alarm(self, now: datetime) -> Alarm:
        """Return what it says; a group is one trouble, however many alerts are in it."""
        going_on = [it for it in self.alerts if it.firing]
        began = (min(it.startsAt, now) for it in going_on)
        ended = (it.endsAt for it in self.alerts if it.endsAt is not None and not it.firing)
        labels = [it.labels for it in going_on]
        return Alarm(
            sender="Alertmanager",
            key=digest(self.receiver, self.groupKey),
            text=self._text(going_on or self.alerts),
            firing=len(going_on) + (self.truncatedAlerts if going_on else 0),
            ended=len(self.alerts) - len(going_on),
            unseen=self.truncatedAlerts,
            since=max(began if going_on else ended, default=None),
            severities=_each(labels, "severity"),
            policy=next(iter(_each(labels, "rollcall_policy")), ""),
            names=tuple(dict.fromkeys(it for them in labels for it in _named(them)))[:MOST_NAMED],
            doubts=tuple(dict.fromkeys(it for them in labels for it in _doubts(them)))[:MOST_DOUBTS],
        )

    def _text(self, alerts: list[AlertBody]) -> str:
        """Return the group in one sentence: `HighErrorRate (3 alerts): more than 1 % of the requests fail`."""
        first = alerts[0]
        name = self.commonLabels.get("alertname") or self.groupLabels.get("alertname") or first.labels.get("alertname")
        of = {**first.annotations, **self.commonAnnotations}
        said = harmless(of.get("summary") or of.get("description") or of.get("message") or "")
        count = len(alerts) + self.truncatedAlerts
        many = f" ({count} alerts)" if count > 1 else ""
        whole = f"{harmless(name or '', LONGEST_WORD) or 'an alert'}{many}"
        return harmless(f"{whole}: {said}" if said else whole)


def _each(labels: list[Labels], name: str) -> tuple[str, ...]:
    """Return the values of a label, each once, as far as anybody wants to read them."""
    return tuple(dict.fromkeys(harmless(it[name], LONGEST_WORD) for it in labels if it.get(name)))


def _named(labels: Labels) -> Iterator[Named]:
    """Yield what one alert's labels name."""
    environment = harmless(labels.get("rollcall_environment") or labels.get("environment") or "", LONGEST_WORD)
    then = THEN.get(labels.get("rollcall_action", "").strip().casefold())
    number = _NUMBER.fullmatch(labels.get("rollcall_rollout", "").strip())
    if number is not None and int(number[1]) <= MOST_ROLLOUT:
        yield Named(rollout=int(number[1]), then=then)
    for kind in ("flag", "plan"):
        value = harmless(labels.get(f"rollcall_{kind}", ""), LONGEST_WORD)
        if value:
            yield Named(flag=value if kind == "flag" else "", plan=value if kind == "plan" else "", environment=environment, then=then)  # fmt: skip


def _doubts(labels: Labels) -> Iterator[str]:
    """Yield what is meant for us in one alert's labels and makes no sense."""
    number, then = labels.get("rollcall_rollout", ""), labels.get("rollcall_action", "")
    if number and not _NUMBER.fullmatch(number.strip()):
        yield f"The label rollcall_rollout is no number: “{harmless(number, LONGEST_WORD)}”."
    if then and then.strip().casefold() not in THEN:
        yield f"The label rollcall_action is none of {', '.join(THEN)}: “{harmless(then, LONGEST_WORD)}”."


class HookBody(Body):
    """An alert, or a figure, of any program: an alert has a `text`, a figure has `metric`.

    The same `key` is the same trouble: it is counted on one page, and `resolved` ends it.
    """

    status: Literal["firing", "resolved"] = Field("firing", description="Whether it goes on or is over.")
    severity: Word | None = Field(None, description="critical, high, medium or low, or a word of the team file.")
    text: str | None = Field(None, min_length=1, description="What is wrong.")
    key: str | None = Field(None, min_length=1, max_length=1000, description="Recognises the same trouble or figure.")
    policy: Word | None = Field(None, description="The escalation policy; otherwise the team file's for alerts.")
    rollout: int | None = Field(None, ge=1, le=MOST_ROLLOUT, description="The rollout that is meant.")
    flag: str | None = Field(None, pattern=f"^{KEY_PATTERN.pattern}$", description="Every active rollout of a flag.")
    plan: Word | None = Field(None, description="Every active rollout of a plan.")
    environment: Word | None = Field(None, description="Where, for `flag` and `plan`.")
    action: Literal["hold", "back", "rollback", "page"] | None = Field(
        None, description="What to do with the rollout; otherwise what its plan's guardrails do, or hold."
    )
    metric: dict[Annotated[str, Field(min_length=1, max_length=100)], str | int | float] | None = Field(
        None, min_length=1, max_length=1, description="One figure for the rollout, by the metric's name."
    )
    samples: int | None = Field(None, ge=0, description="On how many events the figure rests.")

    @model_validator(mode="after")
    def _one_thing(self) -> HookBody:
        """Insist on an alert or a figure, and not on half of each."""
        given = self.model_fields_set
        if self.metric is not None:
            for name in ("status", "severity", "text", "policy", "flag", "plan", "environment", "action"):
                if name in given:
                    raise PydanticCustomError("mixed", "{name} does not go with metric", {"name": name})
            if self.rollout is None:
                raise PydanticCustomError("rollout", "metric needs the rollout that it is about")
        elif self.samples is not None:
            raise PydanticCustomError("samples", "samples goes with metric only")
        elif self.text is None and (self.status == "firing" or self.key is None):
            raise PydanticCustomError("text", "an alert needs a text; one that is over may have its key instead")
        return self

    def alarm(self, sender: str, now: datetime) -> Alarm:
        """Return what it says."""
        text = harmless(self.text or "")
        going_on = self.status == "firing"
        environment, then = self.environment or "", THEN.get(self.action or "")
        names = []
        if self.rollout is not None:
            names.append(Named(rollout=self.rollout, then=then))
        if self.flag is not None or self.plan is not None:
            names.append(Named(flag=self.flag or "", plan=self.plan or "", environment=environment, then=then))
        return Alarm(
            sender=sender,
            # Without a key the same text is the same trouble.
            key=digest("key", self.key) if self.key is not None else digest("text", self.text or ""),
            text=text or "an alert without words",
            firing=int(going_on),
            ended=int(not going_on),
            since=now,
            severities=(self.severity,) if self.severity is not None else (),
            policy=self.policy or "",
            names=tuple(names),
        )


class PagerDutyReference(Foreign):
    """Somebody, as PagerDuty names them."""

    id: str = Field("", max_length=100)
    summary: str | None = None
    email: str | None = None

    def agent(self) -> Agent:
        """Return who that is."""
        return Agent(self.id, harmless(self.summary or "", LONGEST_WORD), harmless(self.email or "", LONGEST_WORD))


class PagerDutyIncident(Foreign):
    """What is read of an incident."""

    incident_key: str | None = None
    assignees: list[PagerDutyReference] = []


class PagerDutyEvent(Foreign):
    """What happened."""

    id: str = Field(min_length=1, max_length=200)
    event_type: str = Field(max_length=200)
    occurred_at: Instant
    agent: PagerDutyReference | None = None
    data: dict[str, object] = {}


class PagerDutyBody(Foreign):
    """One delivery of PagerDuty's webhooks, version 3."""

    event: PagerDutyEvent

    def page_event(self) -> PageEvent | None:
        """Return what it says of one of our pages; None for everything else. Raises ValidationError."""
        kind, _, what = self.event.event_type.partition(".")
        if kind != "incident" or what not in set(Answering):
            return None
        incident = PagerDutyIncident.model_validate(self.event.data)
        page = page_of_dedup_key(incident.incident_key or "")
        if page is None:
            return None
        agent = self.event.agent.agent() if self.event.agent is not None else Agent()
        to = tuple(it.agent() for it in incident.assignees)
        return PageEvent(self.event.id, Answering(what), page, self.event.occurred_at, agent, to)
