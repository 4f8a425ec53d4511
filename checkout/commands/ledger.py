"""`checkout ledger`: balances, periods, statements, and whether the books are true."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from checkout.commands.group import Commands
from checkout.commands.opening import opened_house
from checkout.commands.people import acting, by
from checkout.commands.printing import as_json, moment, print_json, print_table
from checkout.commands.times import UTC_MOMENT
from checkout.commands.words import OneOf
from checkout.domain.accounts import Account, Side
from checkout.domain.errors import CheckoutError
from checkout.domain.happenings import word
from checkout.flows.exporting import export_ledger
from checkout.flows.tracing import trace_order
from checkout.store import chain, day_sums
from checkout.store import ledger as table
from checkout.store.statements import Span

if TYPE_CHECKING:
    from checkout.store.ledger import Entry

FAULTS_SHOWN_MAX = 50


class BooksNotTrueError(CheckoutError):
    """The ledger contradicts itself or the facts."""

    def __init__(self, faults: list[str]) -> None:
        listed = "".join(f"\n  - {fault}" for fault in faults[:FAULTS_SHOWN_MAX])
        super().__init__(
            f"The books are not true, in {len(faults)} places:{listed}\n"
            "Ledger and facts are append-only, so somebody changed the database by hand or there is a fault in"
            " this program. Keep a copy of the database and report it."
        )


@click.group(cls=Commands, no_args_is_help=True)
def ledger() -> None:
    """The double-entry books: balances, periods, statements, and whether they are true."""


@ledger.command("balance")
@click.option("--at", type=UTC_MOMENT, help="As it was then: 2026-11-30, or 2026-11-30T12:00 (UTC).")
@as_json
def balance(at: datetime | None, as_json: bool) -> None:  # noqa: FBT001
    """Each account's balance, by processor and currency. A balance is debits minus credits."""
    with opened_house() as house, house.store.read() as tx:
        found = table.balances(tx, at=at)
    if as_json:
        print_json(
            [{"processor": one.processor, "account": one.account, "balance": one.amount} for one in found]
        )
        return
    rows = [(one.processor, one.account, one.amount) for one in found]
    print_table(
        ("PROCESSOR", "ACCOUNT", "BALANCE"), rows, none="The ledger is empty: no money has moved yet."
    )


@ledger.command("period")
@click.option(
    "--from", "start", type=UTC_MOMENT, required=True, help="First moment, such as 2026-11-01 (UTC)."
)
@click.option("--to", "end", type=UTC_MOMENT, help="First moment after it; now, if not given.")
@as_json
def period(start: datetime, end: datetime | None, as_json: bool) -> None:  # noqa: FBT001
    """What each account held, took in and gave out. Before, during and after a period."""
    with opened_house() as house, house.store.read() as tx:
        found = table.periods(tx, start, end or house.clock() + timedelta(seconds=1))
    if as_json:
        print_json(
            [
                {
                    "processor": one.processor,
                    "account": one.account,
                    "opening": one.opening,
                    "debits": one.debits,
                    "credits": one.credits,
                    "closing": one.closing,
                }
                for one in found
            ]
        )
        return
    rows = [(one.processor, one.account, one.opening, one.debits, one.credits, one.closing) for one in found]
    headings = ("PROCESSOR", "ACCOUNT", "OPENING", "DEBITS", "CREDITS", "CLOSING")
    print_table(headings, rows, none="No money has moved until then.")


@ledger.command("statement")
@click.argument("order")
@as_json
def statement(order: str, as_json: bool) -> None:  # noqa: FBT001
    """Every line that was booked for an order. And what each was booked for."""
    with opened_house() as house:
        order_id = trace_order(house, order).order.id
        with house.store.read() as tx:
            found = table.entries_of_order(tx, order_id)
    if as_json:
        print_json([_entry_json(one) for one in found])
        return
    rows = [(moment(one.posted_at), one.fact, one.subject, one.account, *_sides(one)) for one in found]
    headings = ("BOOKED", "FOR", "AT THE PROCESSOR", "ACCOUNT", "DEBIT", "CREDIT")
    print_table(headings, rows, none=f"Nothing was booked for order {order_id}.")


@ledger.command("export")
@click.option("--from", "start", type=UTC_MOMENT, help="First moment, such as 2026-11-01 (UTC).")
@click.option("--to", "end", type=UTC_MOMENT, help="First moment after it.")
@click.option("--account", type=OneOf(Account), help="Only this account.")
@by
def export(start: datetime | None, end: datetime | None, account: str | None, by: str) -> None:
    """Write the ledger as CSV, a line each. Times are UTC; amounts have the currency's own decimals.

    It is the same as in the office: safe from formulas, and that somebody took it is kept in the audit.

    For example: checkout ledger export --from 2026-11-01 --to 2026-12-01 > november.csv
    """
    span = Span(start, end, account=Account(account) if account else None)
    with opened_house() as house:
        for lines in export_ledger(house, span, acting(by)):
            click.echo(lines, nl=False)


@ledger.command("verify")
@click.option("--head", help="The last hash of an earlier check: it must still be in the chain.")
@as_json
def verify(head: str | None, as_json: bool) -> None:  # noqa: FBT001
    """Check that the books are true. Every fact is booked exactly once, and no line was changed since.

    Each line's hash covers the line before it. The last hash is printed: keep it somewhere else, and give it
    back by --head to see that nothing was cut off. Exits 1 with each fault named.
    """
    with opened_house() as house, house.store.snapshot() as tx:
        faults = [*table.faults(tx), *day_sums.faults(tx)]
        verified = chain.verify(tx, head=head)
    if verified.broken_at is not None:
        faults.append(f"ledger line {verified.broken_at} does not follow the line before it: one was changed")
    if not verified.head_seen:
        faults.append(f"no line has the hash {str(head)[:64]}: lines were cut off or written anew")
    if as_json:
        print_json({"true": not faults, "faults": faults, "lines": verified.lines, "head": verified.head})
        if faults:
            raise SystemExit(1)
    elif faults:
        raise BooksNotTrueError(faults)
    else:
        click.echo("The books are true: debits equal credits, and every fact is booked exactly once.")
        click.echo(f"The chain of {verified.lines} lines holds. Its last hash: {verified.head or 'none yet'}")


def _entry_json(one: Entry) -> dict[str, object]:
    return {
        "id": one.id,
        "posted_at": one.posted_at,
        "happened_at": one.happened_at,
        "processor": one.processor,
        "order_id": one.order_id,
        "payment_id": one.payment_id,
        "fact": word(one.fact) if one.fact else None,
        "subject": one.subject,
        "account": one.account,
        "side": one.side,
        "amount": one.amount,
    }


def _sides(one: Entry) -> tuple[object, object]:
    return (one.amount, None) if one.side is Side.DEBIT else (None, one.amount)
