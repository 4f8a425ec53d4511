"""The first tables, and the triggers that keep facts and ledger append-only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

UTC_TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("facts", "ledger")


def upgrade() -> None:
    """Make every table, then forbid changes to what must only grow."""
    _inbox()
    _orders()
    _products()
    _contacts()
    _notices()
    _order_lines()
    _pay_links()
    _payments()
    _discrepancies()
    _facts()
    _intents()
    _ledger()
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in APPEND_ONLY:
        for statement in _sqlite_triggers(table) if on_sqlite else _postgresql_triggers(table):
            op.execute(statement)


def _sqlite_triggers(table: str) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    return [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {refuse}"
        for verb in ("UPDATE", "DELETE")
    ]


def _postgresql_triggers(table: str) -> list[str]:
    function = f"{table}_append_only()"
    refuse = f"BEGIN RAISE EXCEPTION '{table} is append-only'; END"
    each = f"FOR EACH ROW EXECUTE FUNCTION {function}"
    whole = f"FOR EACH STATEMENT EXECUTE FUNCTION {function}"
    return [
        f"CREATE FUNCTION {function} RETURNS trigger LANGUAGE plpgsql AS $$ {refuse} $$",
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} {each}",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} {whole}",
    ]


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("processor", sa.String(length=24), nullable=False),
        sa.Column("event_id", sa.String(length=80), nullable=False),
        sa.Column("body_digest", sa.String(length=64), nullable=False),
        sa.Column("event_type", sa.String(length=80), nullable=False),
        sa.Column("transmission_id", sa.String(length=80), nullable=False),
        sa.Column("binds_body", sa.Boolean(), nullable=False),
        sa.Column("occurred_at", UTC_TIME, nullable=True),
        sa.Column("received_at", UTC_TIME, nullable=False),
        sa.Column("kept", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", UTC_TIME, nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("payment_id", sa.String(length=44), nullable=True),
        sa.Column("finished_at", UTC_TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint(
            "processor", "event_id", "body_digest", name=op.f("uq_inbox_processor_event_id_body_digest")
        ),
    )
    op.create_index("ix_inbox_payment_id", "inbox", ["payment_id"])
    op.create_index("ix_inbox_processor_transmission_id", "inbox", ["processor", "transmission_id"])
    op.create_index("ix_inbox_state_due_at", "inbox", ["state", "due_at"])


def _orders() -> None:
    op.create_table(
        "orders",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("form_key", sa.String(length=64), nullable=False),
        sa.Column("due_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("closed", sa.String(length=24), nullable=True),
        sa.Column("closed_at", UTC_TIME, nullable=True),
        sa.Column("created_at", UTC_TIME, nullable=False),
        sa.Column("expires_at", UTC_TIME, nullable=False),
        sa.Column("paid_at", UTC_TIME, nullable=True),
        sa.CheckConstraint("due_minor > 0", name=op.f("ck_orders_due_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("form_key", name=op.f("uq_orders_form_key")),
        sa.UniqueConstraint("token", name=op.f("uq_orders_token")),
    )
    op.create_index("ix_orders_created_at", "orders", ["created_at"])
    op.create_index("ix_orders_state_expires_at", "orders", ["state", "expires_at"])


def _products() -> None:
    op.create_table(
        "products",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("needs_address", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTC_TIME, nullable=False),
        sa.CheckConstraint("price_minor > 0", name=op.f("ck_products_price_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
    )


def _contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("street", sa.String(length=200), nullable=False),
        sa.Column("city", sa.String(length=120), nullable=False),
        sa.Column("postcode", sa.String(length=20), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_contacts_order_id_orders")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_contacts")),
    )


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", UTC_TIME, nullable=False),
        sa.Column("sent_at", UTC_TIME, nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_notices_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_order_id", "notices", ["order_id"])


def _order_lines() -> None:
    op.create_table(
        "order_lines",
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_lines_order_id_orders")),
        sa.PrimaryKeyConstraint("order_id", "position", name=op.f("pk_order_lines")),
    )


def _pay_links() -> None:
    op.create_table(
        "pay_links",
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("product_id", sa.String(length=64), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTC_TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_pay_links_product_id_products")
        ),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_pay_links")),
    )


def _payments() -> None:
    op.create_table(
        "payments",
        sa.Column("id", sa.String(length=44), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("processor", sa.String(length=24), nullable=False),
        sa.Column("names", sa.String(length=127), nullable=False),
        sa.Column("payee", sa.String(length=64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=True),
        sa.Column("hand_over_url", sa.String(length=500), nullable=True),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=True),
        sa.Column("created_at", UTC_TIME, nullable=False),
        sa.Column("ask_at", UTC_TIME, nullable=True),
        sa.Column("asks", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_payments_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("order_id", "attempt", name=op.f("uq_payments_order_id_attempt")),
        sa.UniqueConstraint("processor", "names", name=op.f("uq_payments_processor_names")),
        sa.UniqueConstraint("processor", "reference", name=op.f("uq_payments_processor_reference")),
        sa.UniqueConstraint("token", name=op.f("uq_payments_token")),
    )
    op.create_index("ix_payments_ask_at", "payments", ["ask_at"])
    op.create_index("ix_payments_order_id", "payments", ["order_id"])


def _discrepancies() -> None:
    op.create_table(
        "discrepancies",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("payment_id", sa.String(length=44), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("explanation", sa.String(length=400), nullable=False),
        sa.Column("opened_at", UTC_TIME, nullable=False),
        sa.Column("resolved_at", UTC_TIME, nullable=True),
        sa.Column("resolution", sa.String(length=400), nullable=True),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_discrepancies_payment_id_payments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discrepancies")),
        sa.UniqueConstraint("payment_id", "kind", name=op.f("uq_discrepancies_payment_id_kind")),
    )


def _facts() -> None:
    op.create_table(
        "facts",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("processor", sa.String(length=24), nullable=False),
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("payment_id", sa.String(length=44), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("payee", sa.String(length=64), nullable=True),
        sa.Column("names", sa.String(length=127), nullable=True),
        sa.Column("reason", sa.String(length=120), nullable=True),
        sa.Column("happened_at", UTC_TIME, nullable=True),
        sa.Column("learned_at", UTC_TIME, nullable=False),
        sa.Column("learned_from", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_facts_payment_id_payments")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facts")),
        sa.UniqueConstraint("processor", "key", name=op.f("uq_facts_processor_key")),
    )
    op.create_index("ix_facts_payment_id", "facts", ["payment_id"])
    op.create_index("ix_facts_processor_subject", "facts", ["processor", "subject"])


def _intents() -> None:
    op.create_table(
        "intents",
        sa.Column("payment_id", sa.String(length=44), nullable=False),
        sa.Column("operation", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=108), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("asked_at", UTC_TIME, nullable=False),
        sa.Column("repeated_at", UTC_TIME, nullable=True),
        sa.Column("resolved_at", UTC_TIME, nullable=True),
        sa.Column("issue", sa.String(length=120), nullable=True),
        sa.Column("reaction", sa.String(length=24), nullable=True),
        sa.Column("debug_id", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_intents_payment_id_payments")),
        sa.PrimaryKeyConstraint("payment_id", "operation", "attempt", name=op.f("pk_intents")),
        sa.UniqueConstraint("key", name=op.f("uq_intents_key")),
    )


def _ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("fact_id", ROW_ID, nullable=False),
        sa.Column("payment_id", sa.String(length=44), nullable=False),
        sa.Column("processor", sa.String(length=24), nullable=False),
        sa.Column("account", sa.String(length=24), nullable=False),
        sa.Column("side", sa.String(length=6), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("posted_at", UTC_TIME, nullable=False),
        sa.CheckConstraint("side in ('debit', 'credit')", name=op.f("ck_ledger_side_known")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_ledger_amount_positive")),
        sa.ForeignKeyConstraint(["fact_id"], ["facts.id"], name=op.f("fk_ledger_fact_id_facts")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_ledger_payment_id_payments")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
        sa.UniqueConstraint("fact_id", "account", "side", name=op.f("uq_ledger_fact_id_account_side")),
    )
    op.create_index("ix_ledger_payment_id", "ledger", ["payment_id"])
