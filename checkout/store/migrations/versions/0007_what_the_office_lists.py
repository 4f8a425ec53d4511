"""Indices of the back office's lists, the ledger's sums of each day, and which facts each event brought."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

INDICES = (
    ("ix_inbox_state_id", "inbox", ["state", "id"]),
    ("ix_inbox_processor_came_by_id", "inbox", ["processor", "came_by", "id"]),
    ("ix_inbox_event_type_state_received_at", "inbox", ["event_type", "state", "received_at", "id"]),
    ("ix_discrepancies_kind_id", "discrepancies", ["kind", "id"]),
    ("ix_disputes_status_updated_at", "disputes", ["status", "updated_at", "id"]),
    ("ix_notices_created_at_id", "notices", ["created_at", "id"]),
    ("ix_notices_kind_created_at_id", "notices", ["kind", "created_at", "id"]),
    ("ix_deliveries_state_happening_id", "deliveries", ["state", "happening_id", "endpoint_id"]),
)


def upgrade() -> None:
    """Add them; the sums are made by the worker."""
    op.add_column("inbox", sa.Column("learned_after", sa.BigInteger(), nullable=True))
    op.add_column("inbox", sa.Column("learned_to", sa.BigInteger(), nullable=True))
    op.create_table(
        "ledger_days",
        sa.Column("day", sa.DateTime(timezone=True), nullable=False),
        sa.Column("processor", sa.String(length=24), nullable=False),
        sa.Column("account", sa.String(length=24), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("debits_minor", sa.BigInteger(), nullable=False),
        sa.Column("credits_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "processor", "account", "currency", name="pk_ledger_days"),
    )
    for name, table, columns in INDICES:
        op.create_index(name, table, columns)
