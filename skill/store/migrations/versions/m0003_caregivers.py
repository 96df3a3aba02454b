"""Caregivers: who may do what, consent, devices, commands, weeks, notices, and word of what changed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add tables and a person's name; what is there stays as it is."""
    op.add_column("person", sa.Column("name", sa.Text))
    op.add_column("person", sa.Column("zone", sa.Text))
    _caregivers()
    _ways_in()
    _commands()
    _weeks()
    _telling()
    _claims()


def _claims() -> None:
    """Keep claims in one tree: they come with every message."""
    op.drop_index("ix_claim_household_until_ms", "claim")
    if op.get_bind().dialect.name != "sqlite":
        return
    op.create_table(
        "claim_next",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("household", "key", name="pk_claim"),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO claim_next SELECT household, key, until_ms FROM claim")
    op.drop_table("claim")
    op.rename_table("claim_next", "claim")


def _caregivers() -> None:
    op.create_table(
        "caregiver",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("login", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("owner", sa.Boolean, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("household", "id", name="pk_caregiver"),
        sa.ForeignKeyConstraint(
            ["household"], ["household.id"], name="fk_caregiver_household", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_caregiver_household_login", "caregiver", ["household", "login"], unique=True)
    op.create_table(
        "role",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("caregiver", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("household", "caregiver", "person", name="pk_role"),
        _of("role", "caregiver", "caregiver"),
        _of("role", "person", "person"),
    )
    op.create_table(
        "consent",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("caregiver", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("household", "person", "seq", name="pk_consent"),
        _of("consent", "caregiver", "caregiver"),
        _of("consent", "person", "person"),
    )


def _ways_in() -> None:
    op.create_table(
        "device",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("of_device", sa.Text),
        sa.Column("seen_at_ms", sa.BigInteger),
        sa.Column("key_hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("household", "id", name="pk_device"),
        _of("device", "of_device", "device"),
        _of("device", "person", "person"),
    )
    op.create_index("ix_device_household_key_hash", "device", ["household", "key_hash"], unique=True)
    op.create_table(
        "invite",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("secret_hash", sa.Text, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
        sa.Column("owner", sa.Boolean, nullable=False),
        sa.Column("grants", sa.JSON, nullable=False),
        sa.Column("device", sa.JSON),
        sa.PrimaryKeyConstraint("household", "id", name="pk_invite"),
    )
    op.create_index("ix_invite_household_secret_hash", "invite", ["household", "secret_hash"], unique=True)
    op.create_table(
        "sign_in",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("key_hash", sa.Text, nullable=False),
        sa.Column("caregiver", sa.Text, nullable=False),
        sa.Column("csrf", sa.Text, nullable=False),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("household", "key_hash", name="pk_sign_in"),
        _of("sign_in", "caregiver", "caregiver"),
    )
    op.create_index("ix_sign_in_household_caregiver", "sign_in", ["household", "caregiver"])


def _commands() -> None:
    op.create_table(
        "command",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("made_at_ms", sa.BigInteger, nullable=False),
        sa.Column("not_after_ms", sa.BigInteger, nullable=False),
        sa.Column("routine", sa.Text),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("at_once", sa.Boolean, nullable=False),
        sa.Column("consent", sa.JSON, nullable=False),
        sa.Column("slot", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("household", "id", name="pk_command"),
        _of("command", "person", "person"),
    )
    op.create_index(
        "ix_command_household_device_made_at_ms", "command", ["household", "device", "made_at_ms"]
    )
    op.create_index(
        "ix_command_household_person_made_at_ms", "command", ["household", "person", "made_at_ms"]
    )
    op.create_table(
        "command_event",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("household", "command", "state", name="pk_command_event"),
        _of("command_event", "command", "command"),
    )
    op.create_table(
        "live",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("session", sa.Text),
        sa.Column("state", sa.JSON, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("household", "device", name="pk_live"),
        _of("live", "device", "device"),
        _of("live", "person", "person"),
    )
    op.create_index("ix_live_household_person", "live", ["household", "person"])
    op.create_table(
        "lease",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("household", "name", name="pk_lease"),
    )
    op.create_table(
        "change",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("id", sa.BigInteger, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("household", "id", name="pk_change"),
    )


def _weeks() -> None:
    op.create_table(
        "week_version",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("household", "person", "version", name="pk_week_version"),
        _of("week_version", "person", "person"),
    )
    op.create_table(
        "scheduled_run",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("slot", sa.Text, nullable=False),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("household", "person", "slot", "day", "attempt", name="pk_scheduled_run"),
        _of("scheduled_run", "person", "person"),
    )
    op.create_table(
        "routine_version",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("routine", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("household", "routine", "version", name="pk_routine_version"),
    )


def _telling() -> None:
    op.create_table(
        "notice_rule",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("caregiver", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("kinds", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("household", "caregiver", name="pk_notice_rule"),
        _of("notice_rule", "caregiver", "caregiver"),
    )
    op.create_table(
        "notice",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("caregiver", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("free_at_ms", sa.BigInteger, nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("household", "key", name="pk_notice"),
        _of("notice", "caregiver", "caregiver"),
        _of("notice", "person", "person"),
    )
    op.create_index(
        "ix_notice_household_ended_at_ms_free_at_ms", "notice", ["household", "ended_at_ms", "free_at_ms"]
    )
    op.create_table(
        "audit",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("household", "seq", name="pk_audit"),
    )
    op.create_table(
        "feed",
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("caregiver", sa.Text, nullable=False),
        sa.Column("key_hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("household", "person", "caregiver", name="pk_feed"),
        _of("feed", "caregiver", "caregiver"),
        _of("feed", "person", "person"),
    )
    op.create_index("ix_feed_household_key_hash", "feed", ["household", "key_hash"], unique=True)


def _of(table: str, column: str, referred: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["household", column],
        [f"{referred}.household", f"{referred}.id"],
        name=f"fk_{table}_{referred}",
        ondelete="CASCADE",
    )
