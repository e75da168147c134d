"""Pages, changes and announcements on their way to PagerDuty, mailboxes and webhooks, through a bot as it is really wired."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.doctor import examine
from bot.domain.checkup import Grade
from bot.domain.page import PageState, dedup_key, page_of_dedup_key
from tests.fakes.web_server import answers, closes
from tests.scenarios.wired import KEY, SECRET, TEAM, TOKEN, Outside, outside, page_of
from tests.scenarios.world import HOUR, MINUTE, SECOND, World

ABOUT = "rollcall-page-1"
RAISED = "/escalate high payments fail"


async def raised(world: World) -> None:
    await world.done(RAISED)
    await world.passes(SECOND)


async def test_a_page_is_an_alert_and_what_is_answered_in_chat_is_told_there(tmp_path: Path) -> None:
    async with outside(tmp_path) as there, there.bot() as world:
        await raised(world)
        alert = there.pagerduty.alert(ABOUT)
        assert (alert.state, alert.payload["severity"]) == ("triggered", "error")
        assert "payments fail" in alert.payload["summary"]
        assert alert.payload["custom_details"]["acknowledge"] == "/escalate ack 1"
        await world.done("/escalate ack 1", by="ben")
        await world.passes(SECOND)
        assert alert.state == "acknowledged"
        await world.done("/escalate snooze 1 1h because it is known", by="ben")
        await world.passes(SECOND)
        assert alert.state == "acknowledged"
        await world.done("/escalate resolve 1", by="ben")
        await world.passes(SECOND)
        assert (alert.state, alert.log) == ("resolved", ["trigger", "acknowledge", "acknowledge", "resolve"])
        kinds = ["page.triggered", "page.acknowledged", "page.snoozed", "page.resolved"]
        assert there.receiver.types() == kinds
        assert {it["about"] for it in there.receiver.events} == {ABOUT}
        assert there.receiver.events[1]["facts"]["by"] == "ben"


def test_a_dedup_key_says_which_page_it_means() -> None:
    assert page_of_dedup_key("rollcall-page-12") == 12
    assert [page_of_dedup_key(it) for it in ("", "srv01/mysql", "rollcall-page-", "rollcall-page-x", "12")] == [
        None
    ] * 5


async def test_a_page_keeps_its_dedup_key_over_a_restart_and_goes_on_where_it_was(tmp_path: Path) -> None:
    async with outside(tmp_path) as there:
        there.pagerduty.faults = [answers("{}", 500)]
        async with there.bot() as world:
            await world.done(RAISED)
            assert there.pagerduty.alerts == {}
            assert dedup_key(await page_of(world)) == ABOUT
        async with there.bot() as world:
            await world.passes(SECOND)
            assert there.pagerduty.alert(ABOUT).log == ["trigger"]
        async with there.bot() as world:
            await world.done("/escalate resolve 1", by="ben")
            await world.passes(SECOND)
        assert there.pagerduty.alert(ABOUT).log == ["trigger", "resolve"]


async def test_what_was_cut_off_after_the_request_is_one_alert_and_one_event(tmp_path: Path) -> None:
    async with outside(tmp_path) as there:
        there.pagerduty.lose_answers = there.receiver.lose_answers = 1
        async with there.bot() as world:
            await raised(world)
        # The process dies before it could try again; another one does.
        async with there.bot() as world:
            await world.passes(MINUTE)
            assert there.pagerduty.alert(ABOUT).log == ["trigger", "trigger"]
            assert (there.receiver.calls, there.receiver.types()) == (2, ["page.triggered"])
            assert [it.state for it in await world.outbox() if it.platform in {"pagerduty", "webhook"}] == ["sent"] * 2


async def test_an_answer_does_not_overtake_the_alert_that_it_is_about(tmp_path: Path) -> None:
    async with outside(tmp_path) as there, there.bot() as world:
        there.pagerduty.faults = [answers("{}", 429, Retry_After="60")]
        there.receiver.faults = [answers("", 503, Retry_After="60")]
        await raised(world)
        await world.done("/escalate ack 1", by="ben")
        await world.passes(30 * SECOND)
        assert (there.pagerduty.alerts, there.receiver.events) == ({}, [])
        await world.passes(31 * SECOND)
        await world.passes(SECOND)
        # Nobody is woken any more once somebody has answered: PagerDuty takes the rest, and does nothing about it.
        assert there.pagerduty.alerts == {KEY: []}
        assert there.receiver.types() == ["page.acknowledged"]


async def test_an_alert_is_triggered_again_when_an_acknowledgement_ends_unresolved(tmp_path: Path) -> None:
    async with outside(tmp_path) as there, there.bot() as world:
        await raised(world)
        await world.done("/escalate ack 1", by="ben")
        for _ in range(31):
            await world.passes(MINUTE)
        assert (await page_of(world)).state is PageState.OPEN
        assert there.pagerduty.alert(ABOUT).log == ["trigger", "acknowledge", "trigger"]


async def test_whoever_acknowledged_is_reminded_before_that_with_the_buttons_to_end_it(tmp_path: Path) -> None:
    async with outside(tmp_path) as there, there.bot() as world:
        await raised(world)
        await world.done("/escalate ack 1", by="ben")
        await world.passes(23 * MINUTE)
        assert not any("ends soon" in it for it in await world.said("@ben"))
        await world.passes(MINUTE)
        (reminder,) = [it for it in await world._posts("@ben") if "ends soon" in it.message.summary]  # The post itself.
        assert reminder.message.summary.startswith("ben, your acknowledgement ends soon: Page 1 (high)")
        assert [it.label for it in reminder.message.buttons] == ["Resolve", "Snooze"]
        assert [str(it["To"]) for it in there.mailbox.mails] == ["ben@example.org"]
        await world.done(reminder.message.buttons[0].command, by="ben")
        await world.passes(HOUR)
        assert there.pagerduty.alert(ABOUT).state == "resolved"
        assert len([it for it in await world.said("@ben") if "ends soon" in it]) == 1


async def test_a_level_that_names_e_mail_is_reached_where_a_mail_server_is_named(tmp_path: Path) -> None:
    async with outside(tmp_path) as there, there.bot() as world:
        await raised(world)
        await world.passes(14 * MINUTE)
        assert there.mailbox.mails == []
        await world.passes(MINUTE)
        await world.passes(SECOND)
        assert sorted(str(it["To"]) for it in there.mailbox.mails) == ["ben@example.org", "board@example.org"]
        assert all("payments fail" in str(it["Subject"]) for it in there.mailbox.mails)
        page = await page_of(world)
        assert {(it.level, str(it.way.kind)) for it in page.reached} == {
            (1, "pagerduty"), (1, "webhook"), (2, "direct"), (2, "email"),
        }  # fmt: skip
        assert page.skipped == ()


async def test_without_a_mail_server_such_a_level_says_that_it_cannot_be_reached(tmp_path: Path) -> None:
    only = TEAM.replace("[{on_call: payments}, {email: board@example.org}]", "{email: board@example.org}")
    async with outside(tmp_path, only, SMTP_URL="") as there, there.bot() as world:
        await raised(world)
        await world.passes(15 * MINUTE)
        (skipped,) = (await page_of(world)).skipped
        assert skipped.why == "board@example.org cannot be reached: e-mail is not connected"


async def test_a_refused_key_tries_the_next_level_at_once_and_is_never_shown(tmp_path: Path) -> None:
    only = TEAM.replace("[{pagerduty: payments}, {webhook: desk}]", "{pagerduty: payments}")
    async with outside(tmp_path, only) as there, there.bot() as world:
        there.pagerduty.keys = ("another",)
        await raised(world)
        await world.passes(SECOND)
        assert sorted(str(it["To"]) for it in there.mailbox.mails) == ["ben@example.org", "board@example.org"]
        said = "\n".join(await world.said())
        assert "A message for PagerDuty payments did not arrive: PagerDuty refuses an event for payments" in said
        assert "check ${PAYMENTS_KEY}" in said
        await assert_nothing_hidden_is_shown(there, world)


async def test_a_webhook_that_is_gone_is_not_called_again_for_that_event(tmp_path: Path) -> None:
    async with outside(tmp_path) as there, there.bot() as world:
        there.receiver.faults = [answers("hunter2", 410)]
        await raised(world)
        await world.passes(MINUTE)
        (row,) = [it for it in await world.outbox() if it.platform == "webhook"]
        assert (row.state, row.attempts, "is gone (410)" in row.error) == ("failed", 1, True)
        await world.done("/escalate ack 1", by="ben")
        await world.passes(SECOND)
        assert there.receiver.calls == 0, "what it was never told of is not answered there"
        await assert_nothing_hidden_is_shown(there, world)


async def test_each_step_is_recorded_with_the_service_and_alerts_nobody(tmp_path: Path) -> None:
    async with outside(tmp_path) as there, there.bot() as world:
        await world.done("/rollout start checkout")
        await world.done('/checklist tick all --evidence "https://load.example.org"')
        await world.done("/rollout next")
        await world.passes(HOUR)
        await world.done("/rollout next")
        await world.passes(SECOND)
        await world.done("/rollout rollback 1 because it is slow")
        await world.passes(SECOND)
        found = [
            (it["payload"]["custom_details"]["step"], it["payload"]["custom_details"]["status"])
            for it in there.pagerduty.changes
        ]
        assert found == [("Everyone: 10%", "running"), ("Everyone: 25%", "running"), ("Everyone: 25%", "rolled_back")]
        assert {it["routing_key"] for it in there.pagerduty.changes} == {KEY}
        assert there.pagerduty.alerts == {}


async def test_the_end_of_a_rollout_is_recorded_once(tmp_path: Path) -> None:
    async with outside(tmp_path) as there, there.bot() as world:
        await world.done("/rollout start checkout")
        await world.done('/checklist tick all --evidence "https://load.example.org"')
        for _ in range(5):
            await world.typed("/rollout next")
            await world.passes(HOUR + MINUTE)
            await world.passes(SECOND)
        steps = [it["payload"]["custom_details"] for it in there.pagerduty.changes]
        assert [it["status"] for it in steps] == ["running"] * 4 + ["completed"]


async def test_a_change_that_is_refused_is_said_in_the_channel_and_pages_nobody(tmp_path: Path) -> None:
    async with outside(tmp_path) as there, there.bot() as world:
        there.pagerduty.keys = ("another",)
        await world.done("/rollout start checkout")
        await world.done('/checklist tick all --evidence "https://load.example.org"')
        await world.done("/rollout next")
        assert any("PagerDuty's change events payments did not arrive" in it for it in await world.said())
        assert await world.store.read(lambda tx: tx.pages.unresolved()) == []


async def test_an_announcement_is_posted_to_an_audience_that_is_a_program(tmp_path: Path) -> None:
    async with outside(tmp_path) as there:
        plan = there.folder / "plans" / "checkout.yaml"
        plan.write_text(plan.read_text() + "communication:\n  - {when: started, to: partners, say: started}\n")
        async with there.bot() as world:
            await world.done("/rollout start checkout")
            await world.passes(SECOND)
            (event,) = there.receiver.events
            assert (event["type"], event["about"], event["facts"]["plan"]) == (
                "rollout.announced",
                "rollout:1",
                "checkout",
            )
            assert "The new checkout" in event["text"]


ELSEWHERE = TEAM.replace("payments: {layers: [{name: primary, people: ben}]}", "payments: {pagerduty: PI7DH85}")


async def test_who_is_on_call_is_read_in_pagerduty_and_kept_while_it_is_down(tmp_path: Path) -> None:
    async with outside(tmp_path, ELSEWHERE) as there:
        there.pagerduty.puts_on_call("BEN@example.org", None, "2026-03-02T17:00:00Z")
        there.pagerduty.puts_on_call("stranger@example.org", "2026-03-02T17:00:00Z", None)
        async with there.bot(web=True) as world:
            said = await world.done("/oncall who")
            assert "PagerDuty keeps this schedule, and has not answered yet." in said
            await world.passes(SECOND)
            said = await world.done("/oncall who")
            assert "primary: ben until 17:00" in said or "primary: ben until" in said
            assert "then stranger@example.org" in said
            assert len(there.pagerduty.questions) == 1
            await world.passes(4 * MINUTE)
            assert len(there.pagerduty.questions) == 1
            await world.passes(MINUTE)
            assert len(there.pagerduty.questions) == 2
        there.pagerduty.faults = [closes] * 100
        async with there.bot(web=True) as world:
            for _ in range(6):
                await world.passes(5 * MINUTE)
            said = await world.done("/oncall who")
            assert "primary: ben until" in said
            assert "it was asked last" in said
            assert "it was asked last" in await world.done("/oncall schedule payments")
            assert world.journal.events("warning") == ["oncall.schedule.unavailable"]
            await world.done("/oncall override cleo 8h because ben is ill", by="cleo")
            assert "primary: cleo until" in await world.done("/oncall who"), "what is said here comes first"
            there.pagerduty.faults.clear()
            await world.passes(5 * MINUTE)
            assert world.journal.events("info")[-1:] != []
            assert "oncall.schedule.recovered" in world.journal.events("info")
            await assert_nothing_hidden_is_shown(there, world)


async def test_a_page_reaches_whoever_pagerduty_says_is_on_call(tmp_path: Path) -> None:
    async with outside(tmp_path, ELSEWHERE) as there:
        there.pagerduty.puts_on_call("cleo@example.org", None, None)
        async with there.bot(web=True) as world:
            await world.passes(SECOND)
            await raised(world)
            await world.passes(15 * MINUTE)
            assert "cleo@example.org" in [str(it["To"]) for it in there.mailbox.mails]
        # A command line beside the bot asks nobody, and knows what the bot was told.
        asked = len(there.pagerduty.questions)
        async with there.bot() as world:
            assert "primary: cleo" in await world.done("/oncall who")
        assert len(there.pagerduty.questions) == asked


async def test_a_level_of_a_schedule_that_never_answered_is_skipped_and_says_so(tmp_path: Path) -> None:
    only = ELSEWHERE.replace("[{pagerduty: payments}, {webhook: desk}]", "{on_call: payments}")
    async with outside(tmp_path, only) as there:
        there.pagerduty.faults = [closes] * 10
        async with there.bot(web=True) as world:
            await raised(world)
            page = await page_of(world)
            assert page.skipped[0].why == "PagerDuty has not said yet who is on call for payments"
            assert [it.level for it in page.reached] == [2], "the next one is tried at once"


@pytest.mark.parametrize("web", [True, False])
async def test_the_heart_beats_in_a_running_bot_alone(tmp_path: Path, *, web: bool) -> None:
    async with outside(tmp_path) as there:
        hidden = there.settings.model_copy(
            update={"heartbeat_url": type(there.settings.smtp_url)("https://x.example/5ecre7")}
        )
        there.settings = hidden
        async with there.bot(web=web) as world:
            assert [it.name for it in world.bot.services] == (["heartbeat"] if web else [])
            assert "5ecre7" not in f"{world.bot.services!r} {hidden!r}"


async def test_the_check_up_says_whom_each_level_reaches_and_sends_nothing(tmp_path: Path) -> None:
    async with outside(tmp_path, ELSEWHERE) as there:
        there.pagerduty.puts_on_call("ben@example.org", None, None)
        async with there.bot(web=True) as world:
            await world.passes(SECOND)
            findings = {it.what: it for it in await examine(world.bot)}
        assert {
            name: it.grade for name, it in findings.items() if name.startswith(("esc", "e-mail", "Pager", "web"))
        } == {
            "escalation payments, level 1 (at once)": Grade.GOOD,
            "escalation payments, level 2 (after 15 minutes)": Grade.GOOD,
            "e-mail": Grade.GOOD,
            "PagerDuty service payments": Grade.GOOD,
            "PagerDuty schedule PI7DH85": Grade.GOOD,
            "webhook desk": Grade.GOOD,
        }
        second = findings["escalation payments, level 2 (after 15 minutes)"].sentence
        assert second == "reaches ben (the local chat and e-mail), board@example.org (e-mail)"
        assert (there.pagerduty.alerts, there.receiver.events, there.mailbox.mails) == ({}, [], [])


async def assert_nothing_hidden_is_shown(there: Outside, world: World) -> None:
    """Look through everything that people, the log and the audit log were shown."""
    posts = [it.message for channel in ("releases", "@ben", "@ana") for it in await world._posts(channel)]  # All of it.
    rows = [(it.message, it.error, it.key) for it in await world.outbox()]
    shown = f"{posts} {rows} {await world.audit()} {world.journal.lines} {world.bot!r} {world.bot.team()!r}"
    for hidden in (KEY, TOKEN, SECRET, there.receiver.address, "hunter2"):
        assert hidden not in shown
