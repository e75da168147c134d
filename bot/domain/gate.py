"""Gates and guardrails as they stand: what became of a condition since it began to be judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.condition_verdict import Verdict


class Standing(StrEnum):
    """How a gate stands, from the best to the worst."""

    HOLDS = "holds"
    UNKNOWN = "unknown"
    NOT_YET = "not yet"
    FAILED = "failed"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class GateRecord:
    """What became of one gate or guardrail since it began to be judged.

    `says` is the last comparison with its values, `reason` why nothing is known. `errors` counts errors in a row, and
    `blanks` the rounds in a row in which there was an error or no value.
    """

    condition: str
    at: datetime
    verdict: Verdict = Verdict.UNKNOWN
    says: str = ""
    reason: str = ""
    successes: int = 0
    failures: int = 0
    inconclusive: int = 0
    errors: int = 0
    blanks: int = 0
