"""What the server says where it says no: Discord's codes, their HTTP statuses and sentences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Problem = tuple[str, str]
"""Where in a body, as `embeds.0.title`, and what is wrong there."""

INVALID_BODY = 50035
EMPTY_MESSAGE = 50006

CODES: dict[int, tuple[int, str]] = {
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    30032: (400, "Maximum number of application commands reached (100)."),
    30034: (400, "Max number of daily application command creates has been reached (200)"),
    30046: (429, "Maximum number of edits to messages older than 1 hour reached. Try again later."),
    40001: (401, "Unauthorized"),
    40060: (400, "Interaction has already been acknowledged."),
    40333: (403, "internal network error"),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    EMPTY_MESSAGE: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50013: (403, "Missing Permissions"),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    INVALID_BODY: (400, "Invalid Form Body"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    160004: (400, "A thread has already been created for this message"),
    160005: (400, "Thread is locked"),
    160006: (400, "Maximum number of active threads reached"),
}
"""HTTP status and sentence of each code; docs.discord.com/developers/topics/opcodes-and-status-codes has the codes."""

MISTAKES = {30032, 40333, EMPTY_MESSAGE, INVALID_BODY, 50109}
"""Codes that no state of the world explains: whoever gets one sent something wrong, and the test fails."""


class Refusal(Exception):
    """A request that is not done."""

    def __init__(self, code: int, problems: Iterable[Problem] = (), *, retry_after: float | None = None) -> None:
        self.code = code
        self.status, self.sentence = CODES[code]
        self.problems = tuple(problems)
        self.retry_after = retry_after
        """In seconds; only of refusals that are rate limits."""
        super().__init__(f"{code} {self.sentence}: {self.details}" if self.problems else f"{code} {self.sentence}")

    @property
    def details(self) -> str:
        """Say in one line what is wrong where."""
        return "; ".join(f"{place}: {wrong}" for place, wrong in self.problems)

    def body(self) -> dict[str, Any]:
        """Return the answer's JSON, with the tree of errors that Discord sends for a wrong body."""
        said: dict[str, Any] = {"message": self.sentence, "code": self.code}
        if self.problems:
            said["errors"] = _tree(self.problems)
        if self.retry_after is not None:
            said |= {"retry_after": self.retry_after, "global": False}
        return said


def invalid(*problems: Problem) -> Refusal:
    """Refuse a body for what is wrong in it."""
    return Refusal(INVALID_BODY, problems)


def _tree(problems: Iterable[Problem]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for place, wrong in problems:
        branch = tree
        for step in place.split("."):
            branch = branch.setdefault(step, {})
        branch.setdefault("_errors", []).append({"code": "INVALID", "message": wrong})
    return tree
