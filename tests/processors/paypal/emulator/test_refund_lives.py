"""Refunds that wait, fail or are cancelled, reversals that are taken back, and what stands in a refund's way."""

import pytest

from checkout.processors.paypal.emulator.control_client import ControlFailedError, EmulatorControl
from tests.processors.paypal.emulator.caller import (
    WHOLE,
    Caller,
    Json,
    euro,
    first_capture,
    issues,
    order_body,
)


@pytest.fixture
def capture_id(api: Caller, emulator: EmulatorControl) -> str:
    """Give a capture of 100 euros."""
    return captured(api, emulator)


def captured(api: Caller, emulator: EmulatorControl, instrument: str = "balance") -> str:
    order_id = api.order_id(order_body("100.00", custom_id="ref-1"))
    emulator.approve(order_id, instrument)
    return str(first_capture(api.capture(order_id))["id"])


def pending(api: Caller, emulator: EmulatorControl, capture_id: str, value: str) -> str:
    emulator.order_fault("refund_pending", "refund", match={"capture_id": capture_id})
    answer = api.refund(capture_id, {"amount": euro(value)})
    assert (answer.status_code, answer.json()["status"]) == (201, "PENDING")
    return str(answer.json()["id"])


def refund_of(api: Caller, refund_id: str) -> Json:
    answer: Json = api.call("GET", f"/v2/payments/refunds/{refund_id}").json()
    return answer


def status_of(api: Caller, capture_id: str) -> str:
    return str(api.call("GET", f"/v2/payments/captures/{capture_id}").json()["status"])


def last_event(emulator: EmulatorControl) -> str:
    return str(emulator.events()[-1]["event_type"])


def test_a_pending_refund_reserves_what_it_will_give_back(
    api: Caller, emulator: EmulatorControl, capture_id: str
) -> None:
    refund_id = pending(api, emulator, capture_id, "60.00")
    assert last_event(emulator) == "PAYMENT.REFUND.PENDING"
    shown = refund_of(api, refund_id)
    assert shown["status_details"] == {"reason": "ECHECK"}
    assert shown["seller_payable_breakdown"]["total_refunded_amount"]["value"] == "0.00"
    assert (status_of(api, capture_id), emulator.movements(kind="refund")) == ("COMPLETED", [])
    assert issues(api.refund(capture_id, {"amount": euro("40.01")})) == ["REFUND_AMOUNT_EXCEEDED"]
    assert api.refund(capture_id).status_code == 201
    assert issues(api.refund(capture_id)) == ["REFUND_AMOUNT_EXCEEDED"]
    with pytest.raises(ControlFailedError, match="REFUND_AMOUNT_EXCEEDED"):
        emulator.reverse(capture_id)


def test_a_pending_refund_completes(api: Caller, emulator: EmulatorControl, capture_id: str) -> None:
    refund_id = pending(api, emulator, capture_id, "60.00")
    api.refund(capture_id, {"amount": euro("40.00")})
    emulator.complete_refund(refund_id)
    assert last_event(emulator) == "PAYMENT.CAPTURE.REFUNDED"
    payable = refund_of(api, refund_id)["seller_payable_breakdown"]
    assert payable["total_refunded_amount"]["value"] == "100.00"
    assert status_of(api, capture_id) == "REFUNDED"
    moved = [(m["code"], m["gross"], m["reference_id"]) for m in emulator.movements(kind="refund")]
    assert moved == [("T1107", "-40.00", capture_id), ("T1107", "-60.00", capture_id)]
    assert emulator.account()["balances"]["EUR"]["fee"] == "0.35"
    with pytest.raises(ControlFailedError, match="not PENDING"):
        emulator.fail_refund(refund_id)


@pytest.mark.parametrize(("end", "event"), [("fail", "PAYMENT.REFUND.FAILED"), ("cancel", None)])
def test_a_refund_that_comes_to_nothing_gives_its_amount_free(
    api: Caller, emulator: EmulatorControl, capture_id: str, end: str, event: str | None
) -> None:
    refund_id = pending(api, emulator, capture_id, "100.00")
    (emulator.fail_refund if end == "fail" else emulator.cancel_refund)(refund_id)
    assert last_event(emulator) == (event or "PAYMENT.REFUND.PENDING")
    assert refund_of(api, refund_id)["status"] == ("FAILED" if event else "CANCELLED")
    assert (status_of(api, capture_id), emulator.movements(kind="refund")) == ("COMPLETED", [])
    assert api.refund(capture_id).status_code == 201
    assert emulator.account()["balances"]["EUR"]["gross"] == "0.00"
    assert [refund["status"] for refund in emulator.refunds(capture_id=capture_id)][1:] == ["COMPLETED"]


def test_without_money_nothing_is_refunded(api: Caller, emulator: EmulatorControl, capture_id: str) -> None:
    assert emulator.set_settings(insufficient_funds=True)["insufficient_funds"] is True
    assert issues(api.refund(capture_id)) == ["REFUND_FAILED_INSUFFICIENT_FUNDS"]
    emulator.set_settings(insufficient_funds=False)
    assert api.refund(capture_id).status_code == 201


def test_two_refunds_cannot_share_an_invoice_and_their_number_is_limited(
    api: Caller, emulator: EmulatorControl, capture_id: str
) -> None:
    body = {"amount": euro("0.01"), "invoice_id": "R-1"}
    assert api.refund(capture_id, body, headers=WHOLE).json()["invoice_id"] == "R-1"
    assert issues(api.refund(capture_id, body)) == ["DUPLICATE_INVOICE_ID"]
    assert issues(api.refund(captured(api, emulator), body)) == ["DUPLICATE_INVOICE_ID"]
    for _ in range(99):
        api.refund(capture_id, {"amount": euro("0.01")})
    assert issues(api.refund(capture_id)) == ["MAX_NUMBER_OF_REFUNDS_EXCEEDED"]


def test_a_reversal_is_taken_back_without_an_event(
    api: Caller, emulator: EmulatorControl, capture_id: str
) -> None:
    api.refund(capture_id, {"amount": euro("10.00")})
    emulator.reverse(capture_id)
    (reversal,) = emulator.refunds(kind="reversal")
    assert (status_of(api, capture_id), last_event(emulator)) == ("REFUNDED", "PAYMENT.CAPTURE.REVERSED")
    told = len(emulator.events())
    emulator.cancel_reversal(capture_id)
    assert len(emulator.events()) == told
    assert status_of(api, capture_id) == "PARTIALLY_REFUNDED"
    assert refund_of(api, reversal["id"])["status"] == "CANCELLED"
    taken, back = emulator.movements(kind="reversal") + emulator.movements(kind="reversal_cancelled")
    assert (taken["code"], taken["gross"], taken["reference_id"]) == ("T1106", "-90.00", capture_id)
    assert (back["code"], back["gross"], back["reference_id"]) == ("T1202", "90.00", reversal["id"])
    assert back["id"] not in (reversal["id"], capture_id)
    with pytest.raises(ControlFailedError, match="left to give back"):
        emulator.cancel_reversal(capture_id)
    assert api.refund(capture_id).status_code == 201


def test_a_chargeback_forbids_refunds_until_it_is_taken_back(
    api: Caller, emulator: EmulatorControl, capture_id: str
) -> None:
    emulator.reverse(capture_id, "30.00", chargeback=True)
    assert emulator.movements(kind="reversal")[0]["code"] == "T1201"
    assert issues(api.refund(capture_id)) == ["REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK"]
    emulator.cancel_reversal(capture_id)
    assert api.refund(capture_id).status_code == 201


@pytest.mark.parametrize("reason", ["RECEIVING_PREFERENCE_MANDATES_MANUAL_ACTION", "UNILATERAL"])
def test_the_merchant_decides_what_waits_for_it(api: Caller, emulator: EmulatorControl, reason: str) -> None:
    refused, taken = (captured(api, emulator, f"pending:{reason}") for _ in range(2))
    emulator.accept(taken)
    emulator.deny(refused)
    assert [status_of(api, capture) for capture in (taken, refused)] == ["COMPLETED", "DECLINED"]
    assert [m["capture_id"] for m in emulator.movements()] == [taken]
    assert last_event(emulator) == "PAYMENT.CAPTURE.DENIED"
    with pytest.raises(ControlFailedError, match="merchant decides only"):
        emulator.accept(captured(api, emulator, "pending:ECHECK"))
