"""PayPal's disputes become facts, whatever words it has; each answer is what its specification wants."""

import copy
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from checkout.domain.dispute_answers import (
    Way,
)
from checkout.domain.disputes import DisputeOutcome, DisputeStage, DisputeStatus, disputes
from checkout.domain.facts import Fact, FactKind
from checkout.domain.money import Money
from checkout.processors.paypal.answers import UnreadableAnswerError
from checkout.processors.paypal.dispute_reasons import DISPUTE_REASONS, explain_dispute
from checkout.processors.paypal.disputes import OUTCOMES, STAGES, STATUSES, dispute_facts
from tests.processors.paypal.emulator.specification import Specification, specification

REFERENCE, NAMES, CAPTURE = "5O190127TN364715T", "shop-o1.1", "3C679366HH908993F"
ID = "PP-R-ABC-10083215"
LINKS = "https://api-m.paypal.com/v1/customer/disputes/" + ID


def document(**changes: object) -> dict[str, Any]:
    """A dispute as PayPal shows it, with what we must never keep."""
    given: dict[str, Any] = {
        "dispute_id": ID,
        "create_time": "2026-11-01T10:00:00.000Z",
        "update_time": "2026-11-02T10:00:00.000Z",
        "disputed_transactions": [
            {
                "buyer_transaction_id": "9BUYER",
                "seller_transaction_id": CAPTURE,
                "transaction_status": "HELD",
                "buyer": {"name": "Kim Nobody"},
                "seller": {"email": "shop@example.com", "merchant_id": "ABCDEFGHIJKLM"},
            }
        ],
        "reason": "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
        "status": "WAITING_FOR_SELLER_RESPONSE",
        "dispute_amount": {"currency_code": "EUR", "value": "23.80"},
        "dispute_life_cycle_stage": "CHARGEBACK",
        "dispute_channel": "INTERNAL",
        "messages": [{"posted_by": "BUYER", "content": "Words of the buyer"}],
        "evidences": [{"evidence_type": "OTHER", "notes": "Notes of the buyer"}],
        "seller_response_due_date": "2026-11-20T10:00:00.000Z",
        "links": [
            {"href": LINKS, "rel": "self", "method": "GET"},
            {"href": f"{LINKS}/accept-claim", "rel": "accept_claim", "method": "POST"},
            {"href": f"{LINKS}/provide-evidence", "rel": "provide_evidence", "method": "POST"},
        ],
    }
    return copy.deepcopy(given | changes)


def facts(**changes: object) -> tuple[Fact, ...]:
    return dispute_facts(document(**changes), REFERENCE, NAMES)


def movement(value: str, kind: str = "DEBIT", **changes: str) -> dict[str, Any]:
    return {
        "affected_party": "SELLER",
        "amount": {"currency_code": "EUR", "value": value},
        "type": kind,
        "reason": "DISPUTE_SETTLEMENT",
    } | changes


def lost(status: str = "REVERSED", **changes: object) -> dict[str, Any]:
    """A dispute that ended for the customer."""
    given: dict[str, Any] = {
        "status": "RESOLVED",
        "dispute_outcome": {"outcome_code": "RESOLVED_BUYER_FAVOUR"},
        "disputed_transactions": [{"seller_transaction_id": CAPTURE, "transaction_status": status}],
        "money_movements": [movement("23.80")],
    }
    return given | changes


def enum(strict: Specification, name: str, *path: str) -> list[str]:
    schema = strict.document["components"]["schemas"][f"customer.{name}"]
    for part in path:
        schema = schema[part]
    found: list[str] = schema["enum"]
    return found


@pytest.fixture(scope="session")
def strict(shared: Path) -> Specification:
    """PayPal's specification, to the letter."""
    return specification(shared / "facts/openapi/paypal.strict.json")


def test_a_dispute_is_a_fact_in_our_words_and_nothing_of_the_customer() -> None:
    (fact,) = facts()
    assert (fact.kind, fact.reference, fact.subject, fact.names) == (
        FactKind.DISPUTED,
        REFERENCE,
        ID,
        NAMES,
    )
    assert fact.amount == Money(2380, "EUR")
    assert fact.happened_at == datetime(2026, 11, 2, 10, tzinfo=UTC)
    (dispute,) = disputes([fact])
    assert (dispute.status, dispute.stage, dispute.outcome) == (
        DisputeStatus.WAITING_FOR_US,
        DisputeStage.CHARGEBACK,
        DisputeOutcome.NONE,
    )
    assert dispute.capture == CAPTURE
    assert dispute.due_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert dispute.allows == {Way.ACCEPT, Way.EVIDENCE}
    for personal in ("Kim", "shop@example.com", "Words", "Notes", "9BUYER"):
        assert personal not in repr(fact)


def test_every_word_of_the_specification_has_its_meaning(strict: Specification) -> None:
    assert set(enum(strict, "status")) == set(STATUSES)
    assert set(enum(strict, "dispute_lifecycle_stage")) == set(STAGES)
    assert set(enum(strict, "dispute_outcome", "properties", "outcome_code")) == set(OUTCOMES)
    assert set(enum(strict, "dispute_reason")) | {"UNAUTHORIZED"} == set(DISPUTE_REASONS)


@pytest.mark.parametrize("status", STATUSES)
def test_a_dispute_is_open_until_it_is_resolved(status: str) -> None:
    (dispute,) = disputes(facts(status=status))
    assert dispute.is_open == (status != "RESOLVED")


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_is_known_by_its_name(outcome: str) -> None:
    (dispute,) = disputes(facts(status="RESOLVED", dispute_outcome={"outcome_code": outcome}))
    assert dispute.outcome is OUTCOMES[outcome]
    assert dispute.outcome is not DisputeOutcome.OTHER


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "ON_A_JOURNEY"}, "DISPUTE_STATUS_ON_A_JOURNEY"),
        ({"status": None}, "DISPUTE_STATUS_MISSING"),
        ({"dispute_life_cycle_stage": "SUPREME_COURT"}, "DISPUTE_STAGE_SUPREME_COURT"),
        (
            {"status": "RESOLVED", "dispute_outcome": {"outcome_code": "DRAW"}},
            "DISPUTE_OUTCOME_DRAW",
        ),
    ],
)
def test_a_word_nobody_has_seen_is_open_and_shown_to_a_person(
    changes: Mapping[str, object], reason: str
) -> None:
    told = facts(**changes)
    assert [fact.reason for fact in told if fact.kind is FactKind.UNRECOGNISED] == [reason]
    (dispute,) = disputes(told)
    assert dispute.is_open or dispute.outcome is DisputeOutcome.OTHER
    assert dispute.outcome is not DisputeOutcome.WON


def test_a_time_without_a_zone_is_utc() -> None:
    (dispute,) = disputes(facts(seller_response_due_date="2016-07-10T20:38:52.000"))
    assert dispute.due_at == datetime(2016, 7, 10, 20, 38, 52, tzinfo=UTC)


def test_only_what_may_be_posted_and_what_a_merchant_has_is_allowed() -> None:
    links = [
        {"href": f"{LINKS}/send-message", "rel": "send_message", "method": "GET"},
        {"href": f"{LINKS}/adjudicate", "rel": "adjudicate", "method": "POST"},
        {"href": f"{LINKS}/appeal?x=1", "rel": "appeal"},
        {"rel": "nothing", "method": "POST"},
    ]
    (dispute,) = disputes(facts(links=links))
    assert dispute.allows == {Way.APPEAL}


def test_a_loss_is_what_was_taken_back_less_what_came_again() -> None:
    moved = [
        movement("23.80"),
        movement("3.80", "CREDIT"),
        movement("14.00", reason="CHARGEBACK_FEE"),
        movement("23.80", "CREDIT", affected_party="BUYER"),
    ]
    told = facts(**lost(money_movements=moved))
    (loss,) = [fact for fact in told if fact.kind is FactKind.DISPUTE_LOST]
    assert (loss.amount, loss.subject) == (Money(2000, "EUR"), ID)


@pytest.mark.parametrize(
    "changes",
    [
        lost(status="REFUNDED"),
        lost(status="PARTIALLY_REFUNDED"),
        lost(money_movements=None),
        lost(money_movements=[movement("23.80"), movement("23.80", "CREDIT")]),
        lost(dispute_outcome={"outcome_code": "ACCEPTED"}),
        lost(dispute_outcome={"outcome_code": "RESOLVED_SELLER_FAVOUR"}),
        lost(dispute_outcome={"outcome_code": "RESOLVED_WITH_PAYOUT"}),
        lost(dispute_outcome={"outcome_code": "DRAW"}),
        lost() | {"status": "UNDER_REVIEW"},
        lost(money_movements=[movement("23.80") | {"amount": {"currency_code": "USD", "value": "25.00"}}]),
    ],
)
def test_nothing_else_is_booked_as_lost(changes: dict[str, Any]) -> None:
    assert FactKind.DISPUTE_LOST not in {fact.kind for fact in facts(**changes)}


@pytest.mark.parametrize(
    "changes",
    [
        {"dispute_id": ""},
        {"dispute_id": "x" * 65},
        {"dispute_amount": {"currency_code": "EUR", "value": "a lot"}},
        {"disputed_transactions": "none"},
        {"links": [7]},
    ],
)
def test_what_cannot_be_read_is_no_fact_at_all(changes: dict[str, Any]) -> None:
    with pytest.raises(UnreadableAnswerError):
        facts(**changes)


@pytest.mark.shared
def test_paypals_own_samples_are_understood(shared: Path) -> None:
    samples = shared / "facts/samples"
    shown = json.loads((samples / "paypal-api/GET_v1_customer_disputes_ID.200.1.json").read_text())
    (dispute,) = disputes(dispute_facts(shown, REFERENCE, NAMES))
    assert (dispute.id, dispute.capture, dispute.outcome) == (
        "PP-D-4012",
        "3BC38643YC807283D",
        DisputeOutcome.LOST,
    )
    assert dispute.amount == Money(9600, "USD")
    for name in ("2019-11", "ppra214"):
        event = json.loads((samples / f"paypal-event/CUSTOMER.DISPUTE.CREATED.{name}.v1.json").read_text())
        (fact,) = dispute_facts(event["resource"], REFERENCE, NAMES)
        assert fact.reason == "UNAUTHORIZED"
        assert "buyer" not in repr(fact).lower().replace("buyer_due", "")
    (dispute,) = disputes([fact])
    assert dispute.status is DisputeStatus.UNDER_REVIEW


def test_a_reason_nobody_has_seen_is_shown_as_it_is() -> None:
    assert explain_dispute("UNAUTHORISED") == explain_dispute("UNAUTHORIZED")
    assert explain_dispute("TEA_TOO_COLD") == "TEA_TOO_COLD"
    assert explain_dispute("")
