"""The head of the audit log is written where the bot cannot edit it."""

from __future__ import annotations

from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import CHECKOUT, world_over


async def test_each_new_head_is_noted_once_in_the_operators_log(url: str) -> None:
    async with world_over(url, plans=WrittenPlans(checkout=CHECKOUT)) as world:
        await world.done("/flag create banner")
        await world.done("/flag list")
        await world.done("/flag on banner")
        heads = [line.facts["head"] for line in world.journal.lines if line.event == "audit.head"]
        assert [str(head).partition(":")[0] for head in heads] == ["1", "2"]
        found = await world.bot.operations.audit.verify()
        assert str(found.head) == heads[-1]
        assert "2 entries" in await world.done(f"/audit verify {heads[0]}")
