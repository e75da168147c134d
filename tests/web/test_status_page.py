"""The status page over HTTP: who may read it, what stands there, and what does not."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bot.domain.status_page import StatusPage
from bot.domain.token import Scope
from tests.scenarios.world import DAY, HOUR, MINUTE
from tests.web.paged import ADDRESSES, Paged, a_team, paged

ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[Paged]:
    async with paged(tmp_path) as made:
        yield made


def words(page: str) -> str:
    """Return what a person reads of a page."""
    return " ".join(re.sub(r"(?s)<style>.*?</style>|<[^>]*>", " ", page).split())


async def test_without_the_key_there_is_no_page_with_or_without_a_token(tmp_path: Path) -> None:
    async with paged(tmp_path, None) as there:
        await there.world.done("/rollout start page")
        assert "Announcements for users do not go out on the status page" in (await there.world.said())[-1]
        for path in ADDRESSES:
            assert await there.get(path) == (404, "Not Found")
            assert (await there.web.ask("GET", path, "admin")).status_code == 404


async def test_a_page_that_is_not_public_takes_a_token_that_may_read(tmp_path: Path) -> None:
    async with paged(tmp_path, StatusPage("Ours")) as there:
        await there.world.done("/rollout start page")
        password = base64.b64encode(f"anybody:{there.web.tokens['read']}".encode()).decode()
        for path in ADDRESSES:
            refused = await there.web.client.get(path)
            assert refused.status_code == 401
            # A browser asks for a password by the first of these.
            assert refused.headers["WWW-Authenticate"].startswith('Basic realm="')
            assert refused.headers["Cache-Control"] == "no-store"
            assert "10%" not in refused.text
            assert (await there.web.ask("GET", path, "evaluate")).status_code == 403
            answer = await there.web.ask("GET", path, "read")
            assert answer.status_code == 200
            assert answer.headers["Cache-Control"] == "private, no-cache"
            assert "Authorization" in answer.headers["Vary"]
            status, text = await there.get(path, Authorization=f"Basic {password}")
            assert (status, "10%" in text) == (200, True)
        staging = await there.web.token("staging", Scope.READ, environment="staging")
        assert (await there.web.ask("GET", "/status", secret=staging)).status_code == 403


async def test_closing_the_page_closes_it_at_once(there: Paged) -> None:
    await there.page()
    there.team = a_team(StatusPage("What", public=False))
    assert (await there.web.client.get("/status")).status_code == 401
    there.team = a_team(None)
    assert (await there.web.client.get("/status")).status_code == 404


async def test_the_page_says_how_a_rollout_stands_and_what_was_announced(there: Paged) -> None:
    assert "There is nothing to tell from the last 90 days." in await there.page()
    await there.world.done("/rollout start page")
    said = words(await there.page())
    assert "Changes: 1 under way." in said
    assert "Under way production At this step since Mon 2 March 2026, 09:00 UTC Step 1 of 3" in said
    assert "10% of you see &lt;script&gt;alert(1)&lt;/script&gt; it." in said
    await there.world.passes(8 * HOUR)
    await there.world.done("/rollout next")
    said = words(await there.page())
    assert said.index("50% of you") < said.index("10% of you")
    assert "Step 2 of 3" in said
    await there.world.done("/rollout pause because the database burns")
    said = words(await there.page())
    assert "Changes: 1 on hold." in said
    assert "On hold production Since Mon 2 March 2026, 17:00 UTC Step 2 of 3" in said
    await there.world.done("/rollout rollback because of ana")
    page = await there.page()
    assert "No change is under way." in page
    assert "Taken back production Since Mon 2 March 2026, 17:00 UTC Mon 2 March" in words(page)
    assert "It is taken back for now" in page


async def test_reasons_people_numbers_and_what_others_are_told_are_not_there(there: Paged) -> None:
    await there.world.done("/rollout start page", by="ana")
    await there.world.done("/rollout pause because the database burns", by="ana")
    await there.world.done("/rollout rollback because ben says so", by="ana")
    for path in ADDRESSES:
        _, text = await there.get(path)
        for secret in (
            "burns",
            "ben",
            "ana ",
            "#1",
            "Rollout 1",
            "rollout:",
            "/rollout",
            "Report a problem",
            "It is paused",
        ):
            assert secret not in text.partition("</style>")[2 if path == "/status" else 0], (path, secret)


async def test_everything_that_people_wrote_is_escaped(there: Paged) -> None:
    await there.world.done("/rollout start page")
    page = await there.page()
    assert "<title>What &lt;changes&gt; &amp; when</title>" in page
    assert "The &lt;b&gt;new&lt;/b&gt; page &amp; more</h2>" in page
    assert "<script" not in page
    _, atom = await there.get("/status.atom")
    content = ET.fromstring(atom).findtext("a:entry/a:content", namespaces=ATOM) or ""  # noqa: S314  # Our own.
    assert content == "<p>10% of you see &lt;script&gt;alert(1)&lt;/script&gt; it.</p>"


async def test_the_page_is_whole_by_itself_and_runs_nothing(there: Paged) -> None:
    await there.world.done("/rollout start page")
    answer = await there.web.client.get("/status")
    page, policy = answer.text, answer.headers["Content-Security-Policy"]
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}';" in policy
    assert " style=" not in page
    assert set(re.findall(r'(?:src|href)="([^"]*)"', page)) == {"data:,", "status.atom", "status.json"}
    assert "prefers-color-scheme" in style
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


async def test_the_page_is_well_formed_with_one_heading_for_each_rollout(there: Paged) -> None:
    for plan in ("page", "other"):
        await there.world.done(f"/rollout start {plan}", channel=plan)
    page = await there.page()
    opened: list[str] = []

    class Balance(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            del attrs
            opened.extend([] if tag in {"meta", "link"} else [tag])

        def handle_endtag(self, tag: str) -> None:
            assert opened.pop() == tag

    Balance().feed(page)
    assert opened == []
    assert re.findall(r"<h\d", page) == ["<h1", "<h2", "<h2"]
    assert '<html lang="en">' in page
    # Each article is named by its heading.
    assert re.findall(r'aria-labelledby="(\w+)"', page) == re.findall(r'<h2 id="(\w+)"', page)
    assert len(set(re.findall(r' id="(\w+)"', page))) == 4


async def test_what_was_told_last_comes_first_and_each_rollout_stands_once(there: Paged) -> None:
    for plan in ("page", "other"):
        await there.world.done(f"/rollout start {plan}", channel=plan)
        await there.world.passes(MINUTE)
    titles = re.findall(r"<h2[^>]*>(.*?)</h2>", await there.page())
    assert titles == ["Other", "The &lt;b&gt;new&lt;/b&gt; page &amp; more"]
    await there.world.passes(8 * HOUR)
    await there.world.done("/rollout next --rollout 1", channel="page")
    assert re.findall(r"<h2[^>]*>(.*?)</h2>", await there.page()) == titles[::-1]
    assert [str(it["content_text"])[:3] for it in await there.items()] == ["50%", "10%", "10%"]


async def test_a_planned_start_is_there_and_becomes_the_rollouts(there: Paged) -> None:
    await there.world.done("/announce schedule --plan page --in 2d")
    assert await there.items() == []
    await there.world.passes(DAY)
    said = words(await there.page())
    assert "Changes: 1 planned." in said
    assert "Planned For Wed 4 March 2026, 09:00 UTC" in said
    await there.world.done("/announce schedule --plan page --in 3d")
    assert "Date is being changed" in words(await there.page())
    await there.world.passes(2 * DAY)
    assert "Planned For Fri 6 March 2026" in words(await there.page())
    await there.world.passes(DAY + MINUTE)
    assert "Not started yet Was planned for Fri 6 March 2026" in words(await there.page())
    await there.world.done("/rollout start page")
    page = await there.page()
    assert "Under way" in words(page)
    assert page.count("<h2") == 1


async def test_a_time_is_that_of_the_announcement_and_not_of_what_it_is_about(there: Paged) -> None:
    await there.world.done("/rollout start page")
    for line in ("/rollout next", "/rollout next", "/rollout next"):
        await there.world.passes(8 * HOUR)
        await there.world.done(line)
    assert "Complete production Since Tue 3 March" in words(await there.page())
    await there.world.passes(2 * DAY)
    newest = (await there.items())[0]
    assert newest["content_html"] == "<p>How do you like it?</p><ul><li>well</li><li>&quot;not&quot; well</li></ul>"
    assert str(newest["date_published"]).startswith("2026-03-05T09:00")
    page = await there.page()
    # Of many, the last three are open.
    assert "1 earlier announcement</summary>" in page
    assert page.index("How do you like") < page.index("100% of") < page.index("50% of") < page.index("<details>")


async def test_the_last_hundred_of_ninety_days_are_there(there: Paged) -> None:
    await there.world.done("/rollout start page")
    for number in range(101):
        await there.world.done(f"/announce now --to users Number {number}.")
    items = await there.items()
    assert len(items) == 100
    assert [it["content_text"] for it in (items[0], items[-1])] == ["Number 100.", "Number 1."]
    await there.world.passes(89 * DAY)
    assert len(await there.items()) == 100
    await there.world.passes(DAY)
    assert await there.items() == []
