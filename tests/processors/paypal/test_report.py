"""PayPal's report rows, codes, balances and list of events, as the house reads them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import responses

from checkout.domain.cards import holds_card_number
from checkout.domain.errors import ProcessorUnavailableError
from checkout.domain.processor import ListsEvents, Reports
from checkout.domain.reports import ReportsNotAllowedError, RowKind, RowStatus, TooManyRowsError
from checkout.processors.paypal import report
from checkout.processors.paypal.answers import UnreadableAnswerError
from checkout.processors.paypal.documents import Json, Object
from checkout.processors.paypal.emulator.control_client import EmulatorControl
from checkout.processors.paypal.emulator.report_rows import USUAL_CODES
from checkout.processors.paypal.tcodes import T_CODES, t_code
from tests.processors.paypal.purchasing import paypal
from tests.processors.paypal.samples import CARD
from tests.processors.paypal.samples import paypal as paypal_at

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
GROUPS = {
    "T00": {RowKind.PAYMENT},
    "T01": {RowKind.FEE},
    "T02": {RowKind.EXCHANGE},
    "T03": {RowKind.PAYOUT},
    "T04": {RowKind.PAYOUT},
    "T08": {RowKind.ADJUSTMENT},
    "T09": {RowKind.ADJUSTMENT},
    "T13": {RowKind.NO_MONEY},
    "T15": {RowKind.HOLD},
    "T20": {RowKind.OTHER},
    "T22": {RowKind.OTHER},
    "T50": {RowKind.OTHER},
    "T97": {RowKind.ADJUSTMENT},
    "T98": {RowKind.NO_MONEY},
    "T99": {RowKind.OTHER},
}


def info(**changes: Json) -> Object:
    given: Object = {
        "transaction_id": "5TY05013RG002845M",
        "transaction_event_code": "T0006",
        "transaction_initiation_date": "2026-11-26T04:03:52+0000",
        "transaction_amount": {"currency_code": "EUR", "value": "23.80"},
        "fee_amount": {"currency_code": "EUR", "value": "-0.80"},
        "transaction_status": "S",
        "custom_field": "shop-o1.1",
    }
    return {"transaction_info": given | changes}


@pytest.mark.parametrize("code", T_CODES)
def test_every_code_has_a_meaning_and_a_kind(code: str) -> None:
    found = t_code(code)
    assert found.meaning
    assert found.kind in GROUPS.get(code[:3], set(RowKind))


def test_the_codes_that_decide_about_money_are_what_they_are() -> None:
    kinds = {
        code: t_code(code).kind for code in ("T0006", "T1107", "T1106", "T1201", "T1202", "T1110", "T1111")
    }
    assert list(kinds.values()) == [
        RowKind.PAYMENT, RowKind.REFUND, RowKind.REVERSAL, RowKind.REVERSAL, RowKind.RETURNED, RowKind.DISPUTE_HOLD,
        RowKind.DISPUTE_RELEASE,
    ]  # fmt: skip


def test_every_code_of_the_emulator_is_known() -> None:
    assert set(USUAL_CODES.values()) <= set(T_CODES)


def test_a_code_nobody_has_seen_is_for_a_person() -> None:
    assert t_code("T7777").kind is RowKind.OTHER


@pytest.mark.shared
def test_paypals_own_samples_are_read(shared: Path) -> None:
    folder = shared / "facts" / "samples" / "paypal-api"
    page = report.read_page(json.loads((folder / "GET_v1_reporting_transactions.200.json").read_text()))
    (row,) = page.rows
    assert (row.subject, row.code, row.amount_minor, row.fee_minor) == (
        "5TY05013RG002845M",
        "T0006",
        46500,
        -1379,
    )
    assert (row.status, row.invoice, row.names) == (RowStatus.DONE, "Invoice-005", None)
    assert page.refreshed_at == datetime(2017, 1, 2, 6, 59, 59, tzinfo=UTC)
    told = report.read_balances(json.loads((folder / "GET_v1_reporting_balances.200.json").read_text()))
    assert told.total_minor == {"USD": 30000}


def test_a_sentence_or_an_address_in_a_name_is_not_kept() -> None:
    for text in ("Thank you for your business", "a@example.com", CARD, "Ä" * 20):
        assert report.read_row(info(custom_field=text, invoice_id=text)).names is None


@pytest.mark.parametrize("status", ["X", "", None])
def test_a_status_nobody_has_seen_is_never_success(status: str | None) -> None:
    row = report.read_row(info(transaction_status=status))
    assert (row.status, row.has_happened, row.net_minor) == (RowStatus.UNKNOWN, False, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"transaction_id": None},
        {"transaction_event_code": "what?"},
        {"transaction_initiation_date": "yesterday"},
        {"transaction_amount": None},
        {"transaction_amount": {"currency_code": "EUR", "value": "1.234"}},
        {"fee_amount": {"currency_code": "USD", "value": "-1.00"}},
    ],
)
def test_a_row_that_cannot_be_read_keeps_none_back(wrong: Object) -> None:
    document: Object = {
        "transaction_details": [info(**wrong), info(transaction_id="9TY05013RG002845M"), "nonsense"],
        "last_refreshed_datetime": "2026-11-26T09:00:00+0000",
        "total_items": 3,
        "total_pages": 1,
    }
    page = report.read_page(document)
    assert [row.subject for row in page.rows] == ["9TY05013RG002845M"]
    assert len(page.unread) == 2
    assert not any(holds_card_number(text) for text in page.unread)


@pytest.mark.parametrize("missing", ["last_refreshed_datetime", "total_items", "total_pages"])
def test_a_report_that_does_not_say_how_long_it_is_is_none(missing: str) -> None:
    whole: Object = {
        "transaction_details": [], "last_refreshed_datetime": "2026-11-26T09:00:00Z", "total_items": 0, "total_pages": 0,
    }  # fmt: skip
    report.read_page(dict(whole))
    with pytest.raises(UnreadableAnswerError):
        report.read_page({name: value for name, value in whole.items() if name != missing})


def test_the_adapter_can_be_asked_for_both(emulator: EmulatorControl) -> None:
    adapter = paypal(emulator)
    assert isinstance(adapter, Reports)
    assert isinstance(adapter, ListsEvents)


def test_a_page_says_how_many_there_are_and_how_far_it_is(emulator: EmulatorControl) -> None:
    emulator.account_settings(report_lag_seconds=0)
    emulator.make_payments(501, days=2)
    now = datetime.now(UTC)
    first = paypal(emulator).report_page(now - timedelta(days=3), now, 1)
    second = paypal(emulator).report_page(now - timedelta(days=3), now, 2)
    assert (len(first.rows), len(second.rows), first.pages, first.total) == (500, 1, 2, 501)
    assert {row.kind for row in first.rows} == {RowKind.PAYMENT}
    assert abs(first.refreshed_at - now) < timedelta(minutes=1)


def test_too_many_rows_and_a_missing_permission_are_told_apart(emulator: EmulatorControl) -> None:
    emulator.account_settings(report_lag_seconds=0)
    emulator.make_payments(10_001, days=2)
    adapter, now = paypal(emulator), datetime.now(UTC)
    with pytest.raises(TooManyRowsError):
        adapter.report_page(now - timedelta(days=3), now, 1)
    emulator.account_settings(reports_authorized=False)
    with pytest.raises(ReportsNotAllowedError, match=r"Transaction Search.* 9 hours"):
        adapter.report_page(now - timedelta(days=3), now, 1)
    with pytest.raises(ReportsNotAllowedError):
        adapter.balances()
    emulator.account_settings(reports_authorized=True)


def test_only_what_is_not_about_people_is_asked_for() -> None:
    query = report.query(NOW - timedelta(days=1), NOW, 3)
    assert query["fields"] == "transaction_info"
    assert (query["page"], query["page_size"], query["end_date"]) == ("3", "500", "2026-11-26T12:00:00Z")


def test_events_are_listed_page_by_page_and_each_is_a_hint(emulator: EmulatorControl) -> None:
    for _ in range(130):
        emulator.send_event("PAYMENT.CAPTURE.COMPLETED", {"id": "3C679366HH908993F"})
    now = datetime.now(UTC)
    found = list(paypal(emulator).events_between(now - timedelta(hours=1), now + timedelta(minutes=1)))
    assert len(found) == 130
    assert len({one.event_id for one in found}) == 130
    assert {one.binds_body for one in found} == {False}
    assert all(one.transmission_id == one.event_id for one in found)


@responses.activate
def test_pages_of_events_that_lead_back_to_themselves_come_to_an_end() -> None:
    base = "http://127.0.0.1:9"
    responses.post(
        f"{base}/v1/oauth2/token", json={"access_token": "A", "token_type": "Bearer", "expires_in": 9000}
    )
    link = {"rel": "next", "href": "https://evil.example/v1/notifications/webhooks-events?index_id=1"}
    responses.get(f"{base}/v1/notifications/webhooks-events", json={"events": [], "links": [link]})
    with pytest.raises(ProcessorUnavailableError, match="lead back"):
        list(paypal_at(base).events_between(NOW - timedelta(hours=1), NOW))
