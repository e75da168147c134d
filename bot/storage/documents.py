"""Plans and messages as JSON documents, and back; pydantic is loaded when the first one is read or written."""

from __future__ import annotations

from collections import OrderedDict
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import TypeAdapter

    from bot.domain.message import Message
    from bot.domain.plan import Plan


@cache
def _plan_adapter() -> TypeAdapter[Plan]:
    from pydantic import TypeAdapter

    from bot.domain.plan import Plan

    return TypeAdapter(Plan)


@cache
def _message_adapter() -> TypeAdapter[Message]:
    from pydantic import TypeAdapter

    from bot.domain.message import Message

    return TypeAdapter(Message)


def plan_to_text(plan: Plan) -> str:
    """Write a whole plan."""
    return _plan_adapter().dump_json(plan).decode()


def plan_from_text(text: str) -> Plan:
    """Read what `plan_to_text` wrote."""
    return _plan_adapter().validate_json(text)


def message_to_text(message: Message) -> str:
    """Write a message with all of its blocks."""
    return _message_adapter().dump_json(message).decode()


def message_from_text(text: str) -> Message:
    """Read what `message_to_text` wrote."""
    return _message_adapter().validate_json(text)


class PlanCache:
    """The plans read last, by digest. A digest names one content for ever, so nothing here grows old."""

    def __init__(self, size: int = 64) -> None:
        self._size = size
        self._plans: OrderedDict[str, Plan] = OrderedDict()
        # Every reader and the writer has a thread of its own.
        self._lock = Lock()

    def get(self, digest: str, read: Callable[[str], str]) -> Plan:
        """Return a plan; `read` fetches its document where it is not at hand."""
        plan = self._plans.get(digest) or plan_from_text(read(digest))
        with self._lock:
            self._plans[digest] = plan
            self._plans.move_to_end(digest)
            if len(self._plans) > self._size:
                self._plans.popitem(last=False)
        return plan
