"""The team file: what it says is what the team is, and the published example shows all of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.access import Permission
from bot.domain.errors import BadTeam
from bot.domain.freeze import blocks, closed
from bot.domain.measure import Measure
from bot.domain.metric import (
    HttpQuery,
    KeptQuery,
    Metric,
    PrometheusQuery,
    Query,
    ReportedQuery,
    Secret,
    SqlQuery,
)
from bot.domain.plan import Approval, ChannelName, ChecklistItem, Limit
from bot.domain.status_page import StatusPage
from bot.domain.team import Audience, Identity, Team, person_of
from bot.files.team_file import load_team, read_team

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "rollcall.example.yaml"
SECRETS = {"TOKEN": "s3cr3t-token", "USER_TOKEN": "other", "DATABASE": "postgresql://reader:pw@db/shop", "EMPTY": ""}
SMALL = """\
channels: {releases: {local: releases}}
environments: {production: {channels: releases}}
"""


def unset(_: str) -> str | None:
    """Answer for an environment in which nothing is set."""
    return None


def no_calendar(name: str) -> tuple[str, bytes]:
    raise FileNotFoundError(2, "No such file or directory", name)


def read(text: str) -> Team:
    return read_team(SMALL + text, "rollcall.yaml", SECRETS.get, no_calendar)


def query_of(text: str, more: str = "") -> Query:
    return read(f"{more}metrics: {{measured: {text}}}\n").metrics["measured"].query


@pytest.fixture(scope="module")
def example() -> Team:
    return load_team(EXAMPLE, unset)


def test_the_example_names_the_schema_for_editors_in_its_first_line() -> None:
    assert EXAMPLE.read_text("utf-8").splitlines()[0] == "# yaml-language-server: $schema=plans/team.schema.json"


def test_the_people_of_the_example_are_known_on_both_platforms(example: Team) -> None:
    manager = person_of(example, "slack", "U0RELEASE1")
    assert manager is not None
    assert manager.name == "release-manager"
    assert manager is person_of(example, "discord", "80351110224678914")
    assert manager is person_of(example, "local", "release")
    assert manager.roles == {"release-manager"}


def test_the_roles_of_the_example_grant_what_they_name_and_what_everybody_has(example: Team) -> None:
    everybody = {Permission.VIEW, Permission.REPORT}
    assert example.roles["security"] == everybody
    assert example.roles["qa"] == everybody | {Permission.CONFIRM}
    assert example.grants["release-manager"] == frozenset(Permission) - {Permission.ADMINISTER}


def test_the_policy_of_the_examples_production_is_whole(example: Team) -> None:
    policy = example.environments["production"]
    assert policy.channels == (
        ChannelName("slack", "C0RELEASES1"),
        ChannelName("discord", "41771983423143937"),
        ChannelName("local", "releases"),
    )
    assert (policy.alone, policy.confirm, policy.down_anywhere, sorted(policy.exempt)) == (True, True, True, ["owner"])
    assert policy.approvals == (Approval("qa", 2), Approval("security"))
    assert policy.prerequisites[0] == ChecklistItem("e.1", "There is a backup", evidence=True)
    assert policy.limits[0] == Limit("person", 10, timedelta(hours=1), timedelta(minutes=1))
    friday_evening = datetime(2026, 12, 4, 15, 30, tzinfo=UTC)
    shut = closed(policy.never, friday_evening)
    assert shut is not None
    # Until Monday, six o'clock in Berlin.
    assert shut.until == datetime(2026, 12, 7, 5, tzinfo=UTC)
    assert policy.never[-1].reason == "Holidays"


def test_the_audiences_of_the_example_reach_both_platforms(example: Team) -> None:
    assert example.audiences["users"] == Audience(
        "users",
        (ChannelName("slack", "C0EVERYBODY"), ChannelName("discord", "41771983423143938")),
        status_page=True,
    )
    assert example.status_page == StatusPage("Changes in our shop")
    # A channel that is named twice is written to once.
    assert len(example.audiences["stakeholders"].channels) == len(set(example.audiences["stakeholders"].channels))
    assert example.audiences["stakeholders"].emails == ("stakeholders@example.org",)


def test_the_metrics_of_the_example_have_a_source_each(example: Team) -> None:
    kinds = {name: type(metric.query).__name__ for name, metric in example.metrics.items()}
    assert kinds == {
        "problems": "KeptQuery",
        "error_rate": "PrometheusQuery",
        "p95": "PrometheusQuery",
        "open_orders": "SqlQuery",
        "completion": "HttpQuery",
        "satisfaction": "ReportedQuery",
    }
    assert example.metrics["p95"].measure is Measure.SECONDS


def test_a_small_file_is_a_team() -> None:
    team = read("")
    assert team.file == "rollcall.yaml"
    assert team.people == ()
    assert team.environments["production"].channels == (ChannelName("local", "releases"),)
    assert set(team.metrics) == {"problems"}


def test_ids_may_be_written_as_numbers_and_lists_as_one_value() -> None:
    team = read("people: {engineer: {roles: operator, discord: 80351110224678912, slack: [U0AAA, W0BBB]}}\n")
    assert team.people[0].identities == (
        Identity("slack", "U0AAA"),
        Identity("slack", "W0BBB"),
        Identity("discord", "80351110224678912"),
    )


def test_a_channel_may_be_written_with_its_sign() -> None:
    team = read_team(SMALL.replace("local: releases", 'slack: "#releases"'), "x.yaml", unset, no_calendar)
    assert team.environments["production"].channels == (ChannelName("slack", "releases"),)


def test_an_environments_zone_wins_over_the_teams() -> None:
    text = SMALL.replace("{channels: releases}", "{channels: releases, never: fri, zone: Asia/Kolkata}")
    team = read_team(f"zone: Europe/Berlin\n{text}", "x.yaml", unset, no_calendar)
    window = team.environments["production"].never[0]
    assert blocks(window, datetime(2026, 12, 3, 19, tzinfo=UTC)) == datetime(2026, 12, 4, 18, 30, tzinfo=UTC)


def test_a_prometheus_query_uses_the_server_that_the_file_names_once() -> None:
    query = query_of("{prometheus: up}", 'prometheus: {address: "http://prom:9090", bearer: "${TOKEN}"}\n')
    assert query == PrometheusQuery("http://prom:9090", "up", bearer=Secret("TOKEN", ""))
    assert isinstance(query, PrometheusQuery)
    assert query.bearer is not None
    assert query.bearer.value == "s3cr3t-token"


def test_a_server_of_its_own_is_sent_none_of_the_other_servers_secrets() -> None:
    text = '{prometheus: {query: up, address: "https://other.example.org"}}'
    query = query_of(text, 'prometheus: {address: "http://prom:9090", bearer: "${TOKEN}"}\n')
    assert query == PrometheusQuery("https://other.example.org", "up")
    text = '{prometheus: {query: up, address: "https://other.example.org", user: me, password: "${USER_TOKEN}"}}'
    assert query_of(text) == PrometheusQuery(
        "https://other.example.org", "up", user="me", password=Secret("USER_TOKEN", "")
    )


def test_a_header_names_its_secrets() -> None:
    text = '{http: {url: "https://a.example.org/m", path: data.x, headers: {Authorization: "Bearer ${TOKEN}", A: "${TOKEN}${DATABASE}", N: 5}}}'
    query = query_of(text)
    assert isinstance(query, HttpQuery)
    assert query.headers == (("Authorization", "Bearer ${TOKEN}"), ("A", "${TOKEN}${DATABASE}"), ("N", "5"))
    assert [(it.name, it.value) for it in query.secrets] == [
        ("TOKEN", SECRETS["TOKEN"]),
        ("DATABASE", SECRETS["DATABASE"]),
    ]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ('{sql: {url: "${DATABASE}", query: SELECT 1}}', SqlQuery(Secret("DATABASE", ""), "SELECT 1")),
        ('{sql: {url: "sqlite:///shop.db", query: SELECT 1}}', SqlQuery("sqlite:///shop.db", "SELECT 1")),
        ("{reported: {}}", ReportedQuery(timedelta(days=1))),
        ("{reported: 7d}", ReportedQuery(timedelta(days=7))),
        ("{kept: problems}", KeptQuery("problems")),
    ],
)
def test_a_metric_has_one_source(text: str, query: Query) -> None:
    assert query_of(text) == query


@pytest.mark.parametrize(
    ("written", "measure"),
    [
        ('"%"', Measure.PERCENT),
        ("percent", Measure.PERCENT),
        ("ms", Measure.MILLISECONDS),
        ("number", Measure.PLAIN),
        ("/min", Measure.PER_MINUTE),
    ],
)
def test_a_measure_is_written_as_in_conditions_or_as_a_word(written: str, measure: Measure) -> None:
    metric = read(f"metrics: {{measured: {{reported: 1d, measure: {written}, timeout: 5s}}}}\n").metrics["measured"]
    assert metric == Metric("measured", ReportedQuery(timedelta(days=1)), measure, timeout=timedelta(seconds=5))


def test_no_secret_is_shown_where_a_team_is_printed() -> None:
    team = read('metrics: {measured: {sql: {url: "${DATABASE}", query: SELECT 1}}}\n')
    assert "reader:pw" not in repr(team)
    assert "DATABASE" in repr(team)


def test_a_calendar_stands_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "freezes.ics").write_text(
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nSUMMARY:Holidays\n"
        "DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    file = tmp_path / "rollcall.yaml"
    file.write_text(
        "zone: Europe/Berlin\n"
        + SMALL.replace("channels: releases}", "channels: releases, never: [{calendar: freezes.ics}]}")
    )
    window = load_team(file, unset).environments["production"].never[0]
    assert (window.text, window.reason) == ("2026-12-24..2026-12-26", "Holidays")
    assert blocks(window, datetime(2026, 12, 24, 12, tzinfo=UTC)) == datetime(2026, 12, 26, 23, tzinfo=UTC)


def test_a_mistake_in_a_calendar_is_told_with_the_calendars_line(tmp_path: Path) -> None:
    (tmp_path / "freezes.ics").write_text(
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261224\n"
        "RRULE:FREQ=HOURLY\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    file = tmp_path / "rollcall.yaml"
    file.write_text(SMALL.replace("channels: releases}", "channels: releases, never: [{calendar: freezes.ics}]}"))
    with pytest.raises(BadTeam) as refusal:
        load_team(file, unset)
    (problem,) = refusal.value.problems
    assert (problem.file, problem.line) == (str(tmp_path / "freezes.ics"), 4)
    assert problem.found == "an event that repeats hourly"
