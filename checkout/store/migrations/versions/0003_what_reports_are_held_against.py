"""Rows of a report by what they belong to, and facts in the order they were learned: however many there are."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add both indices."""
    op.create_index("ix_report_rows_of", "report_rows", ["of"])
    op.create_index("ix_facts_processor_learned_at", "facts", ["processor", "learned_at", "id"])
