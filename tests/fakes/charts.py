"""The Charts port, with a picture of one pixel."""

from __future__ import annotations

import struct
import zlib

from bot.domain.outbox import Attachment
from bot.domain.report import Report


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


PIXEL = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\x00\xff"))
    + _chunk(b"IEND", b"")
)


class PixelCharts:
    """Draws every rollout alike, and counts how often it was asked."""

    def __init__(self) -> None:
        self.drawn = 0

    async def draw(self, report: Report) -> tuple[Attachment, ...]:
        self.drawn += 1
        words = f"Chart of #{report.number}: {report.result}"
        return (Attachment(f"rollout-{report.number}-history.png", "image/png", PIXEL, words),)
