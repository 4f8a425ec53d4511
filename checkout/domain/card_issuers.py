"""Which first digits, at which lengths, belong to payment cards: the issuer ranges of the world's schemes."""

from collections.abc import Iterator
from typing import NamedTuple

LENGTH_MIN, LENGTH_MAX = 12, 19
"""Digits in a card number: 12 are old Maestro cards. Source: ISO/IEC 7812-1 (at most 19)."""


class Scheme(NamedTuple):
    """One card scheme: `starts` are first digits or ranges of them, `lengths` its numbers of digits."""

    name: str
    starts: str
    lengths: tuple[int, ...]


_16_TO_19 = (16, 17, 18, 19)

# Source: Wikipedia "Payment card number" and braintree/credit-card-type, read 2026-11. Where they differ,
# the wider range stands: a number wrongly refused costs a retyped field, a card number kept far more. Schemes
# within another's range at its lengths (Dankort, Elo, Meeza, Cartes Bancaires) are found through it.
SCHEMES = (
    Scheme("Visa", "4", (13, 16, 18, 19)),
    Scheme("Mastercard", "51-55 2221-2720", (16,)),
    Scheme("American Express", "34 37", (15,)),
    Scheme("Diners Club", "300-305 309 36 38 39", (14, *_16_TO_19)),
    Scheme("Discover", "6011 622 644-649 65", _16_TO_19),
    Scheme("JCB", "35 3088-3094 3096-3102 3112-3120 3158-3159 3337-3349", _16_TO_19),
    Scheme("JCB, short", "1800 2131", (15,)),
    Scheme("UnionPay", "62 81", _16_TO_19),
    Scheme("China T-Union", "31", (19,)),
    Scheme("Maestro, and the local schemes among its numbers", "50 56-69", _16_TO_19),
    Scheme("Maestro, short", "0604 5018 5020 5038 56-58 5893 6304 6390 6759 6761-6763", (12, 13, 14, 15)),
    Scheme("Mir, BORICA", "2200-2205", _16_TO_19),
    Scheme("Troy", "9792", (16,)),
    Scheme("Verve", "5060-5061 5078-5079 6500", (16, 18, 19)),
    Scheme("RuPay", "60 65 81 82 508", (16,)),
    Scheme("Hipercard", "3841 6062", (13, 16, 19)),
    Scheme("UATP", "1", (15,)),
    Scheme("Napas", "9704", (16, 19)),
    Scheme("Humo, UzCard, GPN, DinaCard, Belkart, ArCa, Elcart", "9860 8600 1946 9891 9112 9051 9417", (16,)),
)


def _four_digit_starts(scheme: Scheme) -> Iterator[str]:
    for part in scheme.starts.split():
        low, _, high = part.partition("-")
        for start in range(int(low.ljust(4, "0")), int((high or low).ljust(4, "9")) + 1):
            yield f"{start:04}"


_STARTS = {
    length: frozenset(
        start for scheme in SCHEMES if length in scheme.lengths for start in _four_digit_starts(scheme)
    )
    for length in range(LENGTH_MIN, LENGTH_MAX + 1)
}
_SHORT_MAESTRO_BROAD = ("50", "56", "57", "58", "59", "6")


def is_issued(number: str) -> bool:
    """Tell whether some scheme issues numbers of this length that begin like this one."""
    starts = _STARTS.get(len(number))
    return starts is not None and number[:4] in starts


def may_be_issued(number: str) -> bool:
    """Tell the same more generously, also Maestro's wide ranges at 12 to 15 digits; needs other evidence."""
    return is_issued(number) or (
        LENGTH_MIN <= len(number) <= LENGTH_MAX and number.startswith(_SHORT_MAESTRO_BROAD)
    )
