"""Writes that a program may repeat: the header `Idempotency-Key`, and the first answer again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.domain.kept_answer import LONGEST_KEY, digest_of_request, is_key
from bot.operations.answers import Repeatable
from bot.web.answers import answer
from bot.web.guard import Denied

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from bot.domain.kept_answer import KeptAnswer
    from bot.domain.token import Token
    from bot.ports import Clock, Store

HEADER = "Idempotency-Key"
REPEATED = "Idempotent-Replayed"


def repeatable(request: Request, content: object, token: Token, store: Store, clock: Clock) -> Repeatable | None:
    """Return a request that has a key. Raises Denied for what cannot be one."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not is_key(key):
        raise Denied(422, "INVALID", f"{HEADER}: expected 1 to {LONGEST_KEY} visible ASCII characters.")
    address = f"{request.url.path}?{request.url.query}"
    return Repeatable(store, clock, token.name, key, digest_of_request(request.method, address, content))


def again(kept: KeptAnswer) -> Response:
    """Return the first answer once more; a header tells that nothing was done for it."""
    return answer(json.loads(kept.content), kept.status, {REPEATED: "true"})
