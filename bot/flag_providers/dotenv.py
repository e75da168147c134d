"""Flags as variables in a file that a program reads when it is reloaded.

The file is replaced whole, so that no reader ever sees half of it, and everything else in it stays as it is. What was in
force before stands in a note beside the file until the reload has succeeded: a read answers with that as long as the note
is there, so that a reload that failed, or during which we died, is tried again.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain.errors import Refused, Unavailable, Uncertain
from bot.flag_providers.fitness import require_held
from bot.flag_providers.variables import from_note, setting_from, to_note, values_for, variable_of

if TYPE_CHECKING:
    from bot.domain.flag import FlagSetting, FlagTarget
    from bot.domain.holding import Holds
    from bot.domain.provider import DotenvFile, Provider

MOST_OUTPUT = 64_000
"""In bytes; of what a reload prints, the end is kept."""

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""A reload gets this and nothing else of our environment, which holds secrets."""

_LINE = re.compile(
    r"(?P<head>\s*(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*=\s*)(?P<value>[^\n#]*?)(?P<tail>\s*(?:#.*)?)"
)
_ENVIRONMENT = re.compile(r"[A-Za-z0-9_.-]+")


class Dotenv:
    """The FlagProvider port over a file of variables and a command."""

    def __init__(self, provider: Provider, file: DotenvFile) -> None:
        self._provider = provider
        self._file = file
        # Two flags may stand in one file, and two reloads at once help nobody.
        self._alone = asyncio.Lock()

    @property
    def holds(self) -> Holds:
        """Return what the variables can hold."""
        return self._provider.holds

    async def read(self, flag: str, environment: str) -> FlagSetting | None:
        """Return what is in force: what was there before, while a reload is still to come."""
        return await asyncio.to_thread(self._held, flag, self._path(environment))

    async def write(self, target: FlagTarget, cause: str) -> None:
        """Replace the file and reload. Raises Unavailable where the command fails, Uncertain where it does not end."""
        del cause
        require_held(self._provider, target)
        path = self._path(target.environment)
        async with self._alone:
            note = self._note(path, target.flag)
            if await asyncio.to_thread(self._put, path, note, target):
                await self._reload(path)
                await asyncio.to_thread(note.unlink, missing_ok=True)

    def _path(self, environment: str) -> Path:
        theirs = self._provider.environment(environment)
        if not _ENVIRONMENT.fullmatch(theirs) or theirs.startswith("."):
            raise Refused(f"{self._provider.name} has no file for “{environment}”.", "name it under `environments`")
        # What is linked to is replaced, and not the link.
        return Path(os.path.realpath(self._file.file.replace("{environment}", theirs)))

    def _note(self, path: Path, flag: str) -> Path:
        return path.with_name(f"{path.name}.{variable_of(self._provider, flag)}.reload-due")

    def _held(self, flag: str, path: Path) -> FlagSetting | None:
        note = self._note(path, flag)
        if note.exists():
            return from_note(_text_of(note))
        switch = variable_of(self._provider, flag)
        values = {
            found["name"]: _bare(found["value"]) for found in map(_LINE.fullmatch, _text_of(path).splitlines()) if found
        }
        return setting_from(values, switch, self._file.percent)

    def _put(self, path: Path, note: Path, target: FlagTarget) -> bool:
        """Bring the file up to date; say whether a reload is needed."""
        switch = variable_of(self._provider, target.flag)
        before = self._held(target.flag, path)
        text = _text_of(path)
        after = text
        for name, value in values_for(target.setting, switch, self._file.percent).items():
            after = _with(after, name, value)
        if after == text:
            return note.exists()
        if not note.exists():
            _replace(note, to_note(before), like=path)
        _replace(path, after, like=path)
        return True

    async def _reload(self, path: Path) -> None:
        log = path.with_name(f"{path.name}.reload-log")
        try:
            process = await asyncio.create_subprocess_exec(
                *self._file.reload,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                env={"PATH": PATH},
                start_new_session=True,
            )
        except OSError:
            raise Unavailable(
                f"The reload command of {self._provider.name} cannot be started.", "check `reload` in the team file"
            ) from None
        output = bytearray()
        try:
            async with asyncio.timeout(self._provider.timeout.total_seconds()):
                await _gather_output(process, output)
                code = await process.wait()
        except TimeoutError:
            raise Uncertain(
                f"The reload command of {self._provider.name} did not end in time, and was ended.",
                f"read {log.name} beside the file",
            ) from None
        finally:
            # Also when we are stopped ourselves: nothing of it outlives us.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await asyncio.shield(process.wait())
            await asyncio.to_thread(_replace, log, output.decode(errors="replace"), like=path)
        if code:
            raise Unavailable(
                f"The reload command of {self._provider.name} failed with {code}.",
                f"read {log.name} beside the file",
            )


async def _gather_output(process: asyncio.subprocess.Process, output: bytearray) -> None:
    assert process.stdout is not None  # noqa: S101 - It was asked for.
    while piece := await process.stdout.read(8192):
        output += piece
        del output[:-MOST_OUTPUT]


def _text_of(path: Path) -> str:
    try:
        # Bytes, so that the ends of lines stay as they are.
        return path.read_bytes().decode()
    except FileNotFoundError:
        raise Refused(f"{path.name} is not there.", "check `file` in the team file") from None
    except UnicodeDecodeError:
        raise Refused(f"{path.name} is not text.", "check `file` in the team file") from None
    except OSError as problem:
        raise Unavailable(f"{path.name} cannot be read: {problem.strerror}.", "check the rights of the file") from None


def _with(text: str, name: str, value: str) -> str:
    """Return the text with a variable set: in its last line, which is the one that counts, or at the end."""
    lines = text.splitlines(keepends=True)
    for index in range(len(lines) - 1, -1, -1):
        bare = lines[index].rstrip("\r\n")
        found = _LINE.fullmatch(bare)
        if found is not None and found["name"] == name:
            if _bare(found["value"]) == value:
                return text
            mark = found["value"][:1] if found["value"][:1] in {"'", '"'} else ""
            lines[index] = f"{found['head']}{mark}{value}{mark}{found['tail']}{lines[index][len(bare) :]}"
            return "".join(lines)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    return "".join([*lines, f"{name}={value}\n"])


def _bare(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in {"'", '"'} else value


def _replace(path: Path, text: str, *, like: Path) -> None:
    """Put a text in the place of a file, all at once, with the mode and the owner of another one."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(like, name)
        status = like.stat()
        with suppress(OSError):
            os.chown(name, status.st_uid, status.st_gid)
        Path(name).replace(path)
    except OSError as problem:
        Path(name).unlink(missing_ok=True)
        raise Unavailable(
            f"{path.name} cannot be written: {problem.strerror}.", "check the rights of the folder"
        ) from None
