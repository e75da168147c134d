"""The inbound hooks: other systems' alerts at /hooks, each a few lines over what the bot can do about them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from pydantic import ValidationError
from starlette.routing import Route

from bot.domain.access import Permission
from bot.domain.actor import Actor
from bot.domain.alert import digest, harmless
from bot.domain.errors import AlreadyDone, RollcallError
from bot.domain.figures import read_figure, unit_in
from bot.domain.team import API
from bot.domain.token import Scope
from bot.operations.rollouts import Aim
from bot.web.answers import answer, denial, problem, refusal, sentence_of
from bot.web.guard import Bucket, Denied, Guard, Rate, body_of, header, insist_on_json, json_of
from bot.web.hook_bodies import AlertmanagerBody, HookBody, PagerDutyBody

if TYPE_CHECKING:
    from collections.abc import Sequence
    from traceback import FrameSummary

    from starlette.requests import Request
    from starlette.responses import Response

    from bot.domain.alert import Alarm
    from bot.domain.token import Token
    from bot.operations import Operations
    from bot.operations.alerts import Heard
    from bot.ports import Clock, Journal
    from bot.web.flag_bodies import Body
    from bot.web.hook_bodies import Foreign

ALERTMANAGER, PAGERDUTY, ANY = "/hooks/alertmanager", "/hooks/pagerduty", "/hooks/in"

LARGEST = 1024 * 1024
"""Of a body, in bytes: about a thousand alerts."""

SIGNATURE = b"x-pagerduty-signature"
VERSION = "v1="


@dataclass(slots=True)
class Hooks:
    """What the routes are made of. `secrets` are those with which PagerDuty may sign; without one it is not heard."""

    operations: Operations
    guard: Guard
    clock: Clock
    journal: Journal
    pace: Rate
    secrets: tuple[str, ...] = ()
    signed: Bucket | None = field(default=None, init=False)

    def signed_pace(self) -> None:
        """Count a request that PagerDuty signed against the pace of its webhook. Raises Denied."""
        now = self.clock.now().timestamp()
        self.signed = self.signed or Bucket(self.pace, self.pace.burst, now)
        wait = self.signed.take(now)
        if wait:
            raise Denied(429, "RATE_LIMITED", f"PagerDuty asks too often; wait {wait} s.", Retry_After=str(wait))


@dataclass(frozen=True, slots=True)
class Hook:
    """One route: what it does, what it takes, and what it says of itself in the description."""

    path: str
    work: Callable[[Hooks, Request], Awaitable[Response]]
    summary: str
    takes: type[Body | Foreign]
    scope: str


async def alertmanager(hooks: Hooks, request: Request) -> Response:
    """Take a notification about a group of alerts: it raises, counts or ends one page, and stops the rollouts named."""
    token = hooks.guard.admit(request.scope["headers"], Scope.ALERT, basic=True)
    body = AlertmanagerBody.model_validate(await _content(request))
    return await _heard(hooks, token, body.alarm(hooks.clock.now()))


async def anything(hooks: Hooks, request: Request) -> Response:
    """Take an alert of any program, as above, or one figure for a rollout (scope `report`)."""
    headers = request.scope["headers"]
    token = hooks.guard.admit(headers, None, basic=True)
    if not (token.allows(Scope.ALERT) or token.allows(Scope.REPORT)):
        raise _lacks(token, Scope.ALERT)
    body = HookBody.model_validate(await _content(request))
    scope = Scope.ALERT if body.metric is None else Scope.REPORT
    if not token.allows(scope):
        raise _lacks(token, scope)
    if body.metric is None:
        return await _heard(hooks, token, body.alarm(token.name, hooks.clock.now()))
    hooks.guard.spend(token)
    return await _figure(hooks, token, body)


async def pagerduty(hooks: Hooks, request: Request) -> Response:
    """Take an event of a webhook subscription (version 3): an incident that one of our pages opened was answered."""
    if not hooks.secrets:
        raise Denied(404, "NOT_FOUND", "There is nothing at this address: PAGERDUTY_WEBHOOK_SECRET is not set.")
    headers = request.scope["headers"]
    given = header(headers, SIGNATURE)
    if not given:
        raise Denied(401, "UNAUTHORIZED", "This needs a signature: X-PagerDuty-Signature.")
    raw = await body_of(headers, request.receive, LARGEST)
    if not _signed(raw, given.decode("latin-1"), hooks.secrets):
        raise Denied(401, "UNAUTHORIZED", "The signature is not one of this body.")
    hooks.signed_pace()
    insist_on_json(headers)
    event = PagerDutyBody.model_validate(json_of(raw)).page_event()
    if event is None:
        return answer({"ok": True, "done": False, "why": "it is about none of our pages"}, 202)
    why = await hooks.operations.page_events.hear(event)
    return answer({"ok": True, "done": not why, **({"why": why} if why else {})})


HOOKS = (
    Hook(ALERTMANAGER, alertmanager, "Alerts of Prometheus's Alertmanager", AlertmanagerBody, "alert"),
    Hook(ANY, anything, "An alert or a figure of any program", HookBody, "alert, or report for a figure"),
    Hook(PAGERDUTY, pagerduty, "Answers that were given in PagerDuty", PagerDutyBody, "none: the signature is checked"),
)


def routes(hooks: Hooks) -> list[Route]:
    """Return the routes."""
    return [_route(hooks, hook) for hook in HOOKS]


def _route(hooks: Hooks, hook: Hook) -> Route:
    async def endpoint(request: Request) -> Response:
        return await _answered(hooks, hook, request)

    return Route(hook.path, endpoint, methods=["POST"])


async def _answered(hooks: Hooks, hook: Hook, request: Request) -> Response:
    """Turn every refusal into an answer: the one error boundary of these routes."""
    now = hooks.clock.now()
    try:
        return await hook.work(hooks, request)
    except Denied as denied:
        return denial(denied, now)
    except ValidationError as wrong:
        return problem(422, "INVALID", sentence_of(wrong), now)
    except AlreadyDone:
        return answer({"ok": True, "repeated": True})
    except RollcallError as error:
        return refusal(error, now)
    except Exception as error:  # noqa: BLE001  # The boundary: a program gets an answer, the log the place.
        # What went wrong may repeat what was sent, which is not for the log.
        hooks.journal.error("hook.crashed", route=hook.path, problem=type(error).__name__, place=_place(error))
        return problem(500, "ERROR", "Something went wrong inside Rollcall; it is in the log.", now)


async def _content(request: Request) -> object:
    headers = request.scope["headers"]
    insist_on_json(headers)
    return json_of(await body_of(headers, request.receive, LARGEST))


async def _heard(hooks: Hooks, token: Token, alarm: Alarm) -> Response:
    """Do what an alarm leads to; one that stops a rollout is heard however often its sender asks."""
    try:
        hooks.guard.spend(token)
    except Denied:
        if not await hooks.operations.alerts.would_stop(alarm, token.environment):
            raise
    heard = await hooks.operations.alerts.hear(_actor(token), alarm, token.environment)
    return answer({"ok": True, **_told(heard)})


def _told(heard: Heard) -> dict[str, Any]:
    page = heard.page
    return {
        "page": page.id if page is not None else None,
        "state": str(page.state) if page is not None else None,
        "times": page.times if page is not None else 0,
        "stopped": [{"rollout": number, "happened": str(happened)} for number, happened in heard.stopped],
        "notes": list(heard.doubts),
    }


async def _figure(hooks: Hooks, token: Token, body: HookBody) -> Response:
    """Report a figure, as `/rollout metric` does; with a `key` once."""
    ((name, given),) = (body.metric or {}).items()
    operations, aim = hooks.operations, Aim(body.rollout)
    actor = _actor(token, f"hook:{digest(token.name, body.key)}" if body.key is not None else "")
    rollout = await operations.rollouts.latest(actor, aim)
    environment = rollout.current.environment
    if token.environment not in {"", environment}:
        raise Denied(403, "FORBIDDEN", f"The token {token.name} is for {token.environment} only.")
    operations.rollouts.circumstances.require(actor, Permission.CONFIRM, environment, goes_up=False)
    value = read_figure(str(given), unit_in(rollout.plan, name))
    says = str(value)
    await operations.judgements.report(actor, name, float(value.normal), says, aim, samples=body.samples)
    return answer({"ok": True, "rollout": rollout.id, "metric": harmless(name), "value": says})


def _actor(token: Token, request_id: str = "") -> Actor:
    """Return the token's holder as somebody who acts."""
    request = request_id or f"hook:{uuid4().hex}"
    return Actor(token.name, API, token.name, "", request, token.roles, seen_here=False)


def _lacks(token: Token, scope: Scope) -> Denied:
    return Denied(403, "FORBIDDEN", f"The token {token.name} lacks the scope {scope}.")


def _signed(raw: bytes, given: str, secrets: Sequence[str]) -> bool:
    """Say whether one of the signatures is that of the body with one of the secrets; all are looked at."""
    wanted = [VERSION + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest() for secret in secrets]
    offered = [it.strip().encode() for it in given.split(",")]
    fits = [hmac.compare_digest(one.encode(), other) for one in wanted for other in offered]
    return any(fits)


def _place(error: BaseException) -> str:
    from traceback import extract_tb

    frames: list[FrameSummary] = [*extract_tb(error.__traceback__)]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
