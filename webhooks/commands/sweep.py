"""`checkout sweep`: ask the processor now, instead of when it is next due."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from checkout.commands.opening import opened_house
from checkout.commands.printing import as_json, print_json
from checkout.domain.errors import CheckoutError
from checkout.store import payments
from webhooks.reconcile import sweep_due

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from checkout.flows.house import House


class NotAllAnsweredError(CheckoutError):
    """The processor did not answer some questions."""

    def __init__(self, unanswered: int) -> None:
        super().__init__(
            f"{unanswered} of them could not be asked about; they are asked again later by themselves."
            " `checkout doctor` says whether PayPal can be reached."
        )


@click.command()
@click.option("--everything", is_flag=True, help="Every open payment, not only those that are due.")
@as_json
def sweep(everything: bool, as_json: bool) -> None:  # noqa: FBT001
    """Ask the processor about payments that are open or unknown, and settle what it says.

    The worker does this by itself: 5 seconds, 30 seconds, 5 minutes, 1 hour and 6 hours after a payment's
    last change, then daily. Safe at any time, also while workers run.
    """
    with opened_house() as house:
        before = _open_states(house)
        asked, answered = _sweep(house, everything=everything, hidden=as_json)
        after = _states_of(house, before)
    changes = [
        {"payment_id": name, "was": was, "is": after[name]}
        for name, was in before.items()
        if after[name] != was
    ]
    if as_json:
        print_json({"asked": asked, "answered": answered, "changes": changes})
        if asked > answered:
            raise SystemExit(1)
        return
    for change in changes:
        click.echo(f"{change['payment_id']}: was {change['was']}, is {change['is']}")
    click.echo(
        f"{asked} asked about, {answered} answered, {len(changes)} changed."
        if asked
        else _nothing(everything=everything)
    )
    if asked > answered:
        raise NotAllAnsweredError(asked - answered)


def _sweep(house: House, *, everything: bool, hidden: bool) -> tuple[int, int]:
    """All that is due, a batch at a time: what was asked is not due again, so this ends."""
    run = _shown(hidden=hidden)
    asked, answered = sweep_due(house, everything=everything, run=run)
    more = 0 if everything else asked
    while more:
        more, answers = sweep_due(house, run=run)
        asked, answered = asked + more, answered + answers
    return asked, answered


def _nothing(*, everything: bool) -> str:
    return (
        "Nothing is open." if everything else "Nothing is due. To ask about every open payment: --everything"
    )


def _open_states(house: House) -> dict[str, str]:
    with house.store.read() as tx:
        return {payment.id: payment.state for payment in payments.open_payments(tx)}


def _states_of(house: House, payment_ids: Iterable[str]) -> dict[str, str]:
    with house.store.read() as tx:
        found = [payments.by_id(tx, payment_id) for payment_id in payment_ids]
        return {payment.id: payment.state for payment in found if payment is not None}


def _shown(*, hidden: bool) -> Callable[[Callable[[str], bool], list[str]], Iterable[bool]]:
    """Ask one after the other, behind a progress bar on a terminal."""

    def run(ask: Callable[[str], bool], due: list[str]) -> Iterator[bool]:
        if hidden or not sys.stderr.isatty():
            yield from map(ask, due)
            return
        with click.progressbar(due, label="Asking", file=sys.stderr) as shown:
            for payment_id in shown:
                yield ask(payment_id)

    return run
