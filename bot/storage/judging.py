"""What was judged and approved of a rollout, as JSON text in a column, and back."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from bot.domain.condition_verdict import Verdict
from bot.domain.gate import GateRecord
from bot.domain.rollout import Baseline, GivenApproval, Judging
from bot.storage.columns import moment_text
from bot.storage.rows import to_json

if TYPE_CHECKING:
    from collections.abc import Sequence

NOTHING_JUDGED = "{}"


def approvals_to_text(approvals: Sequence[GivenApproval]) -> str:
    """Write who said yes to what."""
    return to_json(
        [
            {"role": it.role, "person": it.person, "step": it.step, "digest": it.digest, "at": moment_text(it.at)}
            for it in approvals
        ]
    )


def approvals_from_text(text: str) -> tuple[GivenApproval, ...]:
    """Read what `approvals_to_text` wrote."""
    return tuple(
        GivenApproval(it["role"], it["person"], it["step"], it["digest"], datetime.fromisoformat(it["at"]))
        for it in json.loads(text)
    )


def judging_to_text(judging: Judging) -> str:
    """Write what was judged; most rollouts have nothing to judge most of the time."""
    if judging == Judging():
        return NOTHING_JUDGED
    return to_json(
        {
            "since": None if judging.since is None else moment_text(judging.since),
            "records": [_record(it) for it in judging.records],
            "baselines": {it.metric: it.value for it in judging.baselines},
            "told": list(judging.told),
            "counted_from": None if judging.counted_from is None else moment_text(judging.counted_from),
        }
    )


def _record(record: GateRecord) -> dict[str, object]:
    return {
        "condition": record.condition,
        "at": moment_text(record.at),
        "verdict": record.verdict,
        "says": record.says,
        "reason": record.reason,
        "counts": [record.successes, record.failures, record.inconclusive, record.errors, record.blanks],
    }


def judging_from_text(text: str) -> Judging:
    """Read what `judging_to_text` wrote."""
    if text == NOTHING_JUDGED:
        return Judging()
    found = json.loads(text)
    records = tuple(
        GateRecord(
            it["condition"],
            datetime.fromisoformat(it["at"]),
            Verdict(it["verdict"]),
            it["says"],
            it["reason"],
            *it["counts"],
        )
        for it in found["records"]
    )
    baselines = tuple(Baseline(metric, value) for metric, value in found["baselines"].items())
    told = tuple(found["told"])
    return Judging(_moment(found["since"]), records, baselines, told, _moment(found.get("counted_from")))


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
