"""What people read about pages and about who is on call, as plain text."""

from __future__ import annotations

from dataclasses import replace

from inline_snapshot import snapshot

from bot.announcements import oncall_overview, page_card, page_told
from bot.chat.local.plain import plain_message
from bot.chat.local.wording import Reader
from bot.domain.escalation import Severity
from bot.domain.message import Heading, Message, Paragraph
from bot.domain.oncall import OnDuty
from bot.domain.page import Act, Page, acknowledge, reassign, resolve, snooze
from bot.domain.paging import NoticeKind, decide, lost
from bot.domain.team import Identity, Person, Team
from tests.domain.pages_for_tests import DAY, HOUR, MINUTE, START, a_page, all_but, direct

TEAM = Team(people=(Person("engineer", identities=(Identity("slack", "UENGINEER"),)),))


def shown(message: Message) -> str:
    return plain_message(message, Reader(START + HOUR, None))


def half_way() -> Page:
    """Return a page whose second level was skipped and whose third did not arrive."""
    page, _ = decide(a_page(), START, all_but())
    page, _ = decide(page, START + 17 * MINUTE, all_but("lead"))
    return lost(page, direct("cto"), 1, "cannot be written to", START + 18 * MINUTE)


def test_the_live_message_of_an_open_page() -> None:
    assert shown(page_card.render(half_way(), None, policy_changed=True)) == snapshot("""\
Page 1 (high): payments fail
Status: nobody is on it
Next: level 4, 09:18 UTC (42 min ago)
✔ Level 1 (at once): engineer (Slack) 09:00 UTC (1 h ago)
↷ Level 2 (after 15 minutes): skipped, lead cannot be reached
✖ Level 3 (after 30 minutes): cto (Slack) 09:17 UTC (43 min ago); not delivered: cto (Slack)
○ Level 4 (after 1 hour): ceo

→ Acknowledge: /escalate ack 1 --epoch 1
→ Resolve: /escalate resolve 1 --epoch 1
→ Snooze: /escalate snooze 1 --epoch 1
policy payments (the team file has changed it since) · raised by ana 09:00 UTC (1 h ago)\
""")


def test_the_live_message_of_an_acknowledged_and_of_a_resolved_page() -> None:
    page = acknowledge(half_way(), Act("engineer", START + 20 * MINUTE, "on it"))
    assert shown(page_card.render(page, None)) == snapshot("""\
Page 1 (high): payments fail
Status: acknowledged by engineer
Next: open again 09:50 UTC (10 min ago) unless it is resolved
Acknowledged after: 20 minutes
✔ Level 1 (at once): engineer (Slack) 09:00 UTC (1 h ago)
↷ Level 2 (after 15 minutes): skipped, lead cannot be reached
✖ Level 3 (after 30 minutes): cto (Slack) 09:17 UTC (43 min ago); not delivered: cto (Slack)
○ Level 4 (after 1 hour): ceo
• engineer — acknowledged: on it, 09:20 UTC (40 min ago)

→ Resolve: /escalate resolve 1 --epoch 2
→ Snooze: /escalate snooze 1 --epoch 2
policy payments · raised by ana 09:00 UTC (1 h ago)\
""")
    page = resolve(page, Act("engineer", START + 40 * MINUTE, "the provider is back"))
    assert shown(page_card.render(page, None)) == snapshot("""\
Page 1 (high): payments fail
Status: resolved by engineer
Acknowledged after: 20 minutes
Resolved after: 40 minutes
✔ Level 1 (at once): engineer (Slack) 09:00 UTC (1 h ago)
↷ Level 2 (after 15 minutes): skipped, lead cannot be reached
✖ Level 3 (after 30 minutes): cto (Slack) 09:17 UTC (43 min ago); not delivered: cto (Slack)
○ Level 4 (after 1 hour): ceo
• engineer — acknowledged: on it, 09:20 UTC (40 min ago)
• engineer — resolved: the provider is back, 09:40 UTC (20 min ago)
policy payments · raised by ana 09:00 UTC (1 h ago)\
""")


def test_a_page_that_was_given_to_somebody_still_shows_whom_its_level_had_reached() -> None:
    page, _ = decide(a_page(), START, all_but())
    page, _ = decide(reassign(page, Act("engineer", START + 20 * MINUTE), "cto"), START + 20 * MINUTE, all_but())
    (first, *_) = [row for row in shown(page_card.render(page, None)).splitlines() if "Level 1" in row]
    assert first == (
        "✔ Level 1 (at once): cto (Slack) 09:20 UTC (40 min ago); before that engineer (Slack) 09:00 UTC (1 h ago)"
    )


def test_what_somebody_who_is_paged_reads() -> None:
    page, notices = decide(a_page(), START + 3 * DAY, all_but())
    (notice, *_) = (it for it in notices if it.kind is NoticeKind.REACHED)
    assert shown(page_told.render_alert(page, notice, notice.ways[0], None, TEAM)) == snapshot("""\
engineer, you are paged: Page 1 (high): payments fail.
Level 1 of 4, late by 3 days; open since 09:00 UTC (1 h ago)

→ Acknowledge: /escalate ack 1 --epoch 1
→ Resolve: /escalate resolve 1 --epoch 1
→ Snooze: /escalate snooze 1 --epoch 1\
""")


def test_what_the_channel_reads_of_each_level() -> None:
    page, notices = decide(a_page(), START + 26 * HOUR, all_but("lead", platforms=("slack", "discord")))
    assert [shown(page_told.render_notice(page, it, TEAM)) for it in notices] == snapshot(
        [
            "Page 1, level 1, late by 1 day 2 hours: engineer (Slack and Discord)",
            "Page 1: level 2 is skipped, lead cannot be reached.",
            "Page 1, level 3, late by 1 day 1 hour: cto (Slack and Discord)",
            "Page 1, level 4, late by 1 day 1 hour: ceo (Slack and Discord)",
        ]
    )
    page, notices = decide(a_page(), START, all_but("engineer", "lead", "cto", "ceo"))
    assert shown(page_told.render_notice(page, notices[-1], TEAM)) == snapshot(
        "Page 1: nobody could be reached at any level. Somebody has to look: payments fail"
    )


def test_how_answers_are_told() -> None:
    act = Act("engineer", START + 20 * MINUTE, "it is the database")
    answered = (
        acknowledge(a_page(), act),
        resolve(a_page(), act),
        snooze(a_page(), act, HOUR),
        reassign(a_page(), act, "cto"),
    )
    assert [shown(page_told.render_answered(it)) for it in answered] == snapshot(
        [
            "engineer is on page 1: it is the database. It is open again 09:50 UTC (10 min ago) unless it is resolved.",
            "engineer resolved page 1: it is the database.",
            "engineer lets page 1 rest until 10:20 UTC (in 20 min): it is the database",
            "engineer gives page 1 to cto: it is the database.",
        ]
    )


def test_what_whoever_raises_a_page_reads() -> None:
    assert shown(page_told.render_raised(a_page(), known=False)) == snapshot("""\
Page 1 (high): payments fail is raised. It reaches engineer now, and goes further 09:15 UTC (45 min ago) unless somebody answers.

→ Acknowledge: /escalate ack 1 --epoch 1
→ Resolve: /escalate resolve 1 --epoch 1
→ Snooze: /escalate snooze 1 --epoch 1\
""")
    assert shown(page_told.render_raised(a_page(severity=Severity.CRITICAL), known=False)) == snapshot("""\
Page 1 (critical): payments fail is raised. It reaches engineer now, and every other level at once.

→ Acknowledge: /escalate ack 1 --epoch 1
→ Resolve: /escalate resolve 1 --epoch 1
→ Snooze: /escalate snooze 1 --epoch 1\
""")


def test_a_hand_off() -> None:
    duties = (OnDuty("primary", ("engineer", "cto"), START + DAY, ("lead",)), OnDuty("database", ()))
    message = oncall_overview.render_handed_over(
        "payments", [(("lead", "cto"), duties[0]), (("engineer",), duties[1])], TEAM
    )
    assert shown(message) == snapshot("""\
On call for payments now:
• primary: engineer and cto after lead and cto, until Tue 3 Mar 09:00 UTC (in 23 h)
• database: nobody after engineer\
""")


def test_a_long_text_stands_below_a_heading_that_every_platform_can_show() -> None:
    page = replace(a_page(), text="payments fail " * 50)
    first, second, *_ = page_card.render(page, None).blocks
    assert isinstance(first, Heading)
    assert len(first.text) <= 150
    assert isinstance(second, Paragraph)
