"""The till as a Flask application: doors, guard, headers and error pages around one house."""

from __future__ import annotations

from flask import Flask
from jinja2 import StrictUndefined
from werkzeug.routing import BaseConverter, IntegerConverter, Map

from checkout.domain.errors import CardNumberError
from checkout.flows.house import House
from checkout.sealing import SECRET_CHARACTERS_MIN
from checkout.settings import Settings, SettingsError
from checkout.store.paging import ID_MAX
from checkout.web import assets, guard, headers, link_doors, order_doors, refusals, request_log, shop_doors
from checkout.web.api import hanging as api_doors
from checkout.web.api import refusing
from checkout.web.form_keys import FormKeys
from checkout.web.own_address import OwnAddress
from checkout.web.till import Till
from checkout.web.wording import country_name, support_text
from checkout.wording import amount_text, time_text


class WordConverter(BaseConverter):
    """A name in an address: what ids and tokens are made of, so nothing else reaches the store."""

    regex = "[A-Za-z0-9_.~-]{1,64}"


class RowConverter(IntegerConverter):
    """The number of a row, no larger than a database counts; a larger one is an address that leads nowhere."""

    def __init__(self, url_map: Map) -> None:
        """The usual converter, with an end."""
        super().__init__(url_map, max=ID_MAX)


class SignedConverter(BaseConverter):
    """A signed link: longer than any word, and whatever else is wrong with it is said by its own page."""

    regex = "[^/]{65,}"


CONVERTERS = {"word": WordConverter, "signed": SignedConverter, "int": RowConverter}
"""What addresses may hold; `int` is Flask's own name, with an end to it."""


def create_app(
    house: House,
    *,
    secret_key: str,
    hand_over_hosts: frozenset[str],
    processor: str = "PayPal",
    support: str = "",
) -> Flask:
    """The shop's till as a WSGI application; webhooks are hung up by whoever composes the whole.

    `hand_over_hosts` are the processor's exact hosts, with a port where it is not the usual one; `processor`
    is the name customers know it by; `support` says how to reach the shop, where there is a way.
    Raises SettingsError for a secret that is too short or a host that is none.
    """
    if len(secret_key) < SECRET_CHARACTERS_MIN:
        message = (
            f"SECRET_KEY: give at least {SECRET_CHARACTERS_MIN} random characters, the same everywhere;"
            " `checkout doctor` says how to make them."
        )
        raise SettingsError(message)
    app = Flask("checkout.web", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=guard.BODY_BYTES_MAX, MAX_FORM_MEMORY_SIZE=guard.BODY_BYTES_MAX)
    app.url_map.converters |= CONVERTERS
    app.extensions["till"] = Till(house, FormKeys(secret_key, house.clock, house.mint), processor, support)
    _set_up_pages(app, house, processor, support)
    request_log.hang_up(app)
    guard.hang_up(app)
    headers.hang_up(app, hand_over_hosts)
    refusals.hang_up(app)
    app.register_error_handler(
        CardNumberError,
        lambda error: (
            refusing.answer(error)
            if refusing.is_ours()
            else shop_doors.refuse_card_number(error)
            or link_doors.refuse_card_number()
            or refusals.page_of(refusals.CARD_NUMBER)
        ),
    )
    for doors in (
        api_doors.blueprint(),
        shop_doors.doors,
        link_doors.doors,
        order_doors.doors,
        assets.doors,
    ):
        app.register_blueprint(doors)
    app.wsgi_app = OwnAddress(app.wsgi_app, house.shop.base_url)  # type: ignore[method-assign]
    return app


def app_of(settings: Settings, house: House) -> Flask:
    """The till as its settings describe it. Raises SettingsError for what cannot be used."""
    processors = list(house.processors.values())
    return create_app(
        house,
        secret_key=settings.secret_key.get_secret_value(),
        hand_over_hosts=frozenset().union(*(processor.hand_over_hosts for processor in processors)),
        processor=processors[0].title if processors else "the payment processor",
        support=settings.support,
    )


def _set_up_pages(app: Flask, house: House, processor: str, support: str) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(amount=amount_text, time=time_text, country=country_name)
    app.jinja_env.globals.update(
        asset=assets.asset, shop=house.shop, processor=processor, support=support_text(support)
    )
