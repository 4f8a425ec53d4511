"""Numbers that are provably something else than a card number: dates, IBANs, coordinates, parcels, phones."""

import re
from collections.abc import Callable

from stdnum import ean
from stdnum.iso7064 import mod_97_10

_NEAR_CHARACTERS = 64
"""How far around a find is looked: the longest structure below, a SHA-256, has 64 characters."""


def is_innocent(text: str, start: int, end: int, *, soft: bool) -> bool:
    """Tell whether the digits from start to end are part of something that is no card number.

    A structure proves itself by its exact form and, where it has one, its own check digits. `soft` also takes
    what only looks or a word before it tell, if it holds all the digits: a phone or labelled article number.
    """
    shift = max(0, start - _NEAR_CHARACTERS)
    near, start, end = text[shift : end + _NEAR_CHARACTERS], start - shift, end - shift
    return any(
        found.start() < end and start < found.end() and proves(found)
        for pattern, proves in _PROVEN
        for found in pattern.finditer(near)
    ) or (
        soft
        and any(
            found.start() <= start and end <= found.end() and proves(found)
            for pattern, proves in _SOFT
            for found in pattern.finditer(near)
        )
    )


def _by_form(found: re.Match[str]) -> bool:
    return bool(found)


# Source: SWIFT IBAN registry, read 2026-11: country and length, check digits included.
_IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FI FO GL NL", 19: "MK SI", 20: "AT BA EE KZ LT LU XK", 21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ TL", 24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST", 26: "IS TR", 27: "FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HU LB PL SV",
        29: "BR EG PS QA UA", 30: "JO KW MU", 31: "MT SC", 32: "LC",
    }.items()
    for country in countries.split()
}  # fmt: skip


def _is_iban(found: re.Match[str]) -> bool:
    written = found.group()
    length = _IBAN_LENGTHS.get(written[:2])
    if length is None:
        return False
    number = re.sub(r"[^0-9A-Z]", "", written)[:length]
    return len(number) == length and mod_97_10.is_valid(number[4:] + number[:4])


def _is_parcel(found: re.Match[str]) -> bool:
    # USPS weighs its digits as GS1 does, from the right 3 and 1.
    digits = [int(digit) for digit in reversed(found.group()) if digit.isdigit()]
    return (digits[0] + 3 * sum(digits[1::2]) + sum(digits[2::2])) % 10 == 0


def _is_article(found: re.Match[str]) -> bool:
    return ean.is_valid(found.group("article"))


def _is_place(found: re.Match[str]) -> bool:
    latitude_max, longitude_max = 90, 180
    return (
        abs(float(found.group("latitude"))) <= latitude_max
        and abs(float(found.group("longitude"))) <= longitude_max
    )


def _is_address(found: re.Match[str]) -> bool:
    octet_max = 255
    return all(int(octet) <= octet_max for octet in found.group("address").split("."))


def _is_digest(found: re.Match[str]) -> bool:
    # Letters and digits take turns in a digest; a number between two words has two runs of letters.
    runs_min = 4
    return len(re.findall("[a-f]+", found.group(), re.IGNORECASE)) >= runs_min


def _is_paypal_id(found: re.Match[str]) -> bool:
    # PayPal's ids have letters among their digits; `VISA4222222222222` has them before, and is as long.
    runs_min = 2
    return len(re.findall("[0-9]+", found.group())) >= runs_min


_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12][0-9]|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)[0-9]{2}"

_PROVEN: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], bool]], ...] = (
    (re.compile(r"(?i)(?<![^\W_])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![^\W_])"), _by_form),
    (re.compile(r"(?i)(?<![^\W_])(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})(?![^\W_])"), _is_digest),
    (re.compile(r"(?i)(?<![^\W_:])(?=[0-9:]*[a-f])(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}(?![^\W_:])"), _by_form),
    (re.compile(r"(?<![^\W_])WH-[0-9A-Z]{17}-[0-9A-Z]{17}(?![^\W_])"), _by_form),
    (re.compile(r"(?<![^\W_])(?:[0-9A-Z]{17}|P-[0-9A-Z]{24})(?![^\W_])"), _is_paypal_id),
    (re.compile(r"(?<![^\W_])[A-Z]{2}[0-9]{2}(?:[ -]?[0-9A-Z]){11,30}"), _is_iban),
    (
        re.compile(
            rf"(?<![0-9]){_YEAR}-{_MONTH}-{_DAY}"
            r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?"
            r"(?: ?[+-][0-9]{2}:?[0-9]{2})?)?(?![0-9])"
        ),
        _by_form,
    ),
    (
        re.compile(
            r"(?<![0-9])[0-2][0-9](?::[0-5][0-9]){2}[.,][0-9]{1,9}(?:[+-][0-9]{2}:?[0-9]{2})?(?![0-9])"
        ),
        _by_form,
    ),
    (re.compile(rf"(?<![0-9]){_DAY}([./-]){_MONTH}\1{_YEAR}(?![0-9])"), _by_form),
    (re.compile(r"(?<![0-9.])(?P<address>[0-9]{1,3}(?:\.[0-9]{1,3}){3})(?![0-9]|\.[0-9])"), _is_address),
    (
        re.compile(
            r"(?<![0-9.])(?P<latitude>[0-9]{1,2}\.[0-9]{4,9}),[ ]?"
            r"(?P<longitude>-?[0-9]{1,3}\.[0-9]{4,9})(?![0-9.])"
        ),
        _is_place,
    ),
    (re.compile(r"(?<![0-9])9[1-5][0-9]{2}(?: ?[0-9]{4}){4} ?[0-9]{2}(?![0-9])"), _is_parcel),
)

# E.164 allows 15 digits, but no country that begins like a card number has numbers of more than 13.
# Source: ITU-T E.164 and the national numbering plans of 43, 46, 49, 56, 57, 58, 60 to 66, read 2026-11.
_SOFT: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], bool]], ...] = (
    (
        re.compile(r"(?<![0-9])(?:\+|00)[ (]{0,2}[1-9](?:[ ()./-]{0,3}[0-9]){7,12}(?![ ()./-]{0,3}[0-9])"),
        _by_form,
    ),
    (
        re.compile(
            r"(?i)(?<![^\W_])(?:EAN|GTIN|UPC|JAN|ISBN|barcode|bar code)(?:-?1[0-4])?[\W_]{1,4}"
            r"(?P<article>[0-9]{12,14})(?![0-9])"
        ),
        _is_article,
    ),
)
