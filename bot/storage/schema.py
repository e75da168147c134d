"""Which revision of the schema a database has, and bringing it to the newest one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bot.domain.errors import Refused
from bot.storage.engine import migration_engine

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import URL, Connection

NEWEST = "0009"
"""The last of the migrations. Alembic knows it too, but loading Alembic takes longer than opening the database."""

MIGRATIONS = Path(__file__).parent / "migrations"
_REVISION = text("SELECT version_num FROM alembic_version")
_TABLES = text("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")


def lacks_migrations(connection: Connection) -> bool:
    """Say whether a database must be made or brought up to date; it is only looked at.

    Raises Refused for a database that a newer Rollcall made, and for one that is not ours.
    """
    found = _revision(connection)
    if found == NEWEST:
        return False
    if found is not None:
        _insist_on_known(found, alembic_config(connection))
    elif connection.execute(_TABLES).scalar_one():
        raise Refused(
            "This database belongs to another program, so Rollcall leaves it alone.",
            "Set ROLLCALL_DATABASE_URL to a file that is new or that Rollcall made.",
        )
    return True


async def migrate(url: URL) -> None:
    """Run the missing migrations, all or none. Several processes may try at once: one does it, the others wait."""
    engine = migration_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def alembic_config(connection: Connection) -> Config:
    """Return Alembic's configuration, which is nowhere else: there is no ini file."""
    from alembic.config import Config

    config = Config()
    # A percent sign in the path would be read as an interpolation.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    """Run what is still missing now that nobody else can write."""
    if not lacks_migrations(connection):
        return
    from alembic import command

    command.upgrade(alembic_config(connection), "head")
    # Foreign keys were off, so what they promise is checked before it becomes lasting.
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        msg = f"after the migration a row of {broken[0]} refers to a row of {broken[2]} that is not there"
        raise RuntimeError(msg)


def _revision(connection: Connection) -> str | None:
    try:
        found = connection.execute(_REVISION).scalar()
    except OperationalError as error:
        if "no such table" not in str(error):
            raise
        return None
    return None if found is None else str(found)


def _insist_on_known(found: str, config: Config) -> None:
    from alembic.script import ScriptDirectory

    if found not in {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}:
        raise Refused(
            f"This database was made by a newer version of Rollcall: it is at revision {found}, and this version knows "
            f"up to {NEWEST}.",
            "Install the newer version, or restore a backup from before with `rollcall db restore FILE`.",
        )
