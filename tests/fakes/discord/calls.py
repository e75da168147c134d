"""A request to the REST interface, read and taken apart."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from tests.fakes.discord.drafts import LARGEST_REQUEST
from tests.fakes.discord.posts import Upload
from tests.fakes.discord.refusals import Refusal, invalid

FILE_FIELD = re.compile(r"files\[(\d)\]")


@dataclass(slots=True)
class Call:
    """One request; `status` is 0 where the connection was cut without an answer."""

    method: str
    path: str
    """Below the version: `/channels/123/messages`."""
    name: str = ""
    """Method and template of its route: `POST /channels/{channel_id}/messages`."""
    ids: dict[str, str] = field(default_factory=dict)
    """What stands in the path in place of the template's names."""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    files: dict[int, Upload] = field(default_factory=dict)
    status: int = 0
    code: int = 0
    """Discord's code of the refusal, or 0."""

    def id(self, name: str) -> int:
        """Return an id out of the path."""
        value = self.ids[name]
        if not value.isdigit():
            raise invalid((name, f"Value {value!r} is not snowflake."))
        return int(value)

    def limit(self, usual: int, most: int) -> int:
        """Return how many are asked for."""
        wanted = int(self.query.get("limit", usual))
        if not 1 <= wanted <= most:
            raise invalid(("limit", f"int value should be between 1 and {most}."))
        return wanted


async def read_body(call: Call, request: web.Request) -> None:
    """Read JSON, or a form of `payload_json` and `files[n]`; raises Refusal."""
    kind = request.content_type if request.can_read_body else ""
    if kind == "multipart/form-data":
        await _read_form(call, request)
    elif kind == "application/json":
        call.body = _parsed(await request.read())
    elif kind:
        raise invalid(
            ("Content-Type", f'Expected "Content-Type" header to be one of application/json; it is {kind!r}.')
        )


async def _read_form(call: Call, request: web.Request) -> None:
    size = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise invalid(("files", "A form does not hold forms."))
        content = bytes(await part.read())
        size += len(content)
        if part.name == "payload_json":
            call.body = _parsed(content)
        elif part.name and (match := FILE_FIELD.fullmatch(part.name)) and part.filename:
            kind = _kind_of(part.filename)
            call.files[int(match[1])] = Upload(part.filename, content, kind)
        else:
            raise invalid((part.name or "files", "A form holds payload_json and files[0] to files[9]."))
    if size > LARGEST_REQUEST:
        raise invalid(("files", f"Request entity too large: {size} bytes."))


def _kind_of(filename: str) -> str:
    """Discord looks at the file; its name is enough here."""
    kinds = {
        "png": "image/png",
        "csv": "text/csv",
        "txt": "text/plain",
        "json": "application/json",
        "md": "text/markdown",
    }
    return kinds.get(filename.rpartition(".")[2].lower(), "application/octet-stream")


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        raise Refusal(50109) from None
