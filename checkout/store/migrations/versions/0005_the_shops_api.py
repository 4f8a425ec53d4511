"""Keys and answers of the API, what happened, and who is told of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

UTC_TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add them."""
    _api_keys()
    _api_answers()
    _happenings()
    _endpoints()
    _deliveries()
    _delivery_attempts()
    _what_the_api_lists()


def _what_the_api_lists() -> None:
    refunds = sa.text("operation = 'refund'")
    op.create_index(
        "ix_intents_refunds",
        "intents",
        ["asked_at", "payment_id", "attempt"],
        sqlite_where=refunds,
        postgresql_where=refunds,
    )
    op.create_index("ix_ledger_posted_at_id", "ledger", ["posted_at", "id"])


def _api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("family", sa.String(length=16), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("hint", sa.String(length=8), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", UTC_TIME, nullable=False),
        sa.Column("created_by", sa.String(length=60), nullable=False),
        sa.Column("last_used_at", UTC_TIME, nullable=True),
        sa.Column("expires_at", UTC_TIME, nullable=True),
        sa.Column("revoked_at", UTC_TIME, nullable=True),
        sa.Column("revoked_by", sa.String(length=60), nullable=True),
        sa.Column("replaced_by", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("digest", name="uq_api_keys_digest"),
    )


def _api_answers() -> None:
    op.create_table(
        "api_answers",
        sa.Column("family", sa.String(length=16), nullable=False),
        sa.Column("request_key", sa.String(length=64), nullable=False),
        sa.Column("asked", sa.String(length=200), nullable=False),
        sa.Column("body_digest", sa.String(length=64), nullable=False),
        sa.Column("asked_at", UTC_TIME, nullable=False),
        sa.Column("forget_at", UTC_TIME, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("family", "request_key", name="pk_api_answers"),
    )
    op.create_index("ix_api_answers_forget_at", "api_answers", ["forget_at"])


def _happenings() -> None:
    op.create_table(
        "happenings",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=200), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=True),
        sa.Column("payment_id", sa.String(length=44), nullable=True),
        sa.Column("subject", sa.String(length=64), nullable=True),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("happened_at", UTC_TIME, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_happenings_order_id_orders"),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_happenings_payment_id_payments"),
        sa.PrimaryKeyConstraint("id", name="pk_happenings"),
        sa.UniqueConstraint("about", name="uq_happenings_about"),
        sa.UniqueConstraint("name", name="uq_happenings_name"),
    )
    op.create_index("ix_happenings_happened_at", "happenings", ["happened_at"])
    op.create_index("ix_happenings_order_id", "happenings", ["order_id"])
    op.create_index("ix_happenings_type_id", "happenings", ["type", "id"])


def _endpoints() -> None:
    op.create_table(
        "endpoints",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("description", sa.String(length=120), nullable=False),
        sa.Column("types", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("earlier_secret", sa.Text(), nullable=True),
        sa.Column("earlier_until", UTC_TIME, nullable=True),
        sa.Column("created_at", UTC_TIME, nullable=False),
        sa.Column("created_by", sa.String(length=60), nullable=False),
        sa.Column("failing_since", UTC_TIME, nullable=True),
        sa.Column("rests_until", UTC_TIME, nullable=True),
        sa.Column("disabled_at", UTC_TIME, nullable=True),
        sa.Column("disabled_why", sa.String(length=200), nullable=True),
        sa.Column("removed_at", UTC_TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_endpoints"),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("happening_id", ROW_ID, nullable=False),
        sa.Column("endpoint_id", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", UTC_TIME, nullable=True),
        sa.Column("created_at", UTC_TIME, nullable=False),
        sa.Column("delivered_at", UTC_TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["endpoints.id"], name="fk_deliveries_endpoint_id_endpoints"
        ),
        sa.ForeignKeyConstraint(
            ["happening_id"], ["happenings.id"], name="fk_deliveries_happening_id_happenings"
        ),
        sa.PrimaryKeyConstraint("happening_id", "endpoint_id", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_created_at", "deliveries", ["created_at"])
    op.create_index("ix_deliveries_endpoint_id_due_at", "deliveries", ["endpoint_id", "due_at"])
    op.create_index("ix_deliveries_endpoint_id_happening_id", "deliveries", ["endpoint_id", "happening_id"])


def _delivery_attempts() -> None:
    op.create_table(
        "delivery_attempts",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("happening_id", ROW_ID, nullable=False),
        sa.Column("endpoint_id", sa.String(length=16), nullable=False),
        sa.Column("at", UTC_TIME, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("said", sa.String(length=200), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["happening_id", "endpoint_id"],
            ["deliveries.happening_id", "deliveries.endpoint_id"],
            name="fk_delivery_attempts_happening_id_endpoint_id_deliveries",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_delivery_attempts"),
    )
    op.create_index("ix_delivery_attempts_at", "delivery_attempts", ["at"])
    op.create_index("ix_delivery_attempts_endpoint_id_id", "delivery_attempts", ["endpoint_id", "id"])
    op.create_index(
        "ix_delivery_attempts_happening_id_endpoint_id", "delivery_attempts", ["happening_id", "endpoint_id"]
    )
