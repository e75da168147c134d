"""A plan whose flag another system holds, and what is at hand to disturb it."""

from __future__ import annotations

from bot.domain.errors import Unavailable
from bot.domain.flag import FlagSetting
from bot.domain.percent import Percent

SHARES = """
plan: shares
title: The new checkout
environment: production
flags: {checkout: {provider: unleash, population: 2000}}
channel: {local: releases}
phases:
  - name: Everyone
    steps: [{set: 10%, soak: 1h}, {set: 25%, soak: 1h}, {set: 50%, soak: 1h}, {set: 100%, soak: 1h}]
rollback:
  - {name: Switch it off, set: off, takes: instant}
"""
PLACE = ("checkout", "production")


def at(percent: str) -> FlagSetting:
    """Return a share of everybody."""
    return FlagSetting(True, Percent.parse(percent))


def down() -> Unavailable:
    """Return what a system says that does not answer."""
    return Unavailable("https://unleash.example.org cannot be reached.")
