"""A small set of declarations that the tests of the grammar, the help and the completion share."""

from __future__ import annotations

from bot.domain.access import Permission
from bot.domain.message import Message, say
from bot.operations import Operations
from commands.command import ENVIRONMENT, REASON, ROLLOUT, VERSION, Command, Option, OptionType, Request, Source, Verb


async def run(request: Request, operations: Operations) -> Message:
    return say(request.text)


PERCENT = Option("percent", OptionType.PERCENT, "how many", required=True, positional=True, completes=Source.STEPS)
FLAG = Option("flag", OptionType.FLAG, "which flag", required=True, positional=True, completes=Source.FLAGS)
OPTIONAL_FLAG = Option("flag", OptionType.FLAG, "which flag", positional=True, completes=Source.FLAGS)
PLAN = Option("plan", OptionType.PLAN, "which plan", required=True, positional=True, completes=Source.PLANS)
LEVEL = Option("level", OptionType.INTEGER, "which way back", positional=True, completes=Source.LEVELS)
ITEM = Option("item", OptionType.ITEM, "which item", required=True, positional=True, rest=True, completes=Source.ITEMS)
TEXT = Option("text", OptionType.TEXT, "what is wrong", required=True, positional=True, rest=True)
ALL_OF_THEM = Option("all", OptionType.SWITCH, "also those that have ended")
TIERS = Option("tiers", OptionType.WORDS, "which tiers", required=True, positional=True)
SORT = Option("sort", OptionType.TEXT, "in which order", choices=("newest", "oldest", "Name"))
FROM = Option("from", OptionType.PERSON, "who says so", completes=Source.PEOPLE)
SINCE = Option("since", OptionType.DURATION, "how far back")

ROLLOUT_COMMAND = Command(
    "rollout",
    "Moves a rollout",
    (
        Verb(
            "to",
            "Goes to a percentage",
            run,
            ("/rollout 25%", '/rollout to 25 because "support is quiet"'),
            (PERCENT, ROLLOUT, REASON, VERSION),
            Permission.CHANGE,
        ),
        Verb("start", "Starts a plan", run, ("/rollout start verification-flow",), (PLAN, REASON), Permission.CHANGE),
        Verb(
            "pause", "Stops going up", run, ("/rollout pause",), (ROLLOUT, REASON), Permission.CHANGE, ("hold", "stop")
        ),
        Verb("rollback", "Goes all the way back", run, ("/rollout rollback 2",), (LEVEL, ROLLOUT, REASON)),
        Verb("status", "Shows where it stands", run, ("/rollout status --rollout 12",), (ROLLOUT, ALL_OF_THEM)),
        Verb(
            "problem", "Reports a problem", run, ("/rollout problem pages stay empty",), (TEXT, FROM), Permission.REPORT
        ),
    ),
    bare="to",
    empty="status",
)

FLAG_COMMAND = Command(
    "flag",
    "Changes a flag",
    (
        Verb("list", "Lists the flags", run, ("/flag list --sort newest",), (ENVIRONMENT, SORT, SINCE)),
        Verb("set", "Sets a percentage", run, ("/flag set checkout 5%",), (FLAG, PERCENT, ENVIRONMENT, REASON)),
        Verb("dial", "Sets a percentage", run, ("/flag dial checkout 5%", "/flag dial 5%"), (OPTIONAL_FLAG, PERCENT)),
        Verb(
            "target",
            "Lets tiers in",
            run,
            ("/flag target checkout pro,enterprise",),
            (FLAG, TIERS, ENVIRONMENT, REASON),
        ),
    ),
    empty="list",
)

CHECKLIST_COMMAND = Command(
    "checklist",
    "Ticks what is done",
    (
        Verb("show", "Shows what is open", run, ("/checklist show",), (ROLLOUT,)),
        Verb("tick", "Confirms an item", run, ("/checklist tick 2.1",), (ITEM, ROLLOUT, REASON), Permission.CONFIRM),
    ),
    bare="show",
)

COMMANDS = (ROLLOUT_COMMAND, FLAG_COMMAND, CHECKLIST_COMMAND)
