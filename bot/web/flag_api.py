"""The flag API: the routes under /api/feature-flags, each a few lines over what the bot can do."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from pydantic import ValidationError
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.domain.actor import Actor
from bot.domain.errors import AlreadyDone, NotFound, RollcallError
from bot.domain.flag import Flag, FlagSetting, Why, goes_up, with_percent
from bot.domain.flag_set import TARGETING_KEY, LacksUnit
from bot.domain.team import API
from bot.domain.token import Scope
from bot.operations.flag_records import known
from bot.operations.flags import view_of
from bot.web.answers import answer, denial, problem, refusal, sentence_of
from bot.web.flag_bodies import (
    Body,
    FlagBody,
    FlagPatch,
    RolloutBody,
    UserBody,
    changed,
    flag_json,
    setting_json,
)
from bot.web.guard import Denied, Guard, body_of, insist_on_json, json_of
from bot.web.repeats import again, repeatable

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from bot.domain.flag_view import FlagView
    from bot.domain.token import Token
    from bot.operations import Operations
    from bot.operations.answers import Repeatable
    from bot.operations.flag_book import BookKeeper
    from bot.ports import Clock, Journal, Transaction

ROOT = "/api/feature-flags"
METHOD_NOT_ALLOWED = 405
B = TypeVar("B", bound=Body)


@dataclass(frozen=True, slots=True)
class Api:
    """What the routes are made of."""

    operations: Operations
    guard: Guard
    keeper: BookKeeper
    clock: Clock
    journal: Journal


@dataclass(frozen=True, slots=True)
class Call:
    """One request that was let in. `paced` says what is wrong with its token's pace; `repeat` is set where it has a key."""

    api: Api
    token: Token
    request: Request
    content: object
    paced: Denied | None
    repeat: Repeatable | None = None

    @property
    def name(self) -> str:
        """Return the flag's name from the address."""
        return str(self.request.path_params["name"])

    def body(self, kind: type[B]) -> B:
        """Return the body, checked. Raises ValidationError."""
        return kind.model_validate(self.content)

    def writes_to(self) -> str:
        """Return the environment that is changed."""
        return self.api.guard.environment(self.token, self.request.query_params.get("environment"))

    def reads_from(self) -> str:
        """Return the environment that is looked at."""
        return self.api.guard.known_environment(self.token, self.request.query_params.get("environment"))

    def actor(self) -> Actor:
        """Return the token's holder as somebody who acts."""
        token = self.token
        return Actor(token.name, API, token.name, "", f"api-{uuid4().hex}", token.roles, seen_here=False)


@dataclass(frozen=True, slots=True)
class Operation:
    """One route: what it does, what it takes, and what it says of itself in the API's description."""

    method: str
    path: str
    scope: Scope
    work: Callable[[Call], Awaitable[Response]]
    summary: str
    takes: type[Body] | None = None
    gives: str = "Flag"
    query: tuple[str, ...] = ("environment",)


async def list_flags(call: Call) -> Response:
    """Return every flag in use."""
    environment = call.reads_from()
    views = await call.api.operations.flags.list()
    return answer({"ok": True, "flags": [_in(view, environment) for view in views]})


async def get_flag(call: Call) -> Response:
    """Return one flag."""
    environment = call.reads_from()
    return answer({"ok": True, "flag": _in(await call.api.operations.flags.show(call.name), environment)})


async def put_flag(call: Call) -> Response:
    """Make a flag, or change it."""
    body = call.body(FlagBody)
    return await _put(call, body.name, lambda held: changed(held, body), body.description, unit=body.unit)


async def patch_flag(call: Call) -> Response:
    """Change a flag."""
    body = call.body(FlagPatch)
    return await _put(call, call.name, lambda held: changed(held, body), body.description)


async def patch_rollout(call: Call) -> Response:
    """Set a flag's percentage."""
    body = call.body(RolloutBody)
    return await _put(call, call.name, lambda held: with_percent(held, body.percentage))


async def add_user(call: Call) -> Response:
    """Let somebody in whatever the percentage."""
    user = call.body(UserBody).userId

    def named(held: FlagSetting) -> FlagSetting:
        return FlagSetting(held.on, held.percent, held.tiers, tuple(dict.fromkeys((*held.users, user))))

    return await _put(call, call.name, named)


async def remove_user(call: Call) -> Response:
    """Take somebody off the list."""
    user = str(call.request.path_params["userId"])

    def unnamed(held: FlagSetting) -> FlagSetting:
        return FlagSetting(held.on, held.percent, held.tiers, tuple(it for it in held.users if it != user))

    return await _put(call, call.name, unnamed)


async def check(call: Call) -> Response:
    """Say whether somebody sees a flag, and why."""
    kept = call.api.keeper.flags.of(call.reads_from()).get(call.name)
    try:
        found = kept.ask(_context(call))
    except LacksUnit as lacking:
        raise Denied(422, "INVALID", f"{lacking} Give userId, or the attribute that the flag counts.") from None
    facts: dict[str, object] = {"ok": True, "name": call.name, "enabled": found.on, "reason": str(found.why)}
    if found.why in {Why.OFF, Why.RETIRED}:
        facts["code"] = "FEATURE_DISABLED"
    return answer(facts)


async def features(call: Call) -> Response:
    """Return the names of the flags that somebody sees."""
    context, seen = _context(call), []
    for name, kept in call.api.keeper.flags.of(call.reads_from()).flags.items():
        try:
            seen += [name] if kept.ask(context).on else []
        except LacksUnit:
            # It counts something else than what was given, so nobody can say that it is seen.
            continue
    return answer({"ok": True, "features": seen})


async def clear_cache(call: Call) -> Response:
    """Read flags and tokens again; they are kept up to date without it."""
    await call.api.keeper.refresh()
    return answer({"ok": True, "cleared": True})


_FOR_WHOM = ("userId", "tier", "environment")
OPERATIONS = (
    Operation("GET", ROOT, Scope.READ, list_flags, "Get all feature flags", gives="Flags"),
    Operation("GET", f"{ROOT}/user/features", Scope.EVALUATE, features, "Get all features enabled for a user", gives="Features", query=_FOR_WHOM),
    Operation("GET", f"{ROOT}/check/{{name}}", Scope.EVALUATE, check, "Check if a feature is enabled for a user", gives="Check", query=_FOR_WHOM),
    Operation("GET", f"{ROOT}/{{name}}", Scope.READ, get_flag, "Get one feature flag"),
    Operation("POST", ROOT, Scope.WRITE, put_flag, "Create or update a feature flag", FlagBody, "Changed"),
    Operation("POST", f"{ROOT}/cache/clear", Scope.ADMIN, clear_cache, "Read flags and tokens again", gives="Cleared", query=()),
    Operation("PATCH", f"{ROOT}/{{name}}", Scope.WRITE, patch_flag, "Change a feature flag", FlagPatch, "Changed"),
    Operation("PATCH", f"{ROOT}/{{name}}/rollout", Scope.WRITE, patch_rollout, "Update the rollout percentage", RolloutBody, "Changed"),
    Operation("POST", f"{ROOT}/{{name}}/users", Scope.WRITE, add_user, "Add a user who sees the flag whatever its percentage", UserBody, "Changed"),
    Operation("DELETE", f"{ROOT}/{{name}}/users/{{userId}}", Scope.WRITE, remove_user, "Remove such a user", gives="Changed"),
)  # fmt: skip


def routes(api: Api) -> list[Route]:
    """Return the routes; those with the same address share one, so that the rest of its methods are refused as such."""
    paths = dict.fromkeys(it.path for it in OPERATIONS)
    return [_route(api, path, {it.method: it for it in OPERATIONS if it.path == path}) for path in paths]


def unrouted(clock: Clock) -> Callable[[Request, Exception], Response]:
    """Return what answers for addresses and methods that no route has, in the API's own shape below /api."""

    def answered(request: Request, error: Exception) -> Response:
        status, headers = getattr(error, "status_code", 404), getattr(error, "headers", None)
        if not request.url.path.startswith(("/api/", "/hooks/")):
            return PlainTextResponse(str(getattr(error, "detail", "")), status, headers=headers)
        if status == METHOD_NOT_ALLOWED:
            return problem(status, "METHOD_NOT_ALLOWED", "This address does not do that.", clock.now(), headers)
        return problem(status, "NOT_FOUND", "There is nothing at this address.", clock.now(), headers)

    return answered


def _route(api: Api, path: str, by_method: dict[str, Operation]) -> Route:
    async def endpoint(request: Request) -> Response:
        # Starlette lets HEAD in wherever GET is.
        return await _answered(api, by_method.get(request.method) or by_method["GET"], request)

    return Route(path, endpoint, methods=list(by_method))


async def _answered(api: Api, operation: Operation, request: Request) -> Response:
    """Let a request in, do it, and turn every refusal into an answer: the one error boundary of these routes."""
    try:
        return await _done(operation, await _admitted(api, operation, request))
    except Denied as denied:
        return denial(denied, api.clock.now())
    except ValidationError as wrong:
        return problem(422, "INVALID", sentence_of(wrong), api.clock.now())
    except RollcallError as error:
        return refusal(error, api.clock.now())
    except Exception as error:  # noqa: BLE001  # The boundary: a program gets an answer, the log the trace.
        api.journal.error("flag_api.crashed", route=operation.path, problem=repr(error), exc_info=error)
        return problem(500, "ERROR", "Something went wrong inside Rollcall; it is in the log.", api.clock.now())


async def _done(operation: Operation, call: Call) -> Response:
    """Do what is asked, or give the first answer again where the same was done within a day."""
    if call.repeat is None:
        return await operation.work(call)
    kept = await call.repeat.kept()
    try:
        return again(kept) if kept is not None else await operation.work(call)
    except AlreadyDone:
        # The first one was still under way when this one looked.
        kept = await call.repeat.kept()
        if kept is None:
            raise
        return again(kept)


async def _admitted(api: Api, operation: Operation, request: Request) -> Call:
    headers = request.scope["headers"]
    token = api.guard.admit(headers, operation.scope)
    raw = await body_of(headers, request.receive)
    content: object = None
    if operation.takes is not None:
        insist_on_json(headers)
        content = json_of(raw)
    try:
        api.guard.spend(token, evaluation=operation.scope is Scope.EVALUATE)
    except Denied as denied:
        # The way down is never paced; whether a write goes down is known once it is looked at.
        if operation.scope is not Scope.WRITE:
            raise
        return Call(api, token, request, content, denied, _repeat(api, token, request, content))
    writes = operation.scope is Scope.WRITE
    return Call(api, token, request, content, None, _repeat(api, token, request, content) if writes else None)


def _repeat(api: Api, token: Token, request: Request, content: object) -> Repeatable | None:
    return repeatable(request, content, token, api.operations.flags.verbs.store, api.clock)


async def _put(
    call: Call,
    name: str,
    change: Callable[[FlagSetting], FlagSetting],
    description: str | None = None,
    unit: str | None = None,
) -> Response:
    """Make a flag hold something and show it before and after. Only where a unit is given the flag may be made."""
    environment, flags = call.writes_to(), call.api.operations.flags
    try:
        view = await flags.show(name)
    except NotFound:
        if unit is None:
            raise
        view = None
    held = next((it.setting for it in view.states if it.environment == environment), FlagSetting()) if view else None
    after = change(held or FlagSetting())
    if call.paced is not None and goes_up(held or FlagSetting(), after):
        raise call.paced
    status, before = 201 if held is None else 200, None if held is None else setting_json(held)

    def answered(tx: Transaction) -> dict[str, Any]:
        """Say what there is now, and keep it with the change for whoever asks again."""
        content = {"ok": True, "flag": _in(view_of(tx, known(tx, name)), environment), "before": before}
        if call.repeat is not None:
            call.repeat.keep(tx, status, json.dumps(content))
        return content

    if view is not None and after == held and description in {None, view.flag.description}:
        store = flags.verbs.store
        return answer(await (store.read if call.repeat is None else store.write)(answered), status)
    said: list[dict[str, Any]] = []
    wanted = Flag(name, "", unit or "")
    await flags.put(
        call.actor(),
        wanted,
        environment,
        change,
        description=description,
        noted=lambda tx, _: said.append(answered(tx)),
    )
    await call.api.keeper.refresh()
    return answer(said[-1], status)


def _in(view: FlagView, environment: str) -> dict[str, Any]:
    return flag_json(view.flag, environment, next((it for it in view.states if it.environment == environment), None))


def _context(call: Call) -> dict[str, object]:
    """Return for whom it is asked: `userId` is the targeting key, and whatever else is given goes by its own name."""
    given: dict[str, object] = dict(call.request.query_params)
    user = given.pop("userId", None)
    if user is not None:
        given[TARGETING_KEY] = user
    return given
