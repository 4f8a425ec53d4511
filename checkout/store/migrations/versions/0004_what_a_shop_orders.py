"""Orders as a shop makes them, and the words they are found by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

UTC_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add them."""
    _orders()
    _order_words()


def _orders() -> None:
    op.add_column("orders", sa.Column("origin", sa.String(length=16), server_default="form", nullable=False))
    op.add_column("orders", sa.Column("shop_reference", sa.String(length=64), nullable=True))
    op.add_column("orders", sa.Column("shipping_minor", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("orders", sa.Column("tax_minor", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("orders", sa.Column("locale", sa.String(length=16), nullable=True))
    op.add_column("orders", sa.Column("return_url", sa.String(length=500), nullable=True))
    op.drop_index("ix_orders_created_at", table_name="orders")
    op.create_index("ix_orders_created_at_id", "orders", ["created_at", "id"])
    op.create_index("ix_orders_currency_due_minor", "orders", ["currency", "due_minor"])
    op.create_index("ix_orders_shop_reference", "orders", ["shop_reference"])
    op.create_index("ix_orders_state_created_at_id", "orders", ["state", "created_at", "id"])


def _order_words() -> None:
    op.create_table(
        "order_words",
        sa.Column("word", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", UTC_TIME, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_order_words_order_id_orders"),
        sa.PrimaryKeyConstraint("word", "order_id", name="pk_order_words"),
    )
    op.create_index("ix_order_words_order_id", "order_words", ["order_id"])
