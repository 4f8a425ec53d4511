"""PayPal's orders become facts: exactly, or not at all."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.differences import Difference
from checkout.domain.errors import CheckoutError
from checkout.domain.facts import Fact, FactKind
from checkout.domain.intents import Intent
from checkout.domain.money import Money
from checkout.domain.standing import PaymentState, fold
from checkout.domain.terms import Terms
from checkout.processors.paypal.answers import UnreadableAnswerError, read_order
from checkout.processors.paypal.reading import read_time
from checkout.processors.paypal.translate import facts_of
from tests.processors.paypal.samples import EUR, NAMES, PAYEE, REFERENCE, capture, captured, order

TERMS = Terms(names=NAMES, amount=EUR, payee=PAYEE)


def facts(document: dict[str, Any]) -> tuple[Fact, ...]:
    return facts_of(read_order(document))


def kinds(document: dict[str, Any]) -> list[FactKind]:
    return [fact.kind for fact in facts(document)]


def only(document: dict[str, Any], kind: FactKind) -> Fact:
    (found,) = [fact for fact in facts(document) if fact.kind is kind]
    return found


def test_a_created_order_is_opened_with_what_paypal_repeats() -> None:
    opened = only(order("PAYER_ACTION_REQUIRED"), FactKind.OPENED)
    assert (opened.amount, opened.payee, opened.names) == (EUR, PAYEE, NAMES)
    assert opened.happened_at == datetime(2026, 11, 1, 10, 0, tzinfo=UTC)
    assert kinds(order("CREATED")) == kinds(order("SAVED")) == [FactKind.OPENED]


def test_a_minimal_answer_says_nothing() -> None:
    assert facts({"id": REFERENCE, "status": "CREATED"}) == ()


def test_an_approved_order_is_approved_and_not_captured() -> None:
    assert kinds(order("APPROVED")) == [FactKind.OPENED, FactKind.APPROVED]
    approved = only(order("APPROVED"), FactKind.APPROVED)
    assert approved.happened_at == datetime(2026, 11, 1, 10, 5, tzinfo=UTC)


@pytest.mark.parametrize("status", ["COMPLETED", "REFUNDED", "PARTIALLY_REFUNDED"])
def test_a_capture_that_was_taken_is_captured_in_full_whatever_was_refunded_later(status: str) -> None:
    fact = only(captured(capture(status)), FactKind.CAPTURED)
    assert (fact.amount, fact.payee, fact.names, fact.subject) == (EUR, PAYEE, NAMES, "3C679366HH908993F")
    assert fold(TERMS, facts(captured(capture(status))), []).state is PaymentState.CAPTURED


def test_an_order_that_is_completed_is_not_thereby_paid() -> None:
    held = captured(
        capture("PENDING", status_details={"reason": "RECEIVING_PREFERENCE_MANDATES_MANUAL_ACTION"})
    )
    assert only(held, FactKind.PENDING).reason == "RECEIVING_PREFERENCE_MANDATES_MANUAL_ACTION"
    for document in (held, captured(capture("DECLINED")), captured(capture("FAILED")), order("COMPLETED")):
        assert FactKind.CAPTURED not in kinds(document)
        assert fold(TERMS, facts(document), []).captured.minor == 0


def test_a_declined_capture_says_why() -> None:
    declined = captured(capture("DECLINED", status_details={"reason": "DECLINED_BY_RISK_FRAUD_FILTERS"}))
    assert only(declined, FactKind.DECLINED).reason == "DECLINED_BY_RISK_FRAUD_FILTERS"


@pytest.mark.parametrize("status", ["SUCCESS", "completed", "", None, "COMPLETED "])
def test_a_capture_status_nobody_knows_is_never_success(status: str | None) -> None:
    document = captured(capture("COMPLETED") | {"status": status})
    assert FactKind.UNRECOGNISED in kinds(document)
    standing = fold(TERMS, facts(document), [])
    assert standing.captured.minor == 0
    assert Difference.UNRECOGNISED in standing.differences


def test_an_order_status_nobody_knows_is_kept_for_a_person() -> None:
    fact = only(order("PARTIALLY_COMPLETED"), FactKind.UNRECOGNISED)
    assert fact.reason == "ORDER_PARTIALLY_COMPLETED"


def test_a_reservation_is_told_with_its_captures_and_is_not_money() -> None:
    reserved = capture("CREATED", id="AUTH1", expiration_time="2026-11-30T10:06:00Z")
    document = order("COMPLETED", payments={"authorizations": [reserved]})
    fact = only(document, FactKind.AUTHORIZED)
    assert (fact.subject, fact.amount, fact.names) == ("AUTH1", EUR, NAMES)
    standing = fold(TERMS, facts(document), [])
    assert (standing.state, standing.captured.minor) == (PaymentState.AUTHORIZED, 0)
    of = [{"rel": "up", "href": "https://x/v2/payments/authorizations/AUTH1"}]
    parts = [
        capture("COMPLETED", "10.00", links=of),
        capture("PENDING", "1.00", id="CAP2", links=of),
    ]
    taken = order("COMPLETED", payments={"authorizations": [reserved], "captures": parts})
    assert fold(TERMS, facts(taken), []).authorized == Money(1280, "EUR")


def test_a_reservation_in_a_word_nobody_knows_is_kept_for_a_person() -> None:
    document = order("COMPLETED", payments={"authorizations": [{"id": "AUTH1", "status": "PROMISED"}]})
    assert only(document, FactKind.UNRECOGNISED).reason == "AUTHORIZATION_PROMISED"


def test_a_voided_order_is_over_without_money() -> None:
    assert FactKind.VOIDED in kinds(order("VOIDED"))
    assert fold(TERMS, facts(order("VOIDED")), []).state is PaymentState.VOIDED


def test_a_refund_is_a_fact_only_when_it_is_completed() -> None:
    def with_refund(status: str) -> dict[str, Any]:
        refund = capture(status, "3.80") | {"id": "1Y107995YT783435V"}
        return order("COMPLETED", payments={"captures": [capture("PARTIALLY_REFUNDED")], "refunds": [refund]})

    fact = only(with_refund("COMPLETED"), FactKind.REFUNDED)
    assert (fact.amount, fact.subject) == (Money(380, "EUR"), "1Y107995YT783435V")
    for status in ("PENDING", "FAILED", "CANCELLED"):
        assert FactKind.REFUNDED not in kinds(with_refund(status))
    assert FactKind.UNRECOGNISED in kinds(with_refund("SENT_BY_PIGEON"))


def test_the_captures_own_name_goes_before_its_units() -> None:
    assert only(captured(capture(custom_id="shop-o2.1")), FactKind.CAPTURED).names == "shop-o2.1"
    assert only(captured(capture(custom_id=None)), FactKind.CAPTURED).names == NAMES


def test_a_payee_that_is_not_told_is_none_and_never_ours() -> None:
    document = captured(payee={"email_address": "seller@example.com"})
    assert only(document, FactKind.CAPTURED).payee is None
    assert Difference.PAYEE_NOT_TOLD in fold(TERMS, facts(document), []).differences


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"value": "23.79"}, Difference.LESS_CAPTURED),
        ({"value": "23.81"}, Difference.MORE_CAPTURED),
        ({"currency": "USD"}, Difference.OTHER_CURRENCY),
        ({"payee": {"merchant_id": "ZZZZZZZZZZZZZ"}}, Difference.OTHER_PAYEE),
        ({"custom_id": "shop-o9.9"}, Difference.OTHER_REFERENCE),
    ],
)
def test_what_is_not_what_is_due_never_counts_as_paid(
    changes: dict[str, Any], difference: Difference
) -> None:
    standing = fold(TERMS, facts(captured(capture(**changes))), [])
    assert standing.captured != EUR
    assert difference in standing.differences


def test_several_captures_and_units_are_each_told() -> None:
    document = captured(capture(), capture(id="SECOND", value="1.00"))
    document["purchase_units"].append(
        captured(capture(id="THIRD"), custom_id="shop-o2.1")["purchase_units"][0]
    )
    told = facts(document)
    assert [fact.subject for fact in told if fact.kind is FactKind.CAPTURED] == [
        "3C679366HH908993F",
        "SECOND",
        "THIRD",
    ]
    opened = next(fact for fact in told if fact.kind is FactKind.OPENED)
    assert (opened.amount, opened.names) == (Money(4760, "EUR"), f"{NAMES},shop-o2.1")
    assert Difference.CAPTURED_TWICE in fold(TERMS, told, []).differences


def test_units_of_two_payees_or_currencies_cannot_be_taken_for_ours() -> None:
    for other in (
        {"payee": {"merchant_id": "ZZZZZZZZZZZZZ"}},
        {"amount": {"currency_code": "USD", "value": "0.01"}},
    ):
        document = order("APPROVED")
        document["purchase_units"].append(order("APPROVED")["purchase_units"][0] | other)
        assert Difference.OPENED_DIFFERS in fold(TERMS, facts(document), []).differences


@pytest.mark.parametrize(
    ("value", "currency", "minor"),
    [
        ("3705.00", "HUF", 370500),
        ("3705", "HUF", 370500),
        ("100", "JPY", 100),
        ("100.00", "JPY", 100),
        ("30.00", "TWD", 3000),
        ("0.01", "EUR", 1),
        (".50", "EUR", 50),
        ("999999999999999.99", "EUR", 10**17 - 1),
    ],
)
def test_amounts_are_read_exactly_in_minor_units(value: str, currency: str, minor: int) -> None:
    fact = only(captured(capture(value=value, currency=currency)), FactKind.CAPTURED)
    assert fact.amount == Money(minor, currency)


@pytest.mark.parametrize("value", ["23.801", "1e3", "\u0661", "", "NaN", "1,00", "9" * 19, "23.80 ", "."])
def test_an_amount_that_cannot_be_read_exactly_makes_the_answer_unreadable(value: str) -> None:
    with pytest.raises(UnreadableAnswerError):
        facts(captured(capture(value=value)))


@pytest.mark.parametrize(
    "part",
    [
        {"purchase_units": None, "id": 7},
        {"purchase_units": {}},
        {"purchase_units": [{"payments": {"captures": [False]}}]},
        {"purchase_units": [{"payments": {"captures": [{"status": "COMPLETED"}]}}]},
        {"purchase_units": [{"payments": {"captures": [{"id": "C", "status": "COMPLETED"}]}}]},
        {"purchase_units": [{"payments": {"refunds": [{"id": "R", "status": "COMPLETED"}]}}]},
        {"purchase_units": [{"payments": {"captures": [{"id": "", "status": "PENDING"}]}}]},
        {"purchase_units": [{"amount": {"currency_code": "EUR", "value": 1.0}}]},
        {"purchase_units": [{"amount": {"currency_code": "ZZZ", "value": "1.00"}}]},
        {"status": ["COMPLETED"]},
    ],
)
def test_a_malformed_part_raises_one_typed_error(part: dict[str, Any]) -> None:
    with pytest.raises(UnreadableAnswerError):
        facts(order("COMPLETED") | part)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PATHS = [
    "id",
    "status",
    "create_time",
    "links",
    "purchase_units",
    "amount",
    "payee",
    "custom_id",
    "payments",
    "captures",
]


@given(st.sampled_from(PATHS), JSON, st.booleans())
def test_nothing_put_in_the_place_of_a_part_raises_anything_else(key: str, value: object, drop: bool) -> None:  # noqa: FBT001
    document = captured()
    unit = document["purchase_units"][0]
    for holder in (document, unit, unit["payments"], unit["payments"]["captures"][0]):
        if key in holder:
            if drop:
                del holder[key]
            else:
                holder[key] = value
    try:
        fold(TERMS, facts(document), list[Intent]())
    except CheckoutError as refused:
        assert isinstance(refused, UnreadableAnswerError)  # noqa: PT017, reading it is fine too


@pytest.mark.parametrize(
    ("text", "hour"),
    [("2018-08-15T12:13:29-07:00", 19), ("2026-11-01T10:00:00Z", 10), ("2026-11-01T10:00:00.123456789Z", 10)],
)
def test_times_are_read_with_their_zone(text: str, hour: int) -> None:
    found = read_time(text)
    assert found is not None
    assert (found.tzinfo, found.hour) == (UTC, hour)


@pytest.mark.parametrize(
    "text", ["2018-19-12T00:00:00Z", "2024-01-01T00:00:00 PDT", "2024-01-01T00:00:00", "x", ""]
)
def test_what_is_no_time_is_no_time(text: str) -> None:
    assert read_time(text) is None


def test_odd_characters_in_a_name_equal_nothing_of_ours() -> None:
    fact = only(captured(capture(custom_id=f"{NAMES}\0")), FactKind.CAPTURED)
    assert fact.names == f"{NAMES}?"


def test_recorded_answers_of_the_sandbox_become_what_they_say(shared: Path) -> None:
    exchange = shared / "facts/samples/paypal-exchange"

    def recorded(name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((exchange / name).read_text())["response"]["body"]
        return found

    assert kinds(recorded("GET_v2_checkout_orders_ID.200.1.json")) == [FactKind.OPENED, FactKind.APPROVED]
    assert kinds(recorded("POST_v2_checkout_orders.201.3.json")) == []
    pending = recorded("POST_v2_checkout_orders_ID_capture.201.1.json")
    assert kinds(pending) == [FactKind.OPENED, FactKind.APPROVED, FactKind.PENDING]
    fact = only(pending, FactKind.PENDING)
    assert (fact.payee, fact.names, str(fact.amount)) == ("JHLE5TP6LL2XG", "1", "EUR 10.00")


def test_every_order_among_the_samples_is_read_or_refused_by_its_type(shared: Path) -> None:
    read = 0
    for file in sorted((shared / "facts/samples/paypal-api").glob("*orders*.20?.*json")):
        document = json.loads(file.read_text())
        try:
            told = facts(document)
        except UnreadableAnswerError:
            continue
        read += 1
        taken = [fact for fact in told if fact.kind is FactKind.CAPTURED]
        assert not taken or '"COMPLETED"' in file.read_text()
    assert read >= 8
