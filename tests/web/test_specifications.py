"""Schemathesis judges the routes by OFREP's published specification, and by what our own description promises."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.domain.token import Scope
from bot.web.flag_api import OPERATIONS
from bot.web.guard import Rate
from bot.web.hooks import HOOKS
from bot.web.openapi import document
from tests.scenarios.world import world_over
from tests.web.hooked import hooked
from tests.web.served import PLENTY, Served, served

SPECS = os.environ.get("ROLLCALL_SPECS", "")  # noqa: TID251  # Where published specifications are; nothing of the product.
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
JUDGED_BY = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
)


def ofrep() -> dict[str, Any]:
    """Return the published specification without its two known mistakes.

    Its success schema wants exactly one of several forms, and every correct answer has two: a boolean's, and the one
    without a value, which any object has. Its list of reasons lacks OpenFeature's own DEFAULT.
    """
    found: dict[str, Any] = yaml.safe_load((Path(SPECS) / "ofrep-openapi.yaml").read_text("utf-8"))
    first, second = found["components"]["schemas"]["evaluationSuccess"]["allOf"]
    second["anyOf"] = second.pop("oneOf")
    first["properties"]["reason"]["enum"].append("DEFAULT")
    return found


async def judge(web: Served, specification: dict[str, Any], folder: Path, token: str, *more: str) -> None:
    """Have every operation tried, with examples, at the edges and at random; fail with what was found."""
    file = folder / "openapi.json"
    file.write_text(json.dumps(specification))
    (folder / "schemathesis.toml").write_text("")
    command = [
        str(SCHEMATHESIS),
        "run",
        str(file),
        f"--url={web.address}",
        f"--header=Authorization: Bearer {token}",
        f"--checks={','.join(JUDGED_BY)}",
        "--max-examples=20",
        "--phases=examples,coverage,fuzzing",
        "--seed=1",
        "--generation-database=none",
        "--no-color",
        *more,
    ]
    judged = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    printed, _ = await judged.communicate()
    assert judged.returncode == 0, printed.decode()
    # An operation that was only ever refused was not judged.
    assert "Rate limited" not in printed.decode(), printed.decode()


@pytest.mark.timeout(300)
async def test_ofrep_is_as_published(web: Served, tmp_path: Path) -> None:
    if not SPECS:
        pytest.skip("ROLLCALL_SPECS names no folder of published specifications")
    for line in ("create discount-banner", "on discount-banner", "create calls --unit server", "on calls"):
        await web.world.done(f"/flag {line}")
    await web.world.done("/flag set banner 40% --tiers pro")
    await web.serving.keeper.refresh()
    await judge(web, ofrep(), tmp_path, web.tokens["evaluate"])


@pytest.mark.timeout(300)
async def test_the_api_is_as_described(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}"
    async with world_over(url) as world, served(world, calls=Rate(PLENTY, PLENTY)) as web:
        described = (await web.client.get("/openapi.json")).json()
        await judge(web, described, tmp_path, web.tokens["admin"], "--include-path-regex=^/api/")


@pytest.mark.timeout(300)
async def test_the_hooks_are_as_described(tmp_path: Path) -> None:
    async with hooked(tmp_path, calls=Rate(PLENTY, PLENTY)) as it:
        described = (await it.web.client.get("/openapi.json")).json()
        token = await it.web.token("both", Scope.ALERT, Scope.REPORT)
        await judge(it.web, described, tmp_path, token, "--include-path-regex=^/hooks/(in|alertmanager)")
        assert it.world.journal.events("error") == []


def test_every_route_is_described_and_every_reference_leads_somewhere() -> None:
    described = document()
    named = {(method.upper(), path) for path, methods in described["paths"].items() for method in methods}
    assert {(it.method, it.path) for it in OPERATIONS} <= named
    assert {("POST", it.path) for it in HOOKS} <= named
    identities = [it["operationId"] for methods in described["paths"].values() for it in methods.values()]
    assert len(set(identities)) == len(identities)
    text = json.dumps(described)
    for name in described["components"]["schemas"]:
        assert f"#/components/schemas/{name}" in text


async def test_the_page_for_people_names_every_route_and_fetches_nothing_from_elsewhere(web: Served) -> None:
    page = await web.client.get("/docs")
    assert page.headers["content-security-policy"].startswith("default-src 'self'")
    for operation in OPERATIONS:
        assert f"{operation.method} {operation.path}" in page.text
    assert "http://" not in page.text
    assert "https://" not in page.text
    assert "<script" not in page.text
    style = await web.client.get("/docs/style.css")
    assert (style.status_code, style.headers["content-type"].split(";")[0]) == (200, "text/css")
