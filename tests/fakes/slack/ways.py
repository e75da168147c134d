"""The ways on which people's deeds reach the app: what is the same for signed HTTP and for Socket Mode."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.fakes.slack.acknowledgements import Answer, take
from tests.fakes.slack.interactions import Deed
from tests.fakes.slack.messages import Message
from tests.fakes.slack.payloads import Payloads
from tests.fakes.slack.views import View
from tests.fakes.slack.workspace import Channel, Person


@dataclass(frozen=True, slots=True)
class Retry:
    """Slack delivers once more: the how-manieth time, and why, in its own words."""

    number: int = 1
    reason: str = "http_timeout"


class Way(ABC):
    """What people do, delivered in one of the two ways. `payloads` writes a deed down without delivering it."""

    def __init__(self, payloads: Payloads, guard: float) -> None:
        self.payloads = payloads
        self.workspace = payloads.workspace
        self.guard = guard

    @abstractmethod
    async def carry(self, deed: Deed, retry: Retry | None) -> Answer:
        """Deliver a deed and wait for the acknowledgement; complain where there is no good one."""

    async def deliver(self, deed: Deed, retry: Retry | None = None) -> Answer:
        """Deliver a deed, and show what the acknowledgement says."""
        answer = await self.carry(deed, retry)
        if answer.acknowledged:
            take(self.workspace, answer)
        return answer

    async def repeat(self, answer: Answer, number: int = 1, reason: str = "http_timeout") -> Answer:
        """Deliver the very same payload once more, as a retry; it may have come the other way the first time."""
        return await self.deliver(answer.deed, Retry(number, reason))

    async def command(
        self, person: Person, channel: Channel, command: str, text: str = "", *, as_is: bool = False
    ) -> Answer:
        """Type a slash command. `@name`, `#name` and signs are escaped as Slack does; `as_is` sends a text as it is."""
        return await self.deliver(self.payloads.command(person, channel, command, text, as_is=as_is))

    async def press(self, person: Person, where: Message | View, label: str) -> Answer:
        """Press the button with this label; on a `snapshot()` it is one that may be gone meanwhile."""
        return await self.deliver(self.payloads.press(person, where, label))

    async def choose(self, person: Person, where: Message | View, option: str) -> Answer:
        """Choose an option of a menu, by its label."""
        return await self.deliver(self.payloads.choose(person, where, option))

    async def submit(self, person: Person, view: View, values: Mapping[str, object] | None = None) -> Answer:
        """Fill in a modal, by action_id, block_id or label, and submit it; `view.open` says whether it closed."""
        return await self.deliver(self.payloads.submit(person, view, values or {}))

    async def close(self, person: Person, view: View) -> Answer | None:
        """Close a modal; the app hears of it only where it asked to."""
        deed = self.payloads.close(person, view)
        view.open = False
        return await self.deliver(deed) if view.body.get("notify_on_close") else None

    async def suggest(self, person: Person, where: View | Message, action_id: str, typed: str) -> list[str]:
        """Type into a menu of suggestions, and return their labels."""
        answer = await self.deliver(self.payloads.suggest(person, where, action_id, typed))
        return [str(option["text"]["text"]) for option in (answer.payload or {}).get("options", [])]

    async def open_home(self, person: Person) -> Answer:
        """Open the app's Home tab."""
        return await self.deliver(self.payloads.home_opened(person))

    async def event(self, person: Person, event: dict[str, Any]) -> Answer:
        """Let an event of the Events API happen, such as `{"type": "app_mention", "text": …}`."""
        return await self.deliver(self.payloads.event(person, event))
