"""Refunds, reservations, disputes, reports; facts of the account itself; a chain over the ledger."""

from __future__ import annotations

import hashlib
from datetime import UTC

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

UTC_TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add what the first tables lack; facts and ledger may now speak of the account itself."""
    _ways_to_pay()
    _intents()
    _inbox()
    _facts_and_ledger()
    _discrepancies()
    _notices()
    _disputes()
    _halts()
    _reports()


def _ways_to_pay() -> None:
    for table in ("products", "orders", "payments"):
        op.add_column(
            table, sa.Column("capture_later", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    op.add_column("pay_links", sa.Column("capture_later", sa.Boolean(), nullable=True))
    op.add_column("payments", sa.Column("honoured_until", UTC_TIME, nullable=True))
    op.add_column("payments", sa.Column("authorized_until", UTC_TIME, nullable=True))
    op.create_index("ix_payments_authorized_until", "payments", ["authorized_until"])


def _intents() -> None:
    for name, length in (("subject", 64), ("invoice", 127), ("result", 64), ("wished_by", 60)):
        op.add_column("intents", sa.Column(name, sa.String(length=length), nullable=True))
    for name, length in (("agreed_by", 60), ("note", 255), ("request", 80)):
        op.add_column("intents", sa.Column(name, sa.String(length=length), nullable=True))
    op.add_column("intents", sa.Column("final", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.create_index("ix_intents_outcome", "intents", ["outcome"])
    op.create_index("ix_intents_invoice", "intents", ["invoice"])


def _inbox() -> None:
    column = sa.Column("came_by", sa.String(length=16), server_default="webhook", nullable=False)
    op.add_column("inbox", column)


def _facts_and_ledger() -> None:
    """SQLite makes a table anew to change a column, and cannot while another one refers to its rows."""
    op.execute("CREATE TABLE ledger_before AS SELECT * FROM ledger")
    op.drop_table("ledger")
    with op.batch_alter_table("facts") as facts:
        facts.add_column(sa.Column("into_minor", sa.BigInteger(), nullable=True))
        facts.add_column(sa.Column("into_currency", sa.String(length=3), nullable=True))
        facts.add_column(sa.Column("words", sa.Text(), nullable=True))
        facts.alter_column("payment_id", existing_type=sa.String(length=44), nullable=True)
    op.create_index("ix_facts_learned_at", "facts", ["learned_at"])
    _ledger()
    _chain_again()
    op.drop_table("ledger_before")
    if op.get_bind().dialect.name == "sqlite":
        for table in ("facts", "ledger"):
            for verb in ("UPDATE", "DELETE"):
                refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                op.execute(f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {refuse}")
        return
    call = "EXECUTE FUNCTION ledger_append_only()"
    op.execute(f"CREATE TRIGGER ledger_no_change BEFORE UPDATE OR DELETE ON ledger FOR EACH ROW {call}")
    op.execute(f"CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON ledger FOR EACH STATEMENT {call}")


def _ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("fact_id", ROW_ID, nullable=False),
        sa.Column("payment_id", sa.String(length=44), nullable=True),
        sa.Column("processor", sa.String(length=24), nullable=False),
        sa.Column("account", sa.String(length=24), nullable=False),
        sa.Column("side", sa.String(length=6), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("posted_at", UTC_TIME, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("side in ('debit', 'credit')", name=op.f("ck_ledger_side_known")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_ledger_amount_positive")),
        sa.ForeignKeyConstraint(["fact_id"], ["facts.id"], name=op.f("fk_ledger_fact_id_facts")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_ledger_payment_id_payments")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
        sa.UniqueConstraint(
            "fact_id", "account", "side", "currency", name=op.f("uq_ledger_fact_id_account_side_currency")
        ),
    )
    op.create_index("ix_ledger_payment_id", "ledger", ["payment_id"])
    op.create_index("ix_ledger_account_currency_posted_at", "ledger", ["account", "currency", "posted_at"])


def _chain_again() -> None:
    """Each line's hash covers the line before it. As checkout/store/chain.py did when this was written."""
    before = sa.table(
        "ledger_before",
        *(
            sa.column(name, UTC_TIME if name == "posted_at" else None)
            for name in ("id", "fact_id", "payment_id", "processor", "account", "side", "amount_minor")
        ),
        sa.column("currency"),
        sa.column("posted_at", UTC_TIME),
    )
    facts = sa.table("facts", sa.column("id"), sa.column("key"))
    ledger = sa.table(
        "ledger", *(sa.column(column.name, column.type) for column in before.c), sa.column("hash")
    )
    connection, last = op.get_bind(), ""
    lines = sa.select(before, facts.c.key).join(facts, facts.c.id == before.c.fact_id).order_by(before.c.id)
    for line in connection.execute(lines).mappings().all():
        said = "|".join(
            str(line[name] or "")
            for name in ("key", "processor", "payment_id", "account", "side", "amount_minor", "currency")
        )
        posted_at = line["posted_at"]
        if posted_at.tzinfo is not None:  # PostgreSQL tells it in its own zone, SQLite in none: UTC
            posted_at = posted_at.astimezone(UTC).replace(tzinfo=None)
        moment = posted_at.isoformat(timespec="microseconds")
        last = hashlib.sha256(f"{last}|{said}|{moment}".encode()).hexdigest()
        values = {name: line[name] for name in line if name != "key"}
        connection.execute(ledger.insert().values(**values, hash=last))
    if connection.dialect.name == "postgresql":
        op.execute(
            "SELECT setval(pg_get_serial_sequence('ledger', 'id'), coalesce((SELECT max(id) FROM ledger), 0) + 1, false)"
        )


def _discrepancies() -> None:
    op.execute("CREATE TABLE discrepancies_before AS SELECT * FROM discrepancies")
    op.drop_table("discrepancies")
    op.create_table(
        "discrepancies",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("processor", sa.String(length=24), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("payment_id", sa.String(length=44), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=True),
        sa.Column("explanation", sa.String(length=400), nullable=False),
        sa.Column("ours", sa.String(length=200), nullable=True),
        sa.Column("theirs", sa.String(length=200), nullable=True),
        sa.Column("opened_at", UTC_TIME, nullable=False),
        sa.Column("resolved_at", UTC_TIME, nullable=True),
        sa.Column("resolution", sa.String(length=400), nullable=True),
        sa.Column("resolved_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_discrepancies_payment_id_payments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discrepancies")),
        sa.UniqueConstraint("processor", "key", name=op.f("uq_discrepancies_processor_key")),
    )
    op.create_index("ix_discrepancies_payment_id", "discrepancies", ["payment_id"])
    op.create_index("ix_discrepancies_resolved_at", "discrepancies", ["resolved_at"])
    kept = "payment_id, kind, explanation, opened_at, resolved_at, resolution"
    op.execute(
        f"INSERT INTO discrepancies (processor, key, {kept})"  # noqa: S608 -- fixed words
        " SELECT payments.processor, payment_id || ':' || kind,"
        f" {kept} FROM discrepancies_before JOIN payments ON payments.id = payment_id"
        " ORDER BY discrepancies_before.id"
    )
    op.drop_table("discrepancies_before")


def _notices() -> None:
    with op.batch_alter_table("notices") as notices:
        notices.add_column(sa.Column("about", sa.String(length=80), nullable=True))
        notices.alter_column("id", existing_type=sa.String(length=80), type_=sa.String(length=120))
        notices.alter_column("order_id", existing_type=sa.String(length=40), nullable=True)
    op.create_index("ix_notices_about", "notices", ["about"])
    op.create_index("ix_notices_sent_at", "notices", ["sent_at"])


def _disputes() -> None:
    op.create_table(
        "disputes",
        sa.Column("processor", sa.String(length=24), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("payment_id", sa.String(length=44), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("stage", sa.String(length=24), nullable=False),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("due_at", UTC_TIME, nullable=True),
        sa.Column("allows", sa.String(length=400), nullable=False),
        sa.Column("updated_at", UTC_TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_disputes_payment_id_payments")
        ),
        sa.PrimaryKeyConstraint("processor", "id", name=op.f("pk_disputes")),
    )
    op.create_index("ix_disputes_payment_id", "disputes", ["payment_id"])
    op.create_index("ix_disputes_status_due_at", "disputes", ["status", "due_at"])


def _halts() -> None:
    op.create_table(
        "halts",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("processor", sa.String(length=24), nullable=False),
        sa.Column("stops", sa.String(length=16), nullable=False),
        sa.Column("cause", sa.String(length=80), nullable=False),
        sa.Column("said", sa.String(length=400), nullable=False),
        sa.Column("since", UTC_TIME, nullable=False),
        sa.Column("ended_at", UTC_TIME, nullable=True),
        sa.Column("ended_by", sa.String(length=60), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_halts")),
    )
    op.create_index("ix_halts_ended_at", "halts", ["ended_at"])
    op.create_table(
        "watermarks",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("at", UTC_TIME, nullable=False),
        sa.Column("said", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_watermarks")),
    )


def _reports() -> None:
    op.create_table(
        "report_runs",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("processor", sa.String(length=24), nullable=False),
        sa.Column("start_at", UTC_TIME, nullable=False),
        sa.Column("end_at", UTC_TIME, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("read_to", UTC_TIME, nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("compared_to", sa.String(length=200), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("begun_at", UTC_TIME, nullable=False),
        sa.Column("touched_at", UTC_TIME, nullable=False),
        sa.Column("ended_at", UTC_TIME, nullable=True),
        sa.Column("said", sa.String(length=400), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_runs")),
    )
    op.create_table(
        "report_rows",
        sa.Column("processor", sa.String(length=24), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("at", UTC_TIME, nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("of", sa.String(length=64), nullable=True),
        sa.Column("names", sa.String(length=127), nullable=True),
        sa.Column("invoice", sa.String(length=127), nullable=True),
        sa.Column("balance_minor", sa.BigInteger(), nullable=True),
        sa.Column("run_id", ROW_ID, nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["report_runs.id"], name=op.f("fk_report_rows_run_id_report_runs")
        ),
        sa.PrimaryKeyConstraint("processor", "subject", "code", "at", name=op.f("pk_report_rows")),
    )
    op.create_index("ix_report_rows_at", "report_rows", ["processor", "at", "subject", "code"])
