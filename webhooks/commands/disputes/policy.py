"""The shop's privacy page as plain text, to go with evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout.app import create_app
from checkout.flows.evidence import Policy
from checkout.sealing import SECRET_CHARACTERS_MIN
from checkout.web.plain_text import main_text

if TYPE_CHECKING:
    from checkout.flows.house import House
    from checkout.settings import Settings


def privacy_policy(house: House, settings: Settings) -> Policy:
    """What the page says now, as a customer would read it."""
    title = next((one.title for one in house.processors.values()), "PayPal")
    secret = house.mint(SECRET_CHARACTERS_MIN)  # no form is made here, so nothing is signed with it
    app = create_app(
        house,
        secret_key=secret,
        hand_over_hosts=frozenset(),
        processor=title,
        support=settings.support,
    )
    page = app.test_client().get("/privacy", base_url=house.shop.base_url)
    return Policy(f"{house.shop.base_url}/privacy", main_text(page.get_data(as_text=True)), house.clock())
