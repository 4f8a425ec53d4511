"""Refunds, captures of reservations, letting go: what is sent, and what only a whole answer may tell."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from checkout.domain.errors import ProcessorRefusedError, ProcessorUnavailableError, Reaction
from checkout.domain.facts import FactKind
from checkout.domain.money import Money
from checkout.domain.processor import Answer, GivesBack, Instruction, Question, Reserves
from checkout.processors.paypal.adapter import PayPal
from tests.processors.paypal.loopback import Asked, Loopback, Piece, json_answer, loopback, token_answer
from tests.processors.paypal.samples import EUR, NAMES, PAYEE, REFERENCE, capture, paypal

INVOICE = f"{NAMES}-R1"
INSTRUCTION = Instruction(NAMES, REFERENCE, "CAP1", EUR, "shop:o1.1:refund:1", INVOICE, "Sorry!")
PAYABLE = {"paypal_fee": {"value": "0.10", "currency_code": "EUR"}}
UP = [{"rel": "up", "href": "https://api-m.sandbox.paypal.com/v2/payments/captures/CAP1"}]
REFUND = capture(id="R1", invoice_id=INVOICE, seller_payable_breakdown=PAYABLE, links=UP)
REVERSAL = REFUND | {"invoice_id": NAMES}
TAKEN = capture(
    id="CAP9",
    invoice_id=INVOICE,
    payee={"merchant_id": PAYEE},
    final_capture=True,
    supplementary_data={"related_ids": {"authorization_id": "CAP1"}},
)
RESERVED = capture("CREATED", id="AUTH2", expiration_time="2026-11-30T10:06:00Z")

Said = dict[tuple[str, str], tuple[int, dict[str, Any]]]
Call = Callable[[PayPal, Instruction], Answer]


def refund(adapter: PayPal, instruction: Instruction) -> Answer:
    return adapter.refund(instruction)


def take(adapter: PayPal, instruction: Instruction) -> Answer:
    return adapter.capture_reserved(instruction)


def renew(adapter: PayPal, instruction: Instruction) -> Answer:
    return adapter.reauthorize(instruction)


def let_go(adapter: PayPal, instruction: Instruction) -> Answer:
    return adapter.void(instruction)


@contextmanager
def answering(said: Said) -> Iterator[tuple[PayPal, Loopback]]:
    """A PayPal that has one answer for each method and end of a path, and knows nothing else."""

    def handle(asked: Asked) -> Iterable[Piece]:
        if asked.path == "/v1/oauth2/token":
            return [token_answer()]
        for (method, end), (status, document) in said.items():
            if asked.method == method and asked.path.endswith(end):
                return [json_answer(document, status)]
        issue = {"name": "RESOURCE_NOT_FOUND", "details": [{"issue": "INVALID_RESOURCE_ID"}]}
        return [json_answer(issue, 404)]

    with loopback(handle) as server:
        yield paypal(server.url), server


def test_the_adapter_offers_both() -> None:
    adapter = paypal("http://127.0.0.1:9")
    assert isinstance(adapter, GivesBack)
    assert isinstance(adapter, Reserves)


def test_a_refund_is_sent_with_its_amount_our_name_and_the_stored_key() -> None:
    with answering({("POST", "/captures/CAP1/refund"): (201, REFUND)}) as (adapter, server):
        told = refund(adapter, INSTRUCTION)
    (asked,) = [one for one in server.asked if one.path.endswith("/refund")]
    assert json.loads(asked.body) == {
        "amount": {"currency_code": "EUR", "value": "23.80"},
        "invoice_id": INVOICE,
        "note_to_payer": "Sorry!",
    }
    assert asked.headers["paypal-request-id"] == INSTRUCTION.key
    assert [fact.kind for fact in told.facts] == [FactKind.REFUNDED, FactKind.FEE_RETURNED]
    assert told.facts[0].word("invoice") == INVOICE
    assert {fact.reference for fact in told.facts} == {REFERENCE}


def test_a_note_is_left_out_where_there_is_none_and_never_too_long() -> None:
    with answering({("POST", "/refund"): (201, REFUND)}) as (adapter, server):
        refund(adapter, replace(INSTRUCTION, note=""))
        refund(adapter, replace(INSTRUCTION, note="x" * 300))
    first, second = [json.loads(one.body) for one in server.asked if one.path.endswith("/refund")]
    assert "note_to_payer" not in first
    assert second["note_to_payer"] == "x" * 255


@pytest.mark.parametrize("missing", ["amount", "invoice_id", "seller_payable_breakdown"])
def test_a_refund_that_says_too_little_is_read_again_before_anything_is_told(missing: str) -> None:
    little = {name: value for name, value in REFUND.items() if name != missing}
    said: Said = {("POST", "/refund"): (201, little), ("GET", "/refunds/R1"): (200, REFUND)}
    with answering(said) as (adapter, server):
        told = refund(adapter, INSTRUCTION)
    assert "/v2/payments/refunds/R1" in server.paths("GET")
    assert [fact.kind for fact in told.facts] == [FactKind.REFUNDED, FactKind.FEE_RETURNED]


@pytest.mark.parametrize("missing", ["amount", "invoice_id", "payee", "custom_id"])
def test_a_capture_that_says_too_little_is_read_again_too(missing: str) -> None:
    little = {name: value for name, value in TAKEN.items() if name != missing}
    said: Said = {("POST", "/capture"): (201, little), ("GET", "/captures/CAP9"): (200, TAKEN)}
    with answering(said) as (adapter, _):
        (told,) = take(adapter, INSTRUCTION).facts
    assert (told.kind, told.payee, told.word("authorization")) == (FactKind.CAPTURED, PAYEE, "CAP1")


LITTLE = {"id": "R1", "status": "COMPLETED"}


@pytest.mark.parametrize(
    "again",
    [
        (404, {"name": "RESOURCE_NOT_FOUND", "details": [{"issue": "INVALID_RESOURCE_ID"}]}),
        (403, {"name": "NOT_AUTHORIZED", "details": [{"issue": "PERMISSION_DENIED"}]}),
        (200, REFUND | {"id": "R2"}),
        (200, REFUND | {"amount": {"value": "23.801", "currency_code": "EUR"}}),
        (200, {"status": "COMPLETED"}),
    ],
)
def test_what_came_of_it_is_unknown_where_reading_it_again_does_not_tell(
    again: tuple[int, dict[str, Any]],
) -> None:
    said: Said = {("POST", "/refund"): (201, LITTLE), ("GET", "/refunds/R1"): again}
    with answering(said) as (adapter, _), pytest.raises(ProcessorUnavailableError):
        refund(adapter, INSTRUCTION)


WHOLE: dict[Call, dict[str, Any]] = {refund: REFUND, take: TAKEN, renew: RESERVED}


@pytest.mark.parametrize("call", WHOLE)
@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": {"value": "1,00", "currency_code": "EUR"}},
        {"amount": {"value": "-1.00", "currency_code": "EUR"}},
        {"amount": 7},
        {"id": None},
        {"id": "X" * 65},
        {"links": "none"},
    ],
)
def test_an_answer_that_cannot_be_read_leaves_the_outcome_unknown_never_refused(
    call: Call, wrong: dict[str, Any]
) -> None:
    document = WHOLE[call] | wrong
    with answering({("POST", ""): (201, document)}) as (adapter, _), pytest.raises(ProcessorUnavailableError):
        call(adapter, INSTRUCTION)


@pytest.mark.parametrize(
    ("call", "issue", "reaction"),
    [
        (refund, "CAPTURE_FULLY_REFUNDED", Reaction.READ_AND_GO_ON),
        (refund, "REFUND_FAILED_INSUFFICIENT_FUNDS", Reaction.OPERATOR),
        (take, "AUTHORIZATION_EXPIRED", Reaction.START_AGAIN),
        (take, "AUTHORIZATION_ALREADY_CAPTURED", Reaction.READ_AND_GO_ON),
        (let_go, "PREVIOUSLY_VOIDED", Reaction.READ_AND_GO_ON),
        (let_go, "CANNOT_BE_VOIDED", Reaction.READ_AND_GO_ON),
    ],
)
def test_a_refusal_is_told_by_its_issue(call: Call, issue: str, reaction: Reaction) -> None:
    refusal = {"name": "UNPROCESSABLE_ENTITY", "details": [{"issue": issue}], "debug_id": "f0debug1"}
    with (
        answering({("POST", ""): (422, refusal)}) as (adapter, _),
        pytest.raises(ProcessorRefusedError) as refused,
    ):
        call(adapter, INSTRUCTION)
    assert (refused.value.issue, refused.value.reaction) == (issue, reaction)


def test_a_part_of_a_reservation_is_taken_and_the_rest_kept() -> None:
    with answering({("POST", "/authorizations/CAP1/capture"): (201, TAKEN)}) as (adapter, server):
        take(adapter, replace(INSTRUCTION, amount=Money(1000, "EUR"), final=False))
    body = json.loads(server.asked[-1].body)
    assert (body["amount"]["value"], body["final_capture"]) == ("10.00", False)
    assert body["invoice_id"] == INVOICE


def test_a_reservation_is_made_sure_of_again_or_let_go() -> None:
    gone = capture("VOIDED", id="CAP1")
    said: Said = {("POST", "/reauthorize"): (201, RESERVED), ("POST", "/void"): (200, gone)}
    with answering(said) as (adapter, _):
        (renewed,) = renew(adapter, INSTRUCTION).facts
        (ended,) = let_go(adapter, INSTRUCTION).facts
    assert (renewed.kind, renewed.subject) == (FactKind.AUTHORIZED, "AUTH2")
    assert (ended.kind, ended.subject) == (FactKind.AUTHORIZATION_VOIDED, "CAP1")


def test_a_reservation_and_a_refund_on_its_way_tell_for_themselves_too() -> None:
    gone = capture("VOIDED", id="AUTH1")
    said: Said = {("GET", "/authorizations/AUTH1"): (200, gone), ("GET", "/refunds/R1"): (200, REFUND)}
    asked = Question(NAMES, REFERENCE, EUR, captures=("CAP1",), authorizations=("AUTH1",), refunds=("R1",))
    with answering(said) as (adapter, _):
        told = [fact.kind for fact in adapter.inquire(asked).facts]
    assert told == [FactKind.AUTHORIZATION_VOIDED, FactKind.REFUNDED, FactKind.FEE_RETURNED]


def test_an_order_of_which_nothing_is_known_is_forgotten_for_good() -> None:
    with answering({}) as (adapter, _):
        (told,) = adapter.inquire(Question(NAMES, REFERENCE, EUR)).facts
    assert told.kind is FactKind.EXPIRED


def test_once_paypal_has_forgotten_the_order_its_captures_and_reversals_tell_for_themselves() -> None:
    taken = capture(id="CAP1", payee={"merchant_id": PAYEE})
    said: Said = {
        ("GET", "/captures/CAP1"): (200, taken),
        ("GET", "/refunds/R1"): (200, REVERSAL),
    }
    asked = Question(NAMES, REFERENCE, EUR, captures=("CAP1",), reversals=frozenset({"R1", "UNKNOWN"}))
    with answering(said) as (adapter, _):
        told = adapter.inquire(asked).facts
    kinds = [fact.kind for fact in told]
    assert kinds.count(FactKind.CAPTURED) == 1
    assert {FactKind.REFUNDED, FactKind.REVERSED} <= set(kinds)
    assert next(fact for fact in told if fact.kind is FactKind.CAPTURED).payee == PAYEE
