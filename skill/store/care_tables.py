"""The tables about caregivers; all that is said at the top of `schema` goes for them too."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKeyConstraint, Index, Integer, Table, Text

from skill.store.schema import metadata


def _of_person() -> ForeignKeyConstraint:
    """Let rows about a person go with them."""
    return ForeignKeyConstraint(
        ["household", "person"], ["person.household", "person.id"], ondelete="CASCADE"
    )


def _of_caregiver() -> ForeignKeyConstraint:
    """Let rows about a caregiver go with them."""
    return ForeignKeyConstraint(
        ["household", "caregiver"], ["caregiver.household", "caregiver.id"], ondelete="CASCADE"
    )


caregiver = Table(
    "caregiver",
    metadata,
    Column("household", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("login", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("owner", Boolean, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    ForeignKeyConstraint(["household"], ["household.id"], ondelete="CASCADE"),
    Index(None, "household", "login", unique=True),
)

# `grant` is a word of SQL.
role = Table(
    "role",
    metadata,
    Column("household", Text, primary_key=True),
    Column("caregiver", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("role", Text, nullable=False),
    _of_caregiver(),
    _of_person(),
)

# Every word of a person; the newest of a caregiver and kind counts.
consent = Table(
    "consent",
    metadata,
    Column("household", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("caregiver", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    _of_person(),
    _of_caregiver(),
)

device = Table(
    "device",
    metadata,
    Column("household", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("of_device", Text),
    Column("seen_at_ms", BigInteger),
    Column("key_hash", Text, nullable=False),
    _of_person(),
    ForeignKeyConstraint(["household", "of_device"], ["device.household", "device.id"], ondelete="CASCADE"),
    Index(None, "household", "key_hash", unique=True),
)

invite = Table(
    "invite",
    metadata,
    Column("household", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("secret_hash", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    Column("owner", Boolean, nullable=False),
    Column("grants", JSON, nullable=False),
    Column("device", JSON(none_as_null=True)),
    Index(None, "household", "secret_hash", unique=True),
)

sign_in = Table(
    "sign_in",
    metadata,
    Column("household", Text, primary_key=True),
    Column("key_hash", Text, primary_key=True),
    Column("caregiver", Text, nullable=False),
    Column("csrf", Text, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    _of_caregiver(),
    Index(None, "household", "caregiver"),
)

# Commands outlive their device; `seq` is the number of their change, so that order is that of commits.
command = Table(
    "command",
    metadata,
    Column("household", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("device", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at_ms", BigInteger, nullable=False),
    Column("not_after_ms", BigInteger, nullable=False),
    Column("routine", Text),
    Column("note", Text, nullable=False),
    Column("at_once", Boolean, nullable=False),
    Column("consent", JSON, nullable=False),
    Column("slot", Text, nullable=False),
    _of_person(),
    Index(None, "household", "device", "made_at_ms"),
    Index(None, "household", "person", "made_at_ms"),
)

command_event = Table(
    "command_event",
    metadata,
    Column("household", Text, primary_key=True),
    Column("command", Text, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("detail", Text, nullable=False),
    ForeignKeyConstraint(["household", "command"], ["command.household", "command.id"], ondelete="CASCADE"),
)

live = Table(
    "live",
    metadata,
    Column("household", Text, primary_key=True),
    Column("device", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("session", Text),
    Column("state", JSON, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    ForeignKeyConstraint(["household", "device"], ["device.household", "device.id"], ondelete="CASCADE"),
    _of_person(),
    Index(None, "household", "person"),
)

# Whoever may do something that only one may do at a time; like `claim` about nobody.
lease = Table(
    "lease",
    metadata,
    Column("household", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
)

# Numbered in the order of commits: whoever has seen one has seen all before it. Old ones are dropped.
change = Table(
    "change",
    metadata,
    Column("household", Text, primary_key=True),
    Column("id", BigInteger, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("person", Text, nullable=False),
)

week_version = Table(
    "week_version",
    metadata,
    Column("household", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("document", JSON, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    _of_person(),
)

scheduled_run = Table(
    "scheduled_run",
    metadata,
    Column("household", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("slot", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("command", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    _of_person(),
)

notice_rule = Table(
    "notice_rule",
    metadata,
    Column("household", Text, primary_key=True),
    Column("caregiver", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("kinds", JSON, nullable=False),
    _of_caregiver(),
)

notice = Table(
    "notice",
    metadata,
    Column("household", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("caregiver", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("free_at_ms", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger),
    _of_caregiver(),
    _of_person(),
    Index(None, "household", "ended_at_ms", "free_at_ms"),
)

audit = Table(
    "audit",
    metadata,
    Column("household", Text, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("data", JSON, nullable=False),
)

routine_version = Table(
    "routine_version",
    metadata,
    Column("household", Text, primary_key=True),
    Column("routine", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("text", Text),
    Column("changed_by", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)

feed = Table(
    "feed",
    metadata,
    Column("household", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("caregiver", Text, primary_key=True),
    Column("key_hash", Text, nullable=False),
    _of_person(),
    _of_caregiver(),
    Index(None, "household", "key_hash", unique=True),
)

#: Every table there is, those that others refer to first.
TABLES = metadata.sorted_tables
