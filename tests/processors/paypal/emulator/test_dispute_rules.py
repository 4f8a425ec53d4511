"""What cannot be done about a dispute, or not like that, is refused with PayPal's own issues and changes nothing."""

import json

import pytest

from checkout.processors.paypal.emulator.control_client import ControlFailedError, EmulatorControl
from tests.processors.paypal.emulator.caller import Caller, Json, euro, issues
from tests.processors.paypal.emulator.paying import DISPUTES, act, asked, paid, show, upload
from tests.processors.paypal.emulator.test_disputes import TRACKED, opened


@pytest.fixture
def capture_id(api: Caller, emulator: EmulatorControl) -> str:
    return paid(api, emulator)


NOT_NOW = "ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE"


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("send-message", {"message": "Hello"}),
        ("make-offer", {"note": "n", "offer_type": "REFUND"}),
        ("escalate", {"note": "n"}),
        ("adjudicate", {"adjudication_outcome": "BUYER_FAVOR"}),
        ("require-evidence", {"action": "SELLER_EVIDENCE"}),
        ("provide-supporting-info", {"notes": "n"}),
        ("acknowledge-return-item", {"note": "n"}),
    ],
)
def test_what_a_claim_does_not_allow_is_refused(
    api: Caller, emulator: EmulatorControl, capture_id: str, action: str, body: Json
) -> None:
    dispute_id = opened(emulator, capture_id, stage="CHARGEBACK")
    before = show(api, dispute_id)
    answer = act(api, dispute_id, action, body)
    assert (answer.status_code, issues(answer)) == (422, [NOT_NOW])
    assert show(api, dispute_id) == before


def test_a_resolved_dispute_allows_nothing_more(
    api: Caller, emulator: EmulatorControl, capture_id: str
) -> None:
    dispute_id = opened(emulator, capture_id)
    emulator.cancel_dispute(dispute_id)
    assert issues(act(api, dispute_id, "accept-claim", {"note": "n"})) == [NOT_NOW]
    assert issues(upload(api, dispute_id, "provide-evidence", TRACKED)) == [NOT_NOW]
    assert issues(upload(api, dispute_id, "appeal", TRACKED)) == [NOT_NOW]
    with pytest.raises(ControlFailedError, match="is resolved"):
        emulator.resolve_dispute(dispute_id)


@pytest.mark.parametrize(
    ("action", "body", "status", "issue"),
    [
        ("accept-claim", {}, 400, "MANDATORY_PARAMETER_MISSING"),
        (
            "accept-claim",
            {"note": "n", "accept_claim_type": "PARTIAL_REFUND"},
            422,
            "INVALID_ACCEPT_CLAIM_TYPE",
        ),
        ("accept-claim", {"note": "n", "refund_amount": euro("1.00")}, 422, "AMOUNT_SHOULD_NOT_BE_PASSED"),
        ("make-offer", {"note": "n", "offer_type": "REFUND_WITH_RETURN"}, 422, "INVALID_OFFER_TYPE"),
        ("make-offer", {"note": "n", "offer_type": "REFUND", "offer_amount": 7}, 400, "INVALID_AMOUNT"),
        (
            "make-offer",
            {"note": "n", "offer_type": "REFUND", "offer_amount": euro("23.81")},
            422,
            "INVALID_REFUND_AMOUNT",
        ),
        ("send-message", {}, 400, "MANDATORY_PARAMETER_MISSING"),
        ("escalate", {"note": ""}, 400, "MANDATORY_PARAMETER_MISSING"),
    ],
)
def test_an_answer_that_is_incomplete_is_refused(
    api: Caller,
    emulator: EmulatorControl,
    capture_id: str,
    action: str,
    body: Json,
    status: int,
    issue: str,
) -> None:
    answer = act(api, opened(emulator, capture_id), action, body)
    assert (answer.status_code, issues(answer)) == (status, [issue])


@pytest.mark.parametrize(
    ("evidence", "files", "issue"),
    [
        ({"evidences": []}, {}, "MISSING_EVIDENCE_TYPE"),
        ({"evidences": [{"notes": "n"}]}, {}, "MISSING_EVIDENCE_TYPE"),
        ({"evidences": [{"evidence_type": "PROOF_OF_FULFILLMENT"}]}, {}, "MISSING_TRACKING_INFO"),
        ({"evidences": [{"evidence_type": "PROOF_OF_REFUND"}]}, {}, "MISSING_REFUND_ID"),
        ({"evidences": [{"evidence_type": "OTHER"}]}, {"virus.exe": "MZ"}, "INVALID_EVIDENCE_FILE"),
    ],
)
def test_evidence_that_proves_nothing_is_refused(
    api: Caller,
    emulator: EmulatorControl,
    capture_id: str,
    evidence: Json,
    files: dict[str, str],
    issue: str,
) -> None:
    dispute_id = opened(emulator, capture_id)
    answer = upload(api, dispute_id, "provide-evidence", json.dumps(evidence), files)
    assert (answer.ok, issues(answer)) == (False, [issue])


def test_evidence_comes_as_a_form_only(api: Caller, emulator: EmulatorControl, capture_id: str) -> None:
    answer = act(api, opened(emulator, capture_id), "provide-evidence", json.loads(TRACKED))
    assert (answer.status_code, answer.json()["name"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_merchant_cannot_answer_for_the_buyer(
    api: Caller, emulator: EmulatorControl, capture_id: str
) -> None:
    dispute_id = opened(emulator, capture_id)
    for action in ("accept-offer", "deny-offer"):
        assert act(api, dispute_id, action, {"note": "n"}).status_code == 403
    with pytest.raises(ControlFailedError, match="Nothing is offered"):
        emulator.accept_offer(dispute_id)


@pytest.mark.parametrize(
    ("query", "issue"),
    [
        ({"page_size": "51"}, "INVALID_PAGE_SIZE"),
        ({"page_size": "x"}, "INVALID_PAGE_SIZE"),
        ({"next_page_token": "!"}, "INVALID_PAGE_TOKEN"),
        ({"start_time": "yesterday"}, "INVALID_START_TIME_FORMAT"),
        ({"start_time": "2999-01-01T00:00:00Z"}, "DATE_CAN_NOT_BE_IN_FUTURE"),
        ({"update_time_after": "2001-01-01T00:00:00Z"}, "INVALID_START_TIME_RANGE"),
        ({"dispute_state": "SAD"}, "INVALID_DISPUTE_STATE"),
        (
            {"start_time": "2026-01-01T00:00:00Z", "disputed_transaction_id": "A"},
            "INVALID_REQUEST",
        ),
    ],
)
def test_a_senseless_list_is_refused(api: Caller, query: dict[str, str], issue: str) -> None:
    answer = asked(api, DISPUTES, **query)
    assert (answer.status_code, issues(answer)) == (400, [issue])


@pytest.mark.parametrize(
    "wish",
    [
        {"value": "23.81"},
        {"value": "0"},
        {"value": "much"},
        {"reason": "BAD_TEA"},
        {"stage": "LIMBO"},
        {"status": "RESOLVED"},
        {"due_days": "soon"},
    ],
)
def test_a_dispute_that_could_not_be_is_refused(
    emulator: EmulatorControl, capture_id: str, wish: Json
) -> None:
    with pytest.raises(ControlFailedError, match="answered 400"):
        emulator.open_dispute(capture_id, **wish)
    assert emulator.disputes() == []
