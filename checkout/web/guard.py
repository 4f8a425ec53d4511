"""The card guard at the doors: text from outside that holds a card number goes no further than here.

It reads everything a request can say that anything behind the doors could keep: path, query, form and JSON,
names as well as values. Headers are not read because nothing keeps any, but for the request's id, which is looked
at where it is taken. A processor's webhooks come as signed
raw bodies that must stay whole; what is kept of them passes the guard where it is picked out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from flask import Flask, g, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from checkout.domain.card_issuers import LENGTH_MAX, LENGTH_MIN
from checkout.domain.cards import holds_card_number
from checkout.domain.errors import CardNumberError

BODY_BYTES_MAX = 64 * 1024
RAW_BODY_BYTES_MAX = 256 * 1024
RAW_DOORS = "/webhooks/"
FIELDS_MAX = 200
"""Our forms have eight. Neighbours are read together, so 60 KB of tiny fields would cost seconds to read."""

FORM = "application/x-www-form-urlencoded"
Named = tuple[str, str]


def hang_up(app: Flask) -> None:
    """Put the guard before every door of an app."""
    app.before_request(refuse_card_numbers)


def refuse_card_numbers() -> None:
    """Raise CardNumberError, and leave the names of the fields concerned in `g.card_fields`.

    Raises RequestEntityTooLarge for more fields, or parts of a path, than anybody has to send.
    """
    g.card_fields = frozenset()
    outside = [
        [("", segment) for segment in request.path.split("/")],
        list(request.args.items(multi=True)),
        list(_body()),
    ]
    if any(len(said) > FIELDS_MAX for said in outside):
        raise RequestEntityTooLarge
    found = frozenset(name for said in outside for name in _fields_with_cards(said))
    if found:
        g.card_fields = found
        raise CardNumberError(next(iter(sorted(found))))


def _body() -> Iterator[Named]:
    """What the body says, as (name, value). Raises BadRequest or UnsupportedMediaType."""
    if request.path.startswith(RAW_DOORS):
        request.max_content_length = RAW_BODY_BYTES_MAX
        return
    if request.mimetype == FORM:
        yield from request.form.items(multi=True)
        return
    raw = request.get_data()
    if not raw:
        return
    if not request.is_json:
        raise UnsupportedMediaType
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        raise BadRequest from None
    yield from _leaves(said)


def _leaves(said: object) -> Iterator[Named]:
    """Every key and scalar of a JSON value, in its order, without recursion: a deep one costs no stack."""
    waiting: list[Named | tuple[str, object]] = [("", said)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(reversed([(str(key), inner) for key, inner in value.items()]))
        elif isinstance(value, list):
            waiting.extend(reversed([(name, inner) for inner in value]))
        else:
            yield name, str(value)


def _fields_with_cards(said: Iterable[Named]) -> set[str]:
    """Names of the fields whose name or value holds a card number, whole or split over neighbours."""
    fields = list(said)
    whole = {
        name for name, value in fields if holds_card_number(value, label=name) or holds_card_number(name)
    }
    return whole | _split_over([(name, digits) for name, value in fields if (digits := _only_digits(value))])


def _only_digits(value: str) -> str:
    """The digits of a value that is nothing but digits and what people put between them, else nothing."""
    if any(sign.isalnum() and not sign.isdecimal() for sign in value):
        return ""
    return "".join(str(int(sign)) for sign in value if sign.isdecimal())


def _split_over(fields: list[Named]) -> set[str]:
    """Names of neighbours that together spell a card number (`card1=4111&card2=1111…`)."""
    found: set[str] = set()
    for first in range(len(fields)):
        joined = ""
        for last in range(first, len(fields)):
            joined += fields[last][1]
            if len(joined) > LENGTH_MAX:
                break
            if last > first and len(joined) >= LENGTH_MIN and holds_card_number(joined):
                found.update(name for name, _ in fields[first : last + 1])
    return found
