"""The command line: `rollcall run`, `rollcall say`, and what an operator needs beside the chat."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeVar
from uuid import uuid4

import click

from bot.domain.errors import NotFound, NotUnderstood, RollcallError
from bot.token_commands import token

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine
    from contextlib import AbstractAsyncContextManager

    from bot.chat.conversation import Reply
    from bot.domain.message import Message
    from bot.domain.plan import Plan
    from bot.domain.report import Report
    from bot.ports import Clock, Store

T = TypeVar("T")

REFUSED, NOT_UNDERSTOOD, CRASHED = 1, 2, 70
LOG_FILE = Path("rollcall.log")


class Rollcall(click.Group):
    """A group whose commands may refuse: the refusal is printed as a person would read it in chat."""

    def invoke(self, context: click.Context) -> object:
        """Run a command; a refusal becomes a message and an exit code, never a traceback."""
        try:
            return super().invoke(context)
        except RollcallError as problem:
            from bot.announcements import refusal

            _show(refusal.render(problem), sys.stderr)
            context.exit(NOT_UNDERSTOOD if isinstance(problem, NotUnderstood) else REFUSED)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as problem:  # noqa: BLE001  # The command line's one boundary: a sentence, and the trace in the log.
            _crashed(problem)
            context.exit(CRASHED)


@click.group(cls=Rollcall, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rollcall", prog_name="rollcall")
def main() -> None:
    """Chat commands that roll out features, and the log that proves it."""


main.add_command(token)


@main.command()
@click.option("--as", "person", metavar="NAME", help="Who you are; your login name by default.")
@click.option("--channel", default="local", show_default=True, help="The channel of the local chat to open.")
def run(person: str | None, channel: str) -> None:
    """Start the bot; without tokens it opens the local chat here."""
    from bot.running import run_bot

    raise SystemExit(_run(run_bot(_person(person), channel, log_file=LOG_FILE)))


@main.command()
@click.argument("line")
@click.option("--as", "person", metavar="NAME", help="Who says it; your login name by default.")
@click.option("--channel", default="local", show_default=True, help="The channel in which it is said.")
@click.option("--json", "as_json", is_flag=True, help="Print the reply as one line of JSON.")
def say(line: str, person: str | None, channel: str, *, as_json: bool) -> None:
    """Do one chat command and print the reply.

    LINE is what a person would type, such as '/rollout 25%'. The exit code is 0 when it was done, 1 when it was refused
    and 2 when it was not understood.
    """
    from bot.chat.local.render import reply_json

    reply = _run(say_once(line, _person(person), channel))
    if as_json:
        click.echo(reply_json(reply))
    else:
        _show(reply.message, sys.stdout)
    raise SystemExit(int(reply.outcome))


async def say_once(line: str, person: str, channel: str, clock: Clock | None = None) -> Reply:
    """Do one line and everything that is due because of it, in a process that ends afterwards."""
    from bot.chat.conversation import Origin
    from bot.chat.local.seat import PLATFORM
    from bot.logs import open_journal
    from bot.rehearsal.beside import Beside
    from bot.settings import read_settings
    from bot.wiring import open_bot

    settings = read_settings()
    # The reply is what this process is for; what is worth a line beside it is trouble.
    form = settings.log.partition(":")[0]
    async with open_bot(settings, open_journal(f"{form}:warning"), clock, Beside()) as bot:
        reply = await bot.dispatcher.handle(line, Origin(PLATFORM, channel, person, uuid4().hex))
        await bot.loop.settle()
    return reply


@main.group()
def manifest() -> None:
    """Print what a chat platform has to be told of the bot."""


@manifest.command("slack")
@click.option("--http", is_flag=True, help="For signed HTTP at ROLLCALL_PUBLIC_URL instead of Socket Mode.")
def manifest_slack(*, http: bool) -> None:
    """Print the manifest from which Slack makes the app, as JSON."""
    import commands
    from bot.chat.slack.manifest import manifest as manifest_of
    from bot.settings import read_settings

    settings = read_settings()
    made = manifest_of(
        commands.ALL, settings.command_prefix, socket_mode=not http, public_url=settings.public_url if http else ""
    )
    click.echo(json.dumps(made, indent=2))


@main.command(short_help="Look over the whole installation and say what to do.")
def doctor() -> None:
    """Look over the whole installation and say what to do; exit code 1 when something does not work."""
    from bot.announcements import checkup
    from bot.doctor import examine_installation, has_failed

    findings = _run(examine_installation())
    _show(checkup.render(findings), sys.stdout)
    raise SystemExit(REFUSED if has_failed(findings) else 0)


@main.group()
def plan() -> None:
    """Read plans: check them, show what they will do."""


@plan.command("check")
@click.argument("file", type=click.Path(path_type=Path))
def plan_check(file: Path) -> None:
    """Name every error of a plan file with its place, and what in it does not fit the team file."""
    from bot.announcements import plan_overview
    from bot.logs import open_journal
    from bot.settings import read_settings
    from bot.wiring import plan_fit

    found = _plan(file)
    settings = read_settings()
    fits = plan_fit(found, settings, open_journal("console:error"), _plan_file(file))
    _show(plan_overview.render_check(found, fits), sys.stdout)
    if fits.problems:
        raise SystemExit(NOT_UNDERSTOOD)


@plan.command("show")
@click.argument("file", type=click.Path(path_type=Path))
def plan_show(file: Path) -> None:
    """Show what a plan will do, with dates."""
    from bot.announcements import plan_overview
    from bot.clock import SystemClock
    from bot.domain.timeline import Dated, timeline

    found = _plan(file)
    _show(plan_overview.render(Dated(found, timeline(found, SystemClock().now()))), sys.stdout)


@plan.command("rehearse")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("metric", required=False, default="")
@click.option("--metrics", "script", type=click.Path(path_type=Path), metavar="SCRIPT", help="A file of figures.")
@click.option("--break-at", type=int, metavar="N [METRIC]", help="Break a metric at the Nth step that changes flags.")
@click.option("--start", type=click.DateTime(), help="When it starts, in UTC; now by default.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def plan_rehearse(
    file: Path, metric: str, script: Path | None, break_at: int | None, start: datetime | None, *, as_json: bool
) -> None:
    """Run a plan on a virtual clock and print all that it does, without touching anything.

    The engine is the real one; people and figures are made up, and go well unless SCRIPT or --break-at say otherwise.
    METRIC names which metric breaks. The exit code is 0 when the plan ends well, 3 when a guardrail rolls it back, 4 when
    it is stuck or held, and 2 when something was not understood.
    """
    from bot.clock import SystemClock
    from bot.rehearsal.printed import EXIT_CODES, json_text, printed
    from bot.rehearsal.shell import Asked, rehearse_plan
    from bot.settings import read_settings

    clock = SystemClock()
    # Whole minutes are easier to read.
    begins = start.replace(tzinfo=UTC) if start is not None else clock.now().replace(second=0, microsecond=0)
    asked = Asked(begins, script, break_at, metric)
    found = _run(rehearse_plan(_plan(file), read_settings(), clock, asked))
    click.echo(json_text(found) if as_json else printed(found))
    raise SystemExit(EXIT_CODES[found.ending])


@plan.command("schema")
def plan_schema() -> None:
    """Print the JSON Schema of plan files, for editors."""
    from bot.files.plan_schema import plan_schema_text

    click.echo(plan_schema_text(), nl=False)


@main.command()
@click.argument("number", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON instead of Markdown.")
def report(number: int, *, as_json: bool) -> None:
    """Print the deployment report of rollout NUMBER, as Markdown."""
    from bot.announcements.report_data import as_data
    from bot.announcements.report_text import markdown
    from bot.clock import SystemClock
    from bot.operations.reports import Reports

    async def work() -> Report:
        async with _store() as store:
            return await Reports(store, SystemClock()).of(number)

    found = _run(work())
    click.echo(json.dumps(as_data(found), indent=2) if as_json else markdown(found), nl=as_json)


@main.group()
def audit() -> None:
    """Verify and export the audit log."""


@audit.command("verify")
@click.argument("head", required=False, default="")
def audit_verify(head: str) -> None:
    """Check that every entry is as it was written.

    HEAD is one that was published elsewhere (42:9f86…): it shows a log that was cut off or rewritten whole.
    """
    from bot.announcements import audit_entries
    from bot.operations.audit_log import AuditLog
    from commands.audit import head_of

    async def work() -> bool:
        async with _store() as store:
            found = await AuditLog(store).verify(head_of(head))
        _show(audit_entries.render_verification(found), sys.stdout)
        return found.valid

    if not _run(work()):
        raise SystemExit(REFUSED)


@audit.command("export")
@click.option("--from", "start", default=1, show_default=True, help="The number of the first entry.")
def audit_export(start: int) -> None:
    """Print every entry as it was hashed, one JSON line each."""
    from bot.operations.audit_log import AuditLog

    async def work() -> None:
        async with _store() as store:
            await AuditLog(store).export(sys.stdout.buffer.write, start)

    _run(work())


@main.group()
def oncall() -> None:
    """Print who is on call."""


@oncall.command("ical")
@click.argument("schedule")
@click.option("--layer", default="", help="Only this layer; all of them otherwise.")
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 1000), help="How far ahead.")
def oncall_ical(schedule: str, layer: str, days: int) -> None:
    """Print the shifts of SCHEDULE as an iCal file, for calendar programs."""
    from bot.files.oncall_calendar import shifts_calendar
    from bot.logs import open_journal
    from bot.settings import read_settings
    from bot.wiring import open_bot

    async def work() -> bytes:
        async with open_bot(read_settings(), open_journal("console:error")) as bot:
            found = await bot.operations.oncall.plan(schedule, timedelta(days=days), layer=layer)
            shifts = (shift for shifts in found.shifts.values() for shift in shifts)
            return shifts_calendar(found.schedule.name, shifts, bot.clock.now())

    click.echo(_run(work()), nl=False)


@main.group()
def db() -> None:
    """Look after the database."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Make the database, or bring it up to date."""

    async def work() -> None:
        async with _store():
            click.echo("The database is up to date.")

    _run(work())


@db.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def db_backup(file: Path) -> None:
    """Copy the database to FILE while the bot runs."""
    from bot.settings import read_settings
    from bot.storage.backup import backup

    backup(read_settings().database_url, file)
    click.echo(f"The database was copied to {file}.")


@db.command("restore")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def db_restore(file: Path) -> None:
    """Put FILE in the place of the database, whose old file is kept aside. Stop the bot first."""
    from bot.settings import read_settings
    from bot.storage.backup import restore

    kept = restore(read_settings().database_url, file)
    click.echo(f"The database is that of {file}." + (f" The old one is kept as {kept}." if kept else ""))


def _store() -> AbstractAsyncContextManager[Store]:
    from contextlib import asynccontextmanager

    from bot.settings import read_settings
    from bot.storage.store import open_store

    @asynccontextmanager
    async def opened() -> AsyncIterator[Store]:
        store = await open_store(read_settings().database_url)
        try:
            yield store
        finally:
            await store.close()

    return opened()


def _plan(file: Path) -> Plan:
    """Read a plan by its path, or by its name in the folder of plans."""
    from bot.files.plan_file import load_plan
    from bot.files.plan_library import PlanDirectory
    from bot.settings import read_settings

    if file.suffix in {".yaml", ".yml"} or file.exists():
        try:
            return load_plan(file)
        except OSError as problem:
            raise NotFound(f"{file} cannot be read: {problem.strerror}.", "check the path") from problem
    return PlanDirectory(read_settings().plans).load(str(file))


def _plan_file(file: Path) -> Path:
    """Return where a plan stands that is given by its path or by its name."""
    from bot.settings import read_settings

    if file.suffix in {".yaml", ".yml"} or file.exists():
        return file
    return read_settings().plans / f"{file}.yaml"


def _crashed(problem: Exception) -> None:
    import traceback

    with LOG_FILE.open("a", encoding="utf-8") as log:
        traceback.print_exception(problem, file=log)
    click.echo(
        f"Something went wrong inside Rollcall ({type(problem).__name__}); the trace is in {LOG_FILE}.", err=True
    )


def _person(named: str | None) -> str:
    from bot.settings import login_name

    return named or login_name()


def _run(work: Coroutine[object, object, T]) -> T:
    return asyncio.run(work)


def _show(message: Message, stream: TextIO) -> None:
    from bot.chat.local.render import show
    from bot.chat.local.wording import Reader
    from bot.clock import SystemClock

    show(message, stream, Reader(SystemClock().now()))
