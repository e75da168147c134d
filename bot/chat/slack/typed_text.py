"""What a person typed, out of what Slack makes of it where a command has `should_escape`."""

from __future__ import annotations

import re

_ESCAPED = re.compile(r"<(?P<inside>[^<>]*)>|&(?P<sign>amp|lt|gt);")
_SIGN = re.compile(r"&(amp|lt|gt);")
_SIGNS = {"amp": "&", "lt": "<", "gt": ">"}
_LINKED_BY_SLACK = ("http://", "https://", "mailto:", "tel:")


def typed_text(text: str) -> str:
    """Return a command's text as it was meant.

    A person stays `<@U123|name>`, which the grammar reads as an identity; a channel becomes `#C123`, a link its
    address, or the words that were typed where Slack made a link of them by itself. Signs are unescaped once.
    """
    return _ESCAPED.sub(lambda found: _SIGNS[found["sign"]] if found["sign"] else _meant(found["inside"]), text)


def _meant(inside: str) -> str:
    target, _, label = map(_unescaped, inside.partition("|"))
    match target[:1]:
        case "@":
            return f"<{target}|{label}>" if label else f"<{target}>"
        case "#":
            return target
        case "!":
            return f"@{label.removeprefix('@') or target[1:].partition('^')[0]}"
        case _:
            return label if label and target in {f"{scheme}{label}" for scheme in _LINKED_BY_SLACK} else target


def _unescaped(text: str) -> str:
    return _SIGN.sub(lambda found: _SIGNS[found[1]], text)
