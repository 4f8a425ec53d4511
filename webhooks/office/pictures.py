"""Shows a telephone the secret of its one-time codes: as a picture, and as text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import segno
from markupsafe import Markup

from checkout.domain.errors import BadInputError
from checkout.flows import one_time_codes, welcoming

if TYPE_CHECKING:
    from checkout.flows.house import House


@dataclass(frozen=True, slots=True)
class Codes:
    """A secret that is not kept yet: sealed for the form that carries it, as text, and as a picture."""

    sealed: str
    secret: str = field(repr=False)
    picture: Markup = field(repr=False)


def codes_of(house: House, email: str, sealed: str = "") -> Codes:
    """The secret that a form carried, or a fresh one where it carried none that we gave."""
    try:
        secret = welcoming.secret_in(house, sealed)
    except BadInputError:
        sealed = welcoming.fresh_secret(house)
        secret = welcoming.secret_in(house, sealed)
    address = one_time_codes.address_of(secret, shop=house.shop.name, email=email)
    return Codes(sealed, secret, _drawn(address))


def _drawn(address: str) -> Markup:
    """A QR code as SVG within the page: dark on light in every look, because cameras want it so."""
    drawn = segno.make(address, error="m", micro=False).svg_inline(
        border=4,
        light="#fff",
        dark="#000",
        svgclass="picture",
        lineclass=None,
        omitsize=True,
        title="The secret of the one-time codes, to be scanned",
    )
    return Markup(drawn)  # noqa: S704 -- lines and numbers only; what was drawn is not in it as text
