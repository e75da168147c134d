"""When a person says that something is to be announced: a time of day is read as people mean it."""

from __future__ import annotations

from pathlib import Path

from tests.scenarios.test_announcements import opened, team, told, up
from tests.scenarios.world import World

__all__ = ["told"]


async def test_a_time_of_day_is_one_to_come_and_the_answer_says_the_whole_date(tmp_path: Path) -> None:
    async with opened(tmp_path, team(zone="Europe/Berlin")) as world:
        await up(world)
        for typed, due in {
            "--at 18:00": "Mon 2 March 2026, 18:00 CET",
            # It is ten in the morning in Berlin.
            "--at 10:00": "Tue 3 March 2026, 10:00 CET",
            "--at tomorrow 09:00": "Tue 3 March 2026, 09:00 CET",
            '--at "tomorrow 09:00"': "Tue 3 March 2026, 09:00 CET",
            "--at 2026-03-29 02:30": "Sun 29 March 2026, 03:00 CEST",
            "--at 2026-03-04T12:00Z": "Wed 4 March 2026, 13:00 CET",
            "--in 2d": "Wed 4 March 2026, 10:00 CET",
        }.items():
            said = await world.done(f"/announce schedule --to users {typed} The window opens.")
            assert said.endswith(f"goes to users, due {due}."), said
        # What follows the time is the text, as it was typed.
        rows = await world.store.read(lambda tx: tx.announcements.recent(7))
        assert {it.facts for it in rows} == {(("text", "The window opens."),)}
        await world.done('/announce schedule --to users --at tomorrow 09:00 The 5" screen is late.')
        await world.done('/announce schedule --to users --at 18:00 The 5" screen is late.')
        said = await world.done("/announce schedule --plan told --at tomorrow 09:00")
        assert "The start of told is planned for Tue 3 March 2026, 09:00 CET." in said
        assert "T-24h to team, users, at once, because that time has passed" in said


async def test_a_time_that_has_passed_or_is_none_is_refused(told: World) -> None:
    await up(told)
    said = await told.refused("/announce schedule --to users --at today 08:00 Too late.")
    assert "Mon 2 March 2026, 08:00 UTC has passed already." in said
    for typed in ("25:00", "tomorrow", "noon", "9999-12-31T23:59-14:00"):
        reply = await told.typed(f"/announce schedule --to users --at {typed} hello")
        assert f"“{typed}” is no date and time." in told.text(reply)
