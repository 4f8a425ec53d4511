"""Finding orders: by anything a customer, the shop or a processor would quote, narrowed down as one likes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from checkout.domain.errors import CheckoutError, NotFoundError
from checkout.domain.quotes import quote_of
from checkout.store import quoted, searching
from checkout.store.searching import BEGINNING_MIN, BEGINNINGS_MAX, Listed, Page, Place, Sieve

if TYPE_CHECKING:
    from checkout.domain.money import Money
    from checkout.domain.quotes import Quote
    from checkout.flows.house import House
    from checkout.store.engine import Tx

PAGE_ORDERS = 50
NAMED_ORDERS = 20
"""Orders that are told apart in a message: more of them nobody reads."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for. `text` is what they typed, `before` where the page before this one ended."""

    text: str = ""
    sieve: Sieve = field(default_factory=Sieve)
    before: Place | None = None
    limit: int = PAGE_ORDERS


@dataclass(frozen=True, slots=True)
class Found:
    """Orders, newest first. `is_named` where the text was an order's number or another name of just these."""

    orders: list[Listed]
    next: Place | None = None
    is_named: bool = False
    cut: str | None = None
    """A beginning that too many words have, so that not each of them was looked for."""


class SeveralOrdersError(CheckoutError):
    """A text by which more than one order is found; each is told by its number, and nothing of its customer."""

    def __init__(self, text: str, found: list[Listed], *, is_all: bool) -> None:
        listed = "".join(
            f"\n  {one.id}  {one.state}, {one.due}, placed {one.created_at:%Y-%m-%d %H:%M} UTC"
            for one in found
        )
        more = "" if is_all else "\n  … and older ones"
        super().__init__(f"Several orders are found by {text[:80]!r}. Name one of them:{listed}{more}")


def find_order(house: House, text: str) -> str:
    """The number of the one order that a text finds. Raises NotFoundError or SeveralOrdersError."""
    found = find_orders(house, Wanted(text, limit=NAMED_ORDERS)) if text.strip() else Found([])
    if not found.orders:
        raise NotFoundError("order", text)
    if len(found.orders) > 1:
        shown = found.orders[:NAMED_ORDERS]
        raise SeveralOrdersError(text, shown, is_all=found.next is None and shown == found.orders)
    return found.orders[0].id


def find_orders(house: House, wanted: Wanted) -> Found:
    """A page of orders. A text that is a name of something finds what it names; else all its words must be there."""
    quote = quote_of(wanted.text)
    with house.store.read() as tx:
        if quote.text and wanted.before is None:
            named = quoted.orders_of(tx, quote, {*house.processors, "paypal"})
            if named:
                return Found(searching.by_ids(tx, named), is_named=True)
        return _by_words(tx, quote, wanted)


def _by_words(tx: Tx, quote: Quote, wanted: Wanted) -> Found:
    terms, cut = _terms(tx, quote)
    amounts = quote.amount.meant(searching.currencies(tx)) if quote.amount else None
    means_nothing = bool(quote.text) and not terms and amounts is None
    if means_nothing or not all(terms) or amounts == []:
        return Found([], cut=cut)
    page = _page(tx, wanted, terms, amounts)
    return Found(page.orders, page.next, cut=cut)


def _page(tx: Tx, wanted: Wanted, terms: list[list[str]], amounts: list[Money] | None) -> Page:
    return searching.page(
        tx, wanted.sieve, limit=wanted.limit, before=wanted.before, terms=terms, amounts=amounts
    )


def _terms(tx: Tx, quote: Quote) -> tuple[list[list[str]], str | None]:
    """The words that each typed word stands for, the rarest first: its orders are walked along."""
    cut, counted = None, []
    for word in quote.words:
        meant = [word]
        if len(word) >= BEGINNING_MIN:
            meant = searching.words_beginning(tx, word)
            if len(meant) > BEGINNINGS_MAX:
                meant, cut = meant[:BEGINNINGS_MAX], word
        # One word needs no counting: there is nothing to choose from.
        count = searching.count_some(tx, meant) if meant and len(quote.words) > 1 else 0
        counted.append((count, meant))
    return [meant for _, meant in sorted(counted, key=lambda one: one[0])], cut


def known_currencies(house: House) -> list[str]:
    """Each currency that an order was ever due in."""
    with house.store.read() as tx:
        return searching.currencies(tx)
