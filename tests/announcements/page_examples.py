"""An example of everything that is said of pages and of who is on call, by the name of the function that says it."""

from __future__ import annotations

from dataclasses import replace

from bot.announcements import oncall_overview, page_card, page_told
from bot.domain.message import Message
from bot.domain.oncall import OnDuty, Override, OverrideKind, Shift
from bot.domain.page import Act, Page, acknowledge, resolve
from bot.domain.paging import NoticeKind, decide, lost
from bot.domain.team import Identity, Person, Team
from tests.domain.pages_for_tests import DAY, HOUR, MINUTE, START, a_page, all_but, direct

TEAM = Team(
    people=(
        Person("engineer", identities=(Identity("slack", "UENGINEER"), Identity("discord", "80351110224678912"))),
        Person("lead", identities=(Identity("slack", "ULEAD"), Identity("discord", "80351110224678913"))),
    )
)
OVERRIDE = Override("payments", "primary", "lead", OverrideKind.REPLACE, START, START + 2 * HOUR, "engineer")

DUTIES = (OnDuty("primary", ("engineer", "lead"), START + DAY, ("lead",)), OnDuty("database", ()))


def half_way() -> Page:
    """Return a page whose second level was skipped and whose third did not arrive."""
    page, _ = decide(a_page(), START, all_but())
    page, _ = decide(page, START + 17 * MINUTE, all_but("lead"))
    return lost(page, direct("cto"), 1, "cannot be written to", START + 18 * MINUTE)


def examples() -> dict[str, Message]:
    """Return the examples."""
    late, notices = decide(a_page(), START + 3 * DAY, all_but())
    reached = next(it for it in notices if it.kind is NoticeKind.REACHED)
    taken = acknowledge(half_way(), Act("engineer", START + 20 * MINUTE, "on it"))
    done = resolve(taken, Act("engineer", START + 40 * MINUTE, "the provider is back"))
    shifts = (Shift("primary", ("engineer",), START, START + DAY), Shift("primary", (), START + DAY, START + 2 * DAY))
    return {
        "page_card.render": page_card.render(half_way(), None, policy_changed=True),
        "page_card.render-acknowledged": page_card.render(taken, None),
        "page_card.render-resolved": page_card.render(done, None),
        "page_card.render_list": page_card.render_list((half_way(), taken)),
        "page_told.render_alert": page_told.render_alert(late, reached, reached.ways[0], None, TEAM),
        "page_told.render_notice": page_told.render_notice(late, reached, TEAM),
        "page_told.render_reminder": page_told.render_reminder(taken, None, TEAM),
        "page_told.render_answered": page_told.render_answered(taken),
        "page_told.render_done": page_told.render_done(done),
        "page_told.render_partly_over": page_told.render_partly_over(replace(half_way(), firing=2), 1),
        "page_told.render_over": page_told.render_over(taken),
        "page_told.render_raised": page_told.render_raised(a_page(), known=False),
        "oncall_overview.render_who": oncall_overview.render_who([("payments", DUTIES)]),
        "oncall_overview.render_who-elsewhere": oncall_overview.render_who(
            [("payments", DUTIES[:1]), ("search", ())], {"payments": START - 3 * MINUTE, "search": None}
        ),
        "oncall_overview.render_schedule": oncall_overview.render_schedule(
            "payments", {"primary": shifts}, (OVERRIDE,), zone="Europe/Berlin"
        ),
        "oncall_overview.render_schedule-elsewhere": oncall_overview.render_schedule(
            "payments", {"primary": shifts}, (), zone="Europe/Berlin", read={"payments": START - 3 * MINUTE}
        ),
        "oncall_overview.render_override": oncall_overview.render_override(OVERRIDE, TEAM),
        "oncall_overview.render_cancelled": oncall_overview.render_cancelled(OVERRIDE),
        "oncall_overview.render_handed_over": oncall_overview.render_handed_over(
            "payments", [(("lead",), DUTIES[0]), (("engineer",), DUTIES[1])], TEAM
        ),
    }
