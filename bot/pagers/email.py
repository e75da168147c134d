"""E-mail by SMTP, as a platform whose channels are addresses: posts are sent once, and cards are not mailed."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from bot.domain.errors import Refused, Unavailable, Uncertain
from bot.domain.outbox import IN_CHANNEL
from bot.pagers.mail_text import html_body, plain_body, subject_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiosmtplib import SMTP

    from bot.domain.message import Message
    from bot.domain.outbox import Placing
    from bot.ports import Clock

TIMEOUT = 20.0
"""Seconds for each answer of the server; a delivery's own deadline is twice that."""

LATER = timedelta(minutes=2)
"""A server that says “not now” is asked again after so long: grey-listing wants more than a few seconds."""

PORTS = {"smtp": 587, "smtps": 465}
PERMANENT = 500
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in. The password is kept out of every text about it."""

    host: str
    port: int
    tls: bool
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def insists_on_tls(self) -> bool:
        """Say whether a connection that begins plain must be raised to TLS: everywhere but on this machine."""
        return not self.tls and self.host not in LOCAL_HOSTS


def read_mail_server(url: str) -> MailServer:
    """Read `smtp(s)://user:password@host:port`. Raises Refused with what is wrong, and nothing of the secret."""
    parts = urlsplit(url)
    form = "SMTP_URL is smtp://user:password@host:587 or smtps://user:password@host:465"
    try:
        port = parts.port or PORTS[parts.scheme]
    except (ValueError, KeyError):
        raise Refused("SMTP_URL cannot be read.", form) from None
    if not parts.hostname:
        raise Refused("SMTP_URL names no host.", form)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return MailServer(parts.hostname, port, parts.scheme == "smtps", user, password)


@dataclass(frozen=True, slots=True)
class Email:
    """The ChatPlatform port over SMTP. `sender` is the address that mail comes from."""

    server: MailServer
    sender: str
    clock: Clock
    tls: Callable[[], ssl.SSLContext] = ssl.create_default_context

    async def post(self, channel: str, key: str, message: Message, placing: Placing = IN_CHANNEL) -> str:
        """Send a message to an address and return its Message-ID, which is the same for the same key.

        A mail server cannot be asked whether it has a message already: the ID lets the receiving side recognise a repeat.
        """
        del placing
        mail = self._mail(channel, key, message)
        await self._send(channel, mail)
        return str(mail["Message-ID"])

    async def edit(self, channel: str, reference: str, message: Message) -> str:
        """Refuse: what was mailed cannot be changed, and cards are not mailed."""
        del channel, reference, message
        raise Refused("An e-mail cannot be changed once it is sent.", "cards belong into channels")

    def _mail(self, address: str, key: str, message: Message) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = Address("Rollcall", addr_spec=self.sender)
        mail["To"] = _address(address)
        mail["Subject"] = subject_of(message)
        mail["Date"] = format_datetime(self.clock.now())
        mail["Message-ID"] = (
            f"<{sha256(f'{key}:{address}'.encode()).hexdigest()[:32]}@{self.sender.rpartition('@')[2]}>"
        )
        # Nobody's absence note needs to answer a program.
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(plain_body(message))
        mail.add_alternative(html_body(message), subtype="html")
        return mail

    async def _send(self, address: str, mail: EmailMessage) -> None:
        import aiosmtplib

        server, client = self.server, client_of(self.server, self.tls)
        handed = False
        try:
            await client.connect()
            if server.user:
                await client.login(server.user, server.password)
            await client.mail(self.sender)
            await client.rcpt(address)
            handed = True
            await client.data(mail.as_bytes())
        except aiosmtplib.SMTPAuthenticationError as problem:
            raise _answered(
                problem.code, "the sign-in to the mail server", "SMTP_URL names user and password"
            ) from None
        except aiosmtplib.SMTPResponseException as problem:
            raise _answered(problem.code, address, "the address in the team file may be wrong") from None
        except (aiosmtplib.SMTPException, OSError, EOFError):
            # Once the text was handed over, only the server's answer says whether it has it.
            if handed:
                raise Uncertain("The mail server did not say whether it took the message.") from None
            raise Unavailable("The mail server does not answer.", after=None) from None
        finally:
            client.close()


def client_of(
    server: MailServer, tls: Callable[[], ssl.SSLContext] = ssl.create_default_context, *, timeout: float = TIMEOUT
) -> SMTP:
    """Return a client for one conversation with a mail server, which is not connected yet."""
    import aiosmtplib

    return aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.tls,
        start_tls=True if server.insists_on_tls else False if not server.tls else None,
        tls_context=tls() if server.tls or server.insists_on_tls else None,
        timeout=timeout,
    )


def _address(text: str) -> Address:
    try:
        return Address(addr_spec=text)
    except ValueError:
        raise Refused("That is no e-mail address.", "correct it in the team file") from None


def _answered(code: int, what: str, hint: str) -> Exception:
    """Return what an answer of the server means: 4xx may be tried again, 5xx will not help."""
    if code >= PERMANENT:
        return Refused(f"The mail server refuses {what} ({code}).", hint)
    return Unavailable(f"The mail server does not take {what} now ({code}).", after=LATER)
