"""What operators do for a customer that moves no money: notes, an order cancelled; each is audited. And their views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from checkout.domain.cards import holds_card_number
from checkout.domain.errors import BadInputError, CardNumberError, CheckoutError
from checkout.flows import ordering
from checkout.store import audit, order_notes, saved_views
from checkout.store.audit import Deed
from checkout.store.order_notes import OrderNote
from checkout.store.saved_views import SavedView

if TYPE_CHECKING:
    from checkout.domain.actors import Actor
    from checkout.flows.house import House

NOTE_CHARACTERS_MAX: Final = 2_000
VIEW_NAME_MAX: Final = 60
VIEW_QUERY_MAX: Final = 500
VIEWS_MAX: Final = 50
"""Views of one operator; more are not found again in a list either."""


class TooManyViewsError(CheckoutError):
    """An operator keeps as many views as there may be."""

    def __init__(self) -> None:
        super().__init__(f"You keep {VIEWS_MAX} views already. Remove one before you save another.")


def write_note(house: House, actor: Actor, order_id: str, text: str) -> None:
    """Write on an order what the next person should know. Raises BadInputError or CardNumberError."""
    plain = text.replace("\r\n", "\n").strip()
    if not plain or len(plain) > NOTE_CHARACTERS_MAX:
        message = f"Write a note of at most {NOTE_CHARACTERS_MAX} characters."
        raise BadInputError(message)
    if holds_card_number(plain, label="note"):
        raise CardNumberError("note")
    with house.store.begin() as tx:
        order, now = ordering.known_order(tx, order_id), house.clock()
        order_notes.add(tx, OrderNote(order.id, now, actor.name, plain))
        audit.add(tx, actor, Deed("wrote note", "order", order.id), now)


def cancel_order(house: House, actor: Actor, order_id: str) -> None:
    """Cancel an order that has no money, after asking the processor. Raises what `ordering.cancel` does."""
    with house.store.read() as tx:
        order = ordering.known_order(tx, order_id)
    ordering.cancel(house, order.token, actor)


def save_view(house: House, operator_id: str, page: str, name: str, query: str) -> None:
    """Keep a page's filters under a name; the same name again changes it."""
    plain = " ".join(name.split())
    if not plain or len(plain) > VIEW_NAME_MAX or len(query) > VIEW_QUERY_MAX:
        message = f"Give the view a name of at most {VIEW_NAME_MAX} characters."
        raise BadInputError(message)
    with house.store.begin() as tx:
        known = {one.name for one in saved_views.of_operator(tx, operator_id, page)}
        if plain not in known and saved_views.count(tx, operator_id) >= VIEWS_MAX:
            raise TooManyViewsError
        view = SavedView(house.mint(12), operator_id, page, plain, query, house.clock())
        saved_views.put(tx, view)


def views_of(house: House, operator_id: str, page: str) -> list[SavedView]:
    """An operator's own views of a page."""
    with house.store.read() as tx:
        return saved_views.of_operator(tx, operator_id, page)


def remove_view(house: House, operator_id: str, view_id: str) -> None:
    """Forget a view of one's own; one that is gone already is no error."""
    with house.store.begin() as tx:
        saved_views.remove(tx, operator_id, view_id)
