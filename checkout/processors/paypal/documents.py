"""Reads a body as one strict JSON object, before anything less careful may see it."""

from __future__ import annotations

import json
from typing import TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Object: TypeAlias = "dict[str, Json]"

DEPTH_MAX = 40
"""PayPal's deepest order nests 9 levels."""


class NotAnObjectError(ValueError):
    """A body that is not exactly one well-formed JSON object."""


def read_object(raw: bytes) -> Object:
    """The object a body holds; raises NotAnObjectError for anything else.

    Refused are duplicate keys (two readers would read two things), NaN and Infinity, what is no UTF-8, lone
    surrogates, deep nesting, and keys beginning with `py/`: PayPal's client decodes by jsonpickle, which
    *runs* what such a key names. Source: measured with paypal-server-sdk 2.4.0, read 2026-11.
    """
    try:
        document = json.loads(raw.decode(), object_pairs_hook=_pairs, parse_constant=_no_constant)
    except RecursionError as deep:
        message = "nested too deeply"
        raise NotAnObjectError(message) from deep
    except ValueError as malformed:
        message = str(malformed) if isinstance(malformed, NotAnObjectError) else "not well-formed JSON"
        raise NotAnObjectError(message) from malformed
    if not isinstance(document, dict):
        message = "not a JSON object"
        raise NotAnObjectError(message)
    _check_depth(document)
    return document


def write_object(document: Object) -> bytes:
    """The object again, as plain UTF-8 that every reader reads alike; raises NotAnObjectError."""
    try:
        return json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    except ValueError as unwritable:
        message = "holds what no text can hold"
        raise NotAnObjectError(message) from unwritable


def _pairs(pairs: list[tuple[str, Json]]) -> Object:
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "the same key twice"
        raise NotAnObjectError(message)
    if any(key.startswith("py/") for key in found):
        message = "a key that names Python objects"
        raise NotAnObjectError(message)
    return found


def _no_constant(name: str) -> Json:
    message = f"{name} is no JSON"
    raise NotAnObjectError(message)


def _check_depth(document: Object) -> None:
    level: list[Json] = [document]
    for _ in range(DEPTH_MAX):
        level = [
            inner
            for outer in level
            for inner in (
                outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ()
            )
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return
    message = "nested too deeply"
    raise NotAnObjectError(message)
