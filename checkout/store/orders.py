"""Orders, their lines, and the contact details that serve them and nothing else."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, insert, or_, select, update

from checkout.domain.money import Money
from checkout.domain.orders import Basket, Line, OrderState, Origin
from checkout.domain.words import words_of_order
from checkout.store import searching
from checkout.store.conflicts import INSERT
from checkout.store.tables import contacts, facts, order_lines, payments
from checkout.store.tables import orders as table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row, Select

    from checkout.store.engine import Tx


@dataclass(frozen=True, slots=True)
class Contact:
    """Where the receipt goes, and the billing address where the product needs one. Personal data.

    A shop may order for a customer whose address it does not tell: nothing is mailed then.
    """

    email: str
    name: str = ""
    street: str = ""
    city: str = ""
    postcode: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as it is stored. `state` is what the fold of its payments said last."""

    id: str
    token: str
    form_key: str
    due: Money
    state: OrderState
    closed: OrderState | None
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None = None
    capture_later: bool = False
    origin: Origin = Origin.FORM
    shop_reference: str | None = None
    """The shop's own name of it."""
    shipping_minor: int = 0
    tax_minor: int = 0
    locale: str | None = None
    return_url: str | None = None
    """Where its customer goes back to, at the shop."""


# Hot statements are built once: building one costs more than running it.
_ADD = {
    name: maker(table).on_conflict_do_nothing(index_elements=["form_key"]).returning(table.c.id)
    for name, maker in INSERT.items()
}
_ADD_LINE, _ADD_CONTACT = insert(order_lines), insert(contacts)
_BY_ID = select(table).where(table.c.id == bindparam("this"))
_BY_TOKEN = select(table).where(table.c.token == bindparam("this"))
_BY_FORM_KEY = select(table).where(table.c.form_key == bindparam("this"))
_LOCK = _BY_ID.with_for_update()
_SET_STATE = (
    update(table)
    .where(table.c.id == bindparam("this"))
    .values(state=bindparam("new_state"), paid_at=bindparam("new_paid_at"))
)
_LINES = (
    select(order_lines).where(order_lines.c.order_id == bindparam("this")).order_by(order_lines.c.position)
)
_TAKES_MAIL = select(contacts.c.order_id).where(
    contacts.c.order_id == bindparam("this"), contacts.c.email != ""
)
_CONTACT = select(contacts).where(contacts.c.order_id == bindparam("this"))


def add(
    tx: Tx, order: OrderRow, lines_: Sequence[Line], product_ids: Sequence[str], contact_: Contact
) -> bool:
    """Keep a new order with its lines and contact; False where its form was used already."""
    values = {
        "id": order.id,
        "token": order.token,
        "form_key": order.form_key,
        "due_minor": order.due.minor,
        "currency": order.due.currency,
        "state": order.state,
        "closed": order.closed,
        "created_at": order.created_at,
        "expires_at": order.expires_at,
        "capture_later": order.capture_later,
        "origin": order.origin,
        "shop_reference": order.shop_reference,
        "shipping_minor": order.shipping_minor,
        "tax_minor": order.tax_minor,
        "locale": order.locale,
        "return_url": order.return_url,
    }
    if tx.execute(_ADD[tx.dialect.name], values).scalar_one_or_none() is None:
        return False
    tx.execute(
        _ADD_LINE,
        [
            {
                "order_id": order.id,
                "position": position,
                "product_id": product_id,
                "title": line.title,
                "quantity": line.quantity,
                "unit_minor": line.unit_price.minor,
            }
            for position, (line, product_id) in enumerate(zip(lines_, product_ids, strict=True))
        ],
    )
    tx.execute(_ADD_CONTACT, {"order_id": order.id, **asdict(contact_)})
    others = [contact_.postcode, order.shop_reference or "", *product_ids]
    words = words_of_order(contact_.name, contact_.email, others)
    searching.keep_words(tx, order.id, order.created_at, words)
    return True


def by_id(tx: Tx, order_id: str) -> OrderRow | None:
    """One order by its number."""
    return _order(tx.execute(_BY_ID, {"this": order_id}).one_or_none())


def by_token(tx: Tx, token: str) -> OrderRow | None:
    """One order by the unguessable token of its page."""
    return _order(tx.execute(_BY_TOKEN, {"this": token}).one_or_none())


def by_form_key(tx: Tx, form_key: str) -> OrderRow | None:
    """The order that a form made, where it made one."""
    return _order(tx.execute(_BY_FORM_KEY, {"this": form_key}).one_or_none())


def of_reference(tx: Tx, shop_reference: str) -> list[OrderRow]:
    """The orders under one of the shop's own names, however they came to be, oldest first."""
    query = select(table).where(table.c.shop_reference == shop_reference)
    found = tx.execute(query.order_by(table.c.created_at, table.c.id))
    return [order for row in found if (order := _order(row))]


def lock(tx: Tx, order_id: str) -> OrderRow:
    """One order, held against every other writer of it and its payments until the transaction ends."""
    return _order(tx.execute(_LOCK, {"this": order_id}).one())  # type: ignore[return-value] # one() is never None


def set_state(tx: Tx, order_id: str, state: OrderState, paid_at: datetime | None) -> None:
    """Keep what the fold says of the order."""
    tx.execute(_SET_STATE, {"this": order_id, "new_state": state, "new_paid_at": paid_at})


def close(tx: Tx, order_id: str, closed: OrderState, at: datetime) -> None:
    """Close an order that has no money: it takes no payment any more."""
    tx.execute(update(table).where(table.c.id == order_id).values(closed=closed, closed_at=at, state=closed))


def past_expiry(tx: Tx, now: datetime, limit: int) -> list[str]:
    """Ids of orders that still wait for their payment though their time is over, oldest first."""
    waiting = and_(table.c.state == OrderState.AWAITING_PAYMENT, table.c.expires_at <= now)
    return list(tx.scalars(select(table.c.id).where(waiting).order_by(table.c.expires_at).limit(limit)))


def postpone_expiry(tx: Tx, order_id: str, until: datetime) -> None:
    """Ask again later whether an order may expire: the processor could not be asked now."""
    tx.execute(update(table).where(table.c.id == order_id).values(expires_at=until))


def lines(tx: Tx, order_id: str, currency: str) -> tuple[Line, ...]:
    """The lines of an order, in their order."""
    rows = tx.execute(_LINES, {"this": order_id})
    return tuple(Line(row.title, row.quantity, Money(row.unit_minor, currency)) for row in rows)


def basket(tx: Tx, order: OrderRow) -> Basket:
    """What was ordered."""
    return Basket(lines(tx, order.id, order.due.currency), order.shipping_minor, order.tax_minor)


def contact(tx: Tx, order_id: str) -> Contact:
    """The contact details of an order."""
    row = tx.execute(_CONTACT, {"this": order_id}).one()
    return Contact(row.email, row.name, row.street, row.city, row.postcode, row.country)


def takes_mail(tx: Tx, order_id: str) -> bool:
    """Whether an address is known that the order's customer can be written to."""
    return tx.execute(_TAKES_MAIL, {"this": order_id}).first() is not None


def ids_with_news(tx: Tx, since: datetime | None, *, after: str, limit: int) -> list[str]:
    """Numbers of orders about which something was learned since a time (of all, without one), after a number."""
    query = select(table.c.id).where(table.c.id > after).order_by(table.c.id).limit(limit)
    if since is not None:
        news = (
            select(payments.c.order_id)
            .join(facts, facts.c.payment_id == payments.c.id)
            .where(facts.c.learned_at >= since)
        )
        query = query.where(table.c.id.in_(news))
    return list(tx.scalars(query))


def newest(
    tx: Tx, *, limit: int, state: OrderState | None = None, before: OrderRow | None = None
) -> list[OrderRow]:
    """Orders, newest first, a page at a time."""
    query = select(table).order_by(table.c.created_at.desc(), table.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(table.c.state == state)
    if before is not None:
        older = or_(
            table.c.created_at < before.created_at,
            and_(table.c.created_at == before.created_at, table.c.id < before.id),
        )
        query = query.where(older)
    return read(tx, query)


def read(tx: Tx, query: Select[Any]) -> list[OrderRow]:
    """The orders of a question."""
    return [order for row in tx.execute(query) if (order := _order(row))]


def _order(row: Row[tuple[object, ...]] | None) -> OrderRow | None:
    if row is None:
        return None
    found = row._mapping
    return OrderRow(
        id=found["id"],
        token=found["token"],
        form_key=found["form_key"],
        due=Money(found["due_minor"], found["currency"]),
        state=OrderState(found["state"]),
        closed=OrderState(found["closed"]) if found["closed"] else None,
        created_at=found["created_at"],
        expires_at=found["expires_at"],
        paid_at=found["paid_at"],
        capture_later=found["capture_later"],
        origin=Origin(found["origin"]),
        shop_reference=found["shop_reference"],
        shipping_minor=found["shipping_minor"],
        tax_minor=found["tax_minor"],
        locale=found["locale"],
        return_url=found["return_url"],
    )
