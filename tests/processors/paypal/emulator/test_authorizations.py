"""Money reserved first and taken later: in parts, too much, renewed, let go, expired, under review."""

import pytest
import requests

from checkout.processors.paypal.emulator.control_client import ControlFailedError, EmulatorControl
from tests.processors.paypal.emulator.caller import (
    WHOLE,
    Caller,
    authorize_body,
    euro,
    first_authorization,
    first_capture,
    issues,
    order_body,
)

DAY = 86_400


@pytest.fixture
def held(api: Caller, emulator: EmulatorControl) -> str:
    """Give an authorization of 100 euros."""
    return reserved(api, emulator)


def reserved(api: Caller, emulator: EmulatorControl, instrument: str = "balance", **unit: str) -> str:
    body = authorize_body(custom_id="ref-1")
    body["purchase_units"][0].update(unit)
    order_id = api.order_id(body)
    emulator.approve(order_id, instrument)
    return str(first_authorization(api.authorize(order_id))["id"])


def days_later(emulator: EmulatorControl, days: float) -> Caller:
    emulator.advance(days * DAY)
    return Caller(emulator.base_url)


def state(api: Caller, authorization_id: str) -> str:
    return str(api.authorization(authorization_id).json()["status"])


def amount(value: str, **more: object) -> dict[str, object]:
    return {"amount": euro(value), **more}


def test_authorizing_reserves_the_money_and_takes_none(api: Caller, emulator: EmulatorControl) -> None:
    order_id = api.order_id(authorize_body(custom_id="ref-1"))
    assert issues(api.authorize(order_id)) == ["ORDER_NOT_APPROVED"]
    emulator.approve(order_id)
    assert issues(api.capture(order_id)) == ["ACTION_DOES_NOT_MATCH_INTENT"]
    answer = api.authorize(order_id, "once", WHOLE)
    assert (answer.status_code, answer.json()["status"]) == (201, "COMPLETED")
    made = first_authorization(answer)
    assert (made["status"], made["amount"], made["custom_id"]) == ("CREATED", euro("100.00"), "ref-1")
    assert [link["rel"] for link in made["links"]] == ["self", "capture", "void", "reauthorize", "up"]
    assert emulator.movements() == []
    assert emulator.events()[1]["event_type"] == "PAYMENT.AUTHORIZATION.CREATED"
    again = api.authorize(order_id, "once")
    assert (again.status_code, first_authorization(again)["id"]) == (200, made["id"])
    assert issues(api.authorize(order_id)) == ["ORDER_ALREADY_AUTHORIZED"]
    captured = api.order_id(order_body())
    emulator.approve(captured)
    assert issues(api.authorize(captured)) == ["ACTION_DOES_NOT_MATCH_INTENT"]


def test_a_declined_card_sends_the_payer_back(api: Caller, emulator: EmulatorControl) -> None:
    order_id = api.order_id(authorize_body())
    emulator.approve(order_id, "declined_card")
    assert issues(api.authorize(order_id)) == ["INSTRUMENT_DECLINED"]
    assert issues(api.authorize(order_id)) == ["PAYER_ACTION_REQUIRED"]
    emulator.approve(order_id)
    assert api.authorize(order_id).status_code == 201


def test_a_capture_names_its_authorization_and_its_order(
    api: Caller, emulator: EmulatorControl, held: str
) -> None:
    taken = api.take(held, body={"invoice_id": "PART-1"}, headers=WHOLE).json()
    related = taken["supplementary_data"]["related_ids"]
    assert related["authorization_id"] == held
    assert taken["links"][-1]["href"].endswith(f"/v2/payments/authorizations/{held}")
    assert (taken["amount"], taken["invoice_id"], taken["final_capture"]) == (euro("100.00"), "PART-1", False)
    assert state(api, held) == "CAPTURED"
    (movement,) = emulator.movements()
    assert (movement["code"], movement["gross"], movement["reference_id"]) == ("T0006", "100.00", held)
    order = api.get(related["order_id"])
    assert first_capture(order)["id"] == taken["id"]
    assert issues(api.take(held)) == ["AUTHORIZATION_ALREADY_CAPTURED"]
    assert issues(api.take(held, "void")) == ["PREVIOUSLY_CAPTURED"]


def test_parts_are_taken_until_the_last_one_lets_the_rest_go(api: Caller, emulator: EmulatorControl) -> None:
    held = reserved(api, emulator, invoice_id="INV-1")
    other = reserved(api, emulator, invoice_id="INV-2")
    assert api.take(held, body=amount("30.00")).json()["status"] == "COMPLETED"
    assert state(api, held) == "PARTIALLY_CAPTURED"
    assert api.take(held, body=amount("30.00")).status_code == 201
    assert issues(api.take(other, body={"invoice_id": "INV-1"})) == ["DUPLICATE_INVOICE_ID"]
    assert api.take(held, body=amount("10.00", final_capture=True)).status_code == 201
    assert state(api, held) == "CAPTURED"
    assert [movement["gross"] for movement in emulator.movements()] == ["30.00", "30.00", "10.00"]
    assert [entry["captured"] for entry in emulator.authorizations(id=held)] == [euro("70.00")]


def test_a_little_more_than_reserved_can_be_taken_and_no_more(
    api: Caller, emulator: EmulatorControl, held: str
) -> None:
    assert issues(api.take(held, body=amount("115.01"))) == ["MAX_CAPTURE_AMOUNT_EXCEEDED"]
    assert api.take(held, body=amount("99.99")).status_code == 201
    assert issues(api.take(held)) == ["MAX_CAPTURE_AMOUNT_EXCEEDED"]
    assert api.take(held, body=amount("15.01")).status_code == 201
    dear = api.order_id(authorize_body("1000.00"))
    emulator.approve(dear)
    held = first_authorization(api.authorize(dear))["id"]
    # 75 dollars are 69.44 euros here.
    assert issues(api.take(held, body=amount("1069.45"))) == ["MAX_CAPTURE_AMOUNT_EXCEEDED"]
    assert api.take(held, body=amount("1069.44")).status_code == 201


@pytest.mark.parametrize(
    ("body", "issue"),
    [
        (amount("0.00"), "CANNOT_BE_ZERO_OR_NEGATIVE"),
        (amount("1.001"), "DECIMAL_PRECISION"),
        (amount("9999999999999999.00"), "MAX_CAPTURE_AMOUNT_EXCEEDED"),
        ({"amount": {"currency_code": "USD", "value": "1.00"}}, "AUTH_CAPTURE_CURRENCY_MISMATCH"),
        ({"amount": {"value": "1.00"}}, "MISSING_REQUIRED_PARAMETER"),
        ({"final_capture": "yes"}, "INVALID_PARAMETER_SYNTAX"),
        ({"invoice_id": "x" * 128}, "INVALID_STRING_LENGTH"),
        ([1], "INVALID_PARAMETER_SYNTAX"),
    ],
)
def test_a_wrong_capture_is_refused_and_moves_nothing(
    api: Caller, emulator: EmulatorControl, held: str, body: object, issue: str
) -> None:
    assert issues(api.take(held, body=body)) == [issue]
    assert emulator.movements() == []


def test_the_same_request_id_takes_renews_and_voids_once_for_45_days(
    api: Caller, emulator: EmulatorControl, held: str
) -> None:
    first = api.take(held, body=amount("1.00"), key="once").json()["id"]
    assert api.take(held, "void", key="v").status_code == 204
    api = days_later(emulator, 44)
    assert api.take(held, body=amount("1.00"), key="once").json()["id"] == first
    assert api.take(held, "void", key="v").status_code == 204
    api = days_later(emulator, 2)
    assert issues(api.take(held, body=amount("1.00"), key="once")) == ["AUTHORIZATION_VOIDED"]
    assert len(emulator.movements()) == 1


def test_voiding_lets_the_rest_go(api: Caller, emulator: EmulatorControl, held: str) -> None:
    api.take(held, body=amount("40.00"))
    answer = api.take(held, "void", headers=WHOLE)
    assert (answer.status_code, answer.json()["status"]) == (200, "VOIDED")
    assert emulator.events()[-1]["event_type"] == "PAYMENT.AUTHORIZATION.VOIDED"
    assert issues(api.take(held, "void")) == ["PREVIOUSLY_VOIDED"]
    assert issues(api.take(held)) == ["AUTHORIZATION_VOIDED"]
    assert len(emulator.movements()) == 1


def test_a_reauthorization_replaces_the_first_from_the_fourth_day_on(
    api: Caller, emulator: EmulatorControl, held: str
) -> None:
    assert issues(api.take(held, "reauthorize")) == ["REAUTHORIZATION_TOO_SOON"]
    api = days_later(emulator, 3.1)
    assert issues(api.take(held, "reauthorize", amount("115.01"))) == ["TRANSACTION_REFUSED"]
    answer = api.take(held, "reauthorize", amount("110.00"), "again", WHOLE)
    renewed = answer.json()
    assert (answer.status_code, renewed["status"], renewed["amount"]) == (201, "CREATED", euro("110.00"))
    assert api.take(held, "reauthorize", None, "again").json()["id"] == renewed["id"] != held
    assert renewed["expiration_time"] == api.authorization(held).json()["expiration_time"]
    assert issues(api.take(held)) == ["AUTHORIZATION_VOIDED"]
    assert issues(api.take(held, "reauthorize")) == ["REAUTHORIZATION_NOT_SUPPORTED"]
    assert issues(api.take(renewed["id"], "reauthorize")) == ["REAUTHORIZATION_NOT_SUPPORTED"]
    assert issues(api.take(renewed["id"], "void")) == ["CANNOT_BE_VOIDED"]
    assert api.take(renewed["id"]).status_code == 201
    assert state(api, held) == state(api, renewed["id"]) == "CAPTURED"


def test_voiding_the_first_voids_what_renewed_it(api: Caller, emulator: EmulatorControl, held: str) -> None:
    api = days_later(emulator, 4)
    renewed = api.take(held, "reauthorize").json()["id"]
    assert api.take(held, "void").status_code == 204
    assert state(api, renewed) == "VOIDED"


def test_after_29_days_an_authorization_is_void(api: Caller, emulator: EmulatorControl, held: str) -> None:
    taken = reserved(api, emulator)
    api.take(taken)
    api = days_later(emulator, 28.9)
    assert state(api, held) == "CREATED"
    emulator.advance(0.2 * DAY)
    voided = emulator.events()[-1]
    assert (voided["event_type"], voided["resource"]["id"]) == ("PAYMENT.AUTHORIZATION.VOIDED", held)
    assert issues(api.take(held)) == ["AUTHORIZATION_EXPIRED"]
    assert state(api, taken) == "CAPTURED"
    (shown,) = emulator.authorizations(id=held)
    assert (shown["status"], shown["expired"]) == ("VOIDED", True)


def test_a_capture_after_the_honour_period_can_be_declined(
    api: Caller, emulator: EmulatorControl, held: str
) -> None:
    emulator.order_fault("decline", "capture_authorization", rate=1, match={"honoured": "no"})
    assert api.take(held, body=amount("1.00")).status_code == 201
    api = days_later(emulator, 3.1)
    assert issues(api.take(held, body=amount("1.00"))) == ["PAYER_CANNOT_PAY"]
    assert api.take(reserved(api, emulator)).status_code == 201


def test_an_authorization_under_review_is_approved_or_denied(api: Caller, emulator: EmulatorControl) -> None:
    for approved in (True, False):
        held = reserved(api, emulator, "pending:PENDING_REVIEW")
        made = api.authorization(held).json()
        assert (made["status"], made["status_details"]) == ("PENDING", {"reason": "PENDING_REVIEW"})
        assert issues(api.take(held)) == ["TRANSACTION_REFUSED"]
        (emulator.approve_authorization if approved else emulator.deny_authorization)(held)
        assert state(api, held) == ("CREATED" if approved else "DENIED")
        with pytest.raises(ControlFailedError, match="not PENDING"):
            emulator.deny_authorization(held)
        assert issues(api.take(held)) == ([] if approved else ["AUTHORIZATION_DENIED"])


def test_what_an_instrument_does_shows_when_it_is_captured(api: Caller, emulator: EmulatorControl) -> None:
    held = reserved(api, emulator, "pending:ECHECK")
    pending = api.take(held).json()
    assert (pending["status"], emulator.movements()) == ("PENDING", [])
    assert issues(api.refund(pending["id"])) == ["PENDING_CAPTURE"]
    emulator.complete(pending["id"])
    assert len(emulator.movements()) == 1
    declined = reserved(api, emulator, "declined_capture")
    assert api.take(declined).json()["status"] == "DECLINED"
    assert state(api, declined) == "CREATED"


def test_faults_strike_a_capture_of_an_authorization(
    api: Caller, emulator: EmulatorControl, held: str
) -> None:
    emulator.order_fault("lost_answer", "capture_authorization", match={"authorization_id": held})
    with pytest.raises(requests.ConnectionError):
        api.take(held, body=amount("10.00"), key="lost")
    assert len(emulator.movements()) == 1
    assert api.take(held, body=amount("10.00"), key="lost").status_code == 201
    emulator.order_fault("wrong_amount", "capture_authorization", less="1.00")
    emulator.order_fault("wrong_custom_id", "capture_authorization", custom_id="theirs")
    emulator.order_fault("wrong_payee", "capture_authorization")
    for _ in range(3):
        api.take(held, body=amount("10.00"))
    assert [m["gross"] for m in emulator.movements()] == ["10.00", "9.00", "10.00", "10.00"]
    assert [m["custom_id"] for m in emulator.movements()] == ["ref-1", "ref-1", "theirs", "ref-1"]
    assert emulator.movements()[3]["merchant_id"] != emulator.movements()[0]["merchant_id"]
    emulator.order_fault("issue", "void", issue="PREVIOUS_REQUEST_IN_PROGRESS")
    assert api.take(held, "void").status_code == 409
    emulator.order_fault("wrong_amount", "authorize", more="5.00")
    assert api.authorization(reserved(api, emulator)).json()["amount"] == euro("105.00")


def test_the_dashboard_voids_and_expires(api: Caller, emulator: EmulatorControl, held: str) -> None:
    emulator.void_authorization(held)
    with pytest.raises(ControlFailedError, match="PREVIOUSLY_VOIDED"):
        emulator.void_authorization(held)
    other = reserved(api, emulator)
    emulator.expire_authorization(other)
    assert state(api, other) == "VOIDED"
    with pytest.raises(ControlFailedError, match="can approve"):
        emulator.call("POST", f"/control/authorizations/{other}/burn")


def test_only_the_answer_lies_when_that_is_ordered(api: Caller, emulator: EmulatorControl, held: str) -> None:
    emulator.order_fault("wrong_amount", "get_authorization", less="1.00", applies_to="answer")
    assert api.authorization(held).json()["amount"] == euro("99.00")
    assert api.authorization(held).json()["amount"] == euro("100.00")
