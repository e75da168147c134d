"""Which commands must be done whatever stands in the way: those that go down, by people who may change production."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.rollout import Status

if TYPE_CHECKING:
    from bot.domain.rollout import Rollout
    from tests.simulation.rules import Rules
    from tests.simulation.steps import Say

MAY_CHANGE = frozenset({"ana", "bob", "emil"})


def must_be_done(said: Say, rules: Rules) -> str:
    """Return why a line must be done; an empty text where the rules leave that open."""
    words = said.line.split(" because ")[0].split()
    if said.person not in MAY_CHANGE or words[0] != "/rollout" or "--rollout" not in words:
        return ""
    rollout = rules.rollouts.get(int(words[words.index("--rollout") + 1]))
    if rollout is None or "--version" in words:
        return ""
    return _why(words[1], words, rollout)


def _why(verb: str, words: list[str], rollout: Rollout) -> str:
    match verb:
        case "pause" if rollout.running:
            return "stops what is running"
        case "abort" if rollout.active:
            return "ends what is active"
        case "back" if rollout.active and rollout.step > 0 and not rollout.current.irreversible:
            return "goes back"
        case "rollback" if words[2] == "1" and rollout.status is not Status.ABORTED and rollout.level != 1:
            level = next((it for it in rollout.plan.rollback if it.number == 1), None)
            return "" if level is not None and level.destroys else "rolls back"
        case "0%":
            return _lowers(words, rollout)
        case _:
            return ""


def _lowers(words: list[str], rollout: Rollout) -> str:
    """A percentage is about the environment of the latest step; only what is plain is insisted on."""
    flag = words[words.index("--flag") + 1] if "--flag" in words else ""
    mine = [it for it in rollout.wanted if it.flag == flag]
    plain = rollout.active and len(mine) == 1 and mine[0].setting.on and mine[0].setting.percent.milli > 0
    return "lowers a flag" if plain else ""
