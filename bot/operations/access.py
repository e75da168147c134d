"""Who may do what, and tying a person's identities on several platforms together by a one-time code."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.access import EVERYBODY, Permission
from bot.domain.access_view import Able, Mine, Offered
from bot.domain.audit import Action, Event, Outcome
from bot.domain.errors import NotAllowed, NotFound, Refused
from bot.domain.link import (
    CODE_LASTS,
    CODE_LENGTH,
    CODE_LETTERS,
    TRIES_WITHIN,
    WRONG_TRIES,
    Link,
    LinkCode,
    digest_of,
    written,
)
from bot.domain.team import LOCAL, PRODUCTION, Identity, person_of, platform_name
from bot.domain.team_access import people_who_may, permissions_in, place_of, roles_that_may, where_changed
from bot.operations.transaction import Attempt, Done, Verbs, record, require_new

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from bot.domain.actor import Actor
    from bot.domain.team import Team
    from bot.operations.link_book import LinkBook
    from bot.ports import Transaction


@dataclass(frozen=True, slots=True)
class Access:
    """Everything a person can ask and do about who may do what. `listed` is what the team file alone says."""

    verbs: Verbs
    listed: Callable[[], Team]
    links: LinkBook

    def me(self, actor: Actor) -> Mine:
        """Return what somebody is and may do, in each environment and from here."""
        team, identity = self.links.team(), _identity(actor)
        person = person_of(team, actor.platform, actor.platform_id)
        known = person.identities if person is not None else ()
        mine = known if any(it.means(identity) for it in known) else (identity, *known)
        permissions = permissions_in(team, actor.roles)
        return Mine(
            actor.person,
            person is not None,
            tuple(sorted(actor.roles)),
            tuple(it for it in Permission if it in permissions),
            mine,
            frozenset(it for it in mine if self.links.name_of(it) is not None),
            tuple(place_of(team, actor, name) for name in (team.environments or (PRODUCTION,))),
            has_team_file=bool(team.file),
        )

    def grants(self) -> Mapping[str, frozenset[Permission]]:
        """Return what each role of the team in force grants."""
        return self.links.team().grants

    def who(self, named: str = "", environment: str | None = None) -> Able:
        """Return who has a permission (`change` where none is named) or a role. Raises NotFound."""
        team = self.links.team()
        word = named.strip().casefold() or str(Permission.CHANGE)
        if environment is not None and team.file and environment not in team.environments:
            known = ", ".join(team.environments)
            raise NotFound(f"The team file has no environment “{environment}”; it has {known}.", "/access who")
        if word in set(Permission):
            return _who_may(team, Permission(word), environment)
        if word in team.grants:
            people = tuple((it.name, (word,)) for it in team.people if word in it.roles)
            return Able(people, (word,), role=word, has_team_file=bool(team.file))
        words = ", ".join([*Permission, *team.grants])
        raise NotFound(f"“{named[:60]}” is neither a permission nor a role; there are: {words}.", "/access who change")

    async def offer(self, actor: Actor) -> Offered:
        """Hand out a code to whoever is in the team file. Raises NotAllowed for anybody else."""
        attempt = Attempt(Action.ACCESS_LINK, f"person:{actor.person}")
        if not self._may_hand_out(_identity(actor), actor.person):
            refusal = NotAllowed(
                "Only somebody whom the team file knows on this platform can hand out a code.",
                f"have your {platform_name(actor.platform)} id {actor.platform_id} added to the team file",
                "or type /access link where you are known, and bring its code here",
            )
            # Not as an `access:link`, of which the refused ones count as wrong codes.
            await self.verbs.refuse(actor, Attempt(Action.COMMAND_REFUSE, "command:access", reason="link"), refusal)
            raise refusal
        code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))

        def work(tx: Transaction, now: datetime) -> Done[Offered]:
            expires = now + CODE_LASTS
            tx.links.offer(LinkCode(digest_of(code), _identity(actor), actor.person, expires), now)
            return Done(Offered(written(code), actor.person, expires), None, {"says": "handed out a code"})

        return await self.verbs.do(actor, attempt, work)

    async def redeem(self, actor: Actor, code: str) -> Link:
        """Tie the identity that says a code to the person to whom it was told.

        Raises Refused or NotAllowed; a wrong code is on record and counted in the transaction that looked for it, so
        that saying many at once gains nothing.
        """
        now = self.verbs.clock.now()

        def work(tx: Transaction) -> Link | Refused:
            require_new(tx, actor)
            if refusal := self._not_to_be_tied(tx, actor, now):
                record(tx, _refused(Action.COMMAND_REFUSE, "command:access", refusal), actor, now)
                return refusal
            found = self._found(tx, actor, code, now)
            if isinstance(found, Refused):
                subject = f"identity:{_spoken(_identity(actor))}"
                record(tx, _refused(Action.ACCESS_LINK, subject, found), actor, now)
                return found
            link = Link(_identity(actor), found.person, now)
            tx.links.add(link)
            facts: dict[str, object] = {
                "identity": _spoken(link.identity),
                "by_code_of": _spoken(found.given_to),
                "says": f"{_spoken(link.identity)} is {link.person}",
            }
            event = Event(Action.ACCESS_LINK, Outcome.ACCEPTED, f"person:{link.person}", after=facts)
            record(tx, event, actor, now)
            return link

        answer = await self.verbs.store.write(work)
        if isinstance(answer, Refused):
            raise answer
        await self.links.refresh()
        return answer

    async def unlink(self, actor: Actor) -> tuple[Identity, ...]:
        """Untie the identity that says so; said from one that is in the team file, every one tied to that person."""
        here = _identity(actor)

        def work(tx: Transaction, _: datetime) -> Done[tuple[Identity, ...]]:
            mine = [it.identity for it in tx.links.all() if it.person == actor.person]
            own = [it for it in mine if it.means(here)]
            gone = tuple(own or (mine if self._may_hand_out(here, actor.person) else ()))
            if not gone:
                raise Refused("No identity of yours was tied to you in chat.", "/access me")
            for identity in gone:
                tx.links.remove(identity)
            names = [_spoken(it) for it in gone]
            return Done(gone, {"identities": names}, {"says": f"untied {', '.join(names)}"})

        gone = await self.verbs.do(actor, Attempt(Action.ACCESS_UNLINK, f"person:{actor.person}"), work)
        await self.links.refresh()
        return gone

    def _may_hand_out(self, identity: Identity, person: str) -> bool:
        """Say whether an identity is one that the team file itself gives to a person, or an owner's at the terminal.

        One that was tied by a code ties no further one: who gets hold of it gets hold of nothing more.
        """
        known = person_of(self.listed(), identity.platform, identity.name)
        if known is None:
            return identity.platform == LOCAL and self.links.name_of(identity) is None
        return known.name == person

    def _not_to_be_tied(self, tx: Transaction, actor: Actor, now: datetime) -> Refused | None:
        """Return why no code would tie this identity to anybody; codes are not looked at then."""
        identity = _identity(actor)
        known = person_of(self.listed(), identity.platform, identity.name)
        if known is not None:
            sentence = f"The team file says that you are {known.name} here; no code changes that."
            return Refused(sentence, "say the code on the platform on which you are not known", "/access me")
        tied = next((it.person for it in tx.links.all() if it.identity.means(identity)), None)
        if tied is not None:
            return Refused(f"You are tied to {tied} here already.", "/access unlink", "/access me")
        since = now - TRIES_WITHIN
        tries = tx.audit.moments((Action.ACCESS_LINK,), since, person=actor.person, outcome=Outcome.REFUSED)
        if len(tries) >= WRONG_TRIES:
            free = sorted(tries)[-WRONG_TRIES] + TRIES_WITHIN
            sentence = f"You said {WRONG_TRIES} wrong codes within an hour, so no code of yours is looked at now."
            return NotAllowed(sentence, f"try again after {free:%H:%M} UTC, with a new code")
        return None

    def _found(self, tx: Transaction, actor: Actor, code: str, now: datetime) -> LinkCode | Refused:
        """Take the code that somebody said, or say what is wrong with it: it is used up either way."""
        found = tx.links.take(digest_of(code))
        again = "type /access link on the platform on which you are known, for a new code"
        if found is None or found.expires_at <= now or not self._may_hand_out(found.given_to, found.person):
            minutes = CODE_LASTS.seconds // 60
            return Refused(f"That code is not valid: a code is used once and lasts {minutes} minutes.", again)
        if found.given_to.platform == actor.platform:
            where = platform_name(actor.platform)
            return Refused(f"That code was handed out in {where} itself; it is for another platform.", again)
        return found


def _who_may(team: Team, permission: Permission, environment: str | None) -> Able:
    place = environment or (PRODUCTION if permission in {Permission.CHANGE, Permission.OVERRIDE} else "")
    roles = roles_that_may(team, permission, place or None)
    able = people_who_may(team, permission, place or None)
    people = tuple((it.name, tuple(role for role in roles if role in it.roles)) for it in able)
    where = where_changed(team, place) if place and permission not in EVERYBODY else ""
    return Able(people, roles, permission, environment=place, where=where, has_team_file=bool(team.file))


def _refused(action: Action, subject: str, refusal: Refused) -> Event:
    facts: dict[str, object] = {"refused": refusal.code, "because": refusal.sentence}
    return Event(action, Outcome.REFUSED, subject, after=facts)


def _identity(actor: Actor) -> Identity:
    return Identity(actor.platform, actor.platform_id)


def _spoken(identity: Identity) -> str:
    return f"{identity.platform}:{identity.name}"
