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
)

facts = Table(
    "facts",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("processor", String(24), nullable=False),
    Column("key", String(400), nullable=False),
    Column("payment_id", ForeignKey("payments.id"), nullable=False, index=True),
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
    UniqueConstraint("processor", "key"),
    Index("ix_facts_processor_subject", "processor", "subject"),
)

ledger = Table(
    "ledger",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("fact_id", ForeignKey("facts.id"), nullable=False),
    Column("payment_id", ForeignKey("payments.id"), nullable=False, index=True),
    Column("processor", String(24), nullable=False),
    Column("account", String(24), nullable=False),
    Column("side", String(6), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("posted_at", UtcTime, nullable=False),
    UniqueConstraint("fact_id", "account", "side"),
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
    UniqueConstraint("processor", "event_id", "body_digest"),
    Index("ix_inbox_state_due_at", "state", "due_at"),
    Index("ix_inbox_processor_transmission_id", "processor", "transmission_id"),
)

discrepancies = Table(
    "discrepancies",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("payment_id", ForeignKey("payments.id"), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("explanation", String(400), nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("resolved_at", UtcTime, nullable=True),
    Column("resolution", String(400), nullable=True),
    UniqueConstraint("payment_id", "kind"),
)

notices = Table(
    "notices",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("kind", String(24), nullable=False),
    Column("order_id", ForeignKey("orders.id"), nullable=False, index=True),
    Column("created_at", UtcTime, nullable=False),
    Column("sent_at", UtcTime, nullable=True),
)

APPEND_ONLY = ("facts", "ledger")
"""Tables whose rows refuse UPDATE and DELETE, by trigger, on both databases."""
