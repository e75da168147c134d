"""Every flag provider by the name that plans give it, as the team file in force declares them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, assert_never

from bot.domain.provider import (
    BUILTIN,
    DotenvFile,
    FlagsmithServer,
    LaunchDarklyProject,
    Provider,
    RestApi,
    UnleashServer,
    VercelProject,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.flag_providers.web_call import Web
    from bot.ports import Clock, FlagProvider


class ProviderCatalogue(Mapping[str, "FlagProvider"]):
    """The embedded store and what the team file declares.

    A provider is made when it is first asked for, and again when the file says something else of it.
    """

    def __init__(
        self,
        builtin: FlagProvider,
        declared: Callable[[], Mapping[str, Provider]],
        clock: Clock,
        web: Web | None = None,
    ) -> None:
        self._builtin = builtin
        self._declared = declared
        self._clock = clock
        self._web = web
        self._made: dict[str, tuple[Provider, FlagProvider]] = {}

    def __getitem__(self, name: str) -> FlagProvider:
        """Return a provider. Raises KeyError for a name that nobody declared."""
        if name == BUILTIN:
            return self._builtin
        provider = self._declared()[name]
        kept = self._made.get(name)
        if kept is None or kept[0] is not provider:
            kept = (provider, made(provider, self._calls()))
            self._made[name] = kept
        return kept[1]

    def __iter__(self) -> Iterator[str]:
        """Yield the names of all providers."""
        yield BUILTIN
        yield from self._declared()

    def __len__(self) -> int:
        """Return how many providers there are."""
        return 1 + len(self._declared())

    async def aclose(self) -> None:
        """Close the connections."""
        if self._web is not None:
            await self._web.aclose()

    def _calls(self) -> Web:
        if self._web is None:
            from bot.flag_providers.web_call import Web

            self._web = Web(self._clock)
        return self._web


def made(provider: Provider, web: Web) -> FlagProvider:
    """Make a provider; the libraries it needs are loaded only then."""
    system = provider.system
    match system:
        case UnleashServer():
            from bot.flag_providers.unleash import Unleash

            return Unleash(provider, system, web)
        case LaunchDarklyProject():
            from bot.flag_providers.launchdarkly import LaunchDarkly

            return LaunchDarkly(provider, system, web)
        case FlagsmithServer():
            from bot.flag_providers.flagsmith import Flagsmith

            return Flagsmith(provider, system, web)
        case VercelProject():
            from bot.flag_providers.vercel import Vercel

            return Vercel(provider, system, web)
        case DotenvFile():
            from bot.flag_providers.dotenv import Dotenv

            return Dotenv(provider, system)
        case RestApi():
            from bot.flag_providers.rest import Rest

            return Rest(provider, system, web)
        case _:
            assert_never(system)
