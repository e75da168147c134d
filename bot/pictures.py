"""How a message looks on each platform, as text: drawn by what really draws it there, for whoever looks before it goes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.team import EMAIL, LOCAL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.domain.message import Message
    from bot.ports import Clock


def pictures(clock: Clock) -> Mapping[str, Callable[[Message], str]]:
    """Return for each platform what draws a message there; libraries are loaded when the first one is drawn."""

    def slack(message: Message) -> str:
        from bot.chat.slack.picture import picture

        return picture(message)

    def discord(message: Message) -> str:
        from bot.chat.discord.picture import picture

        return picture(message)

    def email(message: Message) -> str:
        from bot.pagers.mail_text import plain_body, subject_of

        return f"Subject: {subject_of(message)}\n\n{plain_body(message).rstrip()}"

    def local(message: Message) -> str:
        from bot.chat.local.plain import plain_message
        from bot.chat.local.wording import Reader

        return plain_message(message, Reader(clock.now()))

    return {"slack": slack, "discord": discord, EMAIL: email, LOCAL: local}
