"""The words of the team file beside those of plans: identities, channels, addresses, metrics, and moments of shifts."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from bot.domain.condition import BadCondition, series_of
from bot.domain.condition_syntax import parse_condition
from bot.domain.measure import Measure
from bot.files.words import expected

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST_CHANNEL = 100
_LONGEST_LOCAL_NAME = 64
MEASURES = {"number": Measure.PLAIN, "percent": Measure.PERCENT} | {str(it): it for it in Measure if it}
"""How a measure may be written."""


def _of_form(pattern: str, what: str, hint: str = "") -> Callable[[object], str]:
    form = re.compile(pattern)

    def read(value: object) -> str:
        written = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(written, str) or not form.fullmatch(written.strip()):
            raise expected(what, hint)
        return written.strip()

    return read


def _channel(value: object) -> str:
    what = "a channel's id or name, such as C0123456789 or releases"
    written = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    bare = written.strip().removeprefix("#") if isinstance(written, str) else ""
    if not bare or len(bare) > _LONGEST_CHANNEL or any(character.isspace() for character in bare):
        raise expected(what)
    return bare


def _metric_name(value: object) -> str:
    what = "a metric's name of small letters, digits and underscores, such as error_rate"
    text = value if isinstance(value, str) else ""
    try:
        named = series_of(parse_condition(f"{text} > 0"))
    except BadCondition:
        raise expected(what) from None
    # One cohort's figures (canary.error_rate) are a metric of their own.
    if [str(metric) for metric in named] != [text]:
        raise expected(what)
    return text


def _measure(value: object) -> Measure:
    if not isinstance(value, str) or value.strip() not in MEASURES:
        raise expected(f"one of {', '.join(MEASURES)}")
    return MEASURES[value.strip()]


def _secret_text(value: object) -> str:
    """Take any text: what is wrong with a secret is told later, without showing it."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise expected("text, with a secret as ${NAME}")
    return str(value).strip()


def _wall_time(value: object) -> datetime:
    what = "a date and a time of day on the wall clock, such as 2026-03-02 09:00"
    if not isinstance(value, str) or not _WALL_TIME.fullmatch(value.strip()):
        raise expected(what)
    try:
        return datetime.strptime(value.strip().replace("T", " "), "%Y-%m-%d %H:%M")  # noqa: DTZ007  # The zone stands beside it.
    except ValueError:
        raise expected(what) from None


def _schema(description: str, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "description": description, **more})


_WALL_TIME = re.compile(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}")
_SLACK = r"[UW][A-Z0-9]{2,20}"
_DISCORD = r"[0-9]{15,20}"
_EMAIL = r"[^@\s<>,]{1,64}@[^@\s<>,]{1,190}"
_PAGERDUTY = r"[A-Z0-9]{6,20}"
_LOCAL_NAME = rf"\S.{{0,{_LONGEST_LOCAL_NAME - 1}}}"

SlackId = Annotated[
    str,
    PlainValidator(
        _of_form(_SLACK, "a Slack member id such as U0123456789", "It is in the person's profile: Copy member ID.")
    ),
    _schema("A Slack member id.", pattern=f"^{_SLACK}$", examples=["U0123456789"]),
]
DiscordId = Annotated[
    str,
    PlainValidator(
        _of_form(_DISCORD, "a Discord user id of 15 to 20 digits", "In developer mode: right-click, Copy User ID.")
    ),
    WithJsonSchema({"type": ["string", "integer"], "description": "A Discord user id.", "examples": ["80351110224678912"]}),
]  # fmt: skip
PagerDutyUser = Annotated[
    str,
    PlainValidator(_of_form(r"[A-Z0-9]{3,20}", "a PagerDuty user id such as PLH1HKV", "It ends the address of the profile.")),
    _schema("A PagerDuty user id.", pattern="^[A-Z0-9]{3,20}$", examples=["PLH1HKV"]),
]  # fmt: skip
AlertWord = Annotated[
    str,
    PlainValidator(_of_form(r"\S.{0,99}", "a word for a severity, such as ticket")),
    _schema("What another system calls a severity.", maxLength=100, examples=["ticket"]),
]
EmailAddress = Annotated[
    str,
    PlainValidator(_of_form(_EMAIL, "an e-mail address")),
    _schema("An e-mail address.", pattern=f"^{_EMAIL}$", examples=["team@example.org"]),
]
PagerDutySchedule = Annotated[
    str,
    PlainValidator(
        _of_form(
            _PAGERDUTY, "the id of a schedule such as PI7DH85", "It stands in the address of its page in PagerDuty."
        )
    ),
    _schema("The id of a schedule in PagerDuty.", pattern=f"^{_PAGERDUTY}$", examples=["PI7DH85"]),
]
LocalName = Annotated[
    str,
    PlainValidator(_of_form(_LOCAL_NAME, "a name in the local chat")),
    _schema("A name in the local chat.", maxLength=_LONGEST_LOCAL_NAME),
]
ChannelWord = Annotated[
    str,
    PlainValidator(_channel),
    WithJsonSchema(
        {
            "type": ["string", "integer"],
            "description": "A channel's id, or its name.",
            "examples": ["C0123456789", "releases"],
        }
    ),
]
MetricName = Annotated[
    str, PlainValidator(_metric_name), _schema("A metric's name.", pattern=r"^((canary|control)\.)?[a-z_][a-z0-9_]*$")
]  # fmt: skip
MeasureWord = Annotated[
    Measure, PlainValidator(_measure), _schema("What the values count.", enum=list(MEASURES))
]  # fmt: skip
VariableWord = Annotated[
    str,
    PlainValidator(_of_form(r"[A-Z0-9_]{1,40}", "capital letters, digits and underscores, such as _PERCENT")),
    _schema("What stands behind a variable's name.", pattern="^[A-Z0-9_]{1,40}$", examples=["_PERCENT"]),
]  # fmt: skip
SecretText = Annotated[
    str, PlainValidator(_secret_text), _schema("Text in which ${NAME} is read from the environment.")
]  # fmt: skip
WallTime = Annotated[
    datetime,
    PlainValidator(_wall_time),
    _schema("A date and a time of day.", examples=["2026-03-02 09:00"], pattern=f"^{_WALL_TIME.pattern}$"),
]
