"""Teams and plans for histories: random ones, and the real ones beside them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain.errors import BadPlan
from bot.files.plan_file import read_plan
from bot.files.plan_library import PlanDirectory
from bot.files.team_file import read_team
from tests.simulation.figures import declarations

if TYPE_CHECKING:
    from random import Random

    from bot.domain.plan import Plan
    from bot.domain.team import Team

REAL = PlanDirectory(Path(__file__).parents[2] / "plans")
"""The plans of the project, which are read once for all histories."""

FLAGS = ("alpha", "beta", "gamma")

PEOPLE = """
people:
  ana: {roles: [lead, operations], slack: U0ANA}
  bob: {roles: [operator, qa], slack: U0BOB}
  cleo: {roles: [tester, qa, product, legal], slack: U0CLEO}
  dora: {roles: [tester, security, executive], slack: U0DORA}
  emil: {roles: [owner, product, executive]}
  fred: {roles: viewer}
  gita: {roles: [tester, product, security, operations, legal]}
roles: {qa: [confirm], product: [confirm], security: [], legal: [], executive: [], operations: []}
channels:
  releases: {local: releases, slack: releases}
environments:
  staging: {}
  production:
    channels: releases
    down_anywhere: true
"""
POLICIES = (
    "",
    "    approvals: [{role: qa, count: 2}]\n",
    "    approvals: [{role: security, count: 1}]\n    exempt: owner\n",
    "    prerequisites: [There is a backup, The team is there]\n",
    "    never: [sat-sun, '22:00-05:00']\n",
    "    alone: true\n    confirm: true\n",
    "    limits: [{scope: person, count: 2, per: 1h}]\n",
)
GATES = (
    "error_rate < 0.5%",
    "p95 < 500ms",
    "error_rate < 0.5% for 5m",
    "task_completion > 40% and error_rate < 2%",
    "uptime > 99%",
    "{condition: error_rate < 1%, interval: 10m, max_failures: 2}",
    "{condition: call_connect_rate > 80%, min_samples: 20}",
    "error_rate <= baseline * 1.1",
    "satisfaction > 50%",
    "problems < 3",
)
GUARDRAILS = (
    "error_rate > 1%",
    "error_rate > 1% for 5m",
    "{if: p95 > 2s, then: back one step}",
    "{if: database_cpu > 90%, then: hold}",
    "{if: problems >= 2 within 1h, then: rollback}",
    "{if: uptime < 90%, then: page}",
    "{if: error_rate > baseline * 3 for 10m, then: rollback}",
)


def team_of(random: Random) -> Team:
    """Return a team whose production has one of several policies."""
    text = PEOPLE + random.choice(POLICIES) + declarations()
    return read_team(text, "rollcall.yaml", lambda _: None, lambda name: (name, b""))


EDITS = (
    ("soak: 1h", "soak: 10m"),
    ("soak: 10m", "soak: 1d"),
    ("error_rate < 0.5%", "error_rate < 2%"),
    ("p95 < 500ms", "uptime > 90%"),
    ("error_rate > 1%", "error_rate > 3%"),
    ("[It works", "[It was looked at twice"),
    ("checklist: [Everything is ready]", "checklist: [Everything is ready, Everybody is there]"),
    ("approvals: [qa", "approvals: [product"),
    ("approvals: [product", "approvals: [security, qa"),
    ("question: Shall it go on?", "risk: high"),
    ("set: 100%", "set: 99%"),
    ("set: 25%", "set: 30%"),
    ("title: The plan", "title: The edited plan"),
    ("error_rate <= baseline * 1.1", "error_rate <= baseline * 1.2"),
    ("error_rate < 1%", "error_rate <= baseline"),
    ("phases:", "alone: true\nphases:"),
)


class Plans:
    """The PlanLibrary port over random plans and the real ones."""

    def __init__(self, random: Random) -> None:
        texts = {f"plan-{number}": plan_text(f"plan-{number}", random) for number in range(3)}
        self._texts = texts
        self._made = {name: read_plan(text, f"{name}.yaml", name=name) for name, text in texts.items()}

    def edit(self, name: str, number: int) -> None:
        """Edit a random plan; an edit that makes it a bad one is not saved."""
        text = re.sub("\nversion: .*", "", self._texts[name]).replace("\ntitle:", f"\nversion: '{number}'\ntitle:")
        fitting = [it for it in EDITS if it[0] in text]
        old, new = fitting[number % len(fitting)]
        text = text.replace(old, new)
        try:
            self._made[name] = read_plan(text, f"{name}.yaml", name=name)
        except BadPlan:
            return
        self._texts[name] = text

    def names(self) -> tuple[str, ...]:
        """Return the names of all plans, random ones first."""
        return (*self._made, *REAL.names())

    def load(self, name: str) -> Plan:
        """Return a plan."""
        return self._made.get(name) or REAL.load(name)


def plan_text(name: str, random: Random) -> str:
    """Return a random plan as a file."""
    flags = random.sample(FLAGS, random.choice((1, 1, 1, 2)))
    starts = random.choice(("", "", ", starts: off"))
    lines = [
        f"plan: {name}",
        f"title: The plan {name}",
        "environment: production",
        f"flags: {{{', '.join(f'{flag}: {{unit: user, population: 500{starts}}}' for flag in flags)}}}",
        'channel: {local: releases, slack: "#releases"}',
        *random.choices(("", "alone: true", "never: [fri]", 'never: ["12:00-14:00"]'), (6, 1, 1, 1)),
        "phases:",
    ]
    count = random.randint(1, 3)
    if random.random() < 0.7:
        lines += ["  - name: Prepare", "    checklist: [Everything is ready]"]
    for number in range(count):
        lines += _phase(f"Phase {number + 1}", (number + 1) / count, flags, random)
    guarded = any("guardrails:" in line for line in lines)
    return "\n".join([*lines, *_rollback(flags, random, needed=guarded)]) + "\n"


def _phase(name: str, share: float, flags: list[str], random: Random) -> list[str]:
    soak = random.choice(("", "", "10m", "1h", "1d"))
    keys = {
        "soak": soak,
        "advance": random.choice(("", "auto", "auto")) if soak else "",
        "gates": _some(GATES, random, (0, 0, 1, 2)),
        "guardrails": _some(GUARDRAILS, random, (0, 1, 1, 2)),
        "approvals": _some(("qa", "product", "security"), random, (0, 0, 0, 1, 2)),
        "checklist": _some(("It works", "Nobody complains", "It was looked at"), random, (0, 0, 1, 2)),
        "environment": random.choice(("", "", "", "", "staging")),
        "question": random.choice(("", "", "", "Shall it go on?")),
    }
    percents = sorted(random.sample((1, 5, 10, 25, 50, 75, 100), random.randint(1, 3)), key=lambda it: it * share)
    steps = [f"      - {_step(percent, flags, random)}" for percent in percents]
    return [f"  - name: {name}", *(f"    {key}: {value}" for key, value in keys.items() if value), "    steps:", *steps]


def _step(percent: int, flags: list[str], random: Random) -> str:
    change = random.choice((f"{percent}%", f"{{on: true, percent: {percent}%, tiers: [pro, enterprise]}}"))
    if random.random() < 0.2:
        change = f"{{on: true, percent: {percent}%, users: [u1, u2]}}"
    sets = change if len(flags) == 1 else f"{{{', '.join(f'{flag}: {percent}%' for flag in flags)}}}"
    final = ", irreversible: {what: It cannot be undone.}" if random.random() < 0.05 else ""
    return f"{{name: To {percent} number {random.randrange(10**6)}, set: {sets}{final}}}"


def _rollback(flags: list[str], random: Random, *, needed: bool) -> list[str]:
    off = "off" if len(flags) == 1 else f"{{{', '.join(f'{flag}: off' for flag in flags)}}}"
    ten = "10%" if len(flags) == 1 else f"{{{', '.join(f'{flag}: 10%' for flag in flags)}}}"
    if not needed and random.random() < 0.5:
        return []
    return random.choice(
        (
            ["rollback:", f"  - {{name: Switch it off, set: {off}, takes: instant}}"],
            [
                "rollback:",
                f"  - {{name: Back to ten, set: {ten}, takes: instant}}",
                f"  - {{name: Switch it off, set: {off}, takes: instant}}",
                "  - {name: Restore, checklist: [Restore the backup], takes: 15m, destroys: orders since the start}",
            ],
        )
    )


def _some(texts: tuple[str, ...], random: Random, counts: tuple[int, ...]) -> str:
    chosen = random.sample(texts, random.choice(counts))
    return f"[{', '.join(chosen)}]" if chosen else ""
