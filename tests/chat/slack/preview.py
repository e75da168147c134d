"""Draws messages and views as HTML that looks about as Slack does, so that people can look at the goldens.

python -m tests.chat.slack.preview preview.html
chromium --headless --no-sandbox --screenshot=preview.png --window-size=760,2000 preview.html
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

GOLDEN = Path(__file__).parents[2] / "golden" / "slack"

READ_AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
READERS_ZONE = ZoneInfo("Europe/Berlin")

EMOJI = {
    "white_check_mark": "✅",
    "white_large_square": "⬜",
    "black_right_pointing_double_triangle_with_vertical_bar": "⏭️",
    "arrow_forward": "▶️",
    "x": "❌",
    "warning": "⚠️",
    "octagonal_sign": "🛑",
    "question": "❓",
}

STYLE = """
body { background: #fff; color: #1d1c1d; font: 15px/1.46668 Lato, "Noto Color Emoji", sans-serif; margin: 16px; }
h2 { font: 12px monospace; color: #999; margin: 28px 0 4px; border-top: 1px solid #eee; padding-top: 6px; }
.message { display: flex; gap: 8px; max-width: 700px; }
.face { flex: none; width: 36px; height: 36px; border-radius: 4px; background: #3f0e40; color: #fff; text-align: center;
  line-height: 36px; font-weight: 900; }
.who { font-weight: 900; } .who small { font-weight: 400; color: #616061; } .app { font-size: 10px; background: #e8e8e8; padding: 1px 3px; }
.blocks { max-width: 640px; flex: 1; min-width: 0; } .block { margin: 8px 0; }
.header { font-size: 18px; font-weight: 900; line-height: 1.33; }
.context { display: flex; flex-wrap: wrap; gap: 8px; font-size: 13px; color: #616061; }
.date { background: none; }
.user { background: #e8f5fa; color: #1264a3; padding: 0 2px; border-radius: 3px; }
code { font: 12px Monaco, "DejaVu Sans Mono", monospace; color: #c01343; background: #f8f8f8; border: 1px solid #ddd; border-radius: 3px;
  padding: 2px 3px 1px; }
pre { font: 12px/1.5 Monaco, "DejaVu Sans Mono", monospace; background: #f8f8f8; border: 1px solid #ddd; border-radius: 4px; padding: 8px; margin: 4px 0;
  white-space: pre-wrap; word-break: break-word; }
ul { margin: 0; padding-left: 26px; } .section { white-space: pre-wrap; }
.actions { display: flex; flex-wrap: wrap; gap: 8px; }
button { font: 900 13px Lato, sans-serif; height: 28px; border-radius: 4px; padding: 0 12px; border: 1px solid #bbb; background: #fff; color: #1d1c1d; max-width: 100%;
  overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
button.primary { background: #007a5a; border-color: #007a5a; color: #fff; } button.danger { background: #e01e5a; border-color: #e01e5a; color: #fff; }
.scroll { overflow-x: auto; border: 1px solid #ddd; border-radius: 8px; } table { border-collapse: collapse; font-size: 14px; min-width: 100%; }
td, th { border: 1px solid #e5e5e5; padding: 6px 10px; text-align: left; vertical-align: top; white-space: nowrap; } th { background: #f8f8f8; }
.wrapped { white-space: normal; min-width: 110px; max-width: 260px; } .right { text-align: right; }
.modal { width: 520px; border: 1px solid #ccc; border-radius: 8px; padding: 0 24px 16px; box-shadow: 0 8px 28px #0003; }
.modal .title { font-size: 22px; font-weight: 900; padding: 16px 0 4px; } .modal .foot { text-align: right; padding-top: 12px; }
label { display: block; font-weight: 700; margin-top: 12px; } label small { font-weight: 400; color: #616061; }
.field { border: 1px solid #aaa; border-radius: 4px; height: 36px; margin: 4px 0; } .field.multiline { height: 76px; } .hint { color: #616061; font-size: 13px; }
.text { color: #999; font: 11px monospace; white-space: pre-wrap; margin: 4px 0 0 44px; max-width: 640px; }
"""


def page(drawn: Iterable[tuple[str, dict[str, Any]]]) -> str:
    """Return an HTML page of named messages (`text` and `blocks`) and views."""
    parts = "\n".join(f"<h2>{escape(name)}</h2>\n{_one(it)}" for name, it in drawn)
    return f'<!doctype html><meta charset="utf-8"><title>Slack, about</title><style>{STYLE}</style>\n{parts}\n'


def _one(it: dict[str, Any]) -> str:
    blocks = "".join(f'<div class="block">{_block(block)}</div>' for block in it["blocks"])
    if it.get("type") == "modal":
        foot = "".join(
            f'<button class="{kind}">{escape(it[name]["text"])}</button> '
            for name, kind in (("close", ""), ("submit", "primary"))
        )
        return f'<div class="modal"><div class="title">{escape(it["title"]["text"])}</div>{blocks}<div class="foot">{foot}</div></div>'
    who = '<div class="who">Rollcall <span class="app">APP</span> <small>11:00</small></div>'
    drawn = f'<div class="message"><div class="face">R</div><div class="blocks">{who}{blocks}</div></div>'
    return drawn + (f'<div class="text">{escape(it["text"])}</div>' if "text" in it else "")


def _block(block: dict[str, Any]) -> str:
    match block["type"]:
        case "header":
            return f'<div class="header">{escape(block["text"]["text"])}</div>'
        case "rich_text":
            return "".join(map(_element, block["elements"]))
        case "context":
            return f'<div class="context">{"".join(f"<span>{_object(it)}</span>" for it in block["elements"])}</div>'
        case "actions":
            return f'<div class="actions">{"".join(map(_button, block["elements"]))}</div>'
        case "table":
            return f'<div class="scroll">{_table(block)}</div>'
        case "input":
            return _input(block)
        case other:
            msg = f"no drawing for a block of type {other}"
            raise ValueError(msg)


def _element(element: dict[str, Any]) -> str:
    inside = element["elements"]
    match element["type"]:
        case "rich_text_section":
            return f'<div class="section">{"".join(map(_leaf, inside))}</div>'
        case "rich_text_list":
            return f"<ul>{''.join(f'<li>{_element(it)}</li>' for it in inside)}</ul>"
        case "rich_text_preformatted":
            return f"<pre>{''.join(map(_leaf, inside))}</pre>"
        case other:
            msg = f"no drawing for {other}"
            raise ValueError(msg)


def _leaf(leaf: dict[str, Any]) -> str:
    match leaf["type"]:
        case "text":
            text, style = escape(leaf["text"]), leaf.get("style", {})
            text = f"<code>{text}</code>" if style.get("code") else text
            return f"<b>{text}</b>" if style.get("bold") else text
        case "emoji":
            return EMOJI[leaf["name"]]
        case "user":
            return f'<span class="user">@{escape(leaf["user_id"])}</span>'
        case "date":
            return _date(leaf["timestamp"], leaf["format"])
        case other:
            msg = f"no drawing for {other}"
            raise ValueError(msg)


def _date(timestamp: int, written: str) -> str:
    """Return a date as a reader in Berlin on that Monday sees it; Slack begins it with a capital letter."""
    at = datetime.fromtimestamp(timestamp, READERS_ZONE)
    days = at.date() - READ_AT.astimezone(READERS_ZONE).date()
    near = {timedelta(0): "today", timedelta(1): "tomorrow", timedelta(-1): "yesterday"}
    day = near.get(days, f"{at:%b} {at.day}, {at.year}")
    text = written.replace("{date_short_pretty}", day).replace("{time}", f"{at:%H:%M}")
    return f'<span class="date">{escape(text[:1].upper() + text[1:])}</span>'


def _object(it: dict[str, Any]) -> str:
    if it["type"] == "plain_text":
        return escape(it["text"])
    if it["text"].startswith("<!date^"):
        _, timestamp, rest = it["text"][1:-1].split("^")
        return _date(int(timestamp), rest.partition("|")[0])
    return f'<span class="user">{escape(it["text"])}</span>'


def _button(button: dict[str, Any]) -> str:
    return f'<button class="{button.get("style", "")}" title="{escape(button["value"])}">{escape(button["text"]["text"])}</button>'


def _table(block: dict[str, Any]) -> str:
    rows = []
    for number, row in enumerate(block["rows"]):
        tag = "td" if number else "th"
        cells = (
            f'<{tag} class="{"wrapped" if settings["is_wrapped"] else ""} {settings["align"]}">{escape(cell["text"])}</{tag}>'
            for cell, settings in zip(row, block["column_settings"], strict=True)
        )
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table>{''.join(rows)}</table>"


def _input(block: dict[str, Any]) -> str:
    optional = " <small>(optional)</small>" if block.get("optional") else ""
    field = f'<div class="field {"multiline" if block["element"].get("multiline") else ""}"></div>'
    hint = f'<div class="hint">{escape(block["hint"]["text"])}</div>' if "hint" in block else ""
    return f"<label>{escape(block['label']['text'])}{optional}</label>{field}{hint}"


def main() -> None:
    """Write all goldens, or those whose names begin with one of the further arguments, as one page."""
    wanted = tuple(sys.argv[2:]) or ("",)
    goldens = ((path.stem, json.loads(path.read_text())) for path in sorted(GOLDEN.glob("*.json")))
    Path(sys.argv[1]).write_text(page(it for it in goldens if it[0].startswith(wanted)))


if __name__ == "__main__":
    main()
