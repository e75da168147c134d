"""A plan that asks for more than its provider can hold: refused with the line that asks."""

from __future__ import annotations

from pathlib import Path

from inline_snapshot import snapshot

from bot.domain.metric import Metric
from bot.domain.plan_fit import fit
from bot.domain.team import Team
from bot.files.plan_file import load_plan
from bot.files.plan_library import PlanDirectory
from bot.files.plan_places import places_in
from bot.files.team_file import read_team
from bot.metric_sources.catalogue import Catalogue

TEAM = """\
channels: {releases: {local: releases}}
environments: {production: {channels: releases}, staging: {}}
providers:
  unleash:
    unleash: {address: "http://127.0.0.1:4242", token: "${TOKEN}"}
    environments: {production: production}
  site: {vercel: {project: shop, token: "${TOKEN}", hook: "${TOKEN}"}}
"""

PLAN = """\
plan: shares
title: Shares
environment: production
flags:
  checkout: {provider: unleash, starts: {percent: 0.5%}}
  banner: {provider: site}
  lost: {provider: unlesh}
phases:
  - name: Prepare
    checklist: [Everything is ready]
  - name: Staging
    environment: staging
    set: {checkout: on}
  - name: Everyone
    steps:
      - {set: {checkout: 10%}}
      - set: {checkout: 12.5%, banner: 25%}
      - {set: {checkout: {percent: 50%, tiers: [pro]}}}
      - {set: {checkout: {percent: 100%, users: [u1], tiers: all}, banner: on, lost: on}}
rollback:
  - {name: A little, set: {checkout: 0.001%}, takes: instant}
"""


def team() -> Team:
    return read_team(TEAM, "rollcall.yaml", lambda _: "something", lambda name: (name, b""))


def problems_of(text: str, folder: Path, against: Team) -> list[str]:
    file = folder / "shares.yaml"
    file.write_text(text)
    catalogue = Catalogue(lambda: against.metrics, {})

    def check(_: Metric) -> None:
        """Find nothing wrong with a metric."""

    found = fit(load_plan(file), against, catalogue.named, check, places_in(file))
    return [problem.replace(f"{folder}/", "") for problem in found.problems]


def test_every_line_that_asks_too_much_is_named(tmp_path: Path) -> None:
    assert problems_of(PLAN, tmp_path, team()) == snapshot(
        [
            "shares.yaml:5: unleash has no environment “staging”; it has production",
            "shares.yaml:5: the start sets checkout to 0.5%: unleash holds whole percentages, and not 0.5%",
            "shares.yaml:17: “Everyone: checkout 12.5%, banner 25%” sets checkout to 12.5%: unleash holds whole percentages, and not 12.5%",
            "shares.yaml:18: “Everyone: checkout 50% of pro” sets checkout to 50% of pro: unleash holds no tiers, and not pro alone",
            "shares.yaml:19: “Everyone: checkout 100% and 1 named user, banner 100%, lost 100%” sets checkout to 100% and 1 named user: unleash holds no named users, and here 1 would be",
            "shares.yaml:21: the way back “A little” sets checkout to 0.001%: unleash holds whole percentages, and not 0.001%",
            "shares.yaml:17: “Everyone: checkout 12.5%, banner 25%” sets banner to 25%: site holds only on and off, and not 25%",
            "shares.yaml:7: the team file has no provider “unlesh”; it has builtin, unleash, site",
        ]
    )


def test_a_plan_within_what_its_provider_holds_fits(tmp_path: Path) -> None:
    text = """\
plan: shares
title: Shares
flags: {checkout: {provider: unleash}}
phases:
  - name: Everyone
    steps: [{set: 1%}, {set: 25%}, {set: 100%}]
rollback:
  - {name: Off, set: off}
"""
    assert problems_of(text, tmp_path, team()) == []


def test_the_library_knows_the_places_too(tmp_path: Path) -> None:
    (tmp_path / "shares.yaml").write_text(PLAN)
    catalogue = Catalogue(lambda: team().metrics, {})
    library = PlanDirectory(tmp_path)
    found = fit(library.load("shares"), team(), catalogue.named, catalogue.check, library.places("shares"))
    assert f"{tmp_path}/shares.yaml:18" in "".join(found.problems)


def test_a_file_that_is_gone_has_no_places(tmp_path: Path) -> None:
    (tmp_path / "shares.yaml").write_text(PLAN)
    library = PlanDirectory(tmp_path)
    plan = library.load("shares")
    (tmp_path / "shares.yaml").unlink()
    catalogue = Catalogue(lambda: team().metrics, {})
    found = fit(plan, team(), catalogue.named, catalogue.check, library.places("shares"))
    assert found.problems[0].startswith("unleash has no environment")
