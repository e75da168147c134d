"""Draws the golden messages as HTML that looks about as Discord does, so that people can look at them.

python -m tests.chat.discord.preview preview.html [NAME…]
chromium --headless --no-sandbox --screenshot=preview.png --window-size=760,4000 preview.html
"""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.chat.discord.markup import Node, read

GOLDEN = Path(__file__).parents[2] / "golden" / "discord"

READ_AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
READERS_ZONE = ZoneInfo("Europe/Berlin")

STYLE = """
body { background: #313338; color: #dbdee1; font: 16px/1.375 "gg sans", "Noto Sans", "DejaVu Sans", "Noto Color Emoji", sans-serif; margin: 16px; }
h6 { font: 12px monospace; color: #949ba4; margin: 28px 0 6px; border-top: 1px solid #3f4147; padding-top: 6px; }
.message { display: flex; gap: 16px; } .face { flex: none; width: 40px; height: 40px; border-radius: 50%; background: #5865f2; }
.body { flex: 1; min-width: 0; } .who { color: #f2f3f5; font-weight: 500; margin-bottom: 4px; }
.who b { background: #5865f2; color: #fff; font-size: 10px; padding: 1px 4px; border-radius: 3px; margin-left: 4px; }
.who small, .note { color: #949ba4; font-size: 12px; }
.container { max-width: 568px; background: #2b2d31; border: 1px solid #3f4147; border-left: 4px solid; border-radius: 8px; padding: 16px;
  display: flex; flex-direction: column; gap: 8px; }
.text { overflow-wrap: anywhere; white-space: pre-wrap; } .text > div { min-height: 1em; }
h1, h2, h3 { color: #f2f3f5; font-weight: 700; margin: 8px 0; line-height: 1.375; } h1 { font-size: 24px; } h2 { font-size: 20px; } h3 { font-size: 16px; }
.text > :first-child { margin-top: 0; } .small { font-size: 13px; color: #949ba4; }
ul { margin: 4px 0 0; padding-left: 20px; } li { margin-bottom: 4px; }
code { font: 13.6px "DejaVu Sans Mono", "Noto Sans Mono CJK JP", monospace; background: #1e1f22; border-radius: 4px; padding: 0 3px; }
pre { font: 14px/18px "DejaVu Sans Mono", "Noto Sans Mono CJK JP", monospace; background: #1e1f22; border: 1px solid #3f4147; border-radius: 4px;
  padding: 7px; margin: 6px 0 0; white-space: pre-wrap; max-width: 90%; }
.time { background: #404249; border-radius: 3px; padding: 0 2px; } .mention { background: #3c4270; color: #c9cdfb; border-radius: 3px; padding: 0 2px; }
.live { outline: 2px solid red; }
.row { display: flex; flex-wrap: wrap; gap: 8px; }
button { font: 500 14px "gg sans", "Noto Sans", "DejaVu Sans", sans-serif; height: 32px; padding: 0 12px; border: 0; border-radius: 8px; color: #fff; background: #4e5058;
  max-width: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; } .style1 { background: #5865f2; } .style4 { background: #da373c; }
.file { border: 1px solid #3f4147; border-radius: 8px; padding: 12px; color: #00a8fc; width: 320px; }
.modal { width: 440px; background: #313338; border: 1px solid #3f4147; border-radius: 8px; padding: 16px; box-shadow: 0 8px 24px #0008; }
label { display: block; font-weight: 600; margin: 14px 0 4px; } label i { color: #f38688; font-style: normal; }
.input { background: #1e1f22; border-radius: 4px; height: 40px; } .tall { height: 90px; } .foot { text-align: right; margin-top: 16px; }
@media (max-width: 480px) { .face { display: none; } pre { max-width: none; } }
"""

PLAIN = {
    "line": "div",
    "heading1": "h1",
    "heading2": "h2",
    "heading3": "h3",
    "bold": "strong",
    "item": "li",
    "italics": "em",
}
UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def page(goldens: dict[str, Any]) -> str:
    """Return one page with every message, each under its name."""
    drawn = "".join(f"<h6>{escape(name)}</h6>{_golden(golden)}" for name, golden in goldens.items())
    return f"<!doctype html><meta charset=utf-8><title>Discord</title><style>{STYLE}</style>{drawn}"


def _golden(golden: Any) -> str:
    if isinstance(golden, list):
        return "".join(map(_golden, golden))
    return _modal(golden) if "title" in golden else _message(golden)


def _message(body: dict[str, Any]) -> str:
    containers = "".join(
        f'<div class=container style="border-left-color: #{it["accent_color"]:06x}">{"".join(map(_part, it["components"]))}</div>'
        for it in body["components"]
    )
    private = "<div class=note>Only you can see this · Dismiss message</div>" if body["flags"] & 64 else ""
    pings = "".join(f" · notifies {it}" for it in body["allowed_mentions"]["users"])
    who = f"<div class=who>Rollcall<b>APP</b> <small>Today at 13:00{pings}</small></div>"
    return f"<div class=message><div class=face></div><div class=body>{who}{containers}{private}</div></div>"


def _part(part: dict[str, Any]) -> str:
    match part["type"]:
        case 1:
            return f"<div class=row>{''.join(map(_part, part['components']))}</div>"
        case 2:
            return f'<button class=style{part["style"]} title="{escape(part["custom_id"])}">{escape(part["label"])}</button>'
        case 10:
            return f"<div class=text>{_text(part['content'])}</div>"
        case 13:
            return f"<div class=file>📄 {escape(part['file']['url'])}</div>"
        case _:
            return f"<div class=file>🖼 {escape(json.dumps(part))}</div>"


def _modal(modal: dict[str, Any]) -> str:
    inner = ""
    for part in modal["components"]:
        if part["type"] == 10:
            inner += f"<div class=text>{_text(part['content'])}</div>"
            continue
        field = part["component"]
        needed = "<i> *</i>" if field["required"] else ""
        hint = f"<div class=note>{escape(part['description'])}</div>" if "description" in part else ""
        tall = " tall" if field["style"] == 2 else ""
        inner += f"<label>{escape(part['label'])}{needed}</label>{hint}<div class='input{tall}'></div>"
    foot = "<div class=foot><button>Cancel</button> <button class=style1>Submit</button></div>"
    return f"<div class=modal><h2>{escape(modal['title'])}</h2>{inner}{foot}</div>"


def _text(content: str) -> str:
    drawn = ""
    for kind, nodes in groupby(read(content), lambda node: node.kind):
        lines = "".join(map(_node, nodes))
        drawn += f"<ul>{lines}</ul>" if kind == "item" else lines
    return drawn


def _node(node: Node) -> str:
    inner = escape(node.text) + "".join(map(_node, node.inside))
    match node.kind:
        case "text":
            return inner
        case "fence":
            return f"<pre>{inner}</pre>"
        case "code":
            return f"<code>{inner}</code>"
        case "small":
            return f"<div class=small>{inner}</div>"
        case "time":
            return f"<span class=time>{_time(node.text)}</span>"
        case "mention":
            return f"<span class=mention>@somebody ({inner})</span>"
        case kind if tag := PLAIN.get(kind):
            return f"<{tag}>{inner}</{tag}>"
        case _:
            return f"<span class=live>{node.kind}: {inner}</span>"


def _time(token: str) -> str:
    found = re.fullmatch(r"<t:(-?\d+):(\w)>", token)
    if found is None:
        return escape(token)
    at = datetime.fromtimestamp(int(found[1]), UTC)
    if found[2] == "f":
        return f"{at.astimezone(READERS_ZONE):%-d %B %Y at %H:%M}"
    seconds = (at - READ_AT).total_seconds()
    length, unit = next(((length, unit) for length, unit in UNITS if abs(seconds) >= length), UNITS[-1])
    count = round(abs(seconds) / length)
    words = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"in {words}" if seconds >= 0 else f"{words} ago"


def main() -> None:
    """Write the page with the goldens named, or with all."""
    wanted = sys.argv[2:]
    goldens = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(GOLDEN.glob("*.json"))
        if not wanted or path.stem in wanted
    }
    Path(sys.argv[1]).write_text(page(goldens), encoding="utf-8")


if __name__ == "__main__":
    main()
