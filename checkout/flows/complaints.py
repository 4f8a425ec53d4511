"""What is wrong with something a shop says, in words that say what it must be instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

CURRENCY = r"^[A-Z]{3}$"
COUNTRY = r"^([A-Z]{2})?$"
LOCALE = r"^[a-z]{2}(-[A-Z]{2})?$"
ID = r"^[A-Za-z0-9_.~-]{1,64}$"
SHOP_REFERENCE = r"^[A-Za-z0-9][A-Za-z0-9_.:/#~-]{0,63}$"
LINK_KEY = r"^[a-z0-9]{1,16}$"
"""How the id of a key that signs links is written."""

PATTERNS = {
    CURRENCY: "must be three capital letters, such as EUR",
    COUNTRY: "must be a country's two capital letters by ISO 3166, such as AT",
    LOCALE: "must be a language, with a country or without, such as de-DE or de",
    ID: "must be an id as it was given to you: letters, digits and _.~-, at most 64 and no blanks",
    SHOP_REFERENCE: "must begin with a letter or digit and hold only letters, digits and _.:/#~-, at most 64, such as A-17",
    LINK_KEY: "must be the id of a link key, as it was printed: small letters and digits, at most 16",
}
"""What each way of writing asks for; the description of the API has the ways themselves."""

UNKNOWN_FIELD = "is no field here"
_BY_TYPE = {
    "missing": "is missing",
    "extra_forbidden": UNKNOWN_FIELD,
    "json_type": "must be an object, {…}",
    "model_type": "must be an object, {…}",
    "model_attributes_type": "must be an object, {…}",
    "dict_type": "must be an object, {…}",
    "list_type": "must be a list, […]",
    "string_type": "must be a text, in quotes",
    "int_type": "must be a whole number, without quotes or a point",
    "int_from_float": "must be a whole number, without a point",
    "int_parsing": "must be a whole number",
    "bool_type": "must be true or false, without quotes",
    "bool_parsing": "must be true or false",
}
_TIMES = ("datetime_", "timezone_")


def complaint(error: ErrorDetails) -> str:
    """One place's fault, as the rest of a sentence that begins with the place. It never repeats what stood there."""
    kind, limits = error["type"], error.get("ctx", {})
    if kind == "string_pattern_mismatch" and limits["pattern"] in PATTERNS:
        return PATTERNS[limits["pattern"]]
    if kind.startswith(_TIMES):
        return "must be a time with its zone by ISO 8601, such as 2026-11-27T12:00:00Z"
    return _BY_TYPE.get(kind) or _of_limit(kind, limits) or error["msg"].removeprefix("Value error, ")


def _of_limit(kind: str, limits: dict[str, object]) -> str | None:
    what = "entries" if limits.get("field_type") == "List" else "characters"
    match kind:
        case "greater_than_equal":
            return f"must be at least {limits['ge']}"
        case "less_than_equal":
            return f"must be at most {limits['le']}"
        case "too_long" | "string_too_long":
            return f"must have at most {limits['max_length']} {what}"
        case "too_short" | "string_too_short":
            return (
                "must not be empty"
                if limits["min_length"] == 1
                else f"must have at least {limits['min_length']} {what}"
            )
        case "literal_error":
            return f"must be {limits['expected']}"
        case _:
            return None
