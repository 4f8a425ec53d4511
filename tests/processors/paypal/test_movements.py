"""Captures, refunds and reservations become facts by their own status: every word PayPal has, and those nobody knows."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.differences import Difference
from checkout.domain.facts import Fact, FactKind
from checkout.domain.money import Money
from checkout.domain.standing import PaymentState, fold
from checkout.domain.terms import Terms
from checkout.processors.paypal import movements
from checkout.processors.paypal.answers import UnreadableAnswerError, read_movement
from checkout.processors.paypal.movements import Context
from checkout.processors.paypal.reasons import REASONS, explain
from tests.processors.paypal.samples import EUR, NAMES, PAYEE, REFERENCE, capture

CONTEXT = Context(REFERENCE, PAYEE, NAMES)
TERMS = Terms(NAMES, EUR, PAYEE)
READERS = {
    "capture": movements.capture_facts,
    "refund": movements.refund_facts,
    "authorization": movements.authorization_facts,
}
KINDS: dict[str, dict[str, FactKind]] = {
    "capture": {
        "COMPLETED": FactKind.CAPTURED,
        "PARTIALLY_REFUNDED": FactKind.CAPTURED,
        "REFUNDED": FactKind.CAPTURED,
        "PENDING": FactKind.PENDING,
        "DECLINED": FactKind.DECLINED,
        "FAILED": FactKind.DECLINED,
    },
    "refund": {
        "COMPLETED": FactKind.REFUNDED,
        "PENDING": FactKind.REFUND_PENDING,
        "FAILED": FactKind.REFUND_FAILED,
        "CANCELLED": FactKind.REFUND_CANCELLED,
    },
    "authorization": {
        "CREATED": FactKind.AUTHORIZED,
        "CAPTURED": FactKind.AUTHORIZED,
        "PARTIALLY_CAPTURED": FactKind.AUTHORIZED,
        "PENDING": FactKind.AUTHORIZATION_PENDING,
        "DENIED": FactKind.AUTHORIZATION_DENIED,
        "VOIDED": FactKind.AUTHORIZATION_VOIDED,
    },
}
CASES = [(what, status, kind) for what, kinds in KINDS.items() for status, kind in kinds.items()]


def told(what: str, document: dict[str, Any], context: Context = CONTEXT) -> list[Fact]:
    """What PayPal's own document becomes."""
    return list(READERS[what](read_movement(document), context))


def up(kind: str, subject: str) -> list[dict[str, str]]:
    """A link to what a movement belongs to."""
    return [{"rel": "up", "href": f"https://api-m.paypal.com/v2/payments/{kind}/{subject}"}]


def schemas(shared: Path) -> dict[str, Any]:
    """PayPal's own schemas."""
    document = json.loads((shared / "facts/openapi/paypal.strict.json").read_text())
    found: dict[str, Any] = document["components"]["schemas"]
    return found


@pytest.mark.parametrize(("what", "status", "kind"), CASES)
def test_every_status_is_understood(what: str, status: str, kind: FactKind) -> None:
    first, *rest = told(what, capture(status))
    assert (first.kind, first.amount, first.payee, first.names) == (kind, EUR, PAYEE, NAMES)
    assert rest == []


@pytest.mark.parametrize("what", KINDS)
@pytest.mark.parametrize("where", ["payments", "checkout"])
def test_no_status_that_paypal_documents_is_missing_here(what: str, where: str, shared: Path) -> None:
    schema = schemas(shared)[f"{where}.{what}_status"]
    assert set(schema["properties"]["status"]["enum"]) == set(KINDS[what])


@pytest.mark.parametrize("where", ["capture", "authorization", "refund"])
def test_every_reason_that_paypal_documents_is_explained(where: str, shared: Path) -> None:
    schema = schemas(shared)[f"payments.{where}_status_details"]
    for reason in schema["properties"]["reason"]["enum"]:
        assert reason in REASONS
        assert "does not know" not in explain(reason).said
        document = capture("PENDING", status_details={"reason": reason})
        assert told(where, document)[0].reason == reason


STRANGE = ["SUCCESS", "completed", "COMPLETED ", "", None, "\u0421OMPLETED", "X" * 300, "EN ROUTE"]


@pytest.mark.parametrize("what", KINDS)
@pytest.mark.parametrize("status", STRANGE)
def test_a_status_nobody_has_seen_is_shown_to_a_person_and_is_no_money(what: str, status: str | None) -> None:
    (fact,) = told(what, capture() | {"status": status})
    assert fact.kind is FactKind.UNRECOGNISED
    assert (fact.reason or "").startswith(what.upper())
    standing = fold(TERMS, [fact], [])
    assert Difference.UNRECOGNISED in standing.differences
    assert (standing.captured.minor, standing.refunded.minor, standing.authorized.minor) == (0, 0, 0)


@pytest.mark.parametrize("reason", ["SOMETHING_NEW", "", "</td><script>"])
def test_a_reason_nobody_has_seen_is_shown_as_it_is_with_where_to_look(reason: str) -> None:
    advice = explain(reason)
    assert (reason or "none") in advice.said
    assert advice.do
    document = capture("PENDING", status_details={"reason": reason})
    assert fold(TERMS, told("capture", document), []).state is PaymentState.PENDING_REVIEW


@given(st.sampled_from(sorted(KINDS)), st.text(max_size=12), st.text(max_size=12))
def test_no_word_at_all_crashes_or_becomes_money(what: str, status: str, reason: str) -> None:
    document = capture(status, status_details={"reason": reason})
    for fact in told(what, document):
        known = KINDS[what].get(status)
        assert fact.kind is (known or FactKind.UNRECOGNISED)
        assert (fact.reason or "").isascii()


@pytest.mark.parametrize(("what", "status", "kind"), CASES)
def test_what_moves_money_names_an_amount_and_everything_an_id(
    what: str, status: str, kind: FactKind
) -> None:
    document = capture(status)
    del document["amount"]
    if what != "capture" or kind is FactKind.CAPTURED:
        with pytest.raises(UnreadableAnswerError, match="names no amount"):
            told(what, document)
    with pytest.raises(UnreadableAnswerError, match="no usable id"):
        told(what, capture(status, id="X" * 65))


def test_a_refund_says_what_it_is_of_and_by_which_name_of_ours() -> None:
    document = capture(id="R1", invoice_id="shop-o1.1-R1", links=up("captures", "CAP1"))
    (fact,) = told("refund", document)
    assert (fact.subject, fact.word("of"), fact.word("invoice")) == ("R1", "CAP1", "shop-o1.1-R1")
    (untold,) = told("refund", capture(id="R1", links=[{"rel": "up"}, {"rel": "self", "href": "x"}]))
    assert untold.word("of") is None


def test_only_what_is_called_reversed_elsewhere_is_a_reversal_and_only_once_it_moved() -> None:
    context = Context(REFERENCE, PAYEE, NAMES, frozenset({"R1"}))
    kinds = [fact.kind for fact in told("refund", capture(id="R1"), context)]
    assert kinds == [FactKind.REFUNDED, FactKind.REVERSED]
    assert [fact.kind for fact in told("refund", capture(id="R2"), context)] == [FactKind.REFUNDED]
    pending = told("refund", capture("PENDING", id="R1"), context)
    assert [fact.kind for fact in pending] == [FactKind.REFUND_PENDING]


def test_a_capture_of_a_reservation_says_of_which_and_whether_it_is_the_last() -> None:
    for document in (
        capture(links=up("authorizations", "AUTH1"), final_capture=True),
        capture(supplementary_data={"related_ids": {"authorization_id": "AUTH1"}}, final_capture=True),
    ):
        (fact,) = told("capture", document)
        assert (fact.word("authorization"), fact.word("final")) == ("AUTH1", "yes")
    (more,) = told("capture", capture(links=up("authorizations", "AUTH1"), final_capture=False))
    assert more.word("final") is None
    (direct,) = told("capture", capture(links=up("orders", REFERENCE), final_capture=True))
    assert (direct.word("authorization"), direct.word("final")) == (None, None)


def amount(value: str, currency: str = "EUR") -> dict[str, str]:
    """An amount as PayPal writes it."""
    return {"value": value, "currency_code": currency}


def test_the_fee_and_the_exchange_of_a_capture_are_facts_of_their_own_once_it_is_complete() -> None:
    breakdown = {
        "gross_amount": amount("23.80"),
        "paypal_fee": amount("0.80"),
        "net_amount": amount("23.00"),
        "receivable_amount": amount("25.30", "USD"),
        "exchange_rate": {"value": "1.1", "source_currency": "EUR", "target_currency": "USD"},
    }
    document = capture(seller_receivable_breakdown=breakdown)
    _, fee, exchange = told("capture", document)
    assert (fee.kind, fee.amount, fee.subject) == (FactKind.FEE, Money(80, "EUR"), document["id"])
    assert (exchange.kind, exchange.amount) == (FactKind.EXCHANGED, Money(2300, "EUR"))
    assert (exchange.into, exchange.word("rate")) == (Money(2530, "USD"), "1.1")
    assert len(told("capture", document | {"status": "PENDING"})) == 1


def test_the_fee_that_comes_back_with_a_refund_is_a_fact_of_its_own() -> None:
    payable = {"paypal_fee": amount("0.10"), "net_amount": amount("23.70")}
    refund = capture(id="R1", seller_payable_breakdown=payable)
    _, fee = told("refund", refund)
    assert (fee.kind, fee.amount, fee.subject) == (FactKind.FEE_RETURNED, Money(10, "EUR"), "R1")
    assert len(told("refund", refund | {"status": "PENDING"})) == 1


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ("seller_receivable_breakdown", "paypal_fee"),
        ("seller_payable_breakdown", "paypal_fee"),
    ],
)
def test_a_fee_below_nothing_or_not_exact_makes_the_answer_unreadable(part: str, field: str) -> None:
    what = "refund" if "payable" in part else "capture"
    for wrong in (amount("-0.80"), amount("0.801"), amount("0.80", "ZZZ")):
        with pytest.raises(UnreadableAnswerError):
            told(what, capture() | {part: {field: wrong}})


def test_a_reservation_says_until_when_and_one_voided_at_its_end_has_expired() -> None:
    lasts = {"expiration_time": "2026-11-30T10:06:00Z"}
    (made,) = told("authorization", capture("CREATED", **lasts))
    assert made.word("until") == "2026-11-30T10:06:00+00:00"
    for changed, kind in (
        ("2026-11-30T10:06:00Z", FactKind.AUTHORIZATION_EXPIRED),
        ("2026-11-30T10:05:59Z", FactKind.AUTHORIZATION_VOIDED),
        (None, FactKind.AUTHORIZATION_VOIDED),
    ):
        (ended,) = told("authorization", capture("VOIDED", update_time=changed, **lasts))
        assert ended.kind is kind
    (odd,) = told("authorization", capture("CREATED", expiration_time="soon"))
    assert odd.word("until") is None


def test_an_older_word_for_the_end_is_understood() -> None:
    (ended,) = told("authorization", capture("EXPIRED"))
    assert ended.kind is FactKind.AUTHORIZATION_EXPIRED
