"""The life of a dispute: what may be done when, by whom, by when; and what PayPal can be made to say."""

import json

import pytest

from checkout.processors.paypal.emulator.control_client import ControlFailedError, EmulatorControl
from checkout.processors.paypal.emulator.dispute_records import Channel, Outcome, Reason, Stage
from tests.processors.paypal.emulator.caller import Caller, Json, euro
from tests.processors.paypal.emulator.paying import DISPUTES, act, asked, paid, rels, show, upload

DAY = 24 * 3600
TRACKED = json.dumps(
    {
        "evidences": [
            {
                "evidence_type": "PROOF_OF_FULFILLMENT",
                "evidence_info": {"tracking_info": [{"carrier_name": "DHL", "tracking_number": "T1"}]},
                "notes": "Sent in time",
            }
        ]
    }
)


@pytest.fixture
def capture_id(api: Caller, emulator: EmulatorControl) -> str:
    return paid(api, emulator, custom_id="ours-1", invoice_id="INV-1")


def opened(emulator: EmulatorControl, capture_id: str, **wanted: object) -> str:
    return str(emulator.open_dispute(capture_id, **wanted)["dispute_id"])


def test_a_dispute_names_the_payment_and_what_may_be_done(
    api: Caller, emulator: EmulatorControl, capture_id: str
) -> None:
    dispute = show(api, opened(emulator, capture_id, value="20.00", message="Where is my tea?"))
    (transaction,) = dispute["disputed_transactions"]
    assert transaction["seller_transaction_id"] == capture_id
    assert (transaction["custom"], transaction["invoice_number"]) == ("ours-1", "INV-1")
    assert dispute["dispute_amount"] == dispute["refund_details"]["allowed_refund_amount"] == euro("20.00")
    assert (dispute["dispute_life_cycle_stage"], dispute["dispute_channel"]) == ("INQUIRY", "INTERNAL")
    assert dispute["messages"][0]["content"] == "Where is my tea?"
    assert dispute["seller_response_due_date"] > emulator.now()
    assert rels(dispute) == {
        "send_message",
        "make_offer",
        "escalate",
        "accept_claim",
        "provide_evidence",
    }
    assert dispute["allowed_response_options"]["accept_claim"] == {"accept_claim_types": ["REFUND"]}


@pytest.mark.parametrize(
    ("wanted", "stage"),
    [
        ({}, "INQUIRY"),
        ({"reason": "UNAUTHORISED"}, "CHARGEBACK"),
        ({"channel": "EXTERNAL"}, "CHARGEBACK"),
        ({"channel": "ALERT", "stage": "PRE_ARBITRATION"}, "PRE_ARBITRATION"),
    ],
)
def test_only_complaints_about_goods_made_to_paypal_begin_as_an_inquiry(
    emulator: EmulatorControl, capture_id: str, wanted: Json, stage: str
) -> None:
    assert emulator.open_dispute(capture_id, **wanted)["dispute_life_cycle_stage"] == stage


def test_every_word_of_the_specification_can_be_ordered(
    api: Caller, emulator: EmulatorControl, capture_id: str
) -> None:
    for reason in Reason:
        assert emulator.open_dispute(capture_id, reason=reason)["reason"] == reason
    for channel in Channel:
        assert emulator.open_dispute(capture_id, channel=channel)["dispute_channel"] == channel
    for stage in Stage:
        assert emulator.open_dispute(capture_id, stage=stage)["dispute_life_cycle_stage"] == stage
    for outcome in Outcome:
        other = paid(api, emulator)
        done = emulator.resolve_dispute(opened(emulator, other, stage="CHARGEBACK"), outcome)
        assert done["dispute_outcome"]["outcome_code"] == outcome


def test_an_inquiry_is_talked_over_and_settled_by_an_offer(
    api: Caller, emulator: EmulatorControl, capture_id: str
) -> None:
    dispute_id = opened(emulator, capture_id)
    assert act(api, dispute_id, "send-message", {"message": "It is on its way."}).status_code == 200
    assert (show(api, dispute_id)["status"], rels(show(api, dispute_id))) == (
        "WAITING_FOR_BUYER_RESPONSE",
        set(),
    )
    emulator.buyer_message(dispute_id, "It is not.")
    offer = {"note": "Half of it?", "offer_type": "REFUND", "offer_amount": euro("11.90")}
    assert act(api, dispute_id, "make-offer", offer).status_code == 200
    emulator.deny_offer(dispute_id)
    act(api, dispute_id, "make-offer", {**offer, "offer_amount": euro("20.00")})
    done = emulator.accept_offer(dispute_id)
    assert [entry["event_type"] for entry in done["offer"]["history"]] == [
        "PROPOSED",
        "DENIED",
        "PROPOSED",
        "ACCEPTED",
    ]
    assert done["dispute_outcome"] == {
        "outcome_code": "RESOLVED_BUYER_FAVOUR",
        "amount_refunded": euro("20.00"),
    }
    assert [message["posted_by"] for message in done["messages"]] == ["BUYER", "SELLER", "BUYER"]


def test_goods_come_back_before_the_money_goes(
    api: Caller, emulator: EmulatorControl, capture_id: str
) -> None:
    dispute_id = opened(emulator, capture_id, reason="MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED")
    claim = {"note": "Send it back.", "accept_claim_type": "REFUND_WITH_RETURN"}
    assert act(api, dispute_id, "accept-claim", claim).status_code == 200
    emulator.accept_offer(dispute_id)
    assert len(emulator.movements()) == 1
    dispute = emulator.return_item(dispute_id)
    assert "acknowledge_return_item" in rels(dispute)
    assert "ITEM_RECEIVED" in str(dispute["allowed_response_options"]["acknowledge_return_item"])
    body = {"note": "It is here.", "acknowledgement_type": "ITEM_RECEIVED"}
    assert act(api, dispute_id, "acknowledge-return-item", body).status_code == 200
    assert show(api, dispute_id)["status"] == "RESOLVED"
    assert [movement["kind"] for movement in emulator.movements()] == ["capture", "refund"]


def test_an_item_that_did_not_come_back_is_looked_into(
    api: Caller, emulator: EmulatorControl, capture_id: str
) -> None:
    dispute_id = opened(emulator, capture_id, reason="MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED")
    act(api, dispute_id, "make-offer", {"note": "Return it.", "offer_type": "REFUND_WITH_RETURN"})
    emulator.accept_offer(dispute_id)
    emulator.return_item(dispute_id)
    act(api, dispute_id, "acknowledge-return-item", {"acknowledgement_type": "DAMAGED"})
    assert show(api, dispute_id)["status"] == "UNDER_REVIEW"


def test_a_claim_is_answered_with_evidence_and_judged(
    api: Caller, emulator: EmulatorControl, capture_id: str
) -> None:
    dispute_id = opened(emulator, capture_id)
    assert act(api, dispute_id, "escalate", {"note": "Let PayPal decide."}).status_code == 200
    assert rels(show(api, dispute_id)) == {"provide_supporting_info", "require_evidence", "adjudicate"}
    act(api, dispute_id, "require-evidence", {"action": "SELLER_EVIDENCE"})
    assert rels(show(api, dispute_id)) == {"provide_evidence", "accept_claim"}
    answer = upload(api, dispute_id, "provide-evidence", TRACKED, {"receipt.pdf": "%PDF-"})
    assert answer.status_code == 200, answer.text
    assert [link["rel"] for link in answer.json()["links"]] == ["self"]
    dispute = show(api, dispute_id)
    sources = [entry["source"] for entry in dispute["evidences"]]
    assert {"REQUESTED_FROM_SELLER", "SUBMITTED_BY_SELLER", "SUBMITTED_BY_BUYER"} <= set(sources)
    assert dispute["evidences"][-1]["documents"] == [{"name": "receipt.pdf"}]
    more = act(api, dispute_id, "provide-supporting-info", {"notes": "And a photo."})
    assert more.status_code == 200
    assert show(api, dispute_id)["supporting_info"][0]["notes"] == "And a photo."
    act(api, dispute_id, "adjudicate", {"adjudication_outcome": "SELLER_FAVOR"})
    done = show(api, dispute_id)
    assert (done["status"], done["dispute_outcome"]["outcome_code"]) == ("RESOLVED", "RESOLVED_SELLER_FAVOUR")
    assert done["adjudications"][0]["type"] == "DENY_BUYER"
    assert rels(done) == set()


def test_a_lost_claim_can_be_appealed_twice_and_for_ten_days(
    api: Caller, emulator: EmulatorControl, capture_id: str
) -> None:
    dispute_id = opened(emulator, capture_id, stage="CHARGEBACK", status="UNDER_REVIEW")
    for stage in ("PRE_ARBITRATION", "ARBITRATION"):
        act(api, dispute_id, "adjudicate", {"adjudication_outcome": "BUYER_FAVOR"})
        assert rels(show(api, dispute_id)) == {"appeal"}
        assert upload(api, dispute_id, "appeal", TRACKED).status_code == 200
        assert show(api, dispute_id)["dispute_life_cycle_stage"] == stage
    act(api, dispute_id, "adjudicate", {"adjudication_outcome": "BUYER_FAVOR"})
    assert rels(show(api, dispute_id)) == set()
    other = opened(emulator, paid(api, emulator), stage="CHARGEBACK")
    emulator.resolve_dispute(other, "RESOLVED_BUYER_FAVOUR")
    assert api.call("GET", f"{DISPUTES}?dispute_state=APPEALABLE").json()["items"][0]["dispute_id"] == other
    emulator.advance(11 * DAY)
    assert rels(show(api, other)) == set()


def test_who_does_not_answer_in_time_loses(api: Caller, emulator: EmulatorControl) -> None:
    silent_seller = opened(emulator, paid(api, emulator), due_days=3)
    silent_buyer = opened(emulator, paid(api, emulator))
    act(api, silent_buyer, "send-message", {"message": "Hello?"})
    emulator.advance(2 * DAY)
    assert show(api, silent_seller)["status"] == "WAITING_FOR_SELLER_RESPONSE"
    emulator.advance(2 * DAY)
    assert show(api, silent_seller)["dispute_outcome"]["outcome_code"] == "RESOLVED_BUYER_FAVOUR"
    emulator.advance(10 * DAY)
    assert show(api, silent_buyer)["dispute_outcome"]["outcome_code"] == "RESOLVED_SELLER_FAVOUR"


def test_an_inquiry_ends_by_itself_after_twenty_days(
    emulator: EmulatorControl, api: Caller, capture_id: str
) -> None:
    dispute_id = opened(emulator, capture_id, due_days=60)
    emulator.advance(19 * DAY)
    assert show(api, dispute_id)["status"] == "WAITING_FOR_SELLER_RESPONSE"
    emulator.advance(2 * DAY)
    assert show(api, dispute_id)["dispute_outcome"]["outcome_code"] == "CANCELED_BY_BUYER"


def test_how_to_be_reached_is_all_that_can_be_changed(
    api: Caller, emulator: EmulatorControl, capture_id: str
) -> None:
    path = f"{DISPUTES}/{opened(emulator, capture_id)}"
    value = {"email": "help@shop.example", "note": "Write to us."}
    change = [{"op": "add", "path": "/communication_details", "value": value}]
    assert api.call("PATCH", path, change).status_code == 204
    assert api.call("GET", path).json()["communication_details"] == value
    wrongs: list[object] = [[], {}, [{"op": "replace", "path": "/status", "value": "RESOLVED"}]]
    for wrong in wrongs:
        assert api.call("PATCH", path, wrong).ok is False


def test_disputes_are_listed_newest_first_and_paged(api: Caller, emulator: EmulatorControl) -> None:
    made = [opened(emulator, paid(api, emulator)) for _ in range(5)]
    seen: list[str] = []
    answer = api.call("GET", f"{DISPUTES}?page_size=2")
    while True:
        seen += [item["dispute_id"] for item in answer.json()["items"]]
        onward = [link["href"] for link in answer.json()["links"] if link["rel"] == "next"]
        if not onward:
            break
        answer = api.call("GET", onward[0].removeprefix(api.base_url))
    assert seen == made[::-1]
    emulator.cancel_dispute(made[0])
    open_ones = asked(api, DISPUTES, dispute_state="REQUIRED_ACTION,UNDER_PAYPAL_REVIEW").json()["items"]
    assert [item["dispute_id"] for item in open_ones] == made[:0:-1]
    (closed,) = asked(api, DISPUTES, dispute_state="RESOLVED").json()["items"]
    assert (closed["dispute_id"], closed["dispute_state"]) == (made[0], "RESOLVED")


def test_disputes_are_found_by_payment_and_by_time(
    api: Caller, emulator: EmulatorControl, capture_id: str
) -> None:
    dispute_id = opened(emulator, capture_id)
    emulator.advance(3600)
    now = emulator.now()
    emulator.advance(3600)
    other = opened(emulator, paid(api, emulator))

    def found(**query: str) -> list[str]:
        return [item["dispute_id"] for item in asked(api, DISPUTES, **query).json()["items"]]

    assert found(disputed_transaction_id=capture_id) == [dispute_id]
    assert found(start_time=now) == found(update_time_after=now) == [other]
    assert found(update_time_before=now) == [dispute_id]
    assert found(dispute_state="UNDER_PAYPAL_REVIEW") == []


def test_an_unknown_dispute_is_not_found(api: Caller, emulator: EmulatorControl, capture_id: str) -> None:
    assert api.call("GET", f"{DISPUTES}/PP-D-1").status_code == 404
    assert act(api, "PP-D-1", "accept-claim", {"note": "n"}).status_code == 404
    assert act(api, opened(emulator, capture_id), "burn").status_code == 404
    with pytest.raises(ControlFailedError, match="There is no dispute"):
        emulator.cancel_dispute("PP-D-1")


def test_paypal_can_be_made_to_say_a_word_nobody_has_seen(
    api: Caller, emulator: EmulatorControl, capture_id: str
) -> None:
    dispute_id = opened(emulator, capture_id)
    emulator.dispute_says(dispute_id, status="PONDERING", stage="LIMBO", reason="BAD_TEA", outcome="A_DRAW")
    dispute = show(api, dispute_id)
    assert (dispute["status"], dispute["dispute_life_cycle_stage"]) == ("PONDERING", "LIMBO")
    assert (dispute["reason"], dispute["dispute_outcome"]["outcome_code"]) == ("BAD_TEA", "A_DRAW")
    assert emulator.events()[-1]["resource"]["status"] == "PONDERING"
    emulator.dispute_says(dispute_id, status=None, outcome=None)
    assert show(api, dispute_id)["status"] == "WAITING_FOR_SELLER_RESPONSE"
    with pytest.raises(ControlFailedError, match="can be made to say"):
        emulator.dispute_says(dispute_id, colour="red")
