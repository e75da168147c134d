"""How Alembic runs our migrations: on the connection it is given, within the transaction that is open there."""

from __future__ import annotations

from alembic import context

from bot.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    # SQLite changes schemas within a transaction; it is the driver that would not, and it does not begin ours.
    transactional_ddl=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
