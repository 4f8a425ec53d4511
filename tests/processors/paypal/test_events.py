"""Of an event we keep an allow-list, and translate it into which payment it is about."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.errors import NotAuthenticError
from checkout.domain.processor import AccountChange, Envelope, Told
from checkout.processors.paypal.events import KEPT_MAX, envelope, read_event, translate
from checkout.processors.paypal.subscriptions import SUBSCRIBED, SUBSCRIPTIONS
from tests.processors.paypal.samples import CARD, NAMES, REFERENCE, SPACED_CARD, capture, order

CAPTURE_ID = "3C679366HH908993F"


def event(event_type: str, resource: object, **more: object) -> dict[str, Any]:
    """An event as PayPal sends it."""
    return {
        "id": "WH-58D329510W468432D-8HN650336L201105X",
        "event_type": event_type,
        "create_time": "2026-11-01T10:06:01.500Z",
        "summary": "Payment completed for EUR 23.80 by Jane Doe, jane@example.com",
        "resource": resource,
    } | more


def enveloped(document: dict[str, Any]) -> Envelope:
    raw = json.dumps(document).encode()
    return envelope(read_event(raw), raw, "t-1")


def told(document: dict[str, Any]) -> Told:
    return translate(enveloped(document))


def up(kind: str, identifier: str) -> dict[str, Any]:
    return {
        "links": [{"href": f"https://api.paypal.com/v2/x/{kind}/{identifier}", "rel": "up", "method": "GET"}]
    }


def test_an_approved_order_says_when_and_which() -> None:
    found = told(event("CHECKOUT.ORDER.APPROVED", order("APPROVED"), resource_type="checkout-order"))
    assert (found.reference, found.names) == (REFERENCE, NAMES)
    assert found.approved_at == datetime(2026, 11, 1, 10, 5, tzinfo=UTC)
    assert found.facts == ()


def test_an_approved_order_without_a_time_was_approved_when_the_event_was_made() -> None:
    resource = order("APPROVED") | {"update_time": "2018-19-12"}
    found = told(event("CHECKOUT.ORDER.APPROVED", resource))
    assert found.approved_at == datetime(2026, 11, 1, 10, 6, 1, 500000, tzinfo=UTC)


OF_CAPTURES = sorted(
    one
    for one in SUBSCRIBED
    if one.startswith("PAYMENT.CAPTURE.")
    and not one.endswith(("REFUNDED", "REVERSED"))  # those are of refunds
)


@pytest.mark.parametrize("event_type", OF_CAPTURES)
def test_a_capture_names_its_order_by_related_ids_or_by_its_link(event_type: str) -> None:
    related = capture() | {"supplementary_data": {"related_ids": {"order_id": REFERENCE}}}
    for resource in (related, capture() | up("orders", REFERENCE)):
        found = told(event(event_type, resource, resource_type="capture"))
        assert (found.reference, found.subjects, found.names) == (REFERENCE, (CAPTURE_ID,), NAMES)
        assert found.approved_at is None


@pytest.mark.parametrize(
    "event_type",
    [
        "PAYMENT.CAPTURE.REFUNDED",
        "PAYMENT.CAPTURE.REVERSED",
        "PAYMENT.REFUND.PENDING",
        "PAYMENT.REFUND.FAILED",
    ],
)
def test_a_refund_names_its_capture_by_its_link_alone(event_type: str) -> None:
    refund = {"id": "1Y107995YT783435V", "status": "COMPLETED"} | up("captures", CAPTURE_ID)
    found = told(event(event_type, refund, resource_type="refund"))
    assert (found.subjects, found.reference, found.names) == ((CAPTURE_ID,), None, None)
    assert found.happened == "1Y107995YT783435V"
    assert found.reversal == (found.happened if event_type.endswith("REVERSED") else None)


def test_an_undone_approval_names_its_order_by_a_field_of_its_own() -> None:
    found = told(event("CHECKOUT.PAYMENT-APPROVAL.REVERSED", {"order_id": REFERENCE}))
    assert (found.reference, found.approved_at) == (REFERENCE, None)


@pytest.mark.parametrize(
    "event_type", ["BILLING.PLAN.CREATED", "PAYMENT.SALE.COMPLETED", "VAULT.CREDIT-CARD.DELETED", "X"]
)
def test_what_we_do_not_listen_to_concerns_no_payment(event_type: str) -> None:
    assert told(event(event_type, capture())).concerns_payments is False


@pytest.mark.parametrize("event_type", sorted(SUBSCRIBED))
def test_every_type_we_ask_for_has_a_reason_and_is_about_something(event_type: str) -> None:
    assert len(SUBSCRIBED[event_type]) > 20
    assert SUBSCRIPTIONS[event_type].why == SUBSCRIBED[event_type]
    related = {"supplementary_data": {"related_ids": {"order_id": REFERENCE}}, "order_id": REFERENCE}
    found = told(event(event_type, capture() | related | {"dispute_id": "PP-D-1"}))
    assert found.concerns_payments
    assert found.facts == (), "an event alone moves no money"
    assert found.account or found.reference or found.names


def test_a_dispute_names_the_captures_it_is_about_and_nothing_else() -> None:
    resource = {
        "dispute_id": "PP-D-4012",
        "disputed_transactions": [
            {"seller_transaction_id": CAPTURE_ID, "buyer_transaction_id": "BUYERS1"},
            {"seller_transaction_id": "jane@example.com"},
            {"seller_transaction_id": 7},
            None,
            *({"seller_transaction_id": f"CAPTURE{number}"} for number in range(9)),
        ],
        "reason": "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
        "status": "OPEN",
        "dispute_amount": {"value": "23.80", "currency_code": "EUR"},
        "dispute_life_cycle_stage": "INQUIRY",
        "messages": [{"content": f"I am Jane, {CARD}"}],
    }
    for event_type in ("CREATED", "UPDATED", "RESOLVED"):
        document = event(f"CUSTOMER.DISPUTE.{event_type}", resource, resource_type="dispute")
        found = told(document)
        assert (found.dispute, found.happened) == ("PP-D-4012", "PP-D-4012")
        assert found.subjects == (CAPTURE_ID, "CAPTURE0", "CAPTURE1")
        assert "ane" not in json.dumps(dict(enveloped(document).kept))


@pytest.mark.parametrize(
    ("event_type", "change"),
    [
        ("CUSTOMER.ACCOUNT-LIMITATION.ADDED", AccountChange.LIMITED),
        ("CUSTOMER.ACCOUNT-LIMITATION.ESCALATED", AccountChange.LIMITED),
        ("CUSTOMER.ACCOUNT-LIMITATION.UPDATED", AccountChange.LIMITED),
        ("CUSTOMER.ACCOUNT-LIMITATION.LIFTED", AccountChange.LIFTED),
        ("MERCHANT.PARTNER-CONSENT.REVOKED", AccountChange.REVOKED),
        ("IDENTITY.AUTHORIZATION-CONSENT.REVOKED", AccountChange.REVOKED),
    ],
)
def test_news_of_the_account_are_told_apart_and_name_no_payment(
    event_type: str, change: AccountChange
) -> None:
    found = told(event(event_type, {"merchant_id": "QYR5Z8XDVJNXQ"}))
    assert found.account is not None
    assert (found.account.change, found.names, found.reference) == (change, None, None)


def test_an_authorizations_event_names_its_order() -> None:
    resource = capture("CREATED") | {"supplementary_data": {"related_ids": {"order_id": REFERENCE}}}
    for name in ("CREATED", "VOIDED"):
        found = told(event(f"PAYMENT.AUTHORIZATION.{name}", resource, resource_type="authorization"))
        assert (found.reference, found.names, found.happened) == (REFERENCE, NAMES, None)


def test_a_capture_of_a_reservation_names_the_reservation() -> None:
    found = enveloped(event("PAYMENT.CAPTURE.COMPLETED", capture() | up("authorizations", "AUTH1")))
    assert found.kept["authorization_id"] == "AUTH1"
    assert "order_id" not in found.kept


def test_nothing_personal_and_no_free_text_is_kept() -> None:
    resource = order("APPROVED") | {
        "payer": {
            "name": {"given_name": "Jane"},
            "email_address": "jane@example.com",
            "payer_id": "QYR5Z8XDVJNXQ",
        },
        "payment_source": {"card": {"last_digits": "1111", "name": "Jane Doe"}},
        "note_to_payer": CARD,
        "status_details": {"reason": f"call {SPACED_CARD}"},
        "invoice_id": "jane@example.com",
        "amount": {"value": SPACED_CARD, "currency_code": "Jane"},
        "custom_id": "x" * 300,
        "status": "approved by Jane",
    }
    found = enveloped(event("CHECKOUT.ORDER.APPROVED", resource))
    kept = json.dumps(dict(found.kept))
    for word in ("ane", "1111", "example.com", "QYR5", "xxx"):
        assert word not in kept
    assert set(found.kept) == {"resource_id", "create_time", "update_time"}


def test_the_envelope_says_that_the_signature_does_not_bind_the_body() -> None:
    found = enveloped(event("PAYMENT.CAPTURE.COMPLETED", capture()))
    assert found.binds_body is False
    assert len(found.body_digest) == 64
    assert found.occurred_at == datetime(2026, 11, 1, 10, 6, 1, 500000, tzinfo=UTC)
    assert (found.processor, found.transmission_id) == ("paypal", "t-1")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"7",
        b"{}",
        b'{"id": 7, "event_type": "X"}',
        b'{"id": "", "event_type": "X"}',
        b'{"id": "A\\u0000", "event_type": "X"}',
        b'{"id": "A", "event_type": "x\\u0000"}',
        b'{"id": "A"}',
        b'{"id": "' + b"A" * 65 + b'", "event_type": "X"}',
        b'{"id": "A", "event_type": "' + b"X" * 200 + b'"}',
        b'{"id": "A B", "event_type": "X"}',
        b'{"id": NaN, "event_type": "X"}',
        b"\xff\xfe",
        b'{"id": "\xff"}',
        b'{"id": "\\ud800", "event_type": "X"}',
        b'{"a":' * 100_000,
        b"[" * 200_000,
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 10_000 + b"}",
        b'\xef\xbb\xbf{"id": "A", "event_type": "X"}',
        b"id=A&event_type=X",
    ],
)
def test_a_body_nobody_can_read_is_refused_by_one_type(raw: bytes) -> None:
    with pytest.raises(NotAuthenticError):
        read_event(raw)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        read_event(raw)
    except NotAuthenticError:
        return


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "links",
                    "href",
                    "rel",
                    "amount",
                    "purchase_units",
                    "supplementary_data",
                    "related_ids",
                    "order_id",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from(sorted(SUBSCRIBED)), JSON)
def test_any_resource_is_kept_in_bounds_and_translated(event_type: str, resource: object) -> None:
    document = event(event_type, resource)
    raw = json.dumps(document).encode()
    found = envelope(document, raw, "t-1")
    assert all(0 < len(value) <= KEPT_MAX for value in found.kept.values())
    assert all("\0" not in value for value in found.kept.values())
    assert translate(found).facts == ()


def test_paypals_own_samples_broken_ones_too_are_kept_and_translated(shared: Path) -> None:
    read = 0
    for file in sorted((shared / "facts/samples/paypal-event").glob("*.json")):
        raw = file.read_bytes()
        try:
            found = envelope(read_event(raw), raw, "t-1")
        except NotAuthenticError:
            continue
        read += 1
        understood = translate(found)
        assert understood.concerns_payments is (found.event_type in SUBSCRIBED)
        if understood.concerns_payments and understood.account is None:
            named = understood.reference or understood.names or understood.subjects or understood.dispute
            assert named, file.name
    assert read >= 40


def test_an_event_of_which_every_link_is_broken_names_only_what_is_sound() -> None:
    broken = capture() | {
        "custom_id": None,
        "links": [{"href": "https://x/orders/A"}, None, {"rel": "up"}, {"rel": "up", "href": 7}],
    }
    found = told(event("PAYMENT.CAPTURE.COMPLETED", broken))
    assert (found.reference, found.subjects, found.names) == (None, (CAPTURE_ID,), None)


@pytest.mark.parametrize(
    "name",
    [CARD, SPACED_CARD.replace(" ", "-"), f"shop-{SPACED_CARD}".replace(" ", "."), "37" + "1449635398431"],
)
def test_a_name_that_may_be_a_card_number_is_not_kept(name: str) -> None:
    resource = capture(custom_id=name, invoice_id=name, value=name)
    assert name not in enveloped(event("PAYMENT.CAPTURE.COMPLETED", resource)).kept.values()
