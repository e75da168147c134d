"""Ways to people outside the chat, as the team file declares them: PagerDuty's services, and webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.metric import Secret

PAGERDUTY = "pagerduty"
"""The platform of PagerDuty's events; its channels are names of services."""

PAGERDUTY_CHANGES = "pagerduty_changes"
"""The platform of its change events, which wait for no page and no page waits for them."""

WEBHOOK = "webhook"
"""The platform of webhooks; its channels are their names."""

PAGERS = (PAGERDUTY, PAGERDUTY_CHANGES, WEBHOOK)


@dataclass(frozen=True, slots=True)
class PagerDutyService:
    """A service of PagerDuty by our name for it, with the key of its Events v2 integration.

    Each step of a rollout in one of the environments of `changes` is recorded with it.
    """

    name: str
    routing_key: Secret
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address to which events are posted, signed with a secret. An address may be a secret itself."""

    name: str
    url: Secret | str
    secret: Secret

    @property
    def address(self) -> str:
        """Return the address to call; it is not for people's eyes."""
        return self.url if isinstance(self.url, str) else self.url.value
