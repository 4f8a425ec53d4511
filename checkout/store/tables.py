"""Every table of the house. Facts and ledger are append-only, and hold no personal data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    true,
)
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy import Dialect

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC datetime on both databases; SQLite itself knows no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"a time without a zone was about to be stored: {value!r}"
            raise ValueError(message)
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back an aware UTC time."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


ROW_ID = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts by itself only in a column declared INTEGER PRIMARY KEY."""

products = Table(
    "products",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("title", String(120), nullable=False),
    Column("description", Text, nullable=False),
    Column("price_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("needs_address", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("capture_later", Boolean, nullable=False, server_default=false()),
    CheckConstraint("price_minor > 0", name="price_positive"),
)

pay_links = Table(
    "pay_links",
    metadata,
    Column("token", String(40), primary_key=True),
    Column("product_id", ForeignKey("products.id"), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("capture_later", Boolean, nullable=True),
)

orders = Table(
    "orders",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("token", String(40), nullable=False, unique=True),
    Column("form_key", String(64), nullable=False, unique=True),
    Column("due_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("state", String(24), nullable=False),
    Column("closed", String(24), nullable=True),
    Column("closed_at", UtcTime, nullable=True),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("paid_at", UtcTime, nullable=True),
    Column("capture_later", Boolean, nullable=False, server_default=false()),
    CheckConstraint("due_minor > 0", name="due_positive"),
    Index("ix_orders_created_at", "created_at"),
    Index("ix_orders_state_expires_at", "state", "expires_at"),
)

order_lines = Table(
    "order_lines",
    metadata,
    Column("order_id", ForeignKey("orders.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("product_id", String(64), nullable=False),
    Column("title", String(120), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("unit_minor", BigInteger, nullable=False),
)

contacts = Table(
    "contacts",
    metadata,
    Column("order_id", ForeignKey("orders.id"), primary_key=True),
    Column("email", String(254), nullable=False),
    Column("name", String(120), nullable=False),
    Column("street", String(200), nullable=False),
    Column("city", String(120), nullable=False),
    Column("postcode", String(20), nullable=False),
    Column("country", String(2), nullable=False),
)

payments = Table(
    "payments",
    metadata,
    Column("id", String(44), primary_key=True),
    Column("order_id", ForeignKey("orders.id"), nullable=False, index=True),
    Column("attempt", Integer, nullable=False),
    Column("token", String(40), nullable=False, unique=True),
    Column("processor", String(24), nullable=False),
    Column("names", String(127), nullable=False),
    Column("payee", String(64), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("reference", String(64), nullable=True),
    Column("hand_over_url", String(500), nullable=True),
    Column("state", String(24), nullable=False),
    Column("reason", String(120), nullable=True),
    Column("created_at", UtcTime, nullable=False),
    Column("ask_at", UtcTime, nullable=True, index=True),
    Column("asks", Integer, nullable=False),
    Column("capture_later", Boolean, nullable=False, server_default=false()),
    Column("honoured_until", UtcTime, nullable=True),
    Column("authorized_until", UtcTime, nullable=True, index=True),
    UniqueConstraint("order_id", "attempt"),
    UniqueConstraint("processor", "names"),
    UniqueConstraint("processor", "reference"),
)

intents = Table(
    "intents",
    metadata,
    Column("payment_id", ForeignKey("payments.id"), primary_key=True),
    Column("operation", String(16), primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("key", String(108), nullable=False, unique=True),
    Column("amount_minor", BigInteger, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("repeated_at", UtcTime, nullable=True),
    Column("resolved_at", UtcTime, nullable=True),
    Column("issue", String(120), nullable=True),
    Column("reaction", String(24), nullable=True),
    Column("debug_id", String(64), nullable=True),
    Column("subject", String(64), nullable=True),
    Column("invoice", String(127), nullable=True),
    Column("result", String(64), nullable=True),
    Column("wished_by", String(60), nullable=True),
    Column("agreed_by", String(60), nullable=True),
    Column("note", String(255), nullable=True),
    Column("request", String(80), nullable=True),
    Column("final", Boolean, nullable=False, server_default=true()),
    Index("ix_intents_outcome", "outcome"),
    Index("ix_intents_invoice", "invoice"),
)

facts = Table(
    "facts",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("processor", String(24), nullable=False),
    Column("key", String(400), nullable=False),
    Column("payment_id", ForeignKey("payments.id"), nullable=True, index=True),
    Column("kind", String(24), nullable=False),
    Column("reference", String(64), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("amount_minor", BigInteger, nullable=True),
    Column("currency", String(3), nullable=True),
    Column("payee", String(64), nullable=True),
    Column("names", String(127), nullable=True),
    Column("reason", String(120), nullable=True),
    Column("happened_at", UtcTime, nullable=True),
    Column("learned_at", UtcTime, nullable=False),
    Column("learned_from", String(24), nullable=False),
    Column("into_minor", BigInteger, nullable=True),
    Column("into_currency", String(3), nullable=True),
    Column("words", Text, nullable=True),
    UniqueConstraint("processor", "key"),
    Index("ix_facts_processor_subject", "processor", "subject"),
    Index("ix_facts_learned_at", "learned_at"),
    Index("ix_facts_processor_learned_at", "processor", "learned_at", "id"),
)

ledger = Table(
    "ledger",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("fact_id", ForeignKey("facts.id"), nullable=False),
    Column("payment_id", ForeignKey("payments.id"), nullable=True, index=True),
    Column("processor", String(24), nullable=False),
    Column("account", String(24), nullable=False),
    Column("side", String(6), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("posted_at", UtcTime, nullable=False),
    Column("hash", String(64), nullable=False),
    UniqueConstraint("fact_id", "account", "side", "currency"),
    Index("ix_ledger_account_currency_posted_at", "account", "currency", "posted_at"),
    CheckConstraint("amount_minor > 0", name="amount_positive"),
    CheckConstraint("side in ('debit', 'credit')", name="side_known"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("processor", String(24), nullable=False),
    Column("event_id", String(80), nullable=False),
    Column("body_digest", String(64), nullable=False),
    Column("event_type", String(80), nullable=False),
    Column("transmission_id", String(80), nullable=False),
    Column("binds_body", Boolean, nullable=False),
    Column("occurred_at", UtcTime, nullable=True),
    Column("received_at", UtcTime, nullable=False),
    Column("kept", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("reason", String(200), nullable=True),
    Column("payment_id", String(44), nullable=True, index=True),
    Column("finished_at", UtcTime, nullable=True),
    Column("came_by", String(16), nullable=False, server_default="webhook"),
    UniqueConstraint("processor", "event_id", "body_digest"),
    Index("ix_inbox_state_due_at", "state", "due_at"),
    Index("ix_inbox_processor_transmission_id", "processor", "transmission_id"),
)

discrepancies = Table(
    "discrepancies",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("processor", String(24), nullable=False),
    Column("key", String(200), nullable=False),
    Column("payment_id", ForeignKey("payments.id"), nullable=True, index=True),
    Column("kind", String(40), nullable=False),
    Column("subject", String(64), nullable=True),
    Column("explanation", String(400), nullable=False),
    Column("ours", String(200), nullable=True),
    Column("theirs", String(200), nullable=True),
    Column("opened_at", UtcTime, nullable=False),
    Column("resolved_at", UtcTime, nullable=True),
    Column("resolution", String(400), nullable=True),
    Column("resolved_by", String(60), nullable=True),
    UniqueConstraint("processor", "key"),
    Index("ix_discrepancies_resolved_at", "resolved_at"),
)

disputes = Table(
    "disputes",
    metadata,
    Column("processor", String(24), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("payment_id", ForeignKey("payments.id"), nullable=False, index=True),
    Column("status", String(24), nullable=False),
    Column("stage", String(24), nullable=False),
    Column("outcome", String(24), nullable=False),
    Column("reason", String(120), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("amount_minor", BigInteger, nullable=True),
    Column("currency", String(3), nullable=True),
    Column("due_at", UtcTime, nullable=True),
    Column("allows", String(400), nullable=False),
    Column("updated_at", UtcTime, nullable=True),
    Index("ix_disputes_status_due_at", "status", "due_at"),
)

notices = Table(
    "notices",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("kind", String(24), nullable=False),
    Column("order_id", ForeignKey("orders.id"), nullable=True, index=True),
    Column("created_at", UtcTime, nullable=False),
    Column("sent_at", UtcTime, nullable=True),
    Column("about", String(80), nullable=True),
    Index("ix_notices_about", "about"),
    Index("ix_notices_sent_at", "sent_at"),
)

halts = Table(
    "halts",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("processor", String(24), nullable=False),
    Column("stops", String(16), nullable=False),
    Column("cause", String(80), nullable=False),
    Column("said", String(400), nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("ended_at", UtcTime, nullable=True),
    Column("ended_by", String(60), nullable=True),
    Index("ix_halts_ended_at", "ended_at"),
)

watermarks = Table(
    "watermarks",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("said", Text, nullable=True),
)

report_runs = Table(
    "report_runs",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("processor", String(24), nullable=False),
    Column("start_at", UtcTime, nullable=False),
    Column("end_at", UtcTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("read_to", UtcTime, nullable=False),
    Column("page", Integer, nullable=False),
    Column("compared_to", String(200), nullable=True),
    Column("rows", Integer, nullable=False),
    Column("found", Integer, nullable=False),
    Column("begun_at", UtcTime, nullable=False),
    Column("touched_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime, nullable=True),
    Column("said", String(400), nullable=True),
)

report_rows = Table(
    "report_rows",
    metadata,
    Column("processor", String(24), primary_key=True),
    Column("subject", String(64), primary_key=True),
    Column("code", String(8), primary_key=True),
    Column("at", UtcTime, primary_key=True),
    Column("kind", String(24), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("fee_minor", BigInteger, nullable=True),
    Column("status", String(24), nullable=False),
    Column("of", String(64), nullable=True),
    Column("names", String(127), nullable=True),
    Column("invoice", String(127), nullable=True),
    Column("balance_minor", BigInteger, nullable=True),
    Column("run_id", ForeignKey("report_runs.id"), nullable=False),
    Column("copies", Integer, nullable=False),
    Index("ix_report_rows_at", "processor", "at", "subject", "code"),
    Index("ix_report_rows_of", "of"),
)

APPEND_ONLY = ("facts", "ledger")
"""Tables whose rows refuse UPDATE and DELETE, by trigger, on both databases."""
