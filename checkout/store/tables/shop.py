"""Tables of the shop's developer: keys and answers of the API, what happened, and who is told."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from checkout.store.tables.base import ROW_ID, UtcTime, metadata

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("family", String(16), nullable=False),
    Column("mode", String(8), nullable=False),
    Column("name", String(80), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("hint", String(8), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", String(60), nullable=False),
    Column("last_used_at", UtcTime, nullable=True),
    Column("expires_at", UtcTime, nullable=True),
    Column("revoked_at", UtcTime, nullable=True),
    Column("revoked_by", String(60), nullable=True),
    Column("replaced_by", String(16), nullable=True),
)
"""A key itself is shown once and never kept: only its SHA-256, which guesses nothing of 160 random bits.

Keys that followed each other by rotation are one family: the same program holds them.
"""

api_answers = Table(
    "api_answers",
    metadata,
    Column("family", String(16), primary_key=True),
    Column("request_key", String(64), primary_key=True),
    Column("asked", String(200), nullable=False),
    Column("body_digest", String(64), nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("forget_at", UtcTime, nullable=False, index=True),
    Column("status", Integer, nullable=True),
    Column("headers", Text, nullable=True),
    Column("body", Text, nullable=True),
)
"""The first answer to each Idempotency-Key, for as long as it is replayed; no status while it is in flight.

Of the key itself only a digest is kept, and the answer is sealed: it may hold a customer's name.
"""

happenings = Table(
    "happenings",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("name", String(40), nullable=False, unique=True),
    Column("type", String(40), nullable=False),
    Column("about", String(200), nullable=False, unique=True),
    Column("order_id", ForeignKey("orders.id"), nullable=True, index=True),
    Column("payment_id", ForeignKey("payments.id"), nullable=True),
    Column("subject", String(64), nullable=True),
    Column("told", Text, nullable=False),
    Column("happened_at", UtcTime, nullable=False, index=True),
    Index("ix_happenings_type_id", "type", "id"),
)
"""What the shop is told of, once each: ids, states and amounts, never a person."""

endpoints = Table(
    "endpoints",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("url", String(500), nullable=False),
    Column("description", String(120), nullable=False),
    Column("types", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("earlier_secret", Text, nullable=True),
    Column("earlier_until", UtcTime, nullable=True),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", String(60), nullable=False),
    Column("failing_since", UtcTime, nullable=True),
    Column("rests_until", UtcTime, nullable=True),
    Column("disabled_at", UtcTime, nullable=True),
    Column("disabled_why", String(200), nullable=True),
    Column("removed_at", UtcTime, nullable=True),
)
"""Where the shop wants to be told. Secrets are sealed with a key made of SECRET_KEY."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("happening_id", ForeignKey("happenings.id"), primary_key=True),
    Column("endpoint_id", ForeignKey("endpoints.id"), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcTime, nullable=True),
    Column("created_at", UtcTime, nullable=False),
    Column("delivered_at", UtcTime, nullable=True),
    Index("ix_deliveries_endpoint_id_due_at", "endpoint_id", "due_at"),
    Index("ix_deliveries_endpoint_id_happening_id", "endpoint_id", "happening_id"),
    Index("ix_deliveries_created_at", "created_at"),
    Index("ix_deliveries_state_happening_id", "state", "happening_id", "endpoint_id"),
)
"""One happening for one endpoint. Claiming one moves its `due_at`, so a worker that dies gives it back by itself."""

delivery_attempts = Table(
    "delivery_attempts",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("happening_id", ROW_ID, nullable=False),
    Column("endpoint_id", String(16), nullable=False),
    Column("at", UtcTime, nullable=False, index=True),
    Column("status", Integer, nullable=True),
    Column("said", String(200), nullable=False),
    Column("took_ms", Integer, nullable=False),
    ForeignKeyConstraint(
        ["happening_id", "endpoint_id"], ["deliveries.happening_id", "deliveries.endpoint_id"]
    ),
    Index("ix_delivery_attempts_happening_id_endpoint_id", "happening_id", "endpoint_id"),
    Index("ix_delivery_attempts_endpoint_id_id", "endpoint_id", "id"),
)
"""What came of each attempt, in few words; never a body. Kept for thirty days."""

link_keys = Table(
    "link_keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("secret", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", String(60), nullable=False),
    Column("expires_at", UtcTime, nullable=True),
    Column("replaced_by", String(16), nullable=True),
    Column("revoked_at", UtcTime, nullable=True),
    Column("revoked_by", String(60), nullable=True),
)
"""What the shop signs pay links with. Secrets are sealed with a key made of SECRET_KEY."""
