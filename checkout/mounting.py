"""The whole till inside a shop's own Flask application, below a prefix, with nothing of the two mixed."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NotRequired, TypedDict, Unpack
from urllib.parse import urlsplit

import structlog
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from checkout.app import app_of
from checkout.building import build_house
from checkout.domain.errors import CheckoutError, StoreUnavailableError
from checkout.flows import modes, shop_orders
from checkout.flows.shop_orders import ShopOrder
from checkout.logs import log_within
from checkout.settings import Settings, read_settings
from checkout.store import jobs
from checkout.store.preparing import prepare_quickly
from checkout.web import overriding

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

    from checkout.flows.house import House

log = structlog.get_logger()

_PREFIX = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,62}){1,8}", re.ASCII)
_EXTENSION = "checkout"
"""Under this name an application keeps which tills it has."""


class CannotMountError(CheckoutError):
    """A till that cannot stand where it was asked to; the message says what to change."""


class BadPrefixError(CannotMountError):
    """A place that is no path below the shop's own pages."""

    def __init__(self, at: str) -> None:
        super().__init__(
            f"A till cannot be mounted at {at[:80]!r}: use a path that begins with a slash and does not end with"
            ' one, such as mount(app, at="/checkout").'
        )


class MountedAlreadyError(CannotMountError):
    """A second till in the place of the first."""

    def __init__(self, at: str, there: str) -> None:
        super().__init__(
            f"A till cannot be mounted at {at}: this application has one at {there} already. Call mount() once, or"
            " give the second a place, and settings, of its own."
        )


class RouteInTheWayError(CannotMountError):
    """A page of the shop where the till is: nobody would ever see it."""

    def __init__(self, at: str, rule: str, endpoint: str) -> None:
        super().__init__(
            f"The shop's own route {rule} ({endpoint}) lies where the till is mounted, at {at}. Give the route"
            ' another path, or the till another place: mount(app, at="/till").'
        )


class AddressDoesNotFitError(CannotMountError):
    """BASE_URL leads elsewhere than to the till, and so would every link, and the processor's webhooks."""

    def __init__(self, at: str, base_url: str) -> None:
        parts = urlsplit(base_url)
        super().__init__(
            f"The till is mounted at {at}, but BASE_URL is {base_url}. Set BASE_URL to the shop's address and the"
            f" till's place in it, such as BASE_URL={parts.scheme}://{parts.netloc}{at}"
        )


class LineWords(TypedDict):
    """One line of an order: what, how many, and the price of one in the currency's smallest unit."""

    title: str
    quantity: int
    unit_price_minor: int
    sku: NotRequired[str]


class OrderWords(TypedDict):
    """An order in the shop's words. Its total is lines + shipping + tax, to the smallest unit."""

    lines: list[LineWords]
    currency: str
    shipping_minor: NotRequired[int]
    tax_minor: NotRequired[int]
    shop_reference: NotRequired[str]
    """The shop's own name of the order: letters, digits and `_.:/#~-`, at most 64."""
    return_url: NotRequired[str]
    """Where the order's page leads the customer back to: https, or http on this very machine."""
    email: NotRequired[str]
    """Where the receipt goes; without it none is sent."""
    capture_later: NotRequired[bool]
    """Only reserve the money; the operator takes it later."""
    expires_in_seconds: NotRequired[int]
    """How long it may be paid, 5 minutes to 60 days; as long as ORDER_HOURS says where it is left out."""


@dataclass(frozen=True, slots=True)
class MountedTill:
    """A till that stands in a shop: its place, the application that answers there, and what that is made of."""

    at: str
    app: Flask
    house: House
    settings: Settings

    def create_order(self, *, key: str | None = None, **order: Unpack[OrderWords]) -> ShopOrder:
        """Place an order at the shop's own prices; send the customer to its `pay_url`.

        The same `key` again, such as the basket's own id, gives the same order. Raises BadInputError or
        CardNumberError for what cannot be ordered, AmountDoesNotFitError or CurrencyNotTakenError for what the
        processor cannot take, KeyUsedOtherwiseError, StoreUnavailableError.
        """
        return shop_orders.create(self.house, order, key)

    def order(self, order_id: str) -> ShopOrder:
        """An order as it stands now. Raises NotFoundError or StoreUnavailableError."""
        return shop_orders.order(self.house, order_id)


def mount(app: Flask, *, at: str = "/checkout", settings: Settings | None = None) -> MountedTill:
    """Let a Flask application answer below `at` as a till, of the environment's settings where none are given.

    The till stays an application of its own: its guard, headers, error pages and limits hold below `at` alone,
    and the shop's session, handlers and hooks everywhere else. Raises SettingsError, CannotMountError,
    SchemaOutdatedError, OtherModeError or BadInputError for what must be mended first. A PostgreSQL
    server that does not answer now is no reason to keep the shop closed: the till says so itself, page by page.
    """
    log_within()
    _check_place(app, at)
    settings = settings or read_settings()
    if not urlsplit(settings.base_url).path.endswith(at):
        raise AddressDoesNotFitError(at, settings.base_url)
    house = build_house(settings)
    till = MountedTill(at, app_of(settings, house), house, settings)
    _prepare(house)
    if not house.processors:
        log.warning("nobody can pay: no processor is set up; `checkout doctor` says what is missing")
    overriding.let_override(till.app, app, settings.base_url.removesuffix(at))
    app.extensions.setdefault(_EXTENSION, {})[at] = till
    app.wsgi_app = _Together(app, till)  # type: ignore[method-assign]
    return till


def _check_place(app: Flask, at: str) -> None:
    if not _PREFIX.fullmatch(at):
        raise BadPrefixError(at)
    for there in app.extensions.get(_EXTENSION, {}):
        if f"{at}/".startswith(f"{there}/") or f"{there}/".startswith(f"{at}/"):
            raise MountedAlreadyError(at, there)
    _check_routes(app, at)


def _check_routes(app: Flask, at: str) -> None:
    for rule in app.url_map.iter_rules():
        if f"{rule.rule}/".startswith(f"{at}/"):
            raise RouteInTheWayError(at, rule.rule, rule.endpoint)


def _prepare(house: House) -> None:
    """Bring the tables up to date, and leave no connection open: a server may fork this process."""
    try:
        prepare_quickly(house.store)
        modes.claim(house)
    except StoreUnavailableError as down:
        if house.store.is_sqlite:
            raise  # a file does not come back by itself
        log.error("the till's database is not reachable; its pages say so until it is", why=str(down))  # noqa: TRY400
    finally:
        house.store.close()


class _Together:
    """The shop, and the till below its place. What can only be known of a whole shop is looked at once, first.

    Nothing of it happens at import, which may be before a server forks.
    """

    def __init__(self, shop: Flask, till: MountedTill) -> None:
        self._shop, self._till = shop, till
        self._answer: WSGIApplication = DispatcherMiddleware(shop.wsgi_app, {till.at: till.app})
        self._is_looked_at = False
        self._looking = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request. Raises RouteInTheWayError where the shop has grown a page in the till's place."""
        if not self._is_looked_at:
            with self._looking:
                self._look()
        return self._answer(environ, start_response)

    def _look(self) -> None:
        if self._is_looked_at:
            return
        _check_routes(self._shop, self._till.at)
        overriding.share_words(self._till.app, self._shop)
        jobs.warm()
        self._is_looked_at = True
