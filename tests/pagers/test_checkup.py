"""The check-up of ways out: what is asked of each, what is found, and that nobody is paged by it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.domain.checkup import Finding, Grade
from bot.domain.escalation import TargetKind
from bot.domain.metric import Secret
from bot.domain.oncall import Schedule
from bot.domain.pager import PagerDutyService, Webhook
from bot.domain.roster import Roster
from bot.domain.team import Identity, Person, Team
from bot.pagers.checkup import MailCheckup
from bot.pagers.email import MailServer
from bot.pagers.opening import PagerConfig, pagers_of
from tests.fakes.clock import MovedClock
from tests.fakes.pagerduty import PagerDutyServer, running_pagerduty
from tests.fakes.web_server import answers
from tests.fakes.webhook import Receiver, running_receiver
from tests.pagers.test_email import Box, only_rollcall, serving

KEY, TOKEN = "0123456789abcdef0123456789ABCDEF", "u+abcdefghijklmnopqr"
ANA = Person("ana", identities=(Identity("email", "ana@example.org"),))


@pytest.fixture
async def pagerduty() -> AsyncIterator[PagerDutyServer]:
    async with running_pagerduty(KEY, token=TOKEN) as running:
        yield running


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with running_receiver("secret", MovedClock()) as running:
        yield running


async def found(team: Team, pagerduty: PagerDutyServer) -> list[Finding]:
    pagers = pagers_of(PagerConfig(api_url=pagerduty.address), lambda: team, MovedClock())
    try:
        return [it for checkup in pagers.checkups for it in await checkup.check()]
    finally:
        await pagers.web.aclose()


async def test_a_routing_key_is_looked_at_for_its_form_alone(pagerduty: PagerDutyServer) -> None:
    keys = {"good": KEY, "short": KEY[:-1], "spaced": f"{KEY[:-1]} "}
    team = Team(pagerduty={name: PagerDutyService(name, Secret(name.upper(), key)) for name, key in keys.items()})
    findings = await found(team, pagerduty)
    assert [it.grade for it in findings] == [Grade.GOOD, Grade.FAILED, Grade.FAILED]
    assert pagerduty.web.received == []
    assert not any(key in f"{findings}" for key in keys.values())


async def test_a_token_is_tried_on_each_schedule_and_people_are_looked_up(pagerduty: PagerDutyServer) -> None:
    schedules = {
        name: Schedule(name, rotations=(Roster(source),)) for name, source in (("a", "PI7DH85"), ("b", "PEMPTY1"))
    }
    team = Team(people=(ANA,), schedules=schedules, pagerduty_token=Secret("TOKEN", TOKEN))
    pagerduty.puts_on_call("ana@example.org", None, None)
    findings = await found(team, pagerduty)
    assert [(it.what, it.grade) for it in findings] == [
        ("PagerDuty schedule PI7DH85", Grade.GOOD),
        ("PagerDuty schedule PEMPTY1", Grade.DOUBTFUL),
    ]
    pagerduty.puts_on_call("stranger@example.org", None, None)
    findings = await found(team, pagerduty)
    assert (findings[0].grade, "stranger@example.org" in findings[0].sentence) == (Grade.DOUBTFUL, True)
    pagerduty.faults = [answers("{}", 401)]
    assert [it.grade for it in await found(team, pagerduty)] == [Grade.FAILED, Grade.DOUBTFUL]


async def test_a_webhook_is_asked_for_its_head_and_nothing_is_posted(
    pagerduty: PagerDutyServer, receiver: Receiver
) -> None:
    secret = Secret("SECRET", "secret")
    hooks = {"desk": Webhook("desk", receiver.address, secret), "gone": Webhook("gone", "http://127.0.0.1:1/x", secret)}
    findings = await found(Team(webhooks=hooks), pagerduty)
    assert [(it.what, it.grade) for it in findings] == [("webhook desk", Grade.GOOD), ("webhook gone", Grade.FAILED)]
    receiver.faults = [answers("", 404)]
    assert (await found(Team(webhooks={"desk": hooks["desk"]}), pagerduty))[0].grade is Grade.DOUBTFUL
    assert (receiver.methods, receiver.events) == (["HEAD", "HEAD"], [])
    assert "hidden" not in f"{findings}"


@pytest.mark.filterwarnings("ignore:Session.login_data is deprecated")  # The server's own.
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # It stays on this machine.
async def test_a_mail_server_is_greeted_and_signed_in_to_and_no_mail_is_sent() -> None:
    box = Box()
    async with serving(box, authenticator=only_rollcall, auth_require_tls=False, auth_required=True) as server:
        for password, grade in (("s3cret/!", Grade.GOOD), ("guessed", Grade.FAILED)):
            signing = MailServer(server.host, server.port, tls=False, user="rollcall", password=password)
            (finding,) = await MailCheckup(signing).check()
            assert finding.grade is grade
            assert password not in f"{finding}"
    (finding,) = await MailCheckup(server).check()
    assert finding.grade is Grade.FAILED, "it is not there any more"
    assert box.mails == []


def test_e_mail_is_a_way_out_where_a_mail_server_is_named_and_the_others_always() -> None:
    def kinds(url: str) -> tuple[frozenset[TargetKind], set[str]]:
        pagers = pagers_of(PagerConfig(url), Team, MovedClock())
        return pagers.kinds, set(pagers.platforms)

    declared = frozenset({TargetKind.PAGERDUTY, TargetKind.WEBHOOK})
    assert kinds("") == (declared, {"pagerduty", "pagerduty_changes", "webhook"})
    assert kinds("smtp://127.0.0.1:25")[0] == {*declared, TargetKind.EMAIL}
    assert "password" not in repr(PagerConfig("smtp://u:password@h"))
