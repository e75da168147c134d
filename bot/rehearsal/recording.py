"""What a rehearsal leaves behind: every message, flag change and typed line, in order, with its virtual time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.domain.actor import SYSTEM_NAME
from bot.domain.flag import OFF
from bot.domain.outbox import IN_CHANNEL
from bot.domain.reach import DIRECT
from bot.domain.rehearsal import Happening, Kind
from bot.operations.notices import CARD_FOLLOWS

if TYPE_CHECKING:
    from bot.domain.flag import FlagSetting, FlagTarget
    from bot.domain.message import Message
    from bot.domain.outbox import Placing
    from bot.ports import Clock, FlagProvider


@dataclass(slots=True)
class Record:
    """The list of happenings, as the rehearsal writes it."""

    clock: Clock
    happenings: list[Happening] = field(default_factory=list)
    edits: int = 0

    def note(self, kind: Kind, who: str, what: str, message: Message | None = None) -> None:
        """Write down what happens now."""
        self.happenings.append(Happening(self.clock.now(), kind, who, what, message))


@dataclass(slots=True)
class RecordedChat:
    """The ChatPlatform port over the record; what is posted again under a key is posted once."""

    record: Record
    platform: str
    sign: str = "#"
    keys: dict[str, str] = field(default_factory=dict)

    async def post(self, channel: str, key: str, message: Message, placing: Placing = IN_CHANNEL) -> str:
        """Write a message down and return its number."""
        del placing
        where = f"{channel}\n{key}"
        if where not in self.keys:
            self.keys[where] = str(len(self.keys) + 1)
            card = "card: " if key.startswith(CARD_FOLLOWS) else ""
            shown = channel if channel.startswith(DIRECT) else f"{self.sign}{channel.removeprefix('#')}"
            self.record.note(Kind.MESSAGE, f"{self.platform} {shown}", f"{card}{message.summary}", message)
        return self.keys[where]

    async def edit(self, channel: str, reference: str, message: Message) -> str:
        """Count an edit: a card is drawn anew so often that a list of it would hide the rest."""
        del channel, message
        self.record.edits += 1
        return reference


@dataclass(frozen=True, slots=True)
class RecordedFlags:
    """The FlagProvider port over another one, with every change written down."""

    inner: FlagProvider
    record: Record

    async def read(self, flag: str, environment: str) -> FlagSetting | None:
        """Return what the flag holds."""
        return await self.inner.read(flag, environment)

    async def write(self, target: FlagTarget, cause: str) -> None:
        """Make the flag hold the target, and write down what that changed."""
        before = await self.inner.read(target.flag, target.environment) or OFF
        await self.inner.write(target, cause)
        if before != target.setting:
            self.record.note(Kind.FLAG, target.flag, f"in {target.environment}: {before} → {target.setting}")


@dataclass(frozen=True, slots=True)
class RecordedJournal:
    """The Journal port of which only what went wrong inside is kept, where there is a record.

    A metric that a script makes fail is told in the channel; the log says nothing more of it.
    """

    record: Record | None = None

    def info(self, event: str, **facts: object) -> object:
        """Let it pass."""

    def warning(self, event: str, **facts: object) -> object:
        """Let it pass."""

    def error(self, event: str, **facts: object) -> object:
        """Write it down."""
        if self.record is not None:
            self.record.note(Kind.REFUSED, SYSTEM_NAME, f"{event}: {facts.get('problem', '')}")
        return None
