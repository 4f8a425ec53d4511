"""The doctor names each broken setting with its fix, and changes nothing."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

from checkout.commands import opening
from checkout.domain.intents import Intent, Operation, Outcome
from checkout.domain.money import Money
from checkout.domain.processor import Envelope
from checkout.processors.paypal import checks
from checkout.store import discrepancies, intents, mailboxes
from checkout.store.discrepancies import of_payment_found
from checkout.store.mailboxes import MessageState
from tests.commands.conftest import Terminal
from tests.ports import free_port
from webhooks.slots import take_slot

Checks = dict[str, dict[str, Any]]


def examined(terminal: Terminal) -> Checks:
    """Give each check by its name; of several of one name, the worst."""
    levels = {"ok": 0, "warning": 1, "problem": 2}
    result = terminal.run("doctor", "--json")
    found: Checks = {}
    for check in terminal_json(result.stdout)["checks"]:
        known = found.get(check["name"])
        if known is None or levels[check["level"]] > levels[known["level"]]:
            found[check["name"]] = check
    worst = max(levels[check["level"]] for check in found.values())
    assert result.exit_code == (1 if worst == levels["problem"] else 0)
    return found


def terminal_json(text: str) -> dict[str, Any]:
    """Read what the doctor printed."""
    read: dict[str, Any] = json.loads(text)
    return read


def finding(terminal: Terminal, name: str, level: str) -> str:
    """Give what the doctor says under a name, which must be of this level and, if bad, say what to do."""
    found = examined(terminal)[name]
    assert found["level"] == level, found
    assert bool(found["fix"]) == (level != "ok")
    return str(found["said"]) + (f" → {found['fix']}" if found["fix"] else "")


def test_a_healthy_shop_has_no_problem(either_terminal: Terminal) -> None:
    terminal = either_terminal
    registered = terminal.reads("paypal", "webhooks", "register")
    terminal.set(PAYPAL_WEBHOOK_IDS=registered["webhook_id"])
    house = terminal.house()
    slots = take_slot(house.store)
    found = examined(terminal)
    if not house.store.is_sqlite:  # the tests' own PostgreSQL may lose what it likes
        assert "fsync is off" in found.pop("durability")["said"]
    assert {name: one["said"] for name, one in found.items() if one["level"] == "problem"} == {}
    assert {name for name, one in found.items() if one["level"] == "warning"} == {"paypal environment"}
    slots.close()
    house.store.close()


def test_the_lines_are_for_people_too(terminal: Terminal) -> None:
    result = terminal.run("doctor")
    assert result.exit_code == 1
    assert "ok       secret key: set, and long enough" in result.stdout
    assert "PROBLEM  worker: none is running" in result.stdout
    assert "→ Start it" in result.stdout


def test_an_empty_folder_is_told_everything_it_lacks_and_gets_no_file(empty_terminal: Terminal) -> None:
    found = examined(empty_terminal)
    lacking = {name for name, one in found.items() if one["level"] == "problem"}
    assert lacking == {"secret key", "database", "paypal settings"}
    assert all(found[name]["fix"] for name in lacking)
    assert list(empty_terminal.folder.iterdir()) == []


def test_settings_that_cannot_be_read_are_named_without_their_values(terminal: Terminal) -> None:
    terminal.set(ORDER_HOURS="soonish", BASE_URL="shop.example")
    result = terminal.run("doctor")
    assert result.exit_code == 1
    assert "ORDER_HOURS" in result.stdout
    assert "BASE_URL" in result.stdout
    assert "soonish" not in result.stdout


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ("", "not set"),
        ("short", "has 5 characters"),
        ("a" * 40, "placeholder"),
        ("please-change-me-" * 3, "placeholder"),
    ],
)
def test_a_bad_secret_key_is_named(terminal: Terminal, secret: str, said: str) -> None:
    terminal.set(SECRET_KEY=secret)
    told = finding(terminal, "secret key", "problem")
    assert said in told
    assert "secrets.token_urlsafe(32)" in told
    assert not secret or secret not in told


def test_an_address_without_tls_is_named(terminal: Terminal) -> None:
    terminal.set(BASE_URL="http://shop.example")
    assert "in the clear" in finding(terminal, "base url", "problem")


def test_a_database_that_is_missing_outdated_or_down_is_named(terminal: Terminal) -> None:
    house = terminal.house()
    with house.store.engine.begin() as tx:
        tx.exec_driver_sql("update alembic_version set version_num = '0000'")
    house.store.close()
    assert "checkout db upgrade" in finding(terminal, "database", "problem")
    terminal.set(DATABASE_URL="sqlite:///elsewhere.db")
    assert "There is no database at" in finding(terminal, "database", "problem")
    terminal.set(DATABASE_URL="postgresql://shop:hunter2@127.0.0.1:9/shop")
    told = finding(terminal, "database", "problem")
    assert "does not answer" in told
    assert "hunter2" not in told


def test_a_database_that_is_not_in_wal_mode_is_named(terminal: Terminal) -> None:
    terminal.monkeypatch.setattr(
        "webhooks.commands.doctor.shop.checking.durability_faults",
        lambda _tx: ["its journal mode is delete, not WAL"],
    )
    assert "not WAL" in finding(terminal, "durability", "problem")


def test_credentials_that_paypal_refuses_are_named_with_its_debug_id(terminal: Terminal) -> None:
    terminal.set(PAYPAL_CLIENT_SECRET="wrong-secret")
    told = finding(terminal, "paypal credentials", "problem")
    assert "refuses the credentials" in told
    assert "debug id none" not in told
    assert "wrong-secret" not in told


def test_a_paypal_that_cannot_be_reached_is_named(terminal: Terminal) -> None:
    terminal.set(PAYPAL_BASE_URL=f"http://127.0.0.1:{free_port()}")
    assert "cannot be reached" in finding(terminal, "paypal credentials", "problem")


def test_another_accounts_merchant_id_is_named_with_the_right_one(terminal: Terminal) -> None:
    right = terminal.emulator.settings()["merchant"]["merchant_id"]
    terminal.set(PAYPAL_MERCHANT_ID="SOMEBODYELSE2")
    assert f"belong to {right}" in finding(terminal, "paypal merchant id", "problem")


def test_looking_at_the_account_moves_no_money(terminal: Terminal) -> None:
    before = terminal.emulator.account()["movements"]
    assert "a payment can be opened" in finding(terminal, "paypal merchant id", "ok")
    assert terminal.emulator.account()["movements"] == before


def test_a_webhook_that_is_missing_elsewhere_or_not_in_the_settings_is_named(terminal: Terminal) -> None:
    terminal.set(BASE_URL="http://127.0.0.1:8111")
    assert "run `checkout paypal webhooks register`" in finding(terminal, "paypal webhook", "problem")
    registered = terminal.says("paypal", "webhooks", "register")
    assert "PAYPAL_WEBHOOK_IDS=" in registered
    told = finding(terminal, "paypal webhook", "problem")
    assert "PAYPAL_WEBHOOK_IDS does not hold" in told
    terminal.set(PAYPAL_WEBHOOK_IDS=registered.strip().rpartition("=")[2])
    assert finding(terminal, "paypal webhook", "ok")
    assert "It was there already" in terminal.says("paypal", "webhooks", "register")
    assert "All is as it should be" in terminal.says("paypal", "webhooks", "status")
    terminal.set(BASE_URL="http://127.0.0.1:8112")
    assert "PayPal has no webhook for http://127.0.0.1:8112" in terminal.fails("paypal", "webhooks", "status")


def test_a_webhook_that_lacks_event_types_is_named_and_mended(terminal: Terminal) -> None:
    base_url = "http://127.0.0.1:8113"
    webhook_id = terminal.emulator.register_webhook(
        f"{base_url}/webhooks/paypal", ["PAYMENT.CAPTURE.COMPLETED"]
    )
    terminal.set(BASE_URL=base_url, PAYPAL_WEBHOOK_IDS=webhook_id)
    assert "CHECKOUT.ORDER.APPROVED" in finding(terminal, "paypal webhook", "problem")
    assert "were set right" in terminal.says("paypal", "webhooks", "register")
    assert finding(terminal, "paypal webhook", "ok")


def test_paypal_switched_off_or_half_set_up_is_named(terminal: Terminal) -> None:
    terminal.set(PAYPAL_ENVIRONMENT="off")
    assert "switched off" in finding(terminal, "paypal settings", "problem")
    assert "switched off" in terminal.fails("paypal", "webhooks", "status")
    terminal.set(PAYPAL_ENVIRONMENT="sandbox", PAYPAL_CLIENT_ID="", PAYPAL_BASE_URL="")
    assert "PAYPAL_CLIENT_ID" in finding(terminal, "paypal settings", "problem")


@pytest.mark.parametrize(("off_by", "level"), [(0, "ok"), (20, "warning"), (-120, "problem")])
@pytest.mark.usefixtures("terminal")
def test_a_clock_that_is_off_is_named(off_by: int, level: str) -> None:
    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=off_by)

    found = [
        one
        for one in checks.check("http://127.0.0.1:8000", clock, lambda length: "n" * length)
        if one.name == "clock"
    ]
    assert [one.level for one in found] == [level]


def test_mail_that_cannot_be_sent_is_named(terminal: Terminal, tmp_path: Path) -> None:
    in_the_way = tmp_path / "a-file"
    in_the_way.write_text("")
    terminal.set(MAIL_FOLDER=str(in_the_way / "mail"))
    assert "cannot be written to" in finding(terminal, "mail", "problem")
    terminal.set(SMTP_URL=f"smtp://127.0.0.1:{free_port()}")
    assert "cannot be reached" in finding(terminal, "mail", "problem")
    terminal.set(SMTP_URL="imap://mail.example")
    assert "SMTP_URL must look like" in finding(terminal, "mail", "problem")
    terminal.set(SMTP_URL="", BASE_URL="https://shop.example")
    assert "sent to nobody" in finding(terminal, "mail", "warning")


def test_a_mail_server_that_answers_is_fine(terminal: Terminal) -> None:
    controller = Controller(Sink(), hostname="127.0.0.1", port=free_port(), ready_timeout=30)
    controller.start()
    try:
        terminal.set(SMTP_URL=f"smtp://127.0.0.1:{controller.port}")
        assert "sent by" in finding(terminal, "mail", "ok")
    finally:
        controller.stop()


def test_an_empty_shelf_and_a_missing_worker_are_named(either_terminal: Terminal) -> None:
    terminal = either_terminal
    terminal.says("products", "withdraw", "tea")
    found = examined(terminal)
    assert found["products"]["level"] == "warning"
    assert found["worker"]["level"] == "problem"
    assert "checkout worker" in found["worker"]["fix"]


def test_what_waits_for_a_person_is_named(either_terminal: Terminal) -> None:
    terminal = either_terminal
    number = terminal.order()
    house = terminal.house()
    long_ago = house.clock() - timedelta(minutes=16)
    intent = Intent(Operation.CAPTURE, 1, "shop:late", Outcome.UNKNOWN, long_ago)
    event = Envelope("paypal", "WH-1", "X", None, "transmission", "digest", binds_body=False)
    with house.store.begin() as tx:
        intents.add(tx, f"{number}-1", intent, Money(2380, "EUR"))
        difference = of_payment_found("paypal", f"{number}-1", "other payee", "Money went elsewhere.")
        discrepancies.open_once(tx, difference, at=long_ago)
        mailboxes.put(tx, [(event, long_ago)])
        mailboxes.finish(
            tx, mailboxes.newest(tx, limit=1)[0].id, MessageState.PARKED, at=long_ago, reason="why"
        )
    house.store.close()
    found = examined(terminal)
    assert "make sense of them: 1" in found["inbox"]["said"]
    assert f"{number}-1 (other payee)" in found["differences"]["said"]
    assert f"{number} (EUR 23.80)" in found["unknown captures"]["said"]
    assert found["ledger"]["level"] == "ok"
    assert all(found[name]["fix"] for name in ("inbox", "differences", "unknown captures"))


def test_books_that_are_not_true_are_named(terminal: Terminal) -> None:
    terminal.order(approve="balance")
    house = terminal.house()
    with house.store.engine.begin() as tx:
        for (trigger,) in tx.exec_driver_sql(
            "select name from sqlite_master where type = 'trigger'"
        ).fetchall():
            tx.exec_driver_sql(f'drop trigger "{trigger}"')
        tx.exec_driver_sql("delete from ledger")
    house.store.close()
    assert "checkout ledger verify" in finding(terminal, "ledger", "problem")


def test_the_env_file_is_read_and_said(terminal: Terminal) -> None:
    secret = os.environ["SECRET_KEY"]
    terminal.monkeypatch.delenv("SECRET_KEY")
    Path(".env").write_text(f"SECRET_KEY={secret}\n", encoding="utf-8")
    found = examined(terminal)
    assert ".env" in found["settings"]["said"]
    assert found["secret key"]["level"] == "ok"
    assert opening.quiet_settings().secret_key.get_secret_value() == secret
