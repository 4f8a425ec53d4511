"""Doors of the ledger: what each account holds and what moved, the statement of one, and the whole as CSV."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Response, render_template, request, url_for

from checkout.domain.accounts import OURS_AT_THE_PROCESSOR, Account
from checkout.domain.errors import NotFoundError
from checkout.domain.money import Money
from checkout.domain.roles import Right
from checkout.flows.exporting import export_ledger
from checkout.store import day_sums, statements
from checkout.store.ledger import Period
from checkout.store.statements import Span
from checkout.web.till import till
from webhooks.office.desk.listing import asked, asked_word, order_address, ways
from webhooks.office.desk.spans import ZONE, Days, days_asked, presets
from webhooks.office.frame import current, door

if TYPE_CHECKING:
    from collections.abc import Iterable

    from werkzeug.wrappers import Response as AnyResponse

EARNINGS = (
    (Account.SALES, "Sales"),
    (Account.SUSPENSE, "Waits to be explained"),
    (Account.REFUNDS, "Refunds"),
    (Account.REVERSALS, "Taken back"),
    (Account.DISPUTES_LOST, "Disputes lost"),
    (Account.FEES, "Fees"),
    (Account.EXCHANGE, "Exchange"),
    (Account.ADJUSTMENTS, "Corrections by the processor"),
    (Account.ELSEWHERE, "Paid to another account"),
    (Account.PAYOUTS, "Paid out to the bank"),
)
"""What changes the balance that the processor shows, in the order in which one reads it."""


@dataclass(frozen=True, slots=True)
class Summary:
    """From what the processor held for us to what it holds, by one processor and currency."""

    processor: str
    opening: Money
    moved: tuple[tuple[str, Money], ...]
    closing: Money


@door("/ledger", needs=Right.SEE)
def ledger() -> str:
    """Accounts and what moved in a period."""
    days = _days()
    house = till().house
    with house.store.read() as tx:
        found = day_sums.periods(tx, days.start, days.end)
    return render_template(
        "office/desk/ledger.html",
        days=days,
        zone=ZONE,
        presets=_presets(),
        periods=found,
        summaries=summaries(found),
        accounts=list(Account),
        statement_of=lambda one: url_for(
            "office.statement",
            account=str(one.account),
            currency=one.opening.currency,
            processor=one.processor,
            **days.query,  # type: ignore[arg-type] # the names of an address
        ),
    )


@door("/ledger/statement", needs=Right.SEE)
def statement() -> str:
    """One account in one currency: what it held, each line, what it holds."""
    days, account = _days(), asked_word("account", Account)
    span = Span(days.start, days.end, asked("processor"), account, asked("currency"))
    with till().house.store.read() as tx:
        sums = day_sums.periods(tx, days.start, days.end)
        period = next((one for one in sums if _is_of(one, span)), None)
        if period is None:
            raise NotFoundError("account", f"{asked('account')} in {span.currency} at {span.processor}")
        found = statements.lines(tx, span, after=asked("after"))
    return render_template(
        "office/desk/statement.html",
        days=days,
        zone=ZONE,
        period=period,
        found=[(one, order_address(one.order_id) if one.order_id else None) for one in found.rows],
        is_last=found.after is None,
        presets=_presets(),
        ways=ways("statement", found, "account", "currency", "processor", "from", "to"),
    )


@door("/ledger/export", needs=Right.EXPORT, methods=["POST"], step_up=True)
def export() -> AnyResponse:
    """The lines of a period as CSV, streamed."""
    house = till().house
    days = days_asked(request.form.get("from", ""), request.form.get("to", ""), house.clock())
    typed = request.form.get("account", "")
    account = Account(typed) if typed in set(Account) else None
    chunks = export_ledger(house, Span(days.start, days.end, account=account), current().actor)
    response = Response((chunk.encode() for chunk in chunks), mimetype="text/csv")
    parts = filter(
        None, ("ledger", str(days.first), str(days.last), typed.replace(" ", "-") if account else "")
    )
    name = f"{'-'.join(parts)}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def summaries(found: Iterable[Period]) -> list[Summary]:
    """What made the processor's balance of it, for each processor and currency."""
    by_place: dict[tuple[str, str], dict[Account, Period]] = {}
    for one in found:
        by_place.setdefault((one.processor, one.opening.currency), {})[one.account] = one
    made = []
    for (processor, currency), accounts in by_place.items():
        ours = [accounts[account] for account in OURS_AT_THE_PROCESSOR if account in accounts]
        # Whatever is not at the processor is the other side of what came or went there.
        moved = tuple(
            (said, accounts[account].credits - accounts[account].debits)
            for account, said in EARNINGS
            if account in accounts and accounts[account].credits != accounts[account].debits
        )
        nothing = Money.zero(currency)
        opening, closing = (
            sum((one.opening for one in ours), nothing),
            sum((one.closing for one in ours), nothing),
        )
        made.append(Summary(processor, opening, moved, closing))
    return made


def _is_of(one: Period, span: Span) -> bool:
    return (one.account, one.opening.currency, one.processor) == (span.account, span.currency, span.processor)


def _days() -> Days:
    return days_asked(asked("from"), asked("to"), till().house.clock())


def _presets() -> list[tuple[str, str]]:
    kept = {name: said for name in ("account", "currency", "processor") if (said := asked(name))}
    return [
        (name, url_for(str(request.endpoint), **kept, **days.query))  # type: ignore[arg-type] # the names of an address
        for name, days in presets(till().house.clock())
    ]
