"""What people read when the team file is wrong: the place, what is there, what should be, and the line with a caret."""

from __future__ import annotations

import pytest
from inline_snapshot import snapshot

from bot.domain.errors import BadTeam
from bot.files.team_file import read_team

GOOD = """\
roles: {qa: []}
people:
  engineer: {roles: [operator, qa], slack: U0ENGINEER, email: engineer@example.org}
  manager: {roles: lead, slack: U0MANAGER}
channels:
  releases: {slack: C0RELEASES, local: releases}
environments:
  staging: {}
  production:
    channels: [releases]
    change: [lead, owner]
    approvals: [qa]
    never: [fri, "22:00-06:00"]
audiences:
  team: {channels: releases}
prometheus: {address: "http://prom:9090", bearer: "${TOKEN}"}
metrics:
  error_rate: {prometheus: up}
  done: {http: {url: "https://app.example.org/m", path: x, headers: {Authorization: "Bearer ${TOKEN}"}}}
"""


def unset(_: str) -> str | None:
    """Answer for an environment in which nothing is set."""
    return None


def calendar(name: str) -> tuple[str, bytes]:
    raise FileNotFoundError(2, "No such file or directory", name)


def refused(old: str, new: str) -> BadTeam:
    assert GOOD.count(old) == 1
    with pytest.raises(BadTeam) as refusal:
        read_team(GOOD.replace(old, new), "rollcall.yaml", {"TOKEN": "secret-value"}.get, calendar)
    return refusal.value


def told(old: str, new: str) -> str:
    return "\n".join(str(problem) for problem in refused(old, new).problems)


def test_the_file_without_mistakes_is_read() -> None:
    team = read_team(GOOD, "rollcall.yaml", {"TOKEN": "secret-value"}.get, calendar)
    assert len(team.people) == 2


def test_a_role_that_nobody_declared() -> None:
    assert told("[operator, qa]", "[oparator, qa]") == snapshot("""\
rollcall.yaml:3:22: found "oparator", expected a role: a built-in one, or one that stands under `roles`
    3 |   engineer: {roles: [oparator, qa], slack: U0ENGINEER, email: engineer@example.org}
      |                      ^
      Did you mean `operator`?\
""")


def test_an_identity_of_two_people() -> None:
    assert told("U0MANAGER", "U0ENGINEER") == snapshot("""\
rollcall.yaml:4:33: found the identity of `engineer`, expected one that nobody else has
    4 |   manager: {roles: lead, slack: U0ENGINEER}
      |                                 ^\
""")


def test_a_name_in_place_of_an_id() -> None:
    assert told("U0MANAGER", '"@manager"') == snapshot("""\
rollcall.yaml:4:33: found "@manager", expected a Slack member id such as U0123456789
    4 |   manager: {roles: lead, slack: "@manager"}
      |                                 ^
      It is in the person's profile: Copy member ID.\
""")


def test_production_without_channels() -> None:
    assert told("    channels: [releases]\n", "") == snapshot("""\
rollcall.yaml:9:3: found no `channels`, expected the channels from which production is changed
    9 |   production:
      |   ^\
""")


def test_a_channel_that_is_not_declared() -> None:
    assert told("channels: [releases]", "channels: [release]") == snapshot("""\
rollcall.yaml:10:16: found "release", expected a name that stands under `channels`
   10 |     channels: [release]
      |                ^
      Did you mean `releases`?\
""")


def test_a_role_that_could_never_change_anything() -> None:
    assert told("change: [lead, owner]", "change: [lead, qa]") == snapshot("""\
rollcall.yaml:11:20: found `qa`, expected a role that grants `change`
   11 |     change: [lead, qa]
      |                    ^
      Those are operator, lead, owner.\
""")


def test_approvals_that_nobody_could_give() -> None:
    assert told("approvals: [qa]", "approvals: [{role: qa, count: 2}]") == snapshot("""\
rollcall.yaml:12:17: found 1 person with the role `qa`, expected at least 2 under `people`
   12 |     approvals: [{role: qa, count: 2}]
      |                 ^\
""")


def test_a_time_that_cannot_be_closed() -> None:
    assert told("never: [fri,", "never: [friday,") == snapshot("""\
rollcall.yaml:13:13: found "friday", expected a weekday (fri), a time of day (22:00-06:00) or a date (2026-12-24)
   13 |     never: [friday, "22:00-06:00"]
      |             ^
      Did you mean "fri"?\
""")


def test_windows_that_never_open() -> None:
    assert told('never: [fri, "22:00-06:00"]', 'never: ["06:00-22:00", "22:00-06:00"]') == snapshot("""\
rollcall.yaml:13:5: found windows without a gap, expected some time in which something may go up
   13 |     never: ["06:00-22:00", "22:00-06:00"]
      |     ^\
""")


def test_a_calendar_that_is_not_there() -> None:
    assert told('never: [fri, "22:00-06:00"]', "never: [{calendar: freezes.ics}]") == snapshot("""\
rollcall.yaml:13:24: found "freezes.ics" (No such file or directory), expected an iCal file beside this file
   13 |     never: [{calendar: freezes.ics}]
      |                        ^\
""")


def test_a_secret_that_is_not_set() -> None:
    assert told('"Bearer ${TOKEN}"', '"Bearer ${TOKN}"') == snapshot("""\
rollcall.yaml:19:93: found ${TOKN}, which is not set, expected a variable of the environment with a value
   19 | …one: {http: {url: "https://app.example.org/m", path: x, headers: {Authorization: "Bearer ${TOKN}"}}}
      |                                                                                           ^\
""")


def test_a_metric_without_a_source() -> None:
    assert told("error_rate: {prometheus: up}", "error_rate: {measure: ms}") == snapshot("""\
rollcall.yaml:18:3: found no source, expected one of prometheus, http, sql, reported, kept
   18 |   error_rate: {measure: ms}
      |   ^\
""")


def test_a_key_that_is_nearly_right() -> None:
    assert told("slack: U0MANAGER", "slak: U0MANAGER") == snapshot("""\
rollcall.yaml:4:26: found the key `slak`, expected a key that is known here
    4 |   manager: {roles: lead, slak: U0MANAGER}
      |                          ^
      Did you mean `slack`?\
""")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('bearer: "${TOKEN}"', "bearer: hunter2hunter2"),
        ('bearer: "${TOKEN}"', 'user: me, password: "hunter2hunter2"'),
        ('bearer: "${TOKEN}"', "user: me, password: 99998888"),
        ('"Bearer ${TOKEN}"', "Bearer hunter2hunter2"),
        ('"https://app.example.org/m"', '"https://me:hunter2hunter2@app.example.org/m"'),
        ("{prometheus: up}", '{sql: {url: "postgresql://me:hunter2hunter2@db/shop", query: SELECT 1}}'),
    ],
)
def test_a_secret_that_is_written_out_is_refused_and_not_repeated(old: str, new: str) -> None:
    text = told(old, new)
    assert "found a secret that is written out, expected ${NAME}" in text
    assert "hunter2" not in text
    assert "99998888" not in text


@pytest.mark.parametrize(
    ("old", "new", "found", "expected"),
    [
        ("manager:", "Engineer:", "a name by which `engineer` is known", "a name that nobody else has"),
        ("manager:", "Rollcall:", "`Rollcall`", "another name"),
        ("roles: {qa: []}", "roles: {qa: [], owner: [change]}", "the built-in role `owner`", "a name of its own"),
        ("roles: {qa: []}", "roles: {qa: [chnge]}", '"chnge"', "`confirm`, `change`, `override` or `administer`"),
        ("  production:\n", "  prod:\n", "no `production`", "`production` with its `channels`"),
        (
            "releases: {slack: C0RELEASES, local: releases}",
            "releases: {}",
            "channels that are on no platform",
            "at least one that is somewhere",
        ),
        (
            "team: {channels: releases}",
            "team: {}",
            "an audience that nobody is in",
            "`channels`, `email`, `webhooks` or `status_page`",
        ),
        ('bearer: "${TOKEN}"', "user: me", "half a login", "`user` and `password`"),
        (
            'bearer: "${TOKEN}"',
            'user: me, password: "${TOKEN}", bearer: "${TOKEN}"',
            "a token beside a user",
            "one way to log in",
        ),
        ('address: "http://prom:9090", ', "", "no `address`", "the server's address"),
        ("http://prom:9090", "prom:9090", '"prom:9090"', "an address such as https://metrics.example.org"),
        ("http://prom:9090", "http://[prom", '"http://[prom"', "an address such as https://metrics.example.org"),
        (
            "{prometheus: up}",
            '{prometheus: {query: up, bearer: "${TOKEN}"}}',
            "a login without an address",
            "`address` beside it",
        ),
        (
            "{prometheus: up}",
            "{prometheus: up, kept: problems}",
            "prometheus and kept together",
            "one of prometheus, http, sql, reported, kept",
        ),
        ("{prometheus: up}", "{prometheus: up, timeout: 2m}", "a longer time", "at most 1m"),
        (
            "{prometheus: up}",
            "{sql: {url: shop.db, query: x}}",
            '"shop.db"',
            "${NAME}, or an address such as sqlite:///shop.db",
        ),
        ("path: x,", 'path: x, body: "${TOKEN}",', "`${`", "text without it"),
        (
            '"Bearer ${TOKEN}"',
            '"${TOKEN} ${to ken}"',
            "`${` without a name",
            "${NAME} of letters, digits and underscores",
        ),
        ("U0MANAGER", "true", "`true`", "a Slack member id such as U0123456789"),
        ('"Bearer ${TOKEN}"', "[x]", "a list", "text, with a secret as ${NAME}"),
        ('"https://app.example.org/m"', "https", '"https"', "an address such as https://metrics.example.org"),
        (
            "error_rate:",
            "baseline:",
            '"baseline"',
            "a metric's name of small letters, digits and underscores, such as error_rate",
        ),
        (
            "error_rate:",
            "error-rate:",
            '"error-rate"',
            "a metric's name of small letters, digits and underscores, such as error_rate",
        ),
        (
            "{prometheus: up}",
            "{prometheus: up, measure: furlong}",
            '"furlong"',
            "one of number, percent, %, ms, s, m, h, d, /s, /min, /h, /day",
        ),
        ('[fri, "22:00-06:00"]', "[{when: fri, calendar: x.ics}]", "both", "either `when` or `calendar`"),
        ('[fri, "22:00-06:00"]', "[{reason: x}]", "neither", "either `when` or `calendar`"),
        ('[fri, "22:00-06:00"]', "[mon-sun]", '"mon-sun"', "a window that opens again"),
        (
            "{slack: C0RELEASES,",
            '{slack: "the releases",',
            '"the releases"',
            "a channel's id or name, such as C0123456789 or releases",
        ),
        ("engineer@example.org", "engineer", '"engineer"', "an e-mail address"),
    ],
)
def test_each_mistake_is_told_in_its_own_words(old: str, new: str, found: str, expected: str) -> None:
    problems = refused(old, new).problems
    assert (found, expected) in [(problem.found, problem.expected) for problem in problems]


def test_all_mistakes_are_told_at_once() -> None:
    text = GOOD
    for old, new in [
        ("[operator, qa]", "[nobody]"),
        ("U0MANAGER", "me"),
        ("[lead, owner]", "[leed]"),
        ("team: {channels: releases}", "team: {chanels: releases}"),
        ("{prometheus: up}", "{}"),
    ]:
        text = text.replace(old, new)
    with pytest.raises(BadTeam) as refusal:
        read_team(text, "rollcall.yaml", unset, calendar)
    # Nobody is left who could give the approval, and no secret is set.
    assert [problem.line for problem in refusal.value.problems] == [3, 4, 11, 12, 15, 16, 18, 19]
    assert refusal.value.sentence == "rollcall.yaml has 8 problems."


@pytest.mark.parametrize("text", ["", "# nothing\n", "[]", "people", "people:\n"])
def test_a_file_that_says_nothing_is_no_team(text: str) -> None:
    with pytest.raises(BadTeam) as refusal:
        read_team(text, "rollcall.yaml", unset, calendar)
    assert refusal.value.problems
