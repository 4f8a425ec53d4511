"""An address, or several, for each door of the office and of the API's pages that is opened by GET."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from checkout.domain.orders import OrderState
from checkout.domain.roles import Role
from checkout.store.notices import NoticeKind
from checkout.web.api.problems import Code

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.office.full_office import FullOffice

    Addresses = Callable[[FullOffice], list[str]]


def order(state: OrderState, rest: str = "") -> Addresses:
    """The page of an order in a state, or one below it."""
    return lambda full: [f"/office/orders/{full.orders[state].id}{rest}"]


def at(*paths: str) -> Addresses:
    """Addresses that need no looking up."""
    return lambda _full: [f"/office{path}" for path in paths]


SIGNED_OUT: Final = {"office.sign_in", "office.welcome", "office.welcome_name", "office.welcome_means"}
"""Pages for whoever is not in yet; the stories of coming in hold them."""

NO_PAGE: Final = {"office.file", "api.page_openapi_json"}
"""Answers that nobody reads on a screen."""

LEADS_ON: Final = {"office.start"}
"""Shows nothing itself."""

STATES: Final = sorted(
    OrderState, key=[OrderState.AUTHORIZED, OrderState.PARTIALLY_REFUNDED].__contains__, reverse=True
)
"""The fullest pages of an order first."""

EXAMPLES: Final[dict[str, Addresses]] = {
    "api.page_docs": lambda _full: ["/v1/docs"],
    "api.page_problem": lambda _full: [f"/v1/problems/{next(iter(Code))}"],
    "api.page_problems": lambda _full: ["/v1/problems"],
    "office.account": at("/account"),
    "office.account_codes": at("/account/codes"),
    "office.account_passkey": at("/account/passkeys/new"),
    "office.account_password": at("/account/password"),
    "office.audit": at("/settings/audit"),
    "office.deliveries": at("/outbox/deliveries"),
    "office.delivery": lambda full: [f"/office/outbox/deliveries/{one}" for one in full.deliveries()],
    "office.discrepancies": at("/discrepancies", "/discrepancies?state=resolved"),
    "office.discrepancy": lambda full: [f"/office/discrepancies/{full.open_discrepancy()}"],
    "office.dispute": lambda full: [f"/office/disputes/{full.dispute}"],
    "office.disputes": at("/disputes"),
    "office.endpoints": at("/settings/endpoints"),
    "office.event": lambda full: [f"/office/inbox/{full.parked}", f"/office/inbox/{full.parked - 1}"],
    "office.inbox": at("/inbox"),
    "office.keys": at("/settings/keys"),
    "office.ledger": at("/ledger"),
    "office.nowhere": at("/nowhere"),
    "office.operator": lambda full: [f"/office/settings/operators/{full.office.operator(Role.REFUNDER).id}"],
    "office.operators": at("/settings/operators"),
    "office.order": lambda full: [f"/office/orders/{full.orders[one].id}" for one in STATES],
    "office.orders": at("/orders", "/orders?needs=person&since=soon", "/orders?q=nobody"),
    "office.outbox": at("/outbox"),
    "office.preview_html": at(*(f"/notices/preview/html?kind={kind.value}" for kind in NoticeKind)),
    "office.previews": at("/notices/preview"),
    "office.processors": at("/settings/processors"),
    "office.products": at("/settings/products"),
    "office.reconciliation": at("/reconciliation"),
    "office.reconciliation_run": at("/reconciliation/1"),
    "office.refund": order(OrderState.PAID, "/refund"),
    "office.refunds_to_approve": at("/refunds"),
    "office.reservations": at("/reservations"),
    "office.settings": at("/settings"),
    "office.statement": at("/ledger/statement?account=sales&currency=EUR&processor=paypal"),
    "office.today": at("/today"),
}
