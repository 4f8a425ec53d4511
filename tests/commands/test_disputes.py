"""`checkout disputes` at a terminal: what is contested, by when, and each answer with who gave it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from checkout.domain.dispute_answers import DOCUMENTS_BYTES_MAX
from checkout.flows.alerting import send_alert
from checkout.flows.dispute_words import left_text, ways_text
from checkout.flows.reminding import remind_disputes
from checkout.senders.mail import Mail
from checkout.store import notices, payments
from checkout.web.plain_text import main_text
from tests.commands.conftest import Terminal
from tests.commands.test_doctor import finding
from tests.processors.paypal.samples import CARD


class Nobody:
    """A mailer that must not be asked."""

    def send(self, mail: Mail) -> None:
        pytest.fail(mail.id)


@pytest.fixture
def paid(terminal: Terminal) -> tuple[str, str]:
    """An order that was paid, and its capture at PayPal."""
    terminal.emulator.reset()
    order_id = terminal.order(approve="balance")
    house = terminal.house()
    with house.store.read() as tx:
        names = payments.of_order(tx, order_id)[0].terms.names
    house.store.close()
    (capture,) = terminal.emulator.captures(custom_id=names)
    return order_id, str(capture["id"])


def opened(terminal: Terminal, paid: tuple[str, str], **wanted: object) -> str:
    """A dispute that the shop has heard of."""
    dispute_id = str(terminal.emulator.open_dispute(paid[1], **wanted)["dispute_id"])
    terminal.says("disputes", "sync")
    return dispute_id


def at_paypal(terminal: Terminal, dispute_id: str) -> dict[str, Any]:
    (found,) = terminal.emulator.disputes(dispute_id=dispute_id)
    return found


def test_without_disputes_there_is_nothing_to_do(terminal: Terminal, paid: tuple[str, str]) -> None:
    assert paid
    assert terminal.says("disputes", "list") == "There are no such disputes.\n"
    assert terminal.reads("disputes", "list") == []
    assert terminal.says("disputes", "sync") == "0 listed, 0 of ours new or changed.\n"
    assert "none is open" in finding(terminal, "disputes", "ok")
    assert "There is no dispute 'PP-R-NONE'" in terminal.fails("disputes", "show", "PP-R-NONE")


def test_the_list_says_what_is_due_first(terminal: Terminal, paid: tuple[str, str]) -> None:
    late = opened(terminal, paid, value="5.00", due_days=9.5)
    soon = opened(terminal, paid, value="5.00", due_days=2.5, reason="UNAUTHORISED")
    over = opened(terminal, paid, value="5.00")
    terminal.emulator.cancel_dispute(over)
    assert terminal.reads("disputes", "sync")["asked"] == 1
    heading, first, second = terminal.says("disputes", "list").splitlines()
    assert heading.split() == ["DISPUTE", "ORDER", "AMOUNT", "STANDS", "ANSWER", "BY", "LEFT", "WHY"]
    assert first.startswith(soon)
    assert "2 days left" in first
    assert "did not make this payment" in first
    assert second.startswith(late)
    assert [one["id"] for one in terminal.reads("disputes", "list", "--all")] == [soon, late, over]
    assert "cancelled by the buyer" in terminal.says("disputes", "list", "--all")
    (one, _) = terminal.reads("disputes", "list")
    assert (one["order_id"], one["days_left"]) == (paid[0], 2.5)


def test_showing_one_gives_the_exact_commands(terminal: Terminal, paid: tuple[str, str]) -> None:
    dispute_id = opened(terminal, paid)
    shown = terminal.says("disputes", "show", dispute_id)
    assert f"Dispute {dispute_id} waits for your answer" in shown
    assert "never came" in shown
    assert f"of order {paid[0]}" in shown
    for command in ("evidence", "accept", "offer", "message"):
        assert f"checkout disputes {command} {dispute_id}" in shown
    assert "appeal" not in shown
    assert "customer@example.org" not in shown
    assert "dispute" in terminal.says("orders", "show", paid[0])


def test_every_command_that_is_shown_works(terminal: Terminal, paid: tuple[str, str]) -> None:
    ways = ["accept-claim", "make-offer", "send-message"]
    for said, command in ways_text("{}", ways):
        dispute_id = opened(terminal, paid, value="6.00")
        words = re.findall(r'"[^"]*"|\S+', command.format(dispute_id))
        terminal.says(*(word.strip('"') for word in words[1:]))
        assert at_paypal(terminal, dispute_id)["status"] != "WAITING_FOR_SELLER_RESPONSE", said


def test_evidence_takes_the_shops_own_records_along(terminal: Terminal, paid: tuple[str, str]) -> None:
    dispute_id = opened(terminal, paid, channel="EXTERNAL")
    told = terminal.reads(
        "disputes", "evidence", dispute_id, "--carrier", "DHL", "--tracking", "T-1", "--by", "ann"
    )
    assert (told["outcome"], told["dispute"]["status"]) == ("done", "under_review")
    evidence = at_paypal(terminal, dispute_id)["evidences"][-1]
    names = [one["name"].partition("-")[0] for one in evidence["documents"]]
    assert names == ["order", "receipt", "delivery", "policy"]
    (intent,) = [
        one
        for one in terminal.reads("orders", "show", paid[0])["payments"][0]["intents"]
        if one["operation"] == "give_evidence"
    ]
    assert (intent["outcome"], intent["wished_by"]) == ("done", "ann")
    assert "give evidence" in terminal.says("orders", "show", paid[0])


def test_files_of_the_operators_own_go_along_under_plain_names(
    terminal: Terminal, paid: tuple[str, str], tmp_path: Path
) -> None:
    note, photo = tmp_path / "Jane Doe signed.dat", tmp_path / "door.png"
    note.write_bytes(b"%PDF-1.7\n%%EOF")
    photo.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 2_000_000)
    dispute_id = opened(terminal, paid, channel="EXTERNAL")
    given = ("--carrier", "DHL", "--tracking", "T-1", "--file", str(note), "--file", str(photo))
    terminal.says("disputes", "evidence", dispute_id, *given)
    sent = [one["name"] for one in at_paypal(terminal, dispute_id)["evidences"][-1]["documents"]]
    assert sent[:2] == ["attached-1.pdf", "attached-2.png"]
    assert len(sent) == 6, "the shop's own records follow"
    assert "Jane" not in terminal.says("orders", "show", paid[0])


def test_a_file_that_paypal_would_not_take_is_refused_before_anything_is_sent(
    terminal: Terminal, paid: tuple[str, str], tmp_path: Path
) -> None:
    dispute_id = opened(terminal, paid, channel="EXTERNAL")
    sheet, scan = tmp_path / "note.docx", tmp_path / "scan.pdf"
    sheet.write_bytes(b"PK\x03\x04")
    scan.write_bytes(b"%PDF-" + b"\0" * DOCUMENTS_BYTES_MAX)
    given = ("disputes", "evidence", dispute_id, "--kind", "other")
    before = at_paypal(terminal, dispute_id)
    assert "note.docx is neither a PDF nor a JPEG" in terminal.fails(*given, "--file", str(sheet))
    assert "too much" in terminal.fails(*given, "--file", str(scan))
    assert at_paypal(terminal, dispute_id) == before


def test_a_claim_is_accepted_once(terminal: Terminal, paid: tuple[str, str]) -> None:
    dispute_id = opened(terminal, paid)
    said = terminal.says("disputes", "accept", dispute_id, "--note", "Sorry.")
    assert said.startswith("Done.\n")
    assert "ended for the customer" in said
    again = terminal.fails("disputes", "accept", dispute_id, "--note", "Sorry.")
    assert "does not allow accept-claim. Nothing may be done now." in again
    assert terminal.reads("orders", "show", paid[0])["state"] == "refunded"


def test_a_refusal_and_a_lost_answer_end_with_one(terminal: Terminal, paid: tuple[str, str]) -> None:
    dispute_id = opened(terminal, paid)
    refused = terminal.run(
        "disputes", "offer", dispute_id, "--kind", "refund after return", "--note", "Back?"
    )
    assert refused.exit_code == 1
    assert "Refused, nothing was done: this kind of offer does not fit" in refused.stdout
    terminal.emulator.order_fault("lost_request", "disputes", match={"method": "POST"})
    lost = terminal.run("disputes", "message", dispute_id, "Hello")
    assert lost.exit_code == 1
    assert "not known whether it was done" in lost.stdout
    assert "not known yet what came of an earlier answer" in terminal.fails(
        "disputes", "message", dispute_id, "Hello"
    )
    terminal.emulator.clear_faults()


def test_a_card_number_and_a_wrong_word_are_refused(terminal: Terminal, paid: tuple[str, str]) -> None:
    dispute_id = opened(terminal, paid)
    said = terminal.fails("disputes", "message", dispute_id, f"Your card {CARD}", code=2)
    assert CARD not in said
    assert "Invalid value for '--arrived'" in terminal.fails(
        "disputes", "acknowledge", dispute_id, "--arrived", "late", code=2
    )
    assert "tracking number" in terminal.fails("disputes", "evidence", dispute_id)


def test_sync_ends_with_one_where_paypal_cannot_be_asked(terminal: Terminal, paid: tuple[str, str]) -> None:
    assert paid
    terminal.emulator.order_fault("status", "disputes", status=503, times=3)
    result = terminal.run("disputes", "sync")
    assert result.exit_code == 1
    assert "could not be asked about" in result.stdout
    terminal.emulator.clear_faults()


@pytest.mark.parametrize(("days", "level"), [(9, "ok"), (6.5, "warning"), (0.9, "problem")])
def test_the_doctor_knows_the_deadlines(
    terminal: Terminal, paid: tuple[str, str], days: float, level: str
) -> None:
    dispute_id = opened(terminal, paid, due_days=days)
    said = finding(terminal, "disputes", level)
    assert (dispute_id in said) == (level != "ok")


def test_the_doctor_shows_what_nobody_was_told(terminal: Terminal, paid: tuple[str, str]) -> None:
    dispute_id = opened(terminal, paid, due_days=2)
    house = terminal.house()
    assert remind_disputes(house) == 1
    with house.store.read() as tx:
        (reminder,) = [one for one in notices.of_order(tx, paid[0]) if one.about]
    send_alert(house, Nobody(), reminder.id)
    assert "every reminder" in finding(terminal, "alerts", "ok")
    house.store.close()
    later = time_machine.travel(datetime.now(UTC) + timedelta(hours=1))
    with later:
        told = finding(terminal, "alerts", "problem")
        assert dispute_id in told
        assert "OPERATOR_MAIL" in told
    assert "not set" in finding(terminal, "operator mail", "ok")
    terminal.set(OPERATOR_MAIL="kim@shop.example")
    assert "kim@shop.example" in finding(terminal, "operator mail", "ok")
    terminal.set(OPERATOR_MAIL="", BASE_URL="https://shop.example")
    assert "Set OPERATOR_MAIL" in finding(terminal, "operator mail", "warning")


def test_days_and_hours_are_left_in_words() -> None:
    now = datetime(2026, 11, 26, tzinfo=UTC)
    cases = [
        (3.5, "3 days left"),
        (1, "1 day left"),
        (0.5, "12 hours left"),
        (0.01, "less than an hour left"),
    ]
    for days, said in [*cases, (0, "overdue"), (-2, "overdue")]:
        assert left_text(now + timedelta(days=days), now) == said
    assert left_text(None, now) == ""


def test_the_privacy_page_is_read_as_a_customer_reads_it() -> None:
    page = (
        "<body><nav><p>Menu</p></nav><main><h1>Privacy</h1>\n<p>Kept\n <b>safe</b> &amp; sound.</p></main>"
        "<p>Foot</p></body>"
    )
    assert main_text(page) == "Privacy\nKept safe & sound."
