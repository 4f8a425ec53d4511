"""Intents: what we are about to ask a processor for, kept before we ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, insert, select, update

from checkout.domain.errors import Reaction
from checkout.domain.intents import Intent, Operation, Outcome
from checkout.store.tables import intents as table
from checkout.store.tables import payments

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Row

    from checkout.domain.money import Money
    from checkout.store.engine import Tx


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an operation had no effect, and what to do about it."""

    issue: str
    reaction: Reaction
    debug_id: str | None = None


# Hot statements are built once: building one costs more than running it.
_ADD = insert(table)
_IN_ORDER = (table.c.payment_id, table.c.operation, table.c.attempt)
_OF_PAYMENT = select(table).where(table.c.payment_id == bindparam("this")).order_by(*_IN_ORDER)
_OF_ORDER = (
    select(table)
    .where(table.c.payment_id.in_(select(payments.c.id).where(payments.c.order_id == bindparam("this"))))
    .order_by(*_IN_ORDER)
)
_THIS = update(table).where(
    table.c.payment_id == bindparam("this_payment"),
    table.c.operation == bindparam("this_operation"),
    table.c.attempt == bindparam("this_attempt"),
)
_ASK_AGAIN = _THIS.values(outcome=Outcome.ASKED, repeated_at=bindparam("at"))
_LEARN = _THIS.where(table.c.outcome.in_([Outcome.ASKED, Outcome.UNKNOWN])).values(
    outcome=bindparam("new_outcome"),
    resolved_at=bindparam("new_resolved_at"),
    issue=bindparam("new_issue"),
    reaction=bindparam("new_reaction"),
    debug_id=func.coalesce(bindparam("new_debug_id"), table.c.debug_id),
    result=func.coalesce(bindparam("new_result"), table.c.result),
)
_DECIDE = _THIS.where(table.c.outcome == Outcome.TO_APPROVE).values(
    outcome=bindparam("new_outcome"), agreed_by=bindparam("who"), asked_at=bindparam("at")
)


def add(tx: Tx, payment_id: str, intent: Intent, amount: Money) -> None:
    """Keep an operation we are about to ask for."""
    tx.execute(
        _ADD,
        {
            "payment_id": payment_id,
            "operation": intent.operation,
            "attempt": intent.attempt,
            "key": intent.key,
            "amount_minor": amount.minor,
            "outcome": intent.outcome,
            "asked_at": intent.asked_at,
            "subject": intent.subject,
            "invoice": intent.invoice,
            "wished_by": intent.wished_by,
            "note": intent.note,
            "request": intent.request,
            "final": intent.final,
        },
    )


def of_payment(tx: Tx, payment_id: str) -> list[Intent]:
    """Every operation asked for, in the order of its attempts."""
    return [_intent(row) for row in tx.execute(_OF_PAYMENT, {"this": payment_id})]


def of_order(tx: Tx, order_id: str) -> dict[str, list[Intent]]:
    """The same for each payment of an order, by the payment's id."""
    found: dict[str, list[Intent]] = {}
    for row in tx.execute(_OF_ORDER, {"this": order_id}):
        found.setdefault(row.payment_id, []).append(_intent(row))
    return found


def of_payments(tx: Tx, payment_ids: Iterable[str]) -> dict[str, list[Intent]]:
    """The same for some payments at once."""
    found: dict[str, list[Intent]] = {}
    these = table.c.payment_id.in_(sorted(set(payment_ids)))
    for row in tx.execute(select(table).where(these).order_by(*_IN_ORDER)):
        found.setdefault(row.payment_id, []).append(_intent(row))
    return found


def ask_again(tx: Tx, payment_id: str, intent: Intent, at: datetime) -> None:
    """The same operation with the same key is asked for once more."""
    tx.execute(_ASK_AGAIN, {**_key(payment_id, intent), "at": at})


def decide(tx: Tx, payment_id: str, intent: Intent, outcome: Outcome, *, who: str, at: datetime) -> bool:
    """A second person agrees (ASKED) or gives it up (WITHDRAWN); False where it no longer waits for one."""
    values = {**_key(payment_id, intent), "new_outcome": outcome, "who": who[:60], "at": at}
    return tx.execute(_DECIDE, values).rowcount == 1


def waiting(tx: Tx, outcomes: Iterable[Outcome], operation: Operation) -> list[tuple[str, Intent]]:
    """Operations of one kind that stand so, oldest first, each with its payment."""
    query = (
        select(table)
        .where(table.c.outcome.in_(sorted(outcomes)), table.c.operation == operation)
        .order_by(table.c.asked_at, table.c.payment_id, table.c.attempt)
    )
    return [(row.payment_id, _intent(row)) for row in tx.execute(query)]


def by_invoice(tx: Tx, invoice: str) -> tuple[str, Intent] | None:
    """The operation that we gave a name, with its payment."""
    row = tx.execute(select(table).where(table.c.invoice == invoice)).one_or_none()
    return (row.payment_id, _intent(row)) if row else None


def resolve(
    tx: Tx,
    payment_id: str,
    intent: Intent,
    outcome: Outcome,
    *,
    at: datetime,
    debug_id: str | None = None,
    result: str | None = None,
) -> None:
    """Keep what came of an operation. What was resolved once stays so: a late messenger changes nothing."""
    resolved_at = None if outcome is Outcome.UNKNOWN else at
    values = _values(outcome, resolved_at, intent.issue, intent.reaction, debug_id)
    values["new_result"] = result
    tx.execute(_LEARN, {**_key(payment_id, intent), **values})


def refuse(tx: Tx, payment_id: str, intent: Intent, refusal: Refusal, *, at: datetime) -> None:
    """The processor refused the operation, or it is known never to have happened."""
    values = _values(Outcome.REFUSED, at, refusal.issue, refusal.reaction, refusal.debug_id)
    tx.execute(_LEARN, {**_key(payment_id, intent), **values})


def doubt(tx: Tx, payment_id: str, intent: Intent, refusal: Refusal) -> None:
    """The processor's answer raises a question that a person must see; the outcome stays unknown."""
    values = _values(Outcome.UNKNOWN, None, refusal.issue, refusal.reaction, refusal.debug_id)
    tx.execute(_LEARN, {**_key(payment_id, intent), **values})


def debug_ids(tx: Tx, payment_id: str) -> list[tuple[str, str]]:
    """The processor's own ids of our calls, for its support: (operation, debug id)."""
    query = select(table.c.operation, table.c.debug_id).where(
        table.c.payment_id == payment_id, table.c.debug_id.is_not(None)
    )
    return [(row.operation, row.debug_id) for row in tx.execute(query)]


def _key(payment_id: str, intent: Intent) -> dict[str, object]:
    return {
        "this_payment": payment_id,
        "this_operation": intent.operation,
        "this_attempt": intent.attempt,
    }


def _values(
    outcome: Outcome,
    resolved_at: datetime | None,
    issue: str | None,
    reaction: Reaction | None,
    debug_id: str | None,
) -> dict[str, object]:
    return {
        "new_outcome": outcome,
        "new_resolved_at": resolved_at,
        "new_issue": _short(issue, 120),
        "new_reaction": reaction,
        "new_debug_id": _short(debug_id, 64),
        "new_result": None,
    }


def _short(text: str | None, length_max: int) -> str | None:
    return text[:length_max] if text else None


def _intent(row: Row[tuple[object, ...]]) -> Intent:
    found = row._mapping
    return Intent(
        operation=Operation(found["operation"]),
        attempt=found["attempt"],
        key=found["key"],
        outcome=Outcome(found["outcome"]),
        asked_at=found["asked_at"],
        issue=found["issue"],
        reaction=Reaction(found["reaction"]) if found["reaction"] else None,
        repeated_at=found["repeated_at"],
        amount_minor=found["amount_minor"],
        subject=found["subject"],
        invoice=found["invoice"],
        result=found["result"],
        wished_by=found["wished_by"],
        agreed_by=found["agreed_by"],
        note=found["note"],
        request=found["request"],
        final=found["final"],
    )
