"""Tables of the back office: who may work in it, how they prove who they are, and what they did and saw."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from checkout.store.tables.base import ROW_ID, UtcTime, metadata

operators = Table(
    "operators",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(60), nullable=False, unique=True),
    Column("email", String(254), nullable=False, unique=True),
    Column("role", String(12), nullable=False),
    Column("password_hash", String(200), nullable=True),
    Column("totp_secret", Text, nullable=True),
    Column("totp_last_step", BigInteger, nullable=True),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", String(60), nullable=False),
    Column("disabled_at", UtcTime, nullable=True),
    Column("failed_tries", Integer, nullable=False, server_default="0"),
    Column("locked_until", UtcTime, nullable=True),
)
"""The secret of the one-time codes is sealed with a key made of SECRET_KEY."""

passkeys = Table(
    "passkeys",
    metadata,
    Column("credential", String(1400), primary_key=True),
    Column("operator_id", ForeignKey("operators.id"), nullable=False, index=True),
    Column("public_key", Text, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("name", String(60), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("last_used_at", UtcTime, nullable=True),
)

invitations = Table(
    "invitations",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("role", String(12), nullable=False),
    Column("operator_id", ForeignKey("operators.id"), nullable=True),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", String(60), nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("used_at", UtcTime, nullable=True),
)
"""One-time codes: for the first operator, for each later one, and for one who lost the means to sign in."""

office_sessions = Table(
    "office_sessions",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("operator_id", ForeignKey("operators.id"), nullable=False, index=True),
    Column("device", String(80), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("stepped_up_at", UtcTime, nullable=True),
    Column("wrong_codes", Integer, nullable=False, server_default="0"),
    Column("ended_at", UtcTime, nullable=True),
    Column("ended_by", String(60), nullable=True),
)

challenges = Table(
    "challenges",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("purpose", String(16), nullable=False),
    Column("expires_at", UtcTime, nullable=False, index=True),
)
"""What a passkey is asked to sign, until it is used once."""

audit = Table(
    "audit",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("at", UtcTime, nullable=False),
    Column("who", String(60), nullable=False),
    Column("by_way_of", String(16), nullable=False),
    Column("did", String(60), nullable=False),
    Column("kind", String(24), nullable=True),
    Column("subject", String(120), nullable=True),
    Column("said", String(400), nullable=True),
    Index("ix_audit_kind_subject", "kind", "subject"),
    Index("ix_audit_who_id", "who", "id"),
)
"""Who did and saw what. Append-only; names orders and operators, never a customer."""

order_notes = Table(
    "order_notes",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("order_id", ForeignKey("orders.id"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("who", String(60), nullable=False),
    Column("text", Text, nullable=False),
)

saved_views = Table(
    "saved_views",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("operator_id", ForeignKey("operators.id"), nullable=False),
    Column("page", String(24), nullable=False),
    Column("name", String(60), nullable=False),
    Column("query", String(500), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("operator_id", "page", "name"),
)
