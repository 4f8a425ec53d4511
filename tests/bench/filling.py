"""Fills a database with orders that look like real ones, faster than any flow could: straight into the tables."""

from __future__ import annotations

from checkout.store.engine import Store

# The same SQL on both databases. Names that grow fill an index fastest, and it is then searched as any other.
_SERIES = "with recursive series(n) as (select <first> union all select n + 1 from series where n < <last>) "
_NUMBER = "cast(1000000 + n as text)"
_ORDER = f"'BENCH' || {_NUMBER}"
_PAYMENT = f"{_ORDER} || '-1'"
_NAMES = f"'bench-' || {_PAYMENT}"
_REFERENCE = f"'REF' || {_NUMBER}"
_CREATED = "'2026-10-01 10:00:00'"
_EXPIRES = "'2099-01-01 10:00:00'"


def _insert(table: str, values: dict[str, str]) -> str:
    return (
        f"insert into {table} ({', '.join(values)}) {_SERIES} select {', '.join(values.values())} from series"  # noqa: S608 -- our own words
    )


_FILL = (
    _insert(
        "orders",
        {
            "id": _ORDER, "token": f"'o' || {_NUMBER}", "form_key": f"'f' || {_NUMBER}", "due_minor": "2380",
            "currency": "'EUR'", "state": "'awaiting payment'", "created_at": "<time>" + _CREATED,
            "expires_at": "<time>" + _EXPIRES,
        },
    ),
    _insert(
        "payments",
        {
            "id": _PAYMENT, "order_id": _ORDER, "attempt": "1", "token": f"'p' || {_NUMBER}",
            "processor": "'paypal'", "names": _NAMES, "payee": "'BENCHMERCHANT'", "amount_minor": "2380",
            "currency": "'EUR'", "reference": _REFERENCE, "state": "'awaiting customer'",
            "created_at": "<time>" + _CREATED, "asks": "0",
        },
    ),
    _insert(
        "facts",
        {
            "processor": "'paypal'", "key": f"'opened:' || {_REFERENCE} || ':EUR 23.80:BENCHMERCHANT:' || {_NAMES}",
            "payment_id": _PAYMENT, "kind": "'opened'", "reference": _REFERENCE, "subject": _REFERENCE,
            "amount_minor": "2380", "currency": "'EUR'", "payee": "'BENCHMERCHANT'", "names": _NAMES,
            "learned_at": "<time>" + _CREATED, "learned_from": "'open'",
        },
    ),
)  # fmt: skip

_FILL_INBOX = _insert(
    "inbox",
    {
        "processor": "'paypal'", "event_id": f"'WH-' || {_NUMBER}", "body_digest": f"'d' || {_NUMBER}",
        "event_type": "'PAYMENT.CAPTURE.COMPLETED'", "transmission_id": f"'t' || {_NUMBER}",
        "binds_body": "false", "received_at": "<time>" + _CREATED, "state": "'<state>'", "attempts": "0",
        "kept": f"""'{{"custom_id":"' || {_NAMES} || '","order_id":"' || {_REFERENCE} || '"}}'""",
        "due_at": "<time>" + _CREATED,
    },
)  # fmt: skip

_CONTACTS = _insert(
    "contacts",
    {"order_id": _ORDER, "email": "'c@example.org'", "name": "''", "street": "''", "city": "''", "postcode": "''",
     "country": "''"},
)  # fmt: skip


_MAKE_DUE = (
    f"update payments set ask_at = <time>{_CREATED} where token in"  # noqa: S608 -- our own words
    f" ({_SERIES} select 'p' || {_NUMBER} from series)"
)


def fill_orders(store: Store, first: int, last: int) -> None:
    """Orders `first` to `last`, each with one payment that was opened; nothing of them is due."""
    _run(store, _FILL, first, last)


def fill_contacts(store: Store, first: int, last: int) -> None:
    """The contact of each of these orders."""
    _run(store, (_CONTACTS,), first, last)


def fill_inbox(store: Store, first: int, last: int, state: str, *, installation: str = "bench") -> None:
    """One event for each of these orders, that its payment was captured; new ones are due."""
    statement = _FILL_INBOX.replace("'bench-'", f"'{installation}-'")
    _run(store, (statement,), first, last, state)


def make_due(store: Store, first: int, last: int) -> None:
    """Let these orders' payments be due to be asked about."""
    _run(store, (_MAKE_DUE,), first, last)


def analyze(store: Store) -> None:
    """Let the database look at what it holds, as it does by itself after a while."""
    with store.begin() as tx:
        tx.exec_driver_sql("analyze")


def number_text(number: int) -> str:
    """What the names and tokens of an order's rows hold."""
    return str(1000000 + number)


def _run(store: Store, statements: tuple[str, ...], first: int, last: int, state: str = "") -> None:
    """SQLite keeps a time as text with six decimals; PostgreSQL must be told that a text is one."""
    with store.begin() as tx:
        if store.is_sqlite:
            tx.exec_driver_sql("pragma cache_size = -400000")  # KiB; the rows come in one transaction
        else:
            # Foreign keys are known to hold here, and checking them row by row takes most of the time.
            tx.exec_driver_sql("set local session_replication_role = replica")
        for statement in statements:
            time = "" if store.is_sqlite else "timestamptz "
            sql = statement.replace(":00:00'", ":00:00.000000'")
            for name, value in {"first": first, "last": last, "state": state, "time": time}.items():
                sql = sql.replace(f"<{name}>", str(value))
            tx.exec_driver_sql(sql)
