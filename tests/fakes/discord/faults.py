"""Trouble on order: answers that are late, wrong or missing, once or at random."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RateLimited:
    """429. The client sleeps `retry_after` seconds of the machine; without `via` discord.py takes it for a ban."""

    retry_after: float = 0.01
    scope: str = "user"
    """`user`, `shared` or `global`."""
    via: bool = True


@dataclass(frozen=True, slots=True)
class ServerError:
    """A 5xx with a page for an answer. discord.py waits a second and more after 500, 502, 504 and 524, not after 503."""

    status: int = 500


@dataclass(frozen=True, slots=True)
class CutAfter:
    """The request is done, and the connection breaks before the answer."""


@dataclass(frozen=True, slots=True)
class CutBefore:
    """The connection breaks and nothing is done."""


@dataclass(frozen=True, slots=True)
class Held:
    """The request is done when the gate opens, and not before."""

    gate: asyncio.Event = field(default_factory=asyncio.Event, compare=False)


@dataclass(frozen=True, slots=True)
class DiscordError:
    """A refusal with a code of Discord's: `DiscordError(50013)`; of status 429 one that is to be tried again."""

    code: int
    status: int = 403
    sentence: str = "Refused"
    retry_after: float = 0.01
    """In seconds, as for `RateLimited`; it is said with status 429 only."""


Fault = RateLimited | ServerError | CutAfter | CutBefore | Held | DiscordError

USUAL: tuple[Fault, ...] = (RateLimited(), ServerError(503), CutAfter(), CutBefore())
"""What happens at random if a test does not say otherwise: nothing for which the client sleeps long."""


def normal(name: str) -> str:
    """Return a route's name without the names in it: `POST /channels/{}/messages`."""
    return re.sub(r"\{[^}]*\}", "{}", name)


class Faults:
    """What goes wrong, by the names of routes (`POST /channels/{id}/messages`); `*` stands for every route."""

    def __init__(self, routes: Iterable[str]) -> None:
        self._routes = {normal(route) for route in routes} | {"*"}
        self._next: list[tuple[str, Fault]] = []
        self._share = 0.0
        self._random = random.Random(0)  # noqa: S311 - Chance that can be repeated is what a test needs.
        self._among: tuple[Fault, ...] = ()
        self._where: frozenset[str] = frozenset()
        self.injected: list[tuple[str, Fault]] = []
        """What went wrong so far, with the route's name."""

    def next(self, route: str, *faults: Fault) -> None:
        """Let these go wrong with the next requests to a route, one with each. One that is never met is a complaint."""
        self._next += [(self._known(route), fault) for fault in faults]

    def share(self, share: float, seed: int, among: Iterable[Fault] = USUAL, routes: Iterable[str] = ("*",)) -> None:
        """Let a share of all requests (0.3) go wrong from now on, the same ones for the same seed; 0 ends it."""
        self._share, self._among = share, tuple(among)
        self._random.seed(seed)
        self._where = frozenset(self._known(route) for route in routes)

    @property
    def waiting(self) -> list[str]:
        """The faults that no request met yet."""
        return [f"{fault} for {route}" for route, fault in self._next]

    def due(self, route: str) -> Fault | None:
        """Return what goes wrong with a request, if anything does."""
        fault = self._ordered(normal(route)) or self._drawn(normal(route))
        if fault is not None:
            self.injected.append((route, fault))
        return fault

    def _known(self, route: str) -> str:
        assert normal(route) in self._routes, f"there is no route {route}; there are {sorted(self._routes)}"
        return normal(route)

    def _ordered(self, route: str) -> Fault | None:
        for number, (where, fault) in enumerate(self._next):
            if where in {route, "*"}:
                del self._next[number]
                return fault
        return None

    def _drawn(self, route: str) -> Fault | None:
        if not self._share or not self._where & {route, "*"}:
            return None
        return self._random.choice(self._among) if self._random.random() < self._share else None
