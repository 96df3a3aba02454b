"""Notes, claims, link codes, and other names of a person."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add four tables; what is there stays as it is."""
    op.create_table(
        "note",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("household", "person", "key", name="pk_note"),
        _of_person("person", "fk_note_person"),
    )
    op.create_table(
        "claim",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("household", "key", name="pk_claim"),
    )
    op.create_index("ix_claim_household_until_ms", "claim", ["household", "until_ms"])
    op.create_table(
        "link_code",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("household", "code", name="pk_link_code"),
        _of_person("person", "fk_link_code_person"),
    )
    op.create_table(
        "alias",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("alias", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("household", "alias", name="pk_alias"),
        _of_person("alias", "fk_alias_alias"),
        _of_person("person", "fk_alias_person"),
    )
    op.create_index("ix_alias_household_person", "alias", ["household", "person"])


def _of_person(column: str, name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["household", column], ["person.household", "person.id"], name=name, ondelete="CASCADE"
    )
