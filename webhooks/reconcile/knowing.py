"""Gathers what we know of what the rows of a report name, a batch of rows at a time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checkout.domain.comparison import Ours
from checkout.domain.reports import RowKind, RowStatus
from checkout.store import facts, payments, reports

if TYPE_CHECKING:
    from collections.abc import Iterable

    from checkout.domain.facts import Fact
    from checkout.domain.reports import ReportRow
    from checkout.flows.house import House
    from checkout.store.engine import Tx
    from checkout.store.payments import PaymentRow

_PART = re.compile(r"-[RC][0-9]+$")
"""What our name of a refund or a part of a reservation has more than its payment's."""


@dataclass(slots=True)
class Known:
    """A row with what we know of it, and our payment that it is about."""

    row: ReportRow
    ours: Ours
    payment: PaymentRow | None

    @property
    def reference(self) -> str:
        """What its facts are told of: our payment at the processor, else the row itself."""
        return (self.payment.reference if self.payment else None) or self.row.subject


@dataclass(slots=True)
class _Shelf:
    """What was read for a batch, each once."""

    facts: dict[str, list[tuple[str | None, Fact]]]
    rows: dict[str, list[ReportRow]]
    payments: dict[str, PaymentRow]


def gather(tx: Tx, house: House, processor: str, rows: Iterable[ReportRow]) -> list[Known]:
    """Each row with what we know of it."""
    chosen = list(rows)
    subjects = {row.subject for row in chosen}
    named = subjects | {row.of for row in chosen if row.of}
    told = facts.of_subjects(tx, processor, named)
    paid = payments.by_ids(
        tx, {payment_id for facts_ in told.values() for payment_id, _ in facts_ if payment_id}
    )
    shelf = _Shelf(told, reports.of_subjects(tx, processor, subjects), paid)
    return [_known(tx, house, processor, row, shelf) for row in chosen]


def _known(tx: Tx, house: House, processor: str, row: ReportRow, shelf: _Shelf) -> Known:
    own = shelf.facts.get(row.subject, [])
    belongs = shelf.facts.get(row.of, []) if row.of else []
    payment = _payment(tx, processor, row, [*own, *belongs], shelf)
    ours = Ours(
        facts=tuple(fact for _, fact in own),
        of_facts=tuple(fact for _, fact in belongs),
        of_payment=tuple(facts.of_payment(tx, payment.id)) if payment and _needs_all(row, own) else (),
        rows=tuple(shelf.rows.get(row.subject, ())),
        names=payment.terms.names if payment else None,
        claims=house.shop.gave(row.names) or house.shop.gave(row.invoice),
    )
    return Known(row, ours, payment)


def _payment(
    tx: Tx, processor: str, row: ReportRow, told: list[tuple[str | None, Fact]], shelf: _Shelf
) -> PaymentRow | None:
    """By a fact of ours, else by the name we gave it, else by the processor's own reference."""
    payment_id = next((payment_id for payment_id, _ in told if payment_id), None)
    if payment_id is not None:
        return shelf.payments[payment_id]
    for name in (row.names, _PART.sub("", row.invoice) if row.invoice else None):
        found = payments.by_names(tx, processor, name) if name else None
        if found is not None:
            return found
    return payments.by_reference(tx, processor, row.of) if row.of else None


def _needs_all(row: ReportRow, own: list[tuple[str | None, Fact]]) -> bool:
    """Only a payment that went back, and a reversal under its payment's id, take all facts to be understood."""
    undone = row.kind is RowKind.PAYMENT and row.status is RowStatus.UNDONE
    return undone or (row.kind is RowKind.REVERSAL and any(fact.kind == "captured" for _, fact in own))
