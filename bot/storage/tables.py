"""The tables: what is stored, and the indexes by which it is found."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bot.storage.columns import MOMENT_WIDTH, Moment

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# A partial index is used only where the query repeats its condition word by word, so both take it from here.
IS_ACTIVE = text("status IN ('running', 'paused')")
IS_UNSENT = text("state IN ('pending', 'sending')")
IS_FAILED = text("state = 'failed'")
IS_OVER = text("state IN ('sent', 'dropped')")
IS_PENDING_CARD = text("kind = 'card' AND state = 'pending'")
IS_UNRESOLVED = text("state <> 'resolved'")
IS_CRITICAL_PAGE = text("state <> 'resolved' AND severity = 'critical'")


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    # Naming another database here would load SQLAlchemy's dialect for it with every start; the migrations name each.
    return Index(name, *columns, sqlite_where=text(where), unique=unique)


flags = Table(
    "flags",
    metadata,
    Column("key", String(100), primary_key=True),
    Column("salt", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("created_at", Moment),
    Column("retired_at", Moment),
    Column("hash_version", Integer, nullable=False),
)

flag_states = Table(
    "flag_states",
    metadata,
    Column("flag", ForeignKey("flags.key"), primary_key=True),
    Column("environment", String(100), primary_key=True),
    Column("on", Boolean, nullable=False),
    Column("percent_milli", Integer, nullable=False),
    Column("tiers", Text, nullable=False),
    Column("users", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("updated_at", Moment, nullable=False),
)

plans = Table(
    "plans",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("key", Text, nullable=False),
    Column("document", Text, nullable=False),
)

rollouts = Table(
    "rollouts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("plan_digest", ForeignKey("plans.digest"), nullable=False),
    Column("status", String(20), nullable=False),
    Column("step", Integer, nullable=False),
    Column("wanted", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("started_by", Text, nullable=False),
    Column("step_at", Moment, nullable=False),
    Column("version", Integer, nullable=False),
    Column("observed", Text),
    Column("holding_since", Moment),
    Column("paused_at", Moment),
    Column("lowered", Boolean, nullable=False),
    Column("ready", Boolean, nullable=False),
    Column("level", Integer),
    Column("reason", Text, nullable=False),
    Column("ticks", Text, nullable=False),
    Column("channels", Text, nullable=False),
    Column("finished_at", Moment),
    Column("due_at", Moment),
    Column("approvals", Text, nullable=False, server_default="[]"),
    Column("judging", Text, nullable=False, server_default="{}"),
    Column("measure_at", Moment),
    Column("cut", Text, nullable=False, server_default="[]"),
    Column("adopted_by", Text, nullable=False, server_default=""),
    _partial("ix_rollouts_measure", "measure_at", where="measure_at IS NOT NULL"),
    _partial("ix_rollouts_due", "due_at", where="due_at IS NOT NULL"),
    _partial("ix_rollouts_active", "id", where=str(IS_ACTIVE)),
)

rollout_flags = Table(
    "rollout_flags",
    metadata,
    Column("flag", String(100), primary_key=True),
    Column("environment", String(100), primary_key=True),
    Column("rollout", ForeignKey("rollouts.id"), primary_key=True, autoincrement=False),
)

# Where a rollout's card is shown, a channel's name without its `#`.
rollout_channels = Table(
    "rollout_channels",
    metadata,
    Column("platform", String(40), primary_key=True),
    Column("channel", String(200), primary_key=True),
    Column("rollout", ForeignKey("rollouts.id"), primary_key=True, autoincrement=False),
)

measurements = Table(
    "measurements",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("rollout", ForeignKey("rollouts.id"), nullable=False),
    Column("series", String(200), nullable=False),
    Column("at", Moment, nullable=False),
    Column("value", Float),
    Column("samples", Integer),
    Column("note", Text, nullable=False),
    Column("error", Boolean, nullable=False),
    Index("ix_measurements_series", "rollout", "series", "at"),
)

freezes = Table(
    "freezes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("environment", String(100)),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment),
)

# A page is read and written as a whole; its document holds the policy as it was when the page was raised.
pages = Table(
    "pages",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("key", String(200), nullable=False),
    Column("state", String(20), nullable=False),
    Column("severity", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("due_at", Moment),
    Column("document", Text, nullable=False),
    _partial("ix_pages_due", "due_at", where="due_at IS NOT NULL"),
    _partial("ix_pages_unresolved", "key", where=str(IS_UNRESOLVED), unique=True),
    _partial("ix_pages_critical", "id", where=str(IS_CRITICAL_PAGE)),
)

overrides = Table(
    "overrides",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("schedule", String(100), nullable=False),
    Column("layer", String(100), nullable=False),
    Column("person", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("start", Moment, nullable=False),
    Column("end", Moment, nullable=False),
    Column("by", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("instead_of", String(200), nullable=False),
    Column("cancelled_at", Moment),
    Index("ix_overrides_end", "end"),
)

# What was seen of flags that other systems hold; `held`, `tried` and `strange` are lists of settings.
sightings = Table(
    "sightings",
    metadata,
    Column("flag", String(100), primary_key=True),
    Column("environment", String(100), primary_key=True),
    Column("provider", String(100), nullable=False),
    Column("held", Text, nullable=False),
    Column("tried", Text, nullable=False),
    Column("strange", Text, nullable=False),
    Column("problem", Text, nullable=False),
    Column("since", Moment),
    Column("seen_at", Moment),
)

# What programs were answered to requests that they may repeat.
answers = Table(
    "answers",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Column("at", Moment, nullable=False, index=True),
)

# What parts of the bot remember for themselves: the hash of the commands that a platform knows.
memory = Table(
    "memory",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("value", Text, nullable=False),
)

# Who is whom across platforms, beside what the team file says. Of a code only its SHA-256 is kept.
links = Table(
    "links",
    metadata,
    Column("platform", String(40), primary_key=True),
    Column("platform_id", String(200), primary_key=True),
    Column("person", String(200), nullable=False),
    Column("linked_at", Moment, nullable=False),
)

link_codes = Table(
    "link_codes",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("platform", String(40), nullable=False),
    Column("platform_id", String(200), nullable=False),
    Column("person", String(200), nullable=False),
    Column("expires_at", Moment, nullable=False),
)

# What programs are let in by. Of a token only its SHA-256 is kept.
tokens = Table(
    "tokens",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("scopes", Text, nullable=False),
    Column("environment", String(100), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
    Column("used_at", Moment),
)

bindings = Table(
    "bindings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("platform", String(40), nullable=False),
    Column("channel", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("subject", String(200), nullable=False),
    UniqueConstraint("platform", "channel", "kind", "subject"),
)

# What is tampered with must still be read to be named, so the log's columns are plain text and bytes.
audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String(MOMENT_WIDTH), nullable=False, index=True),
    Column("person", Text, nullable=False),
    Column("platform", Text, nullable=False),
    Column("platform_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("subject", Text, nullable=False, index=True),
    Column("environment", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    Column("body", LargeBinary, nullable=False),
    Column("hash", String(64), nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),
    Column("platform", String(40), nullable=False),
    Column("channel", String(200), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("message", Text),
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("deadline", Moment),
    Column("reference", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("place", String(20), nullable=False, server_default="channel"),
    # When the row needs attention next: its due time while pending, its deadline while sending, nothing once it ended.
    Column("wake_at", Moment),
    _partial("ix_outbox_wake", "wake_at", where="wake_at IS NOT NULL"),
    _partial("ix_outbox_unsent", "platform", "channel", "id", where=str(IS_UNSENT)),
    _partial("ix_outbox_failed", "id", where=str(IS_FAILED)),
    _partial("ix_outbox_over", "created_at", where=str(IS_OVER)),
    _partial("ix_outbox_cards", "subject", "platform", "channel", where=str(IS_PENDING_CARD)),
)

cards = Table(
    "cards",
    metadata,
    Column("subject", String(200), primary_key=True),
    Column("platform", String(40), primary_key=True),
    Column("channel", String(200), primary_key=True),
    Column("reference", Text, nullable=False),
)

requests = Table(
    "requests",
    metadata,
    Column("request_id", String(200), primary_key=True),
    Column("audit_seq", ForeignKey("audit.seq"), nullable=False),
    Column("at", Moment, nullable=False, index=True),
)

confirmations = Table(
    "confirmations",
    metadata,
    Column("token", String(100), primary_key=True),
    Column("person", String(200), nullable=False),
    Column("command", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("remaining", Integer, nullable=False),
    Column("expires_at", Moment, nullable=False),
    UniqueConstraint("person", "command"),
)

posts = Table(
    "posts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", String(200), nullable=False),
    Column("key", String(200), nullable=False),
    Column("message", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("edited_at", Moment),
    Column("revision", Integer, nullable=False, unique=True),
    UniqueConstraint("channel", "key"),
    Index("ix_posts_channel_revision", "channel", "revision"),
)
