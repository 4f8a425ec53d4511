"""The commands; each answer is looked at first, kept with who gave it, and sent once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from checkout.commands.group import Commands
from checkout.commands.opening import opened_house, quiet_settings
from checkout.commands.people import acting, by
from checkout.commands.printing import as_json, print_json
from checkout.commands.words import OneOf
from checkout.domain.dispute_answers import (
    DOCUMENTS_BYTES_MAX,
    Acceptance,
    Acknowledgement,
    Appeal,
    Arrival,
    ClaimEnd,
    Evidence,
    EvidenceKind,
    EvidenceTooLargeError,
    Message,
    Offer,
    OfferKind,
)
from checkout.domain.errors import BadInputError, NotFoundError
from checkout.domain.intents import Outcome
from checkout.domain.money import Money
from checkout.flows import disputing
from checkout.flows.dispute_words import answer_text
from checkout.flows.evidence import attached_documents, shop_documents
from checkout.store import disputes as table
from checkout.store import payments
from webhooks.commands.disputes.showing import dispute_json, print_list, print_one
from webhooks.reconcile.disputes import sweep_disputes

if TYPE_CHECKING:
    from checkout.domain.dispute_answers import Answer, Document
    from checkout.flows.house import House
    from checkout.store.disputes import DisputeRow

LIST_MAX = 1000

_file = click.option(
    "--file",
    "files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="A picture or a PDF of your own, such as a signed delivery note; can be given again. Look that no card"
    " number is in it: nothing here reads it.",
)
_note = click.option("--note", required=True, help="Your words; at most 2000 characters.")


def _choice(words: type[EvidenceKind | OfferKind | ClaimEnd | Arrival]) -> click.Choice[str]:
    return OneOf(words)


@click.group(cls=Commands, no_args_is_help=True)
def disputes() -> None:
    """What customers contest, by when it must be answered, and the answers."""


@disputes.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that are over, the last changed first.")
@click.option("--limit", type=click.IntRange(1, LIST_MAX), default=50, show_default=True, help="How many.")
@as_json
def list_disputes(everything: bool, limit: int, as_json: bool) -> None:  # noqa: FBT001
    """Open disputes, by deadline. Those that wait for your answer come first."""
    with opened_house() as house:
        with house.store.read() as tx:
            found = table.open_ones(tx)[:limit]
            known = {one.id for one in found}
            if everything:
                found += [one for one in table.newest(tx, limit=limit) if one.id not in known]
        if as_json:
            print_json([dispute_json(one, house) for one in found])
        else:
            print_list(found, house)


@disputes.command("show")
@click.argument("dispute")
@as_json
def show(dispute: str, as_json: bool) -> None:  # noqa: FBT001
    """What a dispute is about, and what can be done. Gives the deadline and the exact commands."""
    with opened_house() as house:
        found = _known(house, dispute)
        if as_json:
            print_json(dispute_json(found, house))
        else:
            print_one(found, house)


@disputes.command("accept")
@click.argument("dispute")
@_note
@click.option(
    "--how",
    type=_choice(ClaimEnd),
    default=str(ClaimEnd.REFUND),
    show_default=True,
    help="What the customer gets.",
)
@click.option("--amount", help="As in 5.00, with --how 'partial refund' only.")
@by
@as_json
def accept(dispute: str, note: str, how: str, amount: str | None, by: str, as_json: bool) -> None:  # noqa: FBT001
    """Give in: the customer gets the money back. This cannot be undone."""
    with opened_house() as house:
        wanted = Acceptance(note, ClaimEnd(how), _money(house, dispute, amount))
        _answer(house, dispute, wanted, by=by, as_json=as_json)


@disputes.command("evidence")
@click.argument("dispute")
@click.option(
    "--kind",
    type=_choice(EvidenceKind),
    default=str(EvidenceKind.DELIVERY),
    show_default=True,
    help="What it proves.",
)
@click.option("--carrier", default="", help="Who brought the goods, such as DHL; for a delivery.")
@click.option("--tracking", default="", help="The number of the parcel; for a delivery.")
@click.option("--note", default="", help="Your words; at most 2000 characters.")
@_file
@click.option("--without-records", is_flag=True, help="Do not send the shop's own records of the order.")
@by
@as_json
def evidence(  # noqa: PLR0913, PLR0917 -- one for each option
    dispute: str,
    kind: str,
    carrier: str,
    tracking: str,
    note: str,
    files: tuple[Path, ...],
    without_records: bool,  # noqa: FBT001
    by: str,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Show that you are right.

    The shop's own records go with it as documents: the order, the receipt as it was sent, the privacy page
    and the delivery. They do not name the customer. For a refund its id at PayPal is looked up.
    """
    with opened_house() as house:
        documents = _documents(files)
        documents += () if without_records else _records(house, dispute, carrier, tracking)
        refund = disputing.refund_of(house, dispute) if kind == EvidenceKind.REFUND else ""
        wanted = Evidence(EvidenceKind(kind), note, carrier, tracking, refund, documents)
        _answer(house, dispute, wanted, by=by, as_json=as_json)


@disputes.command("offer")
@click.argument("dispute")
@_note
@click.option(
    "--kind",
    type=_choice(OfferKind),
    default=str(OfferKind.REFUND),
    show_default=True,
    help="What you offer.",
)
@click.option("--amount", help="As in 5.00; all that is disputed if not given.")
@by
@as_json
def offer(dispute: str, note: str, kind: str, amount: str | None, by: str, as_json: bool) -> None:  # noqa: FBT001
    """Offer the customer something. PayPal sends the money where they take it."""
    with opened_house() as house:
        wanted = Offer(OfferKind(kind), note, _money(house, dispute, amount))
        _answer(house, dispute, wanted, by=by, as_json=as_json)


@disputes.command("message")
@click.argument("dispute")
@click.argument("text")
@by
@as_json
def message(dispute: str, text: str, by: str, as_json: bool) -> None:  # noqa: FBT001
    """Write to the customer, by PayPal."""
    with opened_house() as house:
        _answer(house, dispute, Message(text), by=by, as_json=as_json)


@disputes.command("appeal")
@click.argument("dispute")
@_note
@click.option("--carrier", default="", help="Who brought the goods.")
@click.option("--tracking", default="", help="The number of the parcel.")
@_file
@click.option("--without-records", is_flag=True, help="Do not send the shop's own records of the order.")
@by
@as_json
def appeal(
    dispute: str,
    note: str,
    carrier: str,
    tracking: str,
    files: tuple[Path, ...],
    without_records: bool,  # noqa: FBT001
    by: str,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Have a lost dispute looked at again, with new evidence."""
    with opened_house() as house:
        documents = _documents(files)
        documents += () if without_records else _records(house, dispute, carrier, tracking)
        kind = EvidenceKind.DELIVERY if tracking else EvidenceKind.OTHER
        wanted = Appeal(Evidence(kind, note, carrier, tracking, documents=documents))
        _answer(house, dispute, wanted, by=by, as_json=as_json)


@disputes.command("acknowledge")
@click.argument("dispute")
@click.option("--arrived", type=_choice(Arrival), required=True, help="How the goods came back.")
@click.option("--note", default="", help="Your words; at most 2000 characters.")
@by
@as_json
def acknowledge(dispute: str, arrived: str, note: str, by: str, as_json: bool) -> None:  # noqa: FBT001
    """Say how returned goods arrived. `received` gives the money back."""
    with opened_house() as house:
        _answer(house, dispute, Acknowledgement(Arrival(arrived), note), by=by, as_json=as_json)


@disputes.command("sync")
@as_json
def sync(as_json: bool) -> None:  # noqa: FBT001
    """Look now for disputes that are new or have changed. The worker does this every ten minutes.

    Exits 1 where PayPal could not be asked about all of them.
    """
    with opened_house() as house:
        swept = sweep_disputes(house)
    if as_json:
        print_json(
            {
                "listed": swept.listed,
                "asked": swept.asked,
                "unanswered": swept.unanswered,
                "strangers": swept.strangers,
            }
        )
    else:
        click.echo(f"{swept.listed} listed, {swept.asked} of ours new or changed.")
        if swept.strangers:
            click.echo(f"{swept.strangers} about no payment of this shop; nothing is kept of them.")
        if swept.unanswered:
            click.echo("Some could not be asked about; `checkout doctor` says whether PayPal can be reached.")
    if swept.unanswered:
        raise SystemExit(1)


def _known(house: House, dispute_id: str) -> DisputeRow:
    with house.store.read() as tx:
        found = table.by_id(tx, dispute_id)
    if found is None:
        raise NotFoundError("dispute", dispute_id)
    return found


def _money(house: House, dispute_id: str, amount: str | None) -> Money | None:
    if amount is None:
        return None
    disputed = _known(house, dispute_id).amount
    if disputed is None:
        raise BadInputError("PayPal does not say what amount is disputed, so leave the amount out.")
    return Money.typed(amount, disputed.currency)


def _documents(files: tuple[Path, ...]) -> tuple[Document, ...]:
    size = sum(path.stat().st_size for path in files)
    if size > DOCUMENTS_BYTES_MAX:
        raise EvidenceTooLargeError(len(files), size)
    return attached_documents((path.name, path.read_bytes()) for path in files)


def _records(house: House, dispute_id: str, carrier: str, tracking: str) -> tuple[Document, ...]:
    # The whole till renders the page; no other command needs it.
    from webhooks.commands.disputes.policy import privacy_policy  # noqa: PLC0415

    known = _known(house, dispute_id)
    with house.store.read() as tx:
        payment = payments.by_id(tx, known.payment_id)
    if payment is None:
        raise NotFoundError("payment", known.payment_id)
    policy = privacy_policy(house, quiet_settings())
    return shop_documents(house, payment, policy=policy, carrier=carrier, tracking=tracking)


def _answer(house: House, dispute_id: str, wanted: Answer, *, by: str, as_json: bool) -> None:
    """Give an answer and say what came of it; ends with 1 unless it was taken."""
    answered = disputing.answer(house, dispute_id, wanted, by=by, actor=acting(by))
    if as_json:
        now = _known(house, dispute_id)
        print_json(
            {"outcome": answered.outcome, "issue": answered.issue, "dispute": dispute_json(now, house)}
        )
    else:
        click.echo(answer_text(answered.outcome, answered.issue))
        print_one(_known(house, dispute_id), house)
    if answered.outcome is not Outcome.DONE:
        raise SystemExit(1)
