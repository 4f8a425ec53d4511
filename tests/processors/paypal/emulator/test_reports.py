"""Transaction search and balances: late, in windows and pages, adding up to the book, and wrong on order."""

import time
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from checkout.processors.paypal.emulator.control_client import ControlFailedError, EmulatorControl
from tests.processors.paypal.emulator.caller import Caller, euro
from tests.processors.paypal.emulator.paying import (
    LAG_SECONDS,
    asked,
    net_of,
    paid,
    rows,
    transactions,
)

BALANCES = "/v1/reporting/balances"
SEARCH = "/v1/reporting/transactions"


def moved(emulator: EmulatorControl, **by: float) -> str:
    """Return the emulator's time, moved."""
    return (datetime.fromisoformat(emulator.now()) + timedelta(**by)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_movement_shows_three_hours_after_it_happened(api: Caller, emulator: EmulatorControl) -> None:
    capture_id = paid(api, emulator)
    assert rows(api, emulator) == []
    emulator.advance(LAG_SECONDS - 60)
    assert rows(api, emulator) == []
    emulator.advance(120)
    assert [row["transaction_id"] for row in rows(api, emulator)] == [capture_id]
    emulator.account_settings(report_lag_seconds=30 * LAG_SECONDS)
    assert transactions(api, emulator).status_code == 404


def test_how_far_the_report_has_come_is_told(api: Caller, emulator: EmulatorControl) -> None:
    body = transactions(api, emulator).json()
    refreshed = datetime.strptime(body["last_refreshed_datetime"], "%Y-%m-%dT%H:%M:%S%z")
    late = datetime.fromisoformat(emulator.now()) - refreshed
    assert abs(late.total_seconds() - LAG_SECONDS) < 5
    assert body["last_refreshed_datetime"].endswith("+0000")
    late_start = transactions(api, emulator, start_date=moved(emulator, hours=-2))
    assert (late_start.status_code, late_start.json()["message"]) == (
        404,
        "Data for the given start date is not available.",
    )


def test_a_row_carries_its_fee_and_the_balances_after_it(api: Caller, emulator: EmulatorControl) -> None:
    emulator.account_settings(report_lag_seconds=0)
    capture_id = paid(api, emulator, custom_id="ours-1", invoice_id="INV-1")
    api.refund(capture_id, {"amount": euro("3.80")})
    emulator.hold("EUR", "5.00")
    payment, refund, hold = rows(api, emulator)
    assert payment["transaction_event_code"] == "T0006"
    assert (payment["transaction_amount"], payment["fee_amount"]) == (euro("23.80"), euro("-0.80"))
    assert (payment["invoice_id"], payment["custom_field"]) == ("INV-1", "ours-1")
    assert payment["ending_balance"] == payment["available_balance"] == euro("23.00")
    assert (refund["transaction_amount"], refund["fee_amount"]) == (euro("-3.80"), euro("0.07"))
    assert (refund["paypal_reference_id"], refund["paypal_reference_id_type"]) == (capture_id, "TXN")
    assert (hold["transaction_event_code"], hold["transaction_amount"]) == ("T2103", euro("-5.00"))
    assert (hold["ending_balance"], hold["available_balance"]) == (euro("19.27"), euro("14.27"))
    assert "fee_amount" not in hold


def test_the_rows_add_up_to_the_book(api: Caller, emulator: EmulatorControl) -> None:
    emulator.account_settings(report_lag_seconds=0)
    capture_id = paid(api, emulator)
    paid(api, emulator, "3705", "HUF")
    api.refund(capture_id, {"amount": euro("5.00")})
    emulator.reverse(capture_id)
    emulator.cancel_reversal(capture_id)
    emulator.deposit("EUR", "100.00")
    emulator.charge_fee("EUR", "1.00")
    emulator.payout("EUR", "10.00")
    emulator.convert("EUR", "20.00", "USD", "1.08")
    sums: dict[str, Decimal] = {}
    for row in rows(api, emulator):
        currency = row["transaction_amount"]["currency_code"]
        sums[currency] = sums.get(currency, Decimal(0)) + net_of(row)
        assert row["ending_balance"] == {"currency_code": currency, "value": f"{sums[currency]:.2f}"}
    position = emulator.statement()["position"]
    assert sums == {currency: Decimal(held["total"]) for currency, held in position.items()}


def test_amounts_are_spelled_as_paypal_spells_them(api: Caller, emulator: EmulatorControl) -> None:
    emulator.account_settings(report_lag_seconds=0)
    paid(api, emulator, "3705", "HUF")
    paid(api, emulator, "100", "JPY")
    values = [row["transaction_amount"]["value"] for row in rows(api, emulator)]
    assert values == ["3705.00", "100"]


def test_a_hold_and_its_release_repeat_one_transaction_id(api: Caller, emulator: EmulatorControl) -> None:
    emulator.account_settings(report_lag_seconds=0)
    dispute = emulator.open_dispute(paid(api, emulator), stage="CHARGEBACK")
    emulator.resolve_dispute(dispute["dispute_id"])
    found = {row["transaction_event_code"]: row["transaction_id"] for row in rows(api, emulator)}
    assert found["T1110"] == found["T1111"]


def test_a_payment_that_went_back_is_marked_reversed(api: Caller, emulator: EmulatorControl) -> None:
    emulator.account_settings(report_lag_seconds=0)
    whole, part = paid(api, emulator), paid(api, emulator)
    api.refund(whole)
    api.refund(part, {"amount": euro("1.00")})
    found = {row["transaction_id"]: row["transaction_status"] for row in rows(api, emulator)}
    assert (found[whole], found[part]) == ("V", "S")
    assert [row["transaction_id"] for row in rows(api, emulator, transaction_status="V")] == [whole]


def test_what_has_moved_no_money_shows_only_when_asked_for(api: Caller, emulator: EmulatorControl) -> None:
    emulator.account_settings(report_lag_seconds=0)
    waiting, refused = api.order_id(), api.order_id()
    emulator.approve(waiting, "pending:ECHECK")
    emulator.approve(refused, "declined_capture")
    api.capture(waiting)
    api.capture(refused)
    done = paid(api, emulator)
    assert [row["transaction_id"] for row in rows(api, emulator)] == [done]
    every = rows(api, emulator, balance_affecting_records_only="N")
    assert [row["transaction_status"] for row in every] == ["P", "D", "S"]
    assert "ending_balance" not in every[0]


def test_the_payer_is_told_of_only_when_asked_for(api: Caller, emulator: EmulatorControl) -> None:
    emulator.account_settings(report_lag_seconds=0)
    paid(api, emulator)
    (plain,) = transactions(api, emulator).json()["transaction_details"]
    assert plain.keys() == {"transaction_info"}
    (whole,) = transactions(api, emulator, fields="all").json()["transaction_details"]
    assert whole["payer_info"]["email_address"] == "buyer@buyer.example"
    assert {"shipping_info", "cart_info", "store_info", "auction_info", "incentive_info"} < whole.keys()
    (some,) = transactions(api, emulator, fields="payer_info,cart_info").json()["transaction_details"]
    assert some.keys() == {"payer_info", "cart_info"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"transaction_type": "T0006"}, ["10.00", "20.00", "30.00"]),
        ({"transaction_type": "T0300"}, ["5.00"]),
        ({"transaction_currency": "USD"}, ["30.00"]),
        ({"transaction_amount": "500 TO 1005", "transaction_currency": "EUR"}, ["10.00", "5.00"]),
        ({"transaction_amount": "[2000 TO 9900]", "transaction_currency": "EUR"}, ["20.00"]),
        ({"transaction_status": "P"}, []),
        ({"transaction_id": "A" * 17}, []),
    ],
)
def test_a_search_can_be_narrowed_and_then_tells_no_balance(
    api: Caller, emulator: EmulatorControl, query: dict[str, str], expected: list[str]
) -> None:
    emulator.account_settings(report_lag_seconds=0)
    paid(api, emulator, "10.00")
    paid(api, emulator, "20.00")
    paid(api, emulator, "30.00", "USD")
    emulator.deposit("EUR", "5.00")
    found = rows(api, emulator, **query)
    assert [row["transaction_amount"]["value"] for row in found] == expected
    assert not any("ending_balance" in row for row in found)


def test_every_page_together_is_the_whole(api: Caller, emulator: EmulatorControl) -> None:
    emulator.make_payments(1_234, days=20)
    span = {"start_date": moved(emulator, days=-21), "end_date": emulator.now(), "page_size": 500}
    seen, sizes, page = [], [], asked(api, SEARCH, **span)
    # Of one payment every 23 minutes, those of the last three hours are not told yet.
    visible = page.json()["total_items"]
    assert 1_225 <= visible <= 1_227
    while True:
        body = page.json()
        assert (body["total_items"], body["total_pages"]) == (visible, 3)
        sizes.append(len(body["transaction_details"]))
        seen += [detail["transaction_info"] for detail in body["transaction_details"]]
        onward = [link["href"] for link in body["links"] if link["rel"] == "next"]
        if not onward:
            break
        page = api.call("GET", onward[0].removeprefix(api.base_url))
    assert sizes == [500, 500, visible - 1_000]
    assert [row["custom_field"] for row in seen] == [f"bulk-{number}" for number in range(visible)]
    running = Decimal(0)
    for row in seen:
        running += net_of(row)
        assert Decimal(row["ending_balance"]["value"]) == running


def test_ten_thousand_items_are_the_most_a_query_finds(api: Caller, emulator: EmulatorControl) -> None:
    emulator.make_payments(10_200, days=10)
    whole = {"start_date": moved(emulator, days=-11), "end_date": emulator.now()}
    refused = asked(api, SEARCH, **whole)
    assert (refused.status_code, refused.json()["name"]) == (400, "RESULTSET_TOO_LARGE")
    assert refused.json()["maximum_items"] == 10_000
    half = asked(api, SEARCH, start_date=moved(emulator, days=-5), end_date=emulator.now())
    assert half.json()["total_items"] < 5_100


def test_a_page_is_quick_however_much_happened(api: Caller, emulator: EmulatorControl) -> None:
    emulator.make_payments(20_000, days=64)
    span = {"start_date": moved(emulator, days=-30), "end_date": emulator.now(), "page_size": 500}
    asked(api, SEARCH, **span)
    started = time.perf_counter()
    assert len(asked(api, SEARCH, page=15, **span).json()["transaction_details"]) == 500
    assert time.perf_counter() - started < 0.5


@pytest.mark.parametrize(
    ("query", "field", "issue"),
    [
        ({"start_date": ""}, "start_date", "A required parameter is missing"),
        ({"end_date": "2026-01-01"}, "end_date", "Invalid date passed"),
        ({"end_date": "2026-01-01T00:00Z"}, "end_date", "Invalid date passed"),
        ({"end_date": "2026-02-31T00:00:00Z"}, "end_date", "Invalid date passed"),
        ({"end_date": "2000-01-01T00:00:00Z"}, "end_date", "End date must be after start date"),
        ({"page_size": "501"}, "page_size", "Value must be a number from 1 to 500"),
        ({"page": "0"}, "page", "Value must be a number from 1 to 2147483647"),
        ({"fields": "secrets"}, "fields", "Invalid field value"),
        ({"transaction_id": "SHORT"}, "transaction_id", "Invalid transaction id"),
        ({"transaction_status": "X"}, "transaction_status", "Invalid transaction status"),
        ({"transaction_type": "payment"}, "transaction_type", "Invalid transaction type"),
        ({"transaction_currency": "ABC"}, "transaction_currency", "Invalid currency code"),
        (
            {"balance_affecting_records_only": "yes"},
            "balance_affecting_records_only",
            "Value must be Y or N",
        ),
    ],
)
def test_a_senseless_search_is_refused(
    api: Caller, emulator: EmulatorControl, query: dict[str, str], field: str, issue: str
) -> None:
    answer = transactions(api, emulator, **query)
    assert (answer.status_code, answer.json()["name"]) == (400, "INVALID_REQUEST")
    (detail,) = answer.json()["details"]
    assert (detail["field"], detail["issue"]) == (field, issue)


def test_a_window_is_31_days_at_most_and_three_years_back(api: Caller, emulator: EmulatorControl) -> None:
    now = emulator.now()
    assert asked(api, SEARCH, start_date=moved(emulator, days=-31), end_date=now).status_code == 200
    wide = asked(api, SEARCH, start_date=moved(emulator, days=-31, seconds=-60), end_date=now)
    assert wide.json()["details"][0]["issue"] == "Date range is greater than 31 days"
    long_ago = {"start_date": moved(emulator, days=-1200), "end_date": moved(emulator, days=-1190)}
    assert asked(api, SEARCH, **long_ago).json()["details"][0]["field"] == "start_date"


def test_without_the_permission_both_reports_are_refused(api: Caller, emulator: EmulatorControl) -> None:
    emulator.account_settings(reports_authorized=False)
    for answer in (transactions(api, emulator), asked(api, BALANCES)):
        assert (answer.status_code, answer.json()["name"]) == (403, "NOT_AUTHORIZED")
    emulator.account_settings(reports_authorized=True)
    assert transactions(api, emulator).status_code == 200


def test_balances_are_told_as_late_as_the_report(api: Caller, emulator: EmulatorControl) -> None:
    assert asked(api, BALANCES).json()["balances"] == [
        {
            "currency": "EUR",
            "primary": True,
            "total_balance": euro("0.00"),
            "available_balance": euro("0.00"),
            "withheld_balance": euro("0.00"),
        }
    ]
    emulator.deposit("EUR", "100.00")
    emulator.deposit("USD", "7.00")
    emulator.hold("EUR", "30.00")
    between = emulator.now()
    assert asked(api, BALANCES).json()["balances"][0]["total_balance"] == euro("0.00")
    emulator.advance(LAG_SECONDS + 10)
    body = asked(api, BALANCES).json()
    assert body["account_id"] == "MERCHANTEMU22"
    assert [entry["currency"] for entry in body["balances"]] == ["EUR", "USD"]
    assert [entry["primary"] for entry in body["balances"]] == [True, False]
    held = body["balances"][0]
    assert held["total_balance"] == euro("100.00")
    assert (held["available_balance"], held["withheld_balance"]) == (euro("70.00"), euro("30.00"))
    emulator.payout("EUR")
    emulator.advance(LAG_SECONDS + 10)
    (now,) = asked(api, BALANCES, currency_code="EUR").json()["balances"]
    assert now["total_balance"] == euro("30.00")
    (earlier,) = asked(api, BALANCES, currency_code="EUR", as_of_time=between).json()["balances"]
    assert earlier["total_balance"] == euro("100.00")


@pytest.mark.parametrize(
    "query",
    [{"currency_code": "ABC"}, {"as_of_time": "yesterday"}, {"as_of_time": "2999-01-01T00:00:00Z"}],
)
def test_senseless_balances_are_refused(api: Caller, query: dict[str, str]) -> None:
    assert asked(api, BALANCES, **query).status_code == 400


@pytest.mark.parametrize(
    ("kind", "more", "field", "said"),
    [
        ("amount", {"value": "22.80"}, "transaction_amount", euro("22.80")),
        ("fee", {"value": "-0.90"}, "fee_amount", euro("-0.90")),
        ("currency", {"value": "USD"}, "fee_amount", {"currency_code": "USD", "value": "-0.80"}),
        ("status", {"value": "D"}, "transaction_status", "D"),
        ("code", {"value": "T0003"}, "transaction_event_code", "T0003"),
        ("custom_field", {"value": "theirs"}, "custom_field", "theirs"),
        ("custom_field", {}, "custom_field", None),
        ("ending_balance", {"value": "1.00"}, "ending_balance", euro("1.00")),
        ("id", {"value": "Z" * 17}, "transaction_id", "Z" * 17),
    ],
)
def test_a_report_is_wrong_where_that_is_ordered(
    api: Caller, emulator: EmulatorControl, kind: str, more: dict[str, str], field: str, said: object
) -> None:
    emulator.account_settings(report_lag_seconds=0)
    capture_id = paid(api, emulator, custom_id="ours")
    before, book = rows(api, emulator), emulator.movements()
    emulator.distort_report(kind, capture_id, **more)
    (row,) = rows(api, emulator)
    assert row.get(field) == said
    assert emulator.movements() == book
    emulator.clear_distortions()
    assert rows(api, emulator) == before


def test_a_report_can_lack_repeat_and_invent_rows(api: Caller, emulator: EmulatorControl) -> None:
    emulator.account_settings(report_lag_seconds=0)
    first, second = paid(api, emulator), paid(api, emulator)
    emulator.distort_report("omit", first)
    emulator.distort_report("duplicate", second)
    made_up = emulator.distort_report("unknown", currency="EUR", value="-7.00", code="T0107")
    found = transactions(api, emulator).json()
    ids = [detail["transaction_info"]["transaction_id"] for detail in found["transaction_details"]]
    assert sorted(ids) == sorted([second, second, made_up["transaction_id"]])
    assert found["total_items"] == 3
    assert len(emulator.distortions()) == 3
    assert len(emulator.movements()) == 2


@pytest.mark.parametrize(
    "wish",
    [
        {"kind": "explode", "transaction_id": "A" * 17},
        {"kind": "omit"},
        {"kind": "amount", "transaction_id": "A" * 17},
        {"kind": "unknown", "value": "1.00"},
    ],
)
def test_a_senseless_distortion_is_refused(emulator: EmulatorControl, wish: dict[str, str]) -> None:
    with pytest.raises(ControlFailedError, match="answered 400"):
        emulator.call("POST", "/control/reports/distort", wish)
    assert emulator.distortions() == []


def test_a_fault_of_calls_strikes_reports_too(api: Caller, emulator: EmulatorControl) -> None:
    emulator.order_fault("status", "reports", status=503)
    assert transactions(api, emulator).status_code == 503
    assert transactions(api, emulator).status_code == 200
