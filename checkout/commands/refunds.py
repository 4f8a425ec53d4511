"""`checkout refunds`: give money back, once, and see how far each refund has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from checkout.commands.group import Commands
from checkout.commands.opening import opened_house
from checkout.commands.people import acting, by
from checkout.commands.printing import as_json, print_json, print_table
from checkout.domain.errors import BadInputError, NotFoundError
from checkout.domain.intents import RESERVING, Operation, Outcome
from checkout.domain.money import Money
from checkout.flows import refunding
from checkout.flows.refunding import Refund, RefundWish
from checkout.flows.tracing import trace_order, trace_payment
from checkout.flows.viewing import refunds_at
from checkout.store import intents, listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checkout.domain.sent_back import Return
    from checkout.flows.house import House

LIST_MAX = 1000

_WORDS = {
    Outcome.TO_APPROVE: "waits for a second person",
    Outcome.WITHDRAWN: "given up",
    Outcome.ASKED: "asked for",
    Outcome.UNKNOWN: "unknown: the processor's answer was lost and is asked for; do not refund again",
    Outcome.REFUSED: "refused, nothing was sent",
}
_ARRIVED = {
    "pending": "on its way",
    "completed": "sent back",
    "failed": "failed: the customer does not have it",
    "cancelled": "cancelled: the customer does not have it",
}
_ISSUES = {
    "REFUND_FAILED_INSUFFICIENT_FUNDS": "the balance at PayPal is too low; add money there, then try again",
    "REFUND_TIME_LIMIT_EXCEEDED": "it is more than 180 days old; send the money another way",
    "TRANSACTION_DISPUTED": "it is in dispute; answer the dispute instead (`checkout disputes list`)",
    "CAPTURE_FULLY_REFUNDED": "all of it was given back already",
    "REFUND_AMOUNT_EXCEEDED": "more than is left was asked for",
    "PENDING_CAPTURE": "the payment is still held; wait until it is complete",
    "REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK": "a bank has taken the money back already",
    "PERMISSION_DENIED": "the app may not refund; allow it in PayPal's developer dashboard",
    "NEVER_HAPPENED": "PayPal never did it",
}


@click.group(cls=Commands, no_args_is_help=True)
def refunds() -> None:
    """Give money back, and see how far each refund has come."""


@refunds.command("give")
@click.argument("order")
@click.option("--amount", help="As in 5.00; all that is left if not given.")
@click.option("--capture", help="Only of this capture, where there are several.")
@click.option("--note", default="", help="Shown to the customer by PayPal.")
@click.option("--key", help="Your own key: the same key again is the same refund, not another one.")
@click.option(
    "--again", is_flag=True, help="Another one of the same amount, though one was asked for just now."
)
@by
@as_json
def give(
    order: str,
    amount: str | None,
    capture: str | None,
    note: str,
    key: str | None,
    again: bool,  # noqa: FBT001
    by: str,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Give an order's money back, all or a part.

    ORDER is its number, or our id of one of its payments. Exits 1 where nothing was sent. The same amount within
    ten minutes is sent only with --again, or with a --key.
    """
    with opened_house() as house:
        payment_id, currency = _payment_with_money(house, order)
        wanted = Money.typed(amount, currency) if amount else None
        wish = RefundWish(
            payment_id, wanted, by, note, capture, key, actor=acting(by), again=again or key is not None
        )
        made = refunding.ask_refund(house, wish)
    _print(made, as_json=as_json)
    if any(one.outcome is Outcome.REFUSED for one in made):
        raise SystemExit(1)


@refunds.command("list")
@click.option("--order", help="All of this order's, those made on PayPal's own pages among them.")
@click.option("--waiting", is_flag=True, help="Only those that wait for a person or an answer.")
@click.option(
    "--limit", type=click.IntRange(1, LIST_MAX), default=20, show_default=True, help="How many newest."
)
@as_json
def list_refunds(order: str | None, waiting: bool, limit: int, as_json: bool) -> None:  # noqa: FBT001
    """Refunds and what became of them. Those that wait are at the top.

    They wait for a person or for an answer; below them stand the newest others.
    """
    made_there: list[Return] = []
    with opened_house() as house:
        if order:
            payments = [one.payment.id for one in trace_order(house, order).payments]
            found = [refund for payment_id in payments for refund in refunding.refunds_of(house, payment_id)]
            found = [one for one in found if one.outcome in RESERVING] if waiting else found
            if not waiting:
                made_there = [one for id_ in payments for one in refunding.refunds_elsewhere(house, id_)]
        else:
            found = _waiting_ones(house)
            names = {one.name for one in found}
            found += [] if waiting else [one for one in _newest(house, limit) if one.name not in names]
    _print(found, made_there, as_json=as_json)


@refunds.command("approve")
@click.argument("refund")
@by
@as_json
def approve(refund: str, by: str, as_json: bool) -> None:  # noqa: FBT001
    """Agree to a refund that somebody else asked for. The money then goes back.

    Exits 1 where nothing was sent.
    """
    with opened_house() as house:
        made = refunding.approve(house, refund, by=by, actor=acting(by))
    _print([made], as_json=as_json)
    if made.outcome is Outcome.REFUSED:
        raise SystemExit(1)


@refunds.command("withdraw")
@click.argument("refund")
@by
@as_json
def withdraw(refund: str, by: str, as_json: bool) -> None:  # noqa: FBT001
    """Give a refund up that waits for a second person."""
    with opened_house() as house:
        made = refunding.withdraw(house, refund, by=by, actor=acting(by))
    _print([made], as_json=as_json)


def said_of(refund: Refund) -> str:
    """How a refund stands, in words for the operator."""
    if refund.arrived is not None:
        return _ARRIVED[refund.arrived]
    said = _WORDS.get(refund.outcome, refund.outcome)
    if refund.outcome is Outcome.REFUSED and refund.issue:
        return f"{said}: {_ISSUES.get(refund.issue, refund.issue)}"
    return said


def _waiting_ones(house: House) -> list[Refund]:
    with house.store.read() as tx:
        open_ones = intents.waiting(tx, RESERVING, Operation.REFUND)
    return refunds_at(house, [(name, intent.attempt, intent.asked_at) for name, intent in open_ones])


def _newest(house: House, limit: int) -> list[Refund]:
    with house.store.read() as tx:
        places = listing.page_of_refunds(tx, payment_id=None, before=None, limit=limit)
    return refunds_at(house, places)


def _payment_with_money(house: House, name: str) -> tuple[str, str]:
    """The payment of an order that money can be given back of; the operator chooses where there are several."""
    try:
        trace = trace_order(house, name)
    except NotFoundError:
        payment = trace_payment(house, name).payment
        return payment.id, payment.terms.amount.currency
    named = [one for one in trace.payments if one.payment.id == name]
    with_money = named or [one for one in trace.payments if one.standing.captured.minor > 0]
    if not with_money:
        message = f"No money came in for order {trace.order.id}, so there is nothing to give back."
        raise BadInputError(message)
    if len(with_money) > 1:
        listed = ", ".join(f"{one.payment.id} ({one.standing.captured})" for one in with_money)
        message = (
            f"Order {trace.order.id} was paid more than once: name the payment instead, one of {listed}."
        )
        raise BadInputError(message)
    chosen = with_money[0].payment
    return chosen.id, chosen.terms.amount.currency


def _print(found: list[Refund], made_there: Sequence[Return] = (), *, as_json: bool) -> None:
    if as_json:
        print_json([*map(_asked_json, found), *map(_made_there_json, made_there)])
        return
    rows: list[tuple[object, ...]] = [
        (one.name, one.amount, said_of(one), one.wished_by, one.agreed_by) for one in found
    ]
    rows += [(one.subject, one.amount, _ARRIVED[one.state], "at PayPal", None) for one in made_there]
    print_table(
        ("REFUND", "AMOUNT", "STANDS", "ASKED BY", "APPROVED BY"), rows, none="There are no such refunds."
    )


def _asked_json(one: Refund) -> dict[str, object]:
    return {
        "refund": one.name,
        "payment_id": one.payment_id,
        "capture": one.capture,
        "amount": one.amount,
        "outcome": one.outcome,
        "arrived": one.arrived,
        "id": one.id,
        "issue": one.issue,
        "wished_by": one.wished_by,
        "agreed_by": one.agreed_by,
        "asked_at": one.asked_at,
        "said": said_of(one),
    }


def _made_there_json(one: Return) -> dict[str, object]:
    """The same keys: what only an intent of ours has is null."""
    nothing = dict.fromkeys(
        ("refund", "payment_id", "capture", "outcome", "issue", "wished_by", "agreed_by", "asked_at")
    )
    told = {"id": one.subject, "capture": one.of, "amount": one.amount, "arrived": one.state}
    return {**nothing, **told, "said": f"made at PayPal: {_ARRIVED[one.state]}"}
