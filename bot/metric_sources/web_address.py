"""Addresses and headers of questions over HTTP: checked before anything is sent, and what of them may be shown."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from bot.domain.errors import Refused
from bot.domain.quotation import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.domain.metric import Secret

_NAMED = re.compile(r"\$\{([^}]*)\}")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")
_OURS = frozenset({"accept-encoding", "connection", "content-length", "host", "transfer-encoding", "upgrade"})


@dataclass(frozen=True, slots=True)
class Address:
    """An address without a login; `login` is what stood before the `@`, `shown` what people may see."""

    url: httpx.URL
    shown: str
    login: tuple[str, str] | None


def read_address(text: str) -> Address:
    """Read an address. Raises Refused, with a sentence that shows nothing of an address it cannot read."""
    url = _url(text)
    if url is None or url.scheme not in {"http", "https"} or not url.host:
        raise Refused(
            "The metric's address cannot be read.", "Write it in full, such as https://metrics.example.org/api."
        )
    bare = url.copy_with(username="", password="", fragment=None)
    login = (url.username, url.password) if url.userinfo else None
    return Address(bare, _shown(bare), login)


def _url(text: str) -> httpx.URL | None:
    """Read an address; the error would show all of it, with its password, so it goes no further."""
    try:
        return httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        return None


def _shown(url: httpx.URL) -> str:
    """Return the part of an address in which nobody keeps a token, as some do in the path or behind the question mark."""
    host = f"[{url.host}]" if ":" in url.host else url.host
    port = f":{url.port}" if url.port else ""
    return f"{url.scheme}://{host}{port}"


def basic(user: str, password: str) -> str:
    """Return the Authorization header of Basic authentication (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def fill_in(name: str, value: str, secrets: Iterable[Secret]) -> str:
    """Return a header's value with each `${NAME}` replaced. Raises Refused for an unknown name and an unfit value."""
    known = {secret.name: secret.value for secret in secrets}
    for found in _NAMED.finditer(value):
        if not known.get(found[1]):
            raise Refused(
                f"The header {name} needs ${{{found[1]}}}, which is not set.",
                f"Set {found[1]} in the bot's environment and start it again.",
            )
        check_header_value(name, known[found[1]], f"${{{found[1]}}}")
    return _NAMED.sub(lambda found: known[found[1]], value)


def check_header_value(name: str, value: str, source: str = "its value") -> None:
    """Raise Refused where a header cannot hold a value; `source` says where the value comes from."""
    if not _HEADER_VALUE.fullmatch(value):
        raise Refused(
            f"The header {quoted(name)} cannot be sent: {source} holds a line break or a letter outside ASCII.",
            "Look for a line break at the end of it.",
        )


def check_header_name(name: str) -> None:
    """Raise Refused for what is no header's name, and for headers that belong to the connection."""
    if not _HEADER_NAME.fullmatch(name) or name.lower() in _OURS:
        raise Refused(f"{quoted(name)} is no header that a metric can set.", "Remove it from the metric's headers.")
