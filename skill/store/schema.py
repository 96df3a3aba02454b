"""The tables. A household's id is part of every key, so that nothing of one can be read with another's.

Change a table here and in a new migration together, and move `HEAD`; the tests compare all three.
Moments are whole milliseconds since 1970 in UTC. Names and lengths suit SQLite and PostgreSQL alike.
Those about caregivers stand in `care_tables`.
"""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, ForeignKeyConstraint, Index, Integer, MetaData, Table, Text

#: The newest migration's revision.
HEAD = "0003"

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

household = Table(
    "household",
    metadata,
    Column("id", Text, primary_key=True),
)

person = Table(
    "person",
    metadata,
    Column("household", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    # None: somebody of whom only a record is kept, such as an account of Alexa.
    Column("name", Text),
    Column("zone", Text),
    ForeignKeyConstraint(["household"], ["household.id"], ondelete="CASCADE"),
)

plan_version = Table(
    "plan_version",
    metadata,
    Column("household", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("plan", JSON, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    ForeignKeyConstraint(["household", "person"], ["person.household", "person.id"], ondelete="CASCADE"),
)

session = Table(
    "session",
    metadata,
    Column("household", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("routine", Text, nullable=False),
    Column("plan", JSON, nullable=False),
    Column("device", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    # The latest state, and what the events say about an end: both follow from what is added to `event`.
    Column("snapshot", JSON, nullable=False),
    Column("saved_at_ms", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger),
    ForeignKeyConstraint(["household", "person"], ["person.household", "person.id"], ondelete="CASCADE"),
    Index(None, "household", "person", "at_ms"),
)

event = Table(
    "event",
    metadata,
    Column("household", Text, primary_key=True),
    Column("session", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("data", JSON, nullable=False),
    ForeignKeyConstraint(["household", "session"], ["session.household", "session.id"], ondelete="CASCADE"),
    Index(None, "household", "session", "seq", unique=True),
)

note = Table(
    "note",
    metadata,
    Column("household", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", JSON, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    ForeignKeyConstraint(["household", "person"], ["person.household", "person.id"], ondelete="CASCADE"),
)

# Made with every message that comes in and gone soon after: no household has to exist for it. In SQLite one
# tree and no index beside it, so that a claim writes one page; there are few to look through.
claim = Table(
    "claim",
    metadata,
    Column("household", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("until_ms", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

link_code = Table(
    "link_code",
    metadata,
    Column("household", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    ForeignKeyConstraint(["household", "person"], ["person.household", "person.id"], ondelete="CASCADE"),
)

alias = Table(
    "alias",
    metadata,
    Column("household", Text, primary_key=True),
    Column("alias", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    ForeignKeyConstraint(
        ["household", "alias"], ["person.household", "person.id"], name="fk_alias_alias", ondelete="CASCADE"
    ),
    ForeignKeyConstraint(["household", "person"], ["person.household", "person.id"], ondelete="CASCADE"),
    Index(None, "household", "person"),
)
