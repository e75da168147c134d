"""Every flag as a definition that flagd reads, so that a fleet of flagd processes can answer in our place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import Response

from bot.domain.bucket import BUCKETS
from bot.domain.flag_set import TARGETING_KEY, TIER, attribute_of
from bot.domain.percent import FULL, ZERO
from bot.domain.token import Scope
from bot.web.answers import answer, denial
from bot.web.guard import Denied, Guard

if TYPE_CHECKING:
    from starlette.requests import Request

    from bot.domain.flag_set import FlagSet, Kept

ADDRESS = "/flagd/flags.json"
SCHEMA = "https://flagd.dev/schema/v0/flags.json"
ON, OFF = "on", "off"


@dataclass(frozen=True, slots=True)
class Export:
    """GET of the definitions of an environment."""

    guard: Guard

    async def get(self, request: Request) -> Response:
        """Answer with every flag, or that nothing changed."""
        try:
            token = self.guard.admit(request.scope["headers"], Scope.READ)
            self.guard.spend(token)
            flags = self.guard.flags.of(self.guard.known_environment(token, request.query_params.get("environment")))
        except Denied as denied:
            return denial(denied, self.guard.clock.now())
        headers = {"ETag": f'"{flags.etag}"', "Cache-Control": "no-cache"}
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return answer(definitions(flags), headers=headers)


def definitions(flags: FlagSet) -> dict[str, object]:
    """Return flagd's document for an environment."""
    return {
        "$schema": SCHEMA,
        "flags": {key: _definition(kept) for key, kept in flags.flags.items()},
        "metadata": {"flagSetId": flags.environment, "version": flags.etag},
    }


def _definition(kept: Kept) -> dict[str, object]:
    """Return one flag. What is off is enabled with the value false: flagd answers a disabled one with the code's default."""
    made: dict[str, object] = {"state": "ENABLED", "variants": {ON: True, OFF: False}, "defaultVariant": OFF}
    targeting = _targeting(kept)
    if isinstance(targeting, str):
        made["defaultVariant"] = targeting
    else:
        made["targeting"] = targeting
    return made


def _targeting(kept: Kept) -> object:
    """Return the rules in the order in which we ask them: off, named, tier, bucket."""
    setting = kept.setting
    if kept.flag.retired_at is not None or not setting.on:
        return OFF
    unit = attribute_of(kept.flag.unit)
    rule = _share(kept, unit)
    if setting.tiers and rule != OFF:
        rule = {"if": [{"in": [{"var": TIER}, list(setting.tiers)]}, rule, OFF]}
    if setting.users:
        # An identity given as a number is compared by its digits, as it is hashed.
        rule = {"if": [{"in": [{"cat": [{"var": unit}]}, list(setting.users)]}, ON, rule]}
    if rule != OFF and (rule != ON or unit != TARGETING_KEY):
        # Who does not say which unit it is for is out; hashed, all of them would be one and the same unit.
        rule = {"if": [{"missing": [unit]}, OFF, rule]}
    return rule


def _share(kept: Kept, unit: str) -> object:
    """Return the percentage: the hash of flagd's second version over `salt:unit`, which is ours."""
    percent = kept.setting.percent
    if percent in {ZERO, FULL}:
        return ON if percent == FULL else OFF
    shares = [[ON, percent.milli], [OFF, BUCKETS - percent.milli]]
    return {"fractional": [{"cat": [f"{kept.flag.salt}:", {"var": unit}]}, *shares]}
