"""Ways out in the team file: what they say, what people read when they are wrong, and that no secret is repeated."""

from __future__ import annotations

import pytest
from inline_snapshot import snapshot

from bot.domain.errors import BadTeam
from bot.domain.pager import PagerDutyService, Webhook
from bot.domain.roster import Roster
from bot.domain.team import Team
from bot.files.team_file import read_team

GOOD = """\
people: {engineer: {slack: U0ENGINEER}}
channels: {releases: {slack: C0RELEASES}}
environments: {production: {channels: releases}}
audiences: {partners: {webhooks: desk}}
schedules: {payments: {pagerduty: PI7DH85, channels: releases}}
escalation: {payments: {levels: [{reach: [{on_call: payments}, {pagerduty: payments}, {webhook: desk}]}]}}
pagerduty:
  token: ${TOKEN}
  services:
    payments: {routing_key: "${PAYMENTS_KEY}", changes: production}
    search: ${SEARCH_KEY}
webhooks:
  desk: {url: "https://desk.example.org/in", secret: "${DESK_SECRET}"}
  secret-one: {url: "${URL}", secret: "${DESK_SECRET}"}
"""
SECRETS = {
    "TOKEN": "t0ken",
    "PAYMENTS_KEY": "k1",
    "SEARCH_KEY": "k2",
    "DESK_SECRET": "s3cret",
    "URL": "https://hooks.example.org/T0/5ecre7",
    "PLAIN": "http://hooks.example.org/T0/5ecre7",
}


def read(text: str) -> Team:
    return read_team(text, "rollcall.yaml", SECRETS.get, lambda name: (name, b""))


def told(old: str, new: str) -> str:
    assert GOOD.count(old) == 1
    with pytest.raises(BadTeam) as refusal:
        read(GOOD.replace(old, new))
    return "\n".join(str(problem) for problem in refusal.value.problems)


def test_ways_out_are_what_the_file_says() -> None:
    team = read(GOOD)
    assert [(it.name, it.routing_key.value, it.changes) for it in team.pagerduty.values()] == [
        ("payments", "k1", ("production",)),
        ("search", "k2", ()),
    ]
    assert isinstance(team.pagerduty["search"], PagerDutyService)
    assert team.pagerduty_token is not None
    assert team.pagerduty_token.value == "t0ken"
    desk, other = team.webhooks.values()
    assert isinstance(desk, Webhook)
    assert (desk.address, desk.secret.value) == ("https://desk.example.org/in", "s3cret")
    assert other.address == "https://hooks.example.org/T0/5ecre7"
    assert team.audiences["partners"].webhooks == ("desk",)
    assert team.schedules["payments"].rotations == (Roster("PI7DH85"),)
    assert not team.schedules["payments"].known
    for value in SECRETS.values():
        assert value not in repr(team)


def test_a_webhook_on_this_machine_may_be_plain() -> None:
    plain = GOOD.replace("https://desk.example.org/in", "http://127.0.0.1:8000/in")
    assert read(plain).webhooks["desk"].address == "http://127.0.0.1:8000/in"


def test_a_service_that_nobody_declared() -> None:
    assert told("{pagerduty: payments}", "{pagerduty: paymens}") == snapshot("""\
rollcall.yaml:6:76: found "paymens", expected a name that stands under `pagerduty: services`
    6 | …ation: {payments: {levels: [{reach: [{on_call: payments}, {pagerduty: paymens}, {webhook: desk}]}]}}
      |                                                                        ^
      Did you mean `payments`?\
""")


def test_a_webhook_that_nobody_declared() -> None:
    assert told("{webhook: desk}", "{webhook: dask}") == snapshot("""\
rollcall.yaml:6:97: found "dask", expected a name that stands under `webhooks`
    6 | …tion: {payments: {levels: [{reach: [{on_call: payments}, {pagerduty: payments}, {webhook: dask}]}]}}
      |                                                                                            ^
      Did you mean `desk`?\
""")
    assert told("{webhooks: desk}", "{webhooks: dask}") == snapshot("""\
rollcall.yaml:4:34: found "dask", expected a name that stands under `webhooks`
    4 | audiences: {partners: {webhooks: dask}}
      |                                  ^
      Did you mean `desk`?\
""")


def test_an_environment_that_is_not_there() -> None:
    assert told("changes: production", "changes: produktion") == snapshot("""\
rollcall.yaml:10:57: found "produktion", expected a name that stands under `environments`
   10 |     payments: {routing_key: "${PAYMENTS_KEY}", changes: produktion}
      |                                                         ^
      Did you mean `production`?\
""")


def test_a_secret_that_is_not_set() -> None:
    assert told("${SEARCH_KEY}", "${SERCH_KEY}") == snapshot("""\
rollcall.yaml:11:13: found ${SERCH_KEY}, which is not set, expected a variable of the environment with a value
   11 |     search: ${SERCH_KEY}
      |             ^\
""")


def test_a_secret_that_is_written_out_is_not_repeated() -> None:
    written = [
        told('"${PAYMENTS_KEY}"', "0123456789abcdef0123456789abcdef"),
        told("${SEARCH_KEY}", "0123456789abcdef0123456789abcdef"),
        told("token: ${TOKEN}", "token: u+0123456789"),
        told('/in", secret: "${DESK_SECRET}"', '/in", secret: "s3cret-0123456789"'),
        told("https://desk.example.org/in", "https://me:0123456789@desk.example.org/in"),
    ]
    assert "0123456789" not in "".join(written)
    assert "\n".join(written) == snapshot("""\
rollcall.yaml:10:29: found a secret that is written out, expected ${NAME}
      Put it into the environment and write ${NAME} here.
rollcall.yaml:11:13: found a secret that is written out, expected ${NAME}
      Put it into the environment and write ${NAME} here.
rollcall.yaml:8:10: found a secret that is written out, expected ${NAME}
      Put it into the environment and write ${NAME} here.
rollcall.yaml:13:54: found a secret that is written out, expected ${NAME}
      Put it into the environment and write ${NAME} here.
rollcall.yaml:13:15: found a secret that is written out, expected ${NAME}
      Put it into the environment and write ${NAME} here.\
""")


@pytest.mark.parametrize(
    "url",
    ["http://desk.example.org/0123456789", "desk.example.org", "ftp://desk", "https://", "https://h:x/", "${PLAIN}"],
)
def test_an_address_that_is_not_protected_is_not_called_and_not_repeated(url: str) -> None:
    said = told("https://desk.example.org/in", url)
    assert "rollcall.yaml:13:15: found an address that is not called" in said
    assert "0123456789" not in said
    assert "5ecre7" not in said


def test_a_schedule_of_pagerduty_needs_a_token_and_has_no_layers_of_its_own() -> None:
    assert told("  token: ${TOKEN}\n", "") == snapshot("""\
rollcall.yaml:5:24: found a schedule of PagerDuty without a token, expected `pagerduty: {token: ${NAME}}`
    5 | schedules: {payments: {pagerduty: PI7DH85, channels: releases}}
      |                        ^\
""")
    assert told("pagerduty: PI7DH85", "pagerduty: PI7DH85, layers: [{name: primary}]") == snapshot("""\
rollcall.yaml:5:13: found both `layers` and `pagerduty`, expected one of them: who takes turns here, or PagerDuty's schedule
    5 | schedules: {payments: {pagerduty: PI7DH85, layers: [{name: primary}], channels: releases}}
      |             ^\
""")
    assert told("pagerduty: PI7DH85, ", "") == snapshot("""\
rollcall.yaml:5:13: found neither `layers` nor `pagerduty`, expected one of them: who takes turns here, or PagerDuty's schedule
    5 | schedules: {payments: {channels: releases}}
      |             ^\
""")
    assert told("pagerduty: PI7DH85", "pagerduty: primary on-call") == snapshot("""\
rollcall.yaml:5:35: found "primary on-call", expected the id of a schedule such as PI7DH85
    5 | schedules: {payments: {pagerduty: primary on-call, channels: releases}}
      |                                   ^
      It stands in the address of its page in PagerDuty.\
""")
    assert told("{on_call: payments}", "{on_call: payments, layer: secondary}") == snapshot("""\
rollcall.yaml:6:70: found "secondary", expected a layer of `payments`
    6 | …ts: {levels: [{reach: [{on_call: payments, layer: secondary}, {pagerduty: payments}, {webhook: desk}…
      |                                                    ^
      Known here: primary.\
""")
