"""Orders as a shop makes them, and the words they are found by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from checkout.domain.words import words_of_order

revision = "0004"
down_revision = "0003"

UTC_TIME = sa.DateTime(timezone=True)
WORD = sa.String(64).with_variant(sa.VARCHAR(64, collation="C"), "postgresql")
ORDERS_AT_ONCE = 1_000

# Times go from row to row as the database keeps them, so that no driver makes another one of them.
_BATCH = sa.text(
    "select orders.id, orders.created_at, contacts.name, contacts.email, contacts.postcode from orders"
    " left join contacts on contacts.order_id = orders.id where orders.id > :after order by orders.id limit :limit"
)
_LINES = sa.text("select order_id, product_id from order_lines where order_id > :after and order_id <= :last")
_ADD_WORD = sa.text(
    "insert into order_words (word, created_at, order_id) values (:word, :created_at, :order_id)"
)


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
    op.create_index("ix_orders_currency_due_minor", "orders", ["currency", "due_minor", "created_at", "id"])
    op.create_index("ix_orders_shop_reference", "orders", ["shop_reference"])
    op.create_index("ix_orders_state_created_at_id", "orders", ["state", "created_at", "id"])


def _order_words() -> None:
    op.create_table(
        "order_words",
        sa.Column("word", WORD, nullable=False),
        sa.Column("created_at", UTC_TIME, nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_order_words_order_id_orders"),
        sa.PrimaryKeyConstraint("word", "created_at", "order_id", name="pk_order_words"),
    )
    _words_of_what_is_there()
    # Made afterwards: an index that exists is the slower to fill.
    op.create_index("ix_order_words_order_id", "order_words", ["order_id", "word"])


def _words_of_what_is_there() -> None:
    """The words of orders that were placed before there were words, some at a time: there may be a million."""
    bind, after = op.get_bind(), ""
    while batch := bind.execute(_BATCH, {"after": after, "limit": ORDERS_AT_ONCE}).all():
        products: dict[str, list[str]] = {}
        for line in bind.execute(_LINES, {"after": after, "last": batch[-1].id}):
            products.setdefault(line.order_id, []).append(line.product_id)
        rows = [
            {"word": word, "created_at": order.created_at, "order_id": order.id}
            for order in batch
            for word in words_of_order(
                order.name or "", order.email or "", [order.postcode or "", *products.get(order.id, [])]
            )
        ]
        if rows:
            bind.execute(_ADD_WORD, rows)
        after = batch[-1].id
