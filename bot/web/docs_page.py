"""/docs and /openapi.json: the API's description for people and for programs, with nothing fetched from elsewhere."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.routing import Route

from bot.web.openapi import document

if TYPE_CHECKING:
    from starlette.requests import Request

STYLE = Path(__file__).parent / "static" / "docs.css"

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def routes() -> list[Route]:
    """Return the three routes; what they answer is made with the first request for it."""
    return [
        Route("/openapi.json", _serve(lambda: json.dumps(document(), indent=1), "application/json"), methods=["GET"]),
        Route("/docs", _serve(lambda: page(document()), "text/html"), methods=["GET"]),
        Route("/docs/style.css", _serve(lambda: STYLE.read_text("utf-8"), "text/css"), methods=["GET"]),
    ]


def _serve(made: Any, kind: str) -> Any:
    kept: list[str] = []

    async def endpoint(_: Request) -> Response:
        if not kept:
            kept.append(made())
        return Response(kept[0], headers=HEADERS, media_type=kind)

    return endpoint


def page(described: dict[str, Any]) -> str:
    """Return the page for people."""
    info = described["info"]
    parts = [
        f"<h1>{escape(info['title'])}</h1>",
        (
            f"<p>{escape(info['description'])} A token goes into the header <code>Authorization: Bearer TOKEN</code>; "
            "<code>rollcall token create NAME --scope read</code> makes one. The same for programs: "
            '<a href="/openapi.json">openapi.json</a>.</p>'
        ),
    ]
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            parts += _operation(path, method, operation)
    parts.append("<h2>Schemas</h2>")
    for name, schema in described["components"]["schemas"].items():
        text = escape(json.dumps(schema, indent=2))
        parts.append(
            f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary><pre>{text}</pre></details>'
        )
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>{escape(info["title"])}</title><link rel="stylesheet" href="/docs/style.css">'
    )
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>'


def _operation(path: str, method: str, operation: dict[str, Any]) -> list[str]:
    parts = [
        f"<h2><code>{method.upper()} {escape(path)}</code></h2>",
        f"<p><strong>{escape(operation['summary'])}.</strong> {escape(operation['description'])}</p>",
    ]
    rows = [
        (it["name"], it["in"], it.get("description", "the flag's key" if it["name"] in {"name", "key"} else ""))
        for it in operation["parameters"]
    ]
    if rows:
        parts.append(_table(("parameter", "in", "what"), rows))
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if "$ref" in body:
        parts.append(f"<p>Takes {_link(body)}.</p>")
    answers = [
        (status, it["description"], _link(it["content"]["application/json"]["schema"]) if "content" in it else "")
        for status, it in operation["responses"].items()
    ]
    summary = "<summary>Answers</summary>"
    table = _table(
        ("status", "when", "body"), [(status, escape(text), link) for status, text, link in answers], safe=True
    )
    parts.append(f"<details>{summary}{table}</details>")
    return parts


def _link(schema: dict[str, Any]) -> str:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    return f'<a href="#{escape(name)}">{escape(name)}</a>' if name else "an object"


def _table(heads: tuple[str, ...], rows: list[tuple[str, str, str]], *, safe: bool = False) -> str:
    """Return a table; what is `safe` is HTML already."""
    head = "".join(f"<th>{escape(it)}</th>" for it in heads)
    body = "".join(f"<tr>{''.join(f'<td>{it if safe else escape(it)}</td>' for it in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
