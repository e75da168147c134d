"""What the contract of flag providers needs of each one: the provider, what is behind it, and ways to disturb it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx

from bot.domain.errors import Unavailable
from bot.domain.flag import OFF, Flag, FlagSetting
from bot.domain.holding import EVERYTHING, Holds
from bot.domain.metric import Secret
from bot.domain.provider import (
    DotenvFile,
    FlagsmithServer,
    LaunchDarklyProject,
    Provider,
    System,
    UnleashServer,
    VercelProject,
)
from bot.flag_providers.builtin import BuiltinFlags
from bot.flag_providers.catalogue import made
from bot.flag_providers.web_call import Web
from bot.ports import FlagProvider
from bot.storage.store import open_store
from tests.fakes.api_server import Api, ApiServer, serving
from tests.fakes.clock import MovedClock
from tests.fakes.flag_provider import FakeProvider
from tests.fakes.flagsmith import FakeFlagsmith
from tests.fakes.hurried_clock import HurriedClock
from tests.fakes.launchdarkly import FakeLaunchDarkly
from tests.fakes.team_api import FakeTeamApi, described
from tests.fakes.unleash import TOKEN, FakeUnleash
from tests.fakes.vercel import HOOK, FakeVercel
from tests.unleash_peer import UnleashPeer

SECRET = TOKEN
ENVIRONMENT = "production"


async def _nothing() -> None:
    """Do nothing."""


@dataclass(slots=True)
class Held:
    """One provider under test.

    `make` brings a flag into being, off. `writes` counts what was changed behind it. `goes_down` and `loses_an_answer`
    and `refuses` disturb the next calls; where they are None that cannot happen to it.
    """

    provider: FlagProvider
    make: Callable[[str], Awaitable[None]]
    writes: Callable[[], int] | None = None
    goes_down: Callable[[], Awaitable[None]] | None = None
    comes_back: Callable[[], Awaitable[None]] = _nothing
    loses_an_answer: Callable[[], Awaitable[None]] | None = None
    refuses: Callable[[], Awaitable[None]] | None = None
    makes_flags: bool = False

    @property
    def holds(self) -> Holds:
        """Return what it can hold."""
        found: Holds = getattr(self.provider, "holds", EVERYTHING)
        return found


Opened = Callable[[Path], AbstractAsyncContextManager[Held]]


@asynccontextmanager
async def builtin(folder: Path) -> AsyncIterator[Held]:
    """The embedded store."""
    store = await open_store(f"sqlite+aiosqlite:///{folder / 'flags.db'}")
    clock = MovedClock()

    async def make(flag: str) -> None:
        await store.write(lambda tx: tx.flags.add(Flag(flag, salt=flag, created_at=clock.now())))

    try:
        yield Held(BuiltinFlags(store, clock), make)
    finally:
        await store.close()


@asynccontextmanager
async def fake(_folder: Path) -> AsyncIterator[Held]:
    """The fake of our own tests."""
    provider = FakeProvider()

    async def make(flag: str) -> None:
        provider.held[flag, ENVIRONMENT] = OFF

    async def down() -> None:
        provider.failures.append(Unavailable("nobody answers"))

    yield Held(provider, make, goes_down=down, makes_flags=True)


def over_api(system: Callable[[str], System], api: Callable[[], Api]) -> Opened:
    """A provider over the strict fake of its API."""

    @asynccontextmanager
    async def opened(folder: Path) -> AsyncIterator[Held]:
        async with serving(api()) as server:
            web = Web(HurriedClock(), httpx.AsyncHTTPTransport(verify=False, trust_env=False))
            provider = made(Provider("elsewhere", system(server.address)), web)
            try:
                yield _disturbed(provider, server)
            finally:
                await web.aclose()

    return opened


def _disturbed(provider: FlagProvider, server: ApiServer) -> Held:
    async def make(flag: str) -> None:
        server.api.make(flag)  # type: ignore[attr-defined]  # Every fake of a provider's API can.

    async def down() -> None:
        server.down = True

    async def back() -> None:
        server.down = False

    async def lose() -> None:
        server.lose_answers = 1

    async def refuse() -> None:
        server.statuses = [403] * 3

    return Held(
        provider,
        make,
        lambda: len(server.writes),
        down,
        back,
        lose,
        refuse,
        makes_flags=getattr(server.api, "makes_flags", False),
    )


def _project(address: str, percent: str = "") -> VercelProject:
    hook = Secret("HOOK", f"{address}/{HOOK}")
    return VercelProject(Secret("TOKEN", SECRET), "shop", hook, "team_1", address, percent)


RELOAD = """\
import sys, pathlib
folder = pathlib.Path(sys.argv[1])
print("reloading")
if (folder / "fail").exists():
    sys.exit("it does not come up")
if (folder / "hang").exists():
    (folder / "hang").unlink()
    import time
    time.sleep(60)
(folder / "running.env").write_text((folder / "bot.env").read_text())
"""


@asynccontextmanager
async def dotenv(folder: Path) -> AsyncIterator[Held]:
    """A file of variables, read by a program when it is reloaded."""
    file, script = folder / "bot.env", folder / "reload.py"
    file.write_text("# What the bot reads.\nTOKEN='a#b'\n")
    script.write_text(RELOAD)
    system = DotenvFile(str(file), (sys.executable, str(script), str(folder)), "_PERCENT")
    provider = made(Provider("elsewhere", system, timeout=timedelta(seconds=20)), Web(HurriedClock()))
    short = made(Provider("elsewhere", system, timeout=timedelta(seconds=1)), Web(HurriedClock()))
    held = Held(provider, _nowhere, makes_flags=True)

    async def make(flag: str) -> None:
        file.write_text(f"{file.read_text()}{flag.upper()}=false  # of the plan\n")

    async def down() -> None:
        if file.is_file():
            file.rename(folder / "gone.env")
            file.mkdir()

    async def back() -> None:
        file.rmdir()
        (folder / "gone.env").rename(file)

    async def lose() -> None:
        (folder / "hang").touch()
        held.provider = short

    async def refuse() -> None:
        file.unlink()

    held.make, held.goes_down, held.comes_back, held.loses_an_answer, held.refuses = make, down, back, lose, refuse
    yield held


async def _nowhere(_flag: str) -> None:
    """Make nothing."""


def over_unleash(peer: UnleashPeer) -> Opened:
    """A real Unleash server, on which every test has features of its own."""

    @asynccontextmanager
    async def opened(_folder: Path) -> AsyncIterator[Held]:
        await peer.ready()
        names = {flag: f"{flag}-{uuid4().hex[:8]}" for flag in ("checkout_redesign", "other", "nowhere")}
        web = Web(HurriedClock(), httpx.AsyncHTTPTransport(verify=False, trust_env=False))
        system = UnleashServer(peer.address, Secret("TOKEN", SECRET))

        async def make(flag: str) -> None:
            await peer.make(names[flag])

        try:
            yield Held(made(Provider("elsewhere", system, names=names, timeout=timedelta(seconds=30)), web), make)
        finally:
            await web.aclose()

    return opened


PROVIDERS: dict[str, Opened] = {
    "builtin": builtin,
    "fake": fake,
    "unleash": over_api(lambda address: UnleashServer(address, Secret("TOKEN", SECRET)), FakeUnleash),
    "launchdarkly": over_api(
        lambda address: LaunchDarklyProject(Secret("TOKEN", SECRET), "shop", address), FakeLaunchDarkly
    ),
    "flagsmith": over_api(lambda address: FlagsmithServer(Secret("TOKEN", SECRET), address), FakeFlagsmith),
    "vercel": over_api(_project, FakeVercel),
    "vercel with shares": over_api(lambda address: _project(address, "_PERCENT"), FakeVercel),
    "dotenv": dotenv,
    "rest": over_api(described, FakeTeamApi),
}


REAL = ["unleash-server"]
"""What runs on its own server; its faults are those of the fake beside it."""

ELSEWHERE = [name for name in PROVIDERS if name not in {"builtin", "fake"}]
"""What can lose an answer, or refuse."""

FAILING = ["fake", *ELSEWHERE]
"""What can be down: the embedded store is in our own database."""


def secretless(error: Exception) -> str:
    """Return everything that an error may show somewhere, after a look for secrets in it."""
    text = f"{error!r} {error} {getattr(error, 'hints', ())}"
    seen: BaseException | None = error
    while seen is not None:
        text += repr(seen)
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    for part in (SECRET, SECRET[4:16], SECRET[-12:], "very-secret"):
        assert part not in text
    return text


def setting(percent: str, *, on: bool = True, users: tuple[str, ...] = (), tiers: tuple[str, ...] = ()) -> FlagSetting:
    """Return a setting."""
    from bot.domain.percent import Percent

    return FlagSetting(on, Percent.parse(percent), tiers, users)
