"""Every way in which Rollcall says no, as one exception tree.

RollcallError                    anything a person is told instead of a result
├── NotUnderstood                the text, a value or a file is not of a form we know; nothing was tried
│   ├── Incomplete               a line lacks something that its verb needs
│   └── BadFile                  a file that people write has problems; each is named with its place
│       ├── BadPlan              … and it is a plan
│       └── BadTeam              … and it is the team file
├── Refused                      understood, and not done
│   ├── NotFound                 what was named does not exist
│   ├── NotAllowed               this person may not do this here
│   ├── Blocked                  conditions for going up do not hold yet; each is named
│   └── Stale                    the state changed since the button or the answer was drawn
├── Question                     an answer is needed before anything is done
│   ├── WhichOne                 several things fit; one must be chosen
│   └── Confirm                  the act is dangerous and must be confirmed
├── AlreadyDone                  the same request was handled before; it is not done twice
└── Unavailable                  something outside did not answer; the wish is kept or nothing was changed
    └── Uncertain                … and it may have been done all the same; look before doing it again
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from bot.domain.problem import Problem


class RollcallError(Exception):
    """Anything a person is told instead of a result.

    `code` is for machines, `sentence` says what happened, `hints` say what to do next, most useful first.
    """

    code: ClassVar[str] = "error"

    def __init__(self, sentence: str, *hints: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hints = hints


class NotUnderstood(RollcallError):
    """The text, a value or a file is not of a form we know; nothing was tried."""

    code = "not_understood"


class Incomplete(NotUnderstood):
    """A line lacks something that its verb needs; `lacking` names the options, in the order of the declaration."""

    code = "incomplete"

    def __init__(self, sentence: str, lacking: tuple[str, ...], *hints: str) -> None:
        super().__init__(sentence, *hints)
        self.lacking = lacking


class BadFile(NotUnderstood):
    """A file that people write has problems; each is named with its place, in the order of the file."""

    code = "bad_file"

    def __init__(self, sentence: str, problems: tuple[Problem, ...], *hints: str) -> None:
        super().__init__(sentence, *hints)
        self.problems = problems


class BadPlan(BadFile):
    """A plan file has problems."""

    code = "bad_plan"


class BadTeam(BadFile):
    """The team file, or a calendar that it names, has problems."""

    code = "bad_team"


class Refused(RollcallError):
    """Understood, and not done."""

    code = "refused"


class NotFound(Refused):
    """What was named does not exist."""

    code = "not_found"


class NotAllowed(Refused):
    """This person may not do this here."""

    code = "not_allowed"


@dataclass(frozen=True, slots=True)
class Blocker:
    """One thing that stands in the way of going up.

    `kind` is a short stable word (`soak`, `checklist`, `approval`…), `expected` the moment at which it is due to
    vanish by itself, where that is known.
    """

    kind: str
    sentence: str
    expected: datetime | None = None


class Blocked(Refused):
    """Conditions for going up do not hold yet; each is named."""

    code = "blocked"

    def __init__(self, sentence: str, blockers: tuple[Blocker, ...], *hints: str) -> None:
        super().__init__(sentence, *hints)
        self.blockers = blockers


class Stale(Refused):
    """The state changed since the button or the answer was drawn."""

    code = "stale"


class Question(RollcallError):
    """An answer is needed before anything is done."""

    code = "question"


class WhichOne(Question):
    """Several things fit; one must be chosen.

    `choices` are labels, each with the option that says the same: `("#3 checkout", "--rollout 3")`. `instead_of` is what
    was typed and fits them all.
    """

    code = "which_one"

    def __init__(self, sentence: str, choices: tuple[tuple[str, str], ...], *hints: str, instead_of: str = "") -> None:
        super().__init__(sentence, *hints)
        self.choices = choices
        self.instead_of = instead_of


class Confirm(Question):
    """The act is dangerous and must be confirmed.

    `answer` is the command that says yes, `label` what it does, in the words of a button. `details` are what exactly is
    confirmed, where one sentence does not hold it.
    """

    code = "confirm"

    def __init__(self, sentence: str, label: str, answer: str, *hints: str, details: tuple[str, ...] = ()) -> None:
        super().__init__(sentence, *hints)
        self.details = details
        self.label = label
        self.answer = answer


class AlreadyDone(RollcallError):
    """The same request was handled before; it is not done twice."""

    code = "already_done"


class Unavailable(RollcallError):
    """Something outside did not answer; the wish is kept or nothing was changed.

    `after` is how long the other side asked to be left alone, where it said so.
    """

    code = "unavailable"

    def __init__(self, sentence: str, *hints: str, after: timedelta | None = None) -> None:
        super().__init__(sentence, *hints)
        self.after = after


class Uncertain(Unavailable):
    """It may have been done all the same: the answer was lost on the way. Look before doing it again."""

    code = "uncertain"
