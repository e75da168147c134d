"""How Slack fails, when a test wants it to."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from tests.fakes.slack.workspace import Channel


@dataclass(frozen=True, slots=True)
class RateLimited:
    """429 with `Retry-After`; a call of the same method for the same channel before that is a complaint."""

    retry_after: int = 1


@dataclass(frozen=True, slots=True)
class ServerError:
    """An answer that is no JSON; nothing was done. slack_sdk reads `text/html` and `text/plain` differently."""

    status: int = 500
    content_type: str = "text/html"


@dataclass(frozen=True, slots=True)
class SlackError:
    """An answer that is not ok; `performed` as `internal_error` may mean it: it was done all the same."""

    error: str
    performed: bool = False


@dataclass(frozen=True, slots=True)
class CutBefore:
    """The connection drops, and nothing was done."""


@dataclass(frozen=True, slots=True)
class CutAfter:
    """It was done, and then the connection drops."""


@dataclass(frozen=True, slots=True)
class Hangs:
    """No answer ever comes; `performed` when it was done all the same."""

    performed: bool = False


@dataclass(frozen=True, slots=True)
class Garbled:
    """200 with a page instead of JSON, as a proxy on the way would answer; nothing was done."""

    content_type: str = "text/html"


Fault = RateLimited | ServerError | SlackError | CutBefore | CutAfter | Hangs | Garbled

USUAL: tuple[Fault, ...] = (RateLimited(), ServerError(), CutBefore(), CutAfter())
"""What `share` draws from: without `Hangs`, which costs real seconds until the client gives up."""


@dataclass(slots=True)
class Faults:
    """Which call fails, and how. Methods have their names in the Web API; two more are `response_url` and `upload_url`.

    `met` lists what happened, in order, as pairs of method and fault.
    """

    met: list[tuple[str, Fault]] = field(default_factory=list)
    _queues: dict[tuple[str, str], deque[Fault | None]] = field(default_factory=dict)
    _always: dict[tuple[str, str], Fault] = field(default_factory=dict)
    _share: float = 0.0
    _random: random.Random = field(default_factory=random.Random)
    _kinds: Sequence[Fault] = USUAL
    _methods: frozenset[str] | None = None

    def next(self, method: str, *faults: Fault | None, channel: Channel | None = None) -> None:
        """Let the next calls of a method fail like this, one after the other; `None` lets one pass.

        With `channel`, only calls for that channel count.
        """
        self._queues.setdefault((method, channel.id if channel else ""), deque()).extend(faults)

    def always(self, method: str, fault: Fault, channel: Channel | None = None) -> None:
        """Let every call of a method, for a channel where it is given, fail like this until `stop`; `*` is every method."""
        self._always[method, channel.id if channel else ""] = fault

    def share(
        self,
        part: float,
        seed: int,
        kinds: Sequence[Fault] = USUAL,
        methods: Collection[str] | None = None,
    ) -> None:
        """Let a share of the calls, 0 to 1, fail in one of these ways; `methods` are all where none are named."""
        self._share, self._random, self._kinds = part, random.Random(seed), kinds  # noqa: S311  # Reproducible is what is wanted.
        self._methods = None if methods is None else frozenset(methods)

    def stop(self) -> None:
        """Let every call pass from now on."""
        self._queues.clear()
        self._always.clear()
        self._share = 0.0

    def take(self, method: str, channel_id: str = "") -> Fault | None:
        """Return how this call of a method fails, if it does."""
        fault = self._take(method, channel_id)
        if fault is not None:
            self.met.append((method, fault))
        return fault

    def _take(self, method: str, channel_id: str) -> Fault | None:
        for key in dict.fromkeys([(method, channel_id), (method, "")]):
            if queue := self._queues.get(key):
                return queue.popleft()
        for key in ((method, channel_id), (method, ""), ("*", channel_id), ("*", "")):
            if key in self._always:
                return self._always[key]
        concerned = self._methods is None or method in self._methods
        if concerned and self._share and self._random.random() < self._share:
            return self._random.choice(self._kinds)
        return None
