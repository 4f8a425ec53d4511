"""What every door needs: the house, the keys of the order forms, and how the processor is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import current_app

from checkout.flows.house import House
from checkout.web.form_keys import FormKeys


@dataclass(frozen=True, slots=True)
class Till:
    """What the doors share. `processor` is the name customers know it by; `support` how to reach the shop."""

    house: House
    form_keys: FormKeys
    processor: str
    support: str

    @property
    def is_https(self) -> bool:
        """Customers reach this shop over TLS."""
        return self.house.shop.base_url.startswith("https://")


def till() -> Till:
    """The till of the app that answers this request."""
    return cast("Till", current_app.extensions["till"])
