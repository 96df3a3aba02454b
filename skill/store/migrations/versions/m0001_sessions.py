"""Households, people, plans, sessions and their events."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "household",
        sa.Column("id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_household"),
    )
    op.create_table(
        "person",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("household", "id", name="pk_person"),
        sa.ForeignKeyConstraint(
            ["household"], ["household.id"], name="fk_person_household", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "plan_version",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("plan", sa.JSON, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("household", "person", "version", name="pk_plan_version"),
        sa.ForeignKeyConstraint(
            ["household", "person"],
            ["person.household", "person.id"],
            name="fk_plan_version_person",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "session",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("routine", sa.Text, nullable=False),
        sa.Column("plan", sa.JSON, nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("snapshot", sa.JSON, nullable=False),
        sa.Column("saved_at_ms", sa.BigInteger, nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("household", "id", name="pk_session"),
        sa.ForeignKeyConstraint(
            ["household", "person"],
            ["person.household", "person.id"],
            name="fk_session_person",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_session_household_person_at_ms", "session", ["household", "person", "at_ms"])
    op.create_table(
        "event",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("session", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("household", "session", "key", name="pk_event"),
        sa.ForeignKeyConstraint(
            ["household", "session"],
            ["session.household", "session.id"],
            name="fk_event_session",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_event_household_session_seq", "event", ["household", "session", "seq"], unique=True)
