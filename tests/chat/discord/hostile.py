"""Texts of people who want to be more than text: made of everything that means something somewhere, by a fixed seed."""

from __future__ import annotations

import random

HOW_MANY = 1000

MENTIONS = (
    "@everyone", "@here", "@EVERYONE", "<@80351110224678912>", "<@!80351110224678912>", "<@&165511591545143296>",
    "<#103735883630395392>", "</rollout next:816437322781949972>", "<id:customize>", "<id:guide>", "@\u200beveryone",
    "<@1>", "<@", "<@&", "<#", "</", "@", "everyone", "1>", "80351110224678912>",
)  # fmt: skip
MARKUP = (
    "*", "**", "***", "_", "__", "~~", "||", "`", "``", "```", "```ansi\n", "\\", "\\\\", "[", "](", ")", "[x](https://a.example)",
    "**bold**", "__under__", "~~gone~~", "||secret||", "`code`", "```py\nx\n```", "||@everyone||", "*a_b*c_", "[a]: https://a.example",
)  # fmt: skip
BEGINNINGS = (
    "# ",
    "## ",
    "### ",
    "-# ",
    "> ",
    ">>> ",
    "- ",
    "* ",
    "+ ",
    "1. ",
    "17. ",
    "    ",
    "#\n",
    "---\n",
    "===\n",
)
ADDRESSES = (
    "https://a.example", "http://a.example/?q=*b*_c_", "<https://a.example>", "steam://run/1", "discord://-/", "javascript:/x",
    "discord.gg/abc", "DISCORD.GG/abc", "discordapp.com/invite/abc", "https://discord.com/channels/1/2/3", "someone@a.example",
    "<someone@a.example>", "<+15550100>", "https:", "//", "://", "discord", ".gg/abc",
)  # fmt: skip
SIGNS = (
    ":tada:",
    ":",
    "::",
    ":a:b:",
    "<:party:216154654256398347>",
    "<a:party:392938283556143104>",
    "<t:1618953630:R>",
    "<t:1>",
    "12:30:45",
)
STRANGE = (
    "\n", "\r\n", "\t", "\0", "\x07", "\x1b[31m", "\u202e", "\u2066", "\u2069", "\u200b", "\u200d", "\ufeff", "\ud800", "\udfff",
    "\u2028", "\u3164", "é́́́", "👩‍👩‍👧", "🇩🇪", "👍🏽", "\U0001f1e9", "\U0001fae8", "新しい流れ", "مرحبا", "\U000e0041", "ﷺ", "\xa0",
)  # fmt: skip
WORDS = (
    " ",
    "  ",
    "a",
    "checkout",
    "the error rate",
    "25%",
    "#7",
    "1.9% <= 2.1%",
    "snake_case_name",
    "3 * 4 * 5",
    "C:\\temp",
)
KINDS = (MENTIONS, MARKUP, BEGINNINGS, ADDRESSES, SIGNS, STRANGE, WORDS)


def texts(how_many: int = HOW_MANY) -> list[str]:
    """Return so many texts, the same every time; every fragment alone, then mixtures, the last few very long ones."""
    chance = random.Random(20260302)  # noqa: S311 - The same texts every time are the point.
    alone = [fragment for kind in KINDS for fragment in kind]
    mixed = [_mixed(chance) for _ in range(how_many - len(alone) - 5)]
    endless = [chance.choice(alone) * 40_000 for _ in range(2)] + ["x" * 40_000, "*" * 40_000, "ab " * 13_333]
    return [*alone, *mixed, *(text[:40_000] for text in endless)]


def _mixed(chance: random.Random) -> str:
    start = chance.choice(BEGINNINGS) if chance.random() < 1 / 3 else ""
    return start + "".join(chance.choice(chance.choice(KINDS)) for _ in range(chance.randint(1, 12)))
