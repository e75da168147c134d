"""The Web API: finds the method, checks token and scopes, fails where a fault says so, and answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from aiohttp import web

from tests.fakes.slack import methods_chat, methods_conversations, methods_files, methods_people
from tests.fakes.slack.calls import Answer, Arguments, Call, Caller, Method, read_arguments
from tests.fakes.slack.complaints import Refused
from tests.fakes.slack.faults import (
    CutAfter,
    CutBefore,
    Fault,
    Faults,
    Garbled,
    Hangs,
    RateLimited,
    ServerError,
    SlackError,
)
from tests.fakes.slack.workspace import Workspace

Ending = asyncio.Event


class WebApi:
    """`/api/{method}`; `ending` lets go of those who wait for an answer that never comes."""

    def __init__(
        self,
        workspace: Workspace,
        faults: Faults,
        more: Mapping[str, Method],
        ending: Ending,
        posts_per_second: int | None,
    ) -> None:
        self.workspace = workspace
        self.faults = faults
        self.ending = ending
        self.calls: list[Call] = []
        self.posts_per_second = posts_per_second
        self._limited: dict[tuple[str, str], datetime] = {}
        self.methods: Mapping[str, Method] = {
            **methods_chat.METHODS,
            **methods_conversations.METHODS,
            **methods_files.METHODS,
            **methods_people.METHODS,
            **more,
        }

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        name = request.match_info["method"]
        call = Call(name, self.workspace.clock.now())
        self.calls.append(call)
        called = None
        try:
            called = self._find(name)
            self._check_token(request, called)
            call.arguments = await read_arguments(request, called, lambda said: self._complain(name, said))
        except Refused as refused:
            return self._answer(call, self._refusal(call, refused), called)
        call.fault = self.faults.take(name, str(call.arguments.get("channel", "")))
        if (limited := self._limit(call)) is not None:
            return limited
        return await answer_with(call.fault, request, lambda: self._perform(call, called), self.ending)

    def _find(self, name: str) -> Method:
        if name not in self.methods:
            raise Refused("unknown_method", "there is no such method, or this server does not know it yet")
        return self.methods[name]

    def _complain(self, name: str, complaint: str) -> None:
        self.workspace.complaints.add(f"{name}: {complaint}")

    def _check_token(self, request: web.Request, called: Method) -> None:
        if called.token == "none":
            return
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        app = self.workspace.installation
        if not token:
            raise Refused("not_authed")
        if token not in {app.bot_token, app.app_token}:
            raise Refused("invalid_auth")
        if token != (app.bot_token if called.token == "bot" else app.app_token):
            raise Refused("not_allowed_token_type", f"this method takes the other token, that of the {called.token}")
        if called.token == "app" and "connections:write" not in app.app_token_scopes:
            raise Refused("missing_scope", needed="connections:write", provided=",".join(app.app_token_scopes))

    def _perform(self, call: Call, called: Method) -> web.Response:
        caller = Caller(self.workspace, call.method, Arguments(call.arguments))
        try:
            caller.need(*called.scopes)
            answer = {"ok": True, **called.perform(caller)}
        except Refused as refused:
            answer = self._refusal(call, refused)
        self.workspace.changed()
        return self._answer(call, answer, called)

    def _refusal(self, call: Call, refused: Refused) -> Answer:
        if refused.complaint is not None:
            self._complain(call.method, f"{refused.error}: {refused.complaint}")
        call.error = refused.error
        return {"ok": False, "error": refused.error, **refused.more}

    def _answer(self, call: Call, answer: Answer, called: Method | None) -> web.Response:
        call.answer = answer
        headers = {"X-Slack-Req-Id": f"request-{len(self.calls)}"}
        if called is not None and called.token == "bot":
            headers["X-OAuth-Scopes"] = ",".join(sorted(self.workspace.installation.scopes))
            headers["X-Accepted-OAuth-Scopes"] = ",".join(called.scopes)
        return web.json_response(answer, headers=headers)

    def _limit(self, call: Call) -> web.Response | None:
        """Answer 429 where a fault or the channel's rate says so, and complain of calls that did not wait."""
        key, now = (call.method, str(call.arguments.get("channel", ""))), self.workspace.clock.now()
        if (until := self._limited.get(key)) is not None and key[1]:
            if now < until:
                self._complain(call.method, f"called again for {key[1]} before Retry-After had passed")
                call.error = "ratelimited"
                return too_many(1)
            del self._limited[key]
        seconds = call.fault.retry_after if isinstance(call.fault, RateLimited) else self._seconds_over_rate(call)
        if seconds is None:
            return None
        self._limited[key] = now + timedelta(seconds=seconds)
        call.error = "ratelimited"
        return too_many(seconds)

    def _seconds_over_rate(self, call: Call) -> int | None:
        if self.posts_per_second is None or call.method != "chat.postMessage":
            return None
        now = self.workspace.clock.now()
        posted = self.workspace.posted_at.get(str(call.arguments.get("channel")), [])
        recent = [at for at in posted if now - at < timedelta(seconds=1)]
        return 1 if len(recent) >= self.posts_per_second else None


async def answer_with(
    fault: Fault | None,
    request: web.Request,
    perform: Callable[[], web.Response],
    ending: Ending,
) -> web.StreamResponse:
    """Perform a call, or fail it as the fault says."""
    if fault is None:
        return perform()
    if isinstance(fault, CutAfter) or (isinstance(fault, Hangs | SlackError) and fault.performed):
        perform()
    if isinstance(fault, Hangs):
        await ending.wait()
    return _failed(fault, request)


def _failed(fault: Fault, request: web.Request) -> web.Response:
    match fault:
        case RateLimited(seconds):
            return too_many(seconds)
        case ServerError(status, content_type):
            return web.Response(status=status, text="Something went wrong", content_type=content_type)
        case Garbled(content_type):
            return web.Response(text="Sign in to the network", content_type=content_type)
        case SlackError(error):
            return web.json_response({"ok": False, "error": error})
        case CutBefore() | CutAfter() | Hangs():
            return _cut(request)


def too_many(seconds: int) -> web.Response:
    headers = {"Retry-After": str(seconds)}
    return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
