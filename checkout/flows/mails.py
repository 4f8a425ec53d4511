"""What each mail to a customer says, in their order's language: built here, sent elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from checkout.flows.showing import Outcome
from checkout.senders.mail import Mail
from checkout.store.notices import NoticeKind
from checkout.wording import amount_text, time_text
from checkout.wording.catalogues import Wording, wording_of

if TYPE_CHECKING:
    from checkout.domain.money import Money
    from checkout.flows.house import Shop
    from checkout.flows.showing import OrderView
    from checkout.store.notices import Notice


@cache
def templates(wording: Wording) -> Environment:
    """The templates of all mails, in one language."""
    made = Environment(
        loader=PackageLoader("checkout.senders"),
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.filters["strong"] = lambda text: Markup("<strong>{}</strong>").format(text)
    made.install_gettext_callables(wording.gettext, wording.ngettext, newstyle=True)  # type: ignore[attr-defined] # of the extension
    return made


@dataclass(frozen=True, slots=True)
class Told:
    """What a mail is about. `amount` is that of the refund, where it is about one."""

    view: OrderView
    amount: Money | None = None
    locale: str | None = None
    """Another language than the order's, for a preview."""


_CUSTOMERS = {
    NoticeKind.RECEIPT: ("receipt", "Receipt for order %(order)s"),
    NoticeKind.PAYMENT_FAILED: ("payment_failed", "No payment for order %(order)s"),
    NoticeKind.REFUND_SENT: ("refund_sent", "Refund for order %(order)s"),
    NoticeKind.REFUND_FAILED: ("refund_failed", "Your refund for order %(order)s was held up"),
}


def customer_mail(shop: Shop, notice: Notice, told: Told) -> Mail:
    """The mail of a notice to a customer, in text and HTML."""
    name, subject = _CUSTOMERS[notice.kind]
    wording = wording_of(told.locale or told.view.locale)
    is_receipt = notice.kind is NoticeKind.RECEIPT
    copied = notice.is_copy and is_receipt and wording.gettext("Copy of the receipt for order %(order)s")
    titled = (copied or wording.gettext(subject)) % {"order": told.view.id}
    words = {"title": titled, "lang": wording.tag, **_words(shop, notice, told, wording)}
    made = templates(wording)
    return Mail(
        id=notice.id,
        to=told.view.contact.email,
        subject=titled,
        text=made.get_template(f"{name}.txt.j2").render(words).rstrip() + "\n",
        html=made.get_template(f"{name}.html.j2").render(words),
        at=notice.created_at,
    )


def _words(shop: Shop, notice: Notice, told: Told, wording: Wording) -> dict[str, object]:
    view, locale = told.view, wording.locale
    is_open = view.outcome not in {Outcome.EXPIRED, Outcome.CANCELLED}
    return {
        "shop_name": shop.name,
        "shop_url": view.return_url or f"{shop.base_url}/",
        "order_id": view.id,
        "order_url": shop.order_url(view.token),
        # Where the mail gives the order's own address it says whom that lets in.
        "own_address": notice.kind is not NoticeKind.PAYMENT_FAILED or is_open,
        "is_open": is_open,
        "lines": [(line.title, line.quantity, amount_text(line.total, locale)) for line in view.lines],
        "articles": sum(line.quantity for line in view.lines),
        "beside": [
            (wording.gettext(name), amount_text(part, locale))
            for name, part in (("Shipping", view.shipping), ("Tax", view.tax))
            if part.minor
        ],
        "total_text": amount_text(view.due, locale),
        "received_text": amount_text(view.captured, locale),
        "returned_text": amount_text(view.refunded, locale),
        "amount_text": amount_text(told.amount or view.refunded, locale),
        "paid_at_text": time_text(view.paid_at or notice.created_at, locale),
        "expires_at_text": time_text(view.expires_at, locale),
    }
