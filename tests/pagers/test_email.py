"""E-mail over a real SMTP conversation: what arrives, and what each answer of the server means."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from bot.domain.errors import Refused, Unavailable, Uncertain
from bot.domain.message import (
    Bold,
    Bullets,
    Button,
    Buttons,
    Code,
    Fields,
    Heading,
    Mark,
    Marked,
    Mention,
    Message,
    Moment,
    Note,
    Paragraph,
    Progress,
    Table,
    Tone,
    Verbatim,
    line,
    say,
)
from bot.pagers.email import Email, MailServer, read_mail_server
from bot.pagers.mail_text import html_body, plain_body, subject_of
from tests.fakes.clock import START, MovedClock

if TYPE_CHECKING:
    from aiosmtpd.smtp import Envelope, Session

TEXT = Message(
    "The new page: it is <b>live</b>",
    (
        Heading("The new page"),
        Paragraph(line("It is <b>live</b>, ", Bold("now"), " & for good since ", Moment(START), Code("x<y"))),
        Bullets((line("one"), line("two <script>"))),
        Fields((("Owner", line(Mention("ana", ()))),)),
        Progress(25, "of all"),
        Marked(((Mark.DONE, line("backup")), (Mark.OPEN, line("review")))),
        Table(("a", "b"), (("1", "<2>"),)),
        Verbatim("as <it> is\nhere"),
        Buttons((Button("Report a problem", "/rollout problem --rollout 1"),)),
        Note(line("small print")),
    ),
    Tone.SUCCESS,
)


class Box:
    """A mail server's inside: it keeps what arrives, and answers as a test wants."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.at_rcpt = ""
        self.at_data = ""
        self.hang_up = False
        self.connection: Any = None

    async def handle_RCPT(  # noqa: N802  # The server's name for it.
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:  # The server's name for it.
        del server, session, options
        if self.at_rcpt:
            return self.at_rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # As above.
        del session
        if self.at_data:
            return self.at_data
        assert isinstance(envelope.content, bytes)
        found = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        self.mails.append(found)
        self.recipients += envelope.rcpt_tos
        if self.hang_up:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 taken"


def only_rollcall(_server: object, _session: object, _envelope: object, mechanism: str, data: object) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"rollcall", b"s3cret/!")
    del mechanism
    return AuthResult(success=right, handled=False)


@asynccontextmanager
async def serving(box: Box, **options: Any) -> AsyncIterator[MailServer]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(box, hostname="mail.example.org", loop=loop, **options), "127.0.0.1", 0
    )
    try:
        yield MailServer("127.0.0.1", server.sockets[0].getsockname()[1], tls=False)
    finally:
        server.close()
        await server.wait_closed()


def mailing(server: MailServer) -> Email:
    return Email(server, "rollcall@example.org", MovedClock())


async def test_a_message_arrives_as_text_and_html_with_an_id_that_a_repeat_has_too() -> None:
    box = Box()
    async with serving(box) as server:
        email = mailing(server)
        first = await email.post("stakeholders@example.org", "announce:7", TEXT)
        assert await email.post("stakeholders@example.org", "announce:7", TEXT) == first
        assert await email.post("stakeholders@example.org", "announce:8", TEXT) != first
    mail = box.mails[0]
    assert (mail["To"], mail["From"]) == ("stakeholders@example.org", "Rollcall <rollcall@example.org>")
    assert (mail["Message-ID"], mail["Auto-Submitted"]) == (first, "auto-generated")
    assert mail["Subject"] == "The new page: it is <b>live</b>"
    assert box.recipients == ["stakeholders@example.org"] * 3
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert "It is <b>live</b>, now & for good since Mon 02 Mar 2026 09:00 UTC" in text.get_content()
    assert "It is &lt;b&gt;live&lt;/b&gt;, <b>now</b> &amp; for good" in html.get_content()


@pytest.mark.filterwarnings("ignore:Session.login_data is deprecated")  # The server's own.
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # It stays on this machine.
async def test_it_signs_in_where_the_address_names_a_user() -> None:
    box = Box()
    async with serving(box, authenticator=only_rollcall, auth_require_tls=False, auth_required=True) as server:
        right = read_mail_server(f"smtp://rollcall:s3cret%2F%21@127.0.0.1:{server.port}")
        await mailing(right).post("a@example.org", "k", say("hello"))
        wrong = MailServer("127.0.0.1", server.port, tls=False, user="rollcall", password="guessed")  # A wrong one.
        with pytest.raises(Refused) as refusal:
            await mailing(wrong).post("a@example.org", "k", say("hello"))
        assert "guessed" not in f"{refusal.value} {refusal.value.hints} {wrong!r}"
    assert len(box.mails) == 1


@pytest.mark.parametrize(
    ("where", "answer", "meaning"),
    [
        ("at_rcpt", "450 grey-listed", Unavailable),
        ("at_rcpt", "550 no such mailbox", Refused),
        ("at_data", "451 try later", Unavailable),
        ("at_data", "554 not wanted", Refused),
    ],
)
async def test_an_answer_of_the_server_means_later_or_never(where: str, answer: str, meaning: type[Exception]) -> None:
    box = Box()
    setattr(box, where, answer)
    async with serving(box) as server:
        with pytest.raises(meaning) as problem:
            await mailing(server).post("a@example.org", "k", say("hello"))
        assert type(problem.value) is meaning
    assert box.mails == []


async def test_a_lost_answer_is_uncertain_and_a_server_that_is_not_there_unavailable() -> None:
    box = Box()
    box.hang_up = True
    async with serving(box) as server:
        with pytest.raises(Uncertain):
            await mailing(server).post("a@example.org", "k", say("hello"))
    with pytest.raises(Unavailable) as problem:
        await mailing(server).post("a@example.org", "k", say("hello"))
    assert type(problem.value) is Unavailable


async def test_a_text_cannot_add_headers_and_no_address_is_refused() -> None:
    box = Box()
    async with serving(box) as server:
        await mailing(server).post("a@example.org", "k", say("hello\r\nBcc: other@example.org"))
        with pytest.raises(Refused):
            await mailing(server).post("a@example.org\r\nRCPT TO:<b@example.org>", "k", say("hello"))
    assert box.mails[0]["Bcc"] is None
    assert box.recipients == ["a@example.org"]


async def test_an_e_mail_is_never_edited() -> None:
    with pytest.raises(Refused):
        await mailing(MailServer("127.0.0.1", 1, tls=False)).edit("a@example.org", "x", say("hello"))


@pytest.mark.parametrize("url", ["http://x", "smtp://", "smtp://h:port", "mail"])
def test_an_address_of_a_server_that_cannot_be_read_is_refused_without_its_secret(url: str) -> None:
    with pytest.raises(Refused, match="SMTP_URL"):
        read_mail_server(url)


def test_tls_is_asked_for_everywhere_but_on_this_machine() -> None:
    assert read_mail_server("smtps://mail.example.org") == MailServer("mail.example.org", 465, tls=True)
    assert read_mail_server("smtp://mail.example.org").insists_on_tls
    assert not read_mail_server("smtp://localhost:25").insists_on_tls


def test_both_bodies_show_every_block_and_html_holds_nothing_that_people_could_have_written() -> None:
    text, html = plain_body(TEXT), html_body(TEXT)
    for shown in (
        "one",
        "two",
        "Owner: ana",
        "25% of all",
        "[x] backup",
        "[ ] review",
        "/rollout problem --rollout 1",
        "small print",
    ):
        assert shown in text
    assert "<script>" not in html
    assert "&lt;2&gt;" in html
    assert "http" not in html
    assert subject_of(say("word " * 60)).endswith("…")
    assert plain_body(Message("only this", ())) == "only this\n"
