"""More than forty shops that are set up wrong, each in its own way: the doctor names the cause and says what to do."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select

from checkout.domain.disputes import Dispute, DisputeOutcome, DisputeStage, DisputeStatus
from checkout.domain.intents import Intent, Operation, Outcome
from checkout.domain.money import Money
from checkout.domain.processor import Envelope
from checkout.senders import knocking
from checkout.senders.knocking import Knock
from checkout.store import discrepancies, disputes, halts, intents, mailboxes, notices, watermarks
from checkout.store.discrepancies import of_payment_found
from checkout.store.engine import Tx
from checkout.store.halts import Stops
from checkout.store.mailboxes import MessageState
from checkout.store.notices import Notice, NoticeKind
from checkout.store.tables import deliveries, endpoints, happenings
from tests.commands.conftest import Terminal
from tests.commands.test_doctor import examined
from tests.ports import free_port
from webhooks.commands.doctor import machine
from webhooks.slots import take_slot

LONG_AGO = datetime.now(UTC) - timedelta(hours=2)
OFF = {"PAYPAL_ENVIRONMENT": "off"}
"""So that nobody asks PayPal where it is not the point."""

Breaking = Callable[[Terminal], None]


@dataclass(frozen=True, slots=True)
class Setup:
    """One broken shop: what is wrong, the check that says it, a part of the cause, and a part of what to do."""

    name: str
    check: str
    cause: str
    fix: str
    set: dict[str, str] = field(default_factory=dict)
    do: Breaking | None = None
    level: str = "problem"


def setting(name: str, value: str, cause: str) -> Setup:
    """A setting that cannot be read; nothing else is looked at then."""
    return Setup(
        f"{name.lower()} {value[:12]!a}",
        "settings",
        f"{name}: must be {cause}",
        "docs/settings.md",
        {name: value},
    )


def stored(keep: Callable[[Tx, str], None], *, order: bool = False) -> Breaking:
    """Something that is in the database; `order` places one first, and `keep` is given its number."""

    def do(terminal: Terminal) -> None:
        terminal.set(PAYPAL_ENVIRONMENT="emulator")
        number = terminal.order() if order else ""
        house = terminal.house()
        with house.store.begin() as tx:
            keep(tx, number)
        house.store.close()
        terminal.set(**OFF)

    return do


def changed(*statements: str) -> Breaking:
    """The database as somebody changed it by hand."""

    def do(terminal: Terminal) -> None:
        with closing(sqlite3.connect(terminal.folder / "shop.db")) as plain:
            for statement in statements:
                plain.execute(statement)
            plain.commit()

    return do


def patched(owner: object, name: str, instead: object) -> Breaking:
    """The machine is otherwise than this one."""
    return lambda terminal: terminal.monkeypatch.setattr(owner, name, instead)


def file(name: str, content: bytes, mode: int = 0o600) -> Breaking:
    """A file in the shop's folder."""

    def do(terminal: Terminal) -> None:
        path = terminal.folder / name
        path.write_bytes(content)
        path.chmod(mode)

    return do


def registered(at: str, *event_types: str) -> Breaking:
    """A webhook at PayPal, whose id is in the settings."""

    def do(terminal: Terminal) -> None:
        webhook = terminal.emulator.register_webhook(f"{at}/webhooks/paypal", list(event_types) or None)
        terminal.set(PAYPAL_WEBHOOK_IDS=webhook)

    return do


def registered_and_kept_to_itself(terminal: Terminal) -> None:
    """A webhook at PayPal that the settings do not know."""
    terminal.set(BASE_URL="http://127.0.0.1:8141")
    terminal.says("paypal", "webhooks", "register")


def keep_unknown(tx: Tx, number: str) -> None:
    """A capture whose answer never came."""
    intent = Intent(Operation.CAPTURE, 1, "shop:late", Outcome.UNKNOWN, LONG_AGO)
    intents.add(tx, f"{number}-1", intent, Money(2380, "EUR"))


def keep_parked(tx: Tx, _number: str) -> None:
    """An event that nobody understands."""
    event = Envelope("paypal", "WH-1", "X", None, "transmission", "digest", binds_body=False)
    mailboxes.put(tx, [(event, LONG_AGO)])
    mailboxes.finish(tx, mailboxes.newest(tx, limit=1)[0].id, MessageState.PARKED, at=LONG_AGO, reason="why")


def keep_dispute(tx: Tx, number: str) -> None:
    """A dispute whose answer is due in an hour."""
    due = datetime.now(UTC) + timedelta(hours=1)
    dispute = Dispute(
        id="PP-D-1", capture=None, status=DisputeStatus.WAITING_FOR_US, stage=DisputeStage.CHARGEBACK,
        outcome=DisputeOutcome.NONE, reason="UNAUTHORISED", channel="INTERNAL", amount=Money(2380, "EUR"), due_at=due,
        buyer_due_at=None, allows=frozenset(), updated_at=LONG_AGO,
    )  # fmt: skip
    disputes.keep(tx, "paypal", f"{number}-1", dispute)


def keep_halt(tx: Tx, _number: str) -> None:
    """PayPal has limited the account."""
    halts.begin(tx, "paypal", Stops.PAYMENTS, "account limited", "PayPal limits the account.", at=LONG_AGO)


def keep_difference(tx: Tx, number: str) -> None:
    """Money that went to somebody else."""
    found = of_payment_found("paypal", f"{number}-1", "other payee", "Money went elsewhere.")
    discrepancies.open_once(tx, found, at=LONG_AGO)


def keep_notice(kind: NoticeKind) -> Callable[[Tx, str], None]:
    """A mail that nobody sent."""

    def keep(tx: Tx, number: str) -> None:
        notices.add_once(tx, Notice("n1", kind, number, LONG_AGO, about="x"))

    return keep


def keep_endpoint(tx: Tx, _number: str) -> None:
    """An endpoint of the shop that failed for days."""
    tx.exec_driver_sql(
        "insert into endpoints (id, url, description, types, secret, created_at, created_by, disabled_at)"
        " values ('e1', 'https://x.example', '', '', '', '2026-11-01', 'ann', '2026-11-02')"
    )


def keep_late_delivery(tx: Tx, _number: str) -> None:
    """Something the shop should have been told two hours ago; and the same for an endpoint that asked us to wait."""
    told = tx.execute(select(func.max(happenings.c.id))).scalar_one()
    for name, rests in (("e2", None), ("e3", LONG_AGO + timedelta(days=9))):
        endpoint = {"id": name, "url": "https://x.example", "created_at": LONG_AGO, "created_by": "ann"}
        nothing = {"description": "", "types": "", "secret": ""}
        tx.execute(insert(endpoints).values(**endpoint, **nothing, rests_until=rests))
        late = {"due_at": LONG_AGO, "created_at": LONG_AGO}
        tx.execute(
            insert(deliveries).values(happening_id=told, endpoint_id=name, state="due", attempts=0, **late)
        )


def keep_beat(tx: Tx, _number: str) -> None:
    """A worker that was alive two hours ago."""
    watermarks.put(tx, "worker", LONG_AGO)


def keep_violations(tx: Tx, _number: str) -> None:
    """The last check of the books found something."""
    watermarks.put(tx, "invariants", LONG_AGO, "2 violations")


def no_ledger(terminal: Terminal) -> None:
    """A shop whose books somebody emptied."""
    terminal.order(approve="balance")
    with closing(sqlite3.connect(terminal.folder / "shop.db")) as plain:
        for (name,) in plain.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            plain.execute(f'drop trigger "{name}"')
        plain.execute("delete from ledger")
        plain.commit()


def full(_path: object) -> object:
    """What `shutil.disk_usage` says of a disk with 20 MB left."""
    return type("Usage", (), {"free": 20 * 1024**2})


OPEN = {"BASE_URL": "https://127.0.0.1:9", **OFF}
IN_THE_WAY = "a-file/mail"

SETUPS = (
    setting("BASE_URL", "shop.example", "an address"),
    setting("SHOP_NAME", " ", "a name in one line"),
    setting("INSTALLATION", "My Shop", "2 to 12 small letters"),
    setting("ORDER_HOURS", "0", "a whole number of hours"),
    setting("ATTEMPTS_MAX", "many", "a whole number"),
    setting("REFUND_APPROVAL_ABOVE", "500", "amounts such as"),
    setting("OPERATOR_MAIL", "kim", "one mail address"),
    setting("SUPPORT", "x" * 121, "a mail address or a telephone number"),
    setting("MAIL_FOLDER", "", "a folder"),
    setting("METRICS_TOKEN", "short", "at least 16 characters"),
    setting("METRICS_FOLDER", "", "a folder"),
    setting("LOG_LEVEL", "LOUD", "DEBUG, INFO"),
    setting("LOG_JSON", "perhaps", "true or false"),
    Setup("an .env that is no UTF-8", "settings", "must be saved as UTF-8", "docs/settings.md",
          do=file(".env", b"SHOP_NAME=\xe4")),
    Setup("no secret", "secret key", "is not set", "token_urlsafe", {"SECRET_KEY": "", **OFF}),
    Setup("a short secret", "secret key", "has 5 characters", "token_urlsafe", {"SECRET_KEY": "short", **OFF}),
    Setup("a secret from the documentation", "secret key", "placeholder", "token_urlsafe",
          {"SECRET_KEY": "change-me-" * 4, **OFF}),
    Setup("an address without TLS", "base url", "in the clear", "proxy with TLS",
          {"BASE_URL": "http://shop.example", **OFF}),
    Setup("nothing behind the proxy's address", "public address", "nobody answers", "Put a proxy",
          OPEN, level="warning"),
    Setup(
        "a certificate that ran out", "public address", "not valid", "Renew", OPEN,
        do=patched(machine, "knock", lambda *_: Knock.UNTRUSTED),
    ),
    Setup("an .env that all can read", "settings file", "passwords", "chmod 600",
          OPEN, do=file(".env", b"", 0o644), level="warning"),
    Setup("a database that all can read", "database file", "names and addresses", "chmod 600",
          OPEN, do=lambda terminal: (terminal.folder / "shop.db").chmod(0o644), level="warning"),
    Setup("a full disk", "disk", "20 MB are free", "Make room", OFF, do=patched(shutil, "disk_usage", full)),
    Setup(
        "metrics that cannot be kept", "metrics", "METRICS_FOLDER: nothing can be kept", "leave to write",
        {"METRICS_TOKEN": "x" * 16, "METRICS_FOLDER": "a-file/metrics", **OFF}, do=file("a-file", b""),
    ),
    Setup("a database address that nobody can read", "database", "cannot be read", "DATABASE_URL",
          {"DATABASE_URL": "shop.db", **OFF}),
    Setup("no database", "database", "There is no database", "checkout db upgrade",
          {"DATABASE_URL": "sqlite:///none.db", **OFF}),
    Setup(
        "a database that is down", "database", "does not answer", "Check that it runs",
        {"DATABASE_URL": "postgresql://shop:pw@127.0.0.1:9/shop", **OFF},
    ),
    Setup(
        "an old database", "database", "is at version 0001", "checkout db upgrade", OFF,
        do=changed("update alembic_version set version_num = '0001'"),
    ),
    Setup(
        "a database of a newer program", "database", "is at version 9999", "newer program", OFF,
        do=changed("update alembic_version set version_num = '9999'"),
    ),
    Setup("a database without a version", "database", "no tables yet", "checkout db upgrade",
          OFF, do=changed("delete from alembic_version")),
    Setup(
        "payments of another installation", "installation", "the payments here bear shop", "what it was",
        {"INSTALLATION": "other"}, do=stored(lambda *_: None, order=True),
    ),
    Setup("PayPal switched off", "paypal settings", "switched off", "PAYPAL_ENVIRONMENT", OFF),
    Setup("no client id", "paypal settings", "CLIENT_ID", "docs/settings.md", {"PAYPAL_CLIENT_ID": ""}),
    Setup("no merchant id", "paypal settings", "MERCHANT_ID", "docs/settings.md", {"PAYPAL_MERCHANT_ID": ""}),
    Setup("an issuer file that is not there", "paypal settings", "ISSUER_FILE", "docs/settings.md",
          {"PAYPAL_ISSUER_FILE": "none.pem"}),
    Setup("a wrong secret of PayPal's", "paypal credentials", "refuses the credentials", "Copy Client ID",
          {"PAYPAL_CLIENT_SECRET": "wrong"}),
    Setup("a PayPal that cannot be reached", "paypal credentials", "cannot be reached", "may open connections",
          {"PAYPAL_BASE_URL": "http://127.0.0.1:9"}),
    Setup("another account", "paypal merchant id", "belong to", "Set PAYPAL_MERCHANT_ID",
          {"PAYPAL_MERCHANT_ID": "SOMEBODYELSE2"}),
    Setup("no webhook", "paypal webhook", "PayPal has no webhook", "webhooks status",
          {"BASE_URL": "http://127.0.0.1:8142"}),
    Setup("a webhook of another address", "paypal webhook", "PayPal has no webhook", "webhooks status",
          {"BASE_URL": "http://127.0.0.1:8143"}, do=registered("http://127.0.0.1:8144")),
    Setup("a webhook that lacks event types", "paypal webhook", "CHECKOUT.ORDER.APPROVED", "webhooks status",
          {"BASE_URL": "http://127.0.0.1:8145"}, do=registered("http://127.0.0.1:8145", "PAYMENT.CAPTURE.COMPLETED")),
    Setup("a webhook the settings do not know", "paypal webhook", "does not hold", "webhooks status",
          do=registered_and_kept_to_itself),
    Setup("mails that nobody is sent", "mail", "sent to nobody", "Set SMTP_URL", OPEN, level="warning"),
    Setup("a folder for mails that is a file", "mail", "cannot be written to", "leave to write",
          {"MAIL_FOLDER": IN_THE_WAY, **OFF}, do=file("a-file", b"")),
    Setup("a mail server that is none", "mail", "must look like", "docs/settings.md",
          {"SMTP_URL": "imap://x", **OFF}),
    Setup("a mail server that is down", "mail", "cannot be reached", "Check SMTP_URL",
          {"SMTP_URL": "smtp://127.0.0.1:9", "MAIL_FROM": "shop@shop.example", **OFF}),
    Setup("mails from this machine", "mail", "shop@localhost", "own domain",
          {"SMTP_URL": "smtp://mail.example", **OFF}),
    Setup("a sender that is no address", "mail", "MAIL_FROM must be one address", "docs/settings.md",
          {"MAIL_FROM": "the shop", **OFF}),
    Setup("nobody to tell", "operator mail", "OPERATOR_MAIL is not set", "Set OPERATOR_MAIL", OPEN, level="warning"),
    Setup("no way to reach the shop", "support", "not told how", "Set SUPPORT",
          {"SUPPORT": "", **OFF}, level="warning"),
    Setup("nobody who may sign in", "operators", "nobody can sign in", "checkout operators", OPEN, level="warning"),
    Setup("no worker", "worker", "none is running", "Start it", OFF),
    Setup("a worker that hangs", "heartbeat", "sign of life since", "Start it anew", OFF, do=stored(keep_beat)),
    Setup("an empty shelf", "products", "nothing is for sale", "checkout products add",
          OFF, do=changed("update products set active = 0"), level="warning"),
    Setup("parked events", "inbox", "parked", "checkout inbox list", OFF, do=stored(keep_parked)),
    Setup("open differences", "differences", "other payee", "checkout payments show",
          OFF, do=stored(keep_difference, order=True)),
    Setup("an unknown capture", "unknown captures", "since more than 15 minutes", "checkout sweep",
          OFF, do=stored(keep_unknown, order=True)),
    Setup("payments that stand still", "halts", "PayPal limits the account", "checkout halts end",
          OFF, do=stored(keep_halt)),
    Setup("a dispute that is due", "disputes", "PP-D-1", "checkout disputes",
          OFF, do=stored(keep_dispute, order=True)),
    Setup("a receipt that was not sent", "mails", "wait for more than half an hour", "worker",
          OFF, do=stored(keep_notice(NoticeKind.RECEIPT), order=True)),
    Setup("an alarm nobody got", "alerts", "could not be sent", "OPERATOR_MAIL",
          OFF, do=stored(keep_notice(NoticeKind.ALARM), order=True)),
    Setup("an endpoint that was switched off", "endpoints", "switched off", "checkout endpoints",
          OFF, do=stored(keep_endpoint)),
    Setup("a shop that is not told", "deliveries", "1 is overdue", "checkout endpoints list",
          OFF, do=stored(keep_late_delivery, order=True)),
    Setup("an address without a name", "passkeys", "browsers make none", "a name and TLS", OPEN, level="warning"),
    Setup("books that were emptied", "ledger", "faults", "checkout ledger verify", do=no_ledger),
    Setup("invariants that do not hold", "invariants", "2 violations", "checkout invariants",
          OFF, do=stored(keep_violations)),
)  # fmt: skip


def test_there_are_more_than_forty_and_each_is_another() -> None:
    assert len(SETUPS) > 40
    assert len({setup.name for setup in SETUPS}) == len(SETUPS)
    assert len({(setup.check, setup.cause) for setup in SETUPS}) > 50


@pytest.mark.parametrize("setup", SETUPS, ids=lambda setup: setup.name)
def test_the_doctor_names_what_is_broken_and_how_to_mend_it(terminal: Terminal, setup: Setup) -> None:
    if setup.do is not None:
        setup.do(terminal)
    terminal.set(**setup.set)
    found = examined(terminal)[setup.check]
    assert found["level"] == setup.level, found
    assert setup.cause in found["said"], found
    assert setup.fix in found["fix"], found


def test_a_shop_that_is_set_up_right_has_none_of_these(terminal: Terminal) -> None:
    webhook = terminal.reads("paypal", "webhooks", "register")["webhook_id"]
    terminal.set(PAYPAL_WEBHOOK_IDS=webhook, METRICS_TOKEN="x" * 16)
    terminal.order(approve="balance")
    house = terminal.house()
    with house.store.begin() as tx:
        watermarks.put(tx, "worker", house.clock())
        watermarks.put(tx, "invariants", house.clock(), "0 violations")
    slots = take_slot(house.store)
    found = examined(terminal)
    bad = {name for name, one in found.items() if one["level"] == "problem"}
    slots.close()
    house.store.close()
    assert bad == set()


def test_where_nobody_listens_nobody_answers() -> None:
    assert knocking.knock("127.0.0.1", free_port()) is Knock.SILENT
