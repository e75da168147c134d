"""Questions that wait for a yes, each of which is answered once."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.confirmation import Confirmation
from bot.ports import Transaction
from bot.storage.store import SqlStore
from tests.storage.examples import HOUR, NOW

QUESTION = Confirmation("token-1", "dana", "/rollout rollback 3", "1", 4, 2, NOW + HOUR)


async def test_an_answer_is_used_once(store: SqlStore) -> None:
    await store.write(lambda tx: tx.confirmations.add(QUESTION))
    assert await store.write(lambda tx: tx.confirmations.take("token-1")) == QUESTION
    assert await store.write(lambda tx: tx.confirmations.take("token-1")) is None


async def test_asking_again_takes_the_place_of_the_older_question(store: SqlStore) -> None:
    again = replace(QUESTION, token="token-2", version=5)
    others = replace(QUESTION, token="token-3", person="kim"), replace(QUESTION, token="token-4", command="/other")

    def work(tx: Transaction) -> list[Confirmation | None]:
        for question in (QUESTION, *others, again):
            tx.confirmations.add(question)
        return [tx.confirmations.take(f"token-{number}") for number in (1, 2, 3, 4)]

    assert await store.write(work) == [None, again, *others]


async def test_a_request_that_leads_to_another_question_the_second_time_asks_that_one(store: SqlStore) -> None:
    other = replace(QUESTION, command="/rollout adopt the newer one")

    def work(tx: Transaction) -> Confirmation | None:
        tx.confirmations.add(QUESTION)
        tx.confirmations.add(other)
        return tx.confirmations.take("token-1")

    assert await store.write(work) == other
