"""How each mail would read, for an order or one that is made up; nothing is sent or kept."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from checkout.domain.dispute_answers import Way
from checkout.domain.disputes import DisputeOutcome, DisputeStage, DisputeStatus
from checkout.domain.money import Money
from checkout.domain.orders import Line
from checkout.flows.alerting import alarm_mail, reminder_mail
from checkout.flows.mails import Told, customer_mail
from checkout.flows.ordering import known_order
from checkout.flows.showing import OrderView, Outcome, order_view
from checkout.store.disputes import DisputeRow
from checkout.store.notices import TO_CUSTOMERS, Notice, NoticeKind
from checkout.store.orders import Contact

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.flows.house import House
    from checkout.senders.mail import Mail

SAMPLE_REFUND = Money(1850, "EUR")
SAMPLE_ALARM = "Payments are halted: this is a sample."


def preview(house: House, kind: NoticeKind, locale: str | None = None, order_id: str | None = None) -> Mail:
    """The mail of a kind for an order, or for one that is made up.

    `locale` None is the order's own. Raises NotFoundError for an order that is not there. What goes to the
    operator is always made up, and in English.
    """
    now = house.clock()
    notice = Notice(f"preview-{kind.replace(' ', '-')}", kind, order_id, now, about=SAMPLE_ALARM)
    if kind in TO_CUSTOMERS:
        if order_id is not None:
            return customer_mail(house.shop, notice, Told(_of_order(house, order_id), locale=locale))
        return customer_mail(house.shop, notice, Told(_sample(kind, now), SAMPLE_REFUND, locale))
    if kind is NoticeKind.DISPUTE_REMINDER:
        return reminder_mail(house, _sample_dispute(now), notice)
    return alarm_mail(house, notice)


def _of_order(house: House, order_id: str) -> OrderView:
    with house.store.read() as tx:
        token = known_order(tx, order_id).token
    return order_view(house, token)


def _sample(kind: NoticeKind, now: datetime) -> OrderView:
    """An order for two things, with shipping and tax, as the kind of mail would find it."""
    due, nothing = Money(11440, "EUR"), Money(0, "EUR")
    failed = kind is NoticeKind.PAYMENT_FAILED
    lines = (
        Line("Desk lamp “Nord”", 1, Money(6450, "EUR")),
        Line("A field guide to lichens", 2, Money(1850, "EUR")),
    )
    return OrderView(
        id="QXK3-7MWB-TR2H",
        token="a-made-up-order",  # noqa: S106 -- it opens nothing
        outcome=Outcome.DECLINED if failed else Outcome.PAID,
        due=due,
        captured=nothing if failed else due,
        refunded=SAMPLE_REFUND if kind is NoticeKind.REFUND_SENT else nothing,
        lines=lines,
        contact=Contact("customer@example.org"),
        created_at=now,
        expires_at=now + timedelta(hours=20),
        paid_at=None if failed else now,
        reason=None,
        reserved=nothing,
        on_its_way_back=nothing,
        taken_back=nothing,
        shipping=Money(590, "EUR"),
        tax=Money(700, "EUR"),
        return_url=None,
        locale=None,
    )


def _sample_dispute(now: datetime) -> DisputeRow:
    return DisputeRow(
        processor="paypal",
        id="PP-D-SAMPLE",
        payment_id="QXK3-7MWB-TR2H-1",
        status=DisputeStatus.WAITING_FOR_US,
        stage=DisputeStage.INQUIRY,
        outcome=DisputeOutcome.NONE,
        reason="MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
        channel="INTERNAL",
        amount=Money(11440, "EUR"),
        due_at=now + timedelta(days=3),
        allows=frozenset({Way.ACCEPT, Way.EVIDENCE}),
        updated_at=now,
    )
