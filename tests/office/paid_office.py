"""A shop whose customers pay at PayPal's emulator, with its back office hung up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

from checkout.app import create_app
from checkout.processors.paypal.emulator.control_client import EmulatorControl
from checkout.sealing import Seal
from tests.office.stage import OfficeStage
from tests.paid_shop import PaidShop, opened
from tests.ports import free_port
from tests.web.stage import SECRET_KEY, Stage
from webhooks.office import hanging


@dataclass
class PaidOffice(OfficeStage):
    """An office beside a shop that `paid` is the shop of."""

    paid: PaidShop = field(kw_only=True)


@contextmanager
def paid_office(url: str, emulator: EmulatorControl, **shop_is: Any) -> Iterator[PaidOffice]:  # noqa: ANN401 -- a shop's own fields
    """The shop at an empty emulator, with its office."""
    with opened(url, emulator, **shop_is) as paid:
        shop_here = replace(paid.house.shop, base_url=f"http://127.0.0.1:{free_port()}")
        paid.house = replace(paid.house, seal=Seal(SECRET_KEY), shop=shop_here)
        app = create_app(paid.house, secret_key=SECRET_KEY, hand_over_hosts=frozenset({"127.0.0.1"}))
        hanging.hang_up(app, secret_key=SECRET_KEY)
        shop = cast("Stage", _Shop(paid.house, app))
        yield PaidOffice(shop, paid=paid)


@dataclass
class _Shop:
    house: object
    app: object
