"""What disputes do to the money: withheld, given free, taken, given back, paid back; always to the cent."""

import pytest

from checkout.processors.paypal.emulator.control_client import EmulatorControl
from tests.processors.paypal.emulator.caller import Caller, Json, euro, issues
from tests.processors.paypal.emulator.paying import act, paid, show, upload
from tests.processors.paypal.emulator.test_disputes import DAY, TRACKED, opened


def position(emulator: EmulatorControl) -> tuple[str, str]:
    """Return what there is in total, and what is withheld."""
    held = emulator.statement()["position"]["EUR"]
    return held["total"], held["withheld"]


def codes(emulator: EmulatorControl) -> list[str]:
    return [movement["code"] for movement in emulator.movements()]


def moved(dispute: Json) -> list[tuple[str, str, str, str]]:
    return [
        (entry["affected_party"], entry["type"], entry["amount"]["value"], entry["reason"])
        for entry in dispute.get("money_movements", [])
    ]


@pytest.fixture
def capture_id(api: Caller, emulator: EmulatorControl) -> str:
    return paid(api, emulator, custom_id="ours-1")


def test_an_inquiry_withholds_nothing_and_a_claim_does(
    emulator: EmulatorControl, api: Caller, capture_id: str
) -> None:
    dispute_id = opened(emulator, capture_id, value="20.00")
    assert position(emulator) == ("23.00", "0.00")
    emulator.escalate_dispute(dispute_id)
    assert position(emulator) == ("23.00", "20.00")
    hold = emulator.movements()[-1]
    assert (hold["code"], hold["reference_id"], hold["custom_id"]) == ("T1110", capture_id, "ours-1")
    assert show(api, dispute_id)["disputed_transactions"][0]["transaction_status"] == "HELD"


@pytest.mark.parametrize("outcome", ["RESOLVED_SELLER_FAVOUR", "CANCELED_BY_BUYER", "DENIED", "NONE"])
def test_a_won_claim_gives_the_money_free(emulator: EmulatorControl, capture_id: str, outcome: str) -> None:
    done = emulator.resolve_dispute(opened(emulator, capture_id, stage="CHARGEBACK"), outcome)
    assert position(emulator) == ("23.00", "0.00")
    assert codes(emulator) == ["T0006", "T1110", "T1111"]
    assert moved(done) == []


@pytest.mark.parametrize("outcome", ["RESOLVED_BUYER_FAVOUR", "ACCEPTED"])
def test_a_lost_claim_takes_the_money(emulator: EmulatorControl, capture_id: str, outcome: str) -> None:
    dispute_id = opened(emulator, capture_id, stage="CHARGEBACK", value="20.00")
    done = emulator.resolve_dispute(dispute_id, outcome)
    assert position(emulator) == ("3.00", "0.00")
    assert codes(emulator) == ["T0006", "T1110", "T1111", "T1106"]
    assert moved(done) == [
        ("SELLER", "DEBIT", "20.00", "DISPUTE_SETTLEMENT"),
        ("BUYER", "CREDIT", "20.00", "DISPUTE_SETTLEMENT"),
    ]
    assert done["dispute_outcome"]["amount_refunded"] == euro("20.00")
    assert done["disputed_transactions"][0]["transaction_status"] == "REVERSED"
    assert "PAYMENT.CAPTURE.REVERSED" in [event["event_type"] for event in emulator.events()]


def test_a_lost_chargeback_of_a_bank_costs_a_fee_beside(emulator: EmulatorControl, capture_id: str) -> None:
    done = emulator.resolve_dispute(opened(emulator, capture_id, channel="EXTERNAL"), "RESOLVED_BUYER_FAVOUR")
    assert codes(emulator) == ["T0006", "T1110", "T1111", "T1201", "T0106"]
    assert position(emulator) == ("-14.80", "0.00")
    assert moved(done)[-1] == ("SELLER", "DEBIT", "14.00", "CHARGEBACK_FEE")


def test_paypal_can_pay_the_buyer_from_its_own_money(emulator: EmulatorControl, capture_id: str) -> None:
    done = emulator.resolve_dispute(opened(emulator, capture_id, stage="CHARGEBACK"), "RESOLVED_WITH_PAYOUT")
    assert position(emulator) == ("23.00", "0.00")
    assert moved(done) == [("BUYER", "CREDIT", "23.80", "DISPUTE_SETTLEMENT")]


def test_an_accepted_claim_is_an_ordinary_refund(
    api: Caller, emulator: EmulatorControl, capture_id: str
) -> None:
    dispute_id = opened(emulator, capture_id, stage="CHARGEBACK")
    assert act(api, dispute_id, "accept-claim", {"note": "Sorry."}).status_code == 200
    assert codes(emulator) == ["T0006", "T1110", "T1111", "T1107"]
    assert position(emulator) == ("-0.35", "0.00")
    types = [event["event_type"] for event in emulator.events()]
    assert types[-2:] == ["PAYMENT.CAPTURE.REFUNDED", "CUSTOMER.DISPUTE.RESOLVED"]
    assert show(api, dispute_id)["dispute_outcome"]["outcome_code"] == "RESOLVED_BUYER_FAVOUR"


def test_without_money_a_claim_cannot_be_accepted(
    api: Caller, emulator: EmulatorControl, capture_id: str
) -> None:
    dispute_id = opened(emulator, capture_id)
    emulator.set_settings(insufficient_funds=True)
    assert issues(act(api, dispute_id, "accept-claim", {"note": "n"})) == ["INSUFFICIENT_FUNDS"]
    assert show(api, dispute_id)["status"] == "WAITING_FOR_SELLER_RESPONSE"


def test_a_won_appeal_brings_the_money_back(api: Caller, emulator: EmulatorControl, capture_id: str) -> None:
    dispute_id = opened(emulator, capture_id, stage="CHARGEBACK")
    emulator.resolve_dispute(dispute_id, "RESOLVED_BUYER_FAVOUR")
    upload(api, dispute_id, "appeal", TRACKED)
    assert position(emulator) == ("-0.80", "0.00")
    done = emulator.resolve_dispute(dispute_id, "RESOLVED_SELLER_FAVOUR")
    assert position(emulator) == ("23.00", "0.00")
    assert codes(emulator)[-1] == "T1202"
    assert moved(done)[-1] == ("SELLER", "CREDIT", "23.80", "DISPUTE_SETTLEMENT")


def test_an_appeal_that_is_lost_too_takes_nothing_more(
    api: Caller, emulator: EmulatorControl, capture_id: str
) -> None:
    dispute_id = opened(emulator, capture_id, channel="EXTERNAL")
    emulator.resolve_dispute(dispute_id, "RESOLVED_BUYER_FAVOUR")
    upload(api, dispute_id, "appeal", TRACKED)
    before = emulator.movements()
    emulator.resolve_dispute(dispute_id, "RESOLVED_BUYER_FAVOUR")
    assert emulator.movements() == before


def test_a_missed_date_costs_the_money(emulator: EmulatorControl, capture_id: str) -> None:
    opened(emulator, capture_id)
    emulator.advance(11 * DAY)
    assert position(emulator) == ("-0.80", "0.00")
    assert codes(emulator) == ["T0006", "T1106"]


def test_a_disputed_payment_cannot_be_refunded_in_part_and_in_full_ends_the_dispute(
    api: Caller, emulator: EmulatorControl, capture_id: str
) -> None:
    dispute_id = opened(emulator, capture_id, stage="CHARGEBACK")
    assert issues(api.refund(capture_id, {"amount": euro("1.00")})) == ["TRANSACTION_DISPUTED"]
    assert api.refund(capture_id).status_code == 201
    assert show(api, dispute_id)["status"] == "RESOLVED"
    assert position(emulator) == ("-0.35", "0.00")
    other = paid(api, emulator)
    emulator.cancel_dispute(opened(emulator, other))
    assert api.refund(other, {"amount": euro("1.00")}).status_code == 201


def test_two_disputes_over_one_payment_take_no_more_than_there_is(
    emulator: EmulatorControl, capture_id: str
) -> None:
    first, second = (opened(emulator, capture_id, stage="CHARGEBACK") for _ in range(2))
    emulator.resolve_dispute(first, "RESOLVED_BUYER_FAVOUR")
    emulator.resolve_dispute(second, "RESOLVED_BUYER_FAVOUR")
    assert position(emulator) == ("-0.80", "0.00")
    assert sorted(codes(emulator)).count("T1106") == 1
