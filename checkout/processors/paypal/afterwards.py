"""What PayPal is asked for after the customer agreed: reserve, take later, let go, give back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout.domain.errors import ProcessorRefusedError, ProcessorUnavailableError
from checkout.domain.facts import Fact
from checkout.domain.processor import Answer
from checkout.processors.paypal.answers import Movement, UnreadableAnswerError, read_movement
from checkout.processors.paypal.currencies import value_text
from checkout.processors.paypal.movements import Context, authorization_facts, capture_facts, refund_facts
from checkout.processors.paypal.reactions import FORGOTTEN, NAME
from checkout.processors.paypal.reading import belongs_to, clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from checkout.domain.processor import Instruction, Question
    from checkout.processors.paypal.client import PayPalClient
    from checkout.processors.paypal.documents import Object
    from checkout.processors.paypal.wire import Received

NOTE_MAX = 255


def refund(client: PayPalClient, instruction: Instruction) -> Answer:
    """Send all or a part of a capture back."""
    body: Object = {"amount": _amount(instruction), "invoice_id": instruction.invoice}
    if instruction.note:
        body["note_to_payer"] = instruction.note[:NOTE_MAX]
    received = client.refund(instruction.subject, body, instruction.key)
    return _answer(received, "refund", instruction, refund_facts, client.get_refund)


def capture_reserved(client: PayPalClient, instruction: Instruction) -> Answer:
    """Take all or a part of a reservation."""
    body: Object = {
        "amount": _amount(instruction),
        "invoice_id": instruction.invoice,
        "final_capture": instruction.final,
    }
    received = client.capture_authorization(instruction.subject, body, instruction.key)
    return _answer(received, "capture", instruction, capture_facts, client.get_capture)


def reauthorize(client: PayPalClient, instruction: Instruction) -> Answer:
    """Make sure of a reservation again."""
    received = client.reauthorize(instruction.subject, {"amount": _amount(instruction)}, instruction.key)
    return _answer(received, "reauthorize", instruction, authorization_facts, None)


def void(client: PayPalClient, instruction: Instruction) -> Answer:
    """Let a reservation go."""
    received = client.void(instruction.subject, instruction.key)
    return _answer(received, "void", instruction, authorization_facts, None)


def known_by_themselves(client: PayPalClient, question: Question) -> tuple[Fact, ...]:
    """What PayPal says of what we know by its own id, once it has forgotten the order it belongs to."""
    context = Context(question.reference, None, question.names, question.reversals)
    facts: list[Fact] = []
    for authorization in question.authorizations:
        received = client.get_authorization(authorization)
        facts += authorization_facts(_movement(received, "inquire", authorization), context)
    for capture in question.captures:
        movement = _if_known(client.get_capture, capture)
        if movement is not None and clean(movement.custom_id) == question.names:
            facts += capture_facts(movement, context)
    for refund in sorted({*question.refunds, *question.reversals}):
        movement = _if_known(client.get_refund, refund)
        if movement is not None and belongs_to(movement.links, "captures") in question.captures:
            facts += refund_facts(movement, context)
    return tuple(facts)


def _if_known(read: Callable[[str], Received], movement_id: str) -> Movement | None:
    """What an event names may be no movement at all, or one of somebody else's: anybody can forge one."""
    try:
        return _movement(read(movement_id), "inquire", movement_id)
    except ProcessorRefusedError as refused:
        if refused.issue in FORGOTTEN:
            return None
        raise


def _amount(instruction: Instruction) -> Object:
    return {"currency_code": instruction.amount.currency, "value": value_text(instruction.amount)}


def _answer(
    received: Received,
    operation: str,
    instruction: Instruction,
    translate: Callable[[Movement, Context], Iterator[Fact]],
    read: Callable[[str], Received] | None,
) -> Answer:
    """The facts of an answer; one that says too little is read again by its own id."""
    context = Context(instruction.reference, None, instruction.names)
    movement = _movement(received, operation)
    if read is not None and not _is_whole(movement, operation):
        try:
            received = read(movement.id)
        except ProcessorRefusedError as refused:
            why = f"what came of it is not told, {refused.issue}"
            raise ProcessorUnavailableError(NAME, operation, why, refused.debug_id) from refused
        movement = _movement(received, operation, movement.id)
    return Answer(tuple(_facts(translate, movement, context, operation, received)), None, received.debug_id)


def _is_whole(movement: Movement, operation: str) -> bool:
    """True where it says all that is compared: what is told first stands, so nothing may be left out."""
    if movement.amount is None or movement.invoice_id is None:
        return False
    if operation == "capture":
        return bool(movement.payee and movement.payee.merchant_id and movement.custom_id)
    return movement.seller_payable_breakdown is not None or movement.status != "COMPLETED"


def _facts(
    translate: Callable[[Movement, Context], Iterator[Fact]],
    movement: Movement,
    context: Context,
    operation: str,
    received: Received,
) -> list[Fact]:
    try:
        return list(translate(movement, context))
    except UnreadableAnswerError as unreadable:
        raise ProcessorUnavailableError(NAME, operation, unreadable.why, received.debug_id) from unreadable


def _movement(received: Received, operation: str, expected: str | None = None) -> Movement:
    try:
        found = read_movement(received.document)
    except UnreadableAnswerError as unreadable:
        raise ProcessorUnavailableError(NAME, operation, unreadable.why, received.debug_id) from unreadable
    if expected is not None and found.id != expected:
        why = f"asked of {expected}, answered of {found.id[:40]!r}"
        raise ProcessorUnavailableError(NAME, operation, why, received.debug_id)
    return found
