"""The card guard at the doors: text from outside that holds a card number goes no further than here.

It reads everything a request can say that anything behind the doors could keep: path, query, form and JSON,
names as well as values. Headers are not read because nothing keeps any, but for the request's id, which is looked
at where it is taken. A processor's webhooks come as signed
raw bodies that must stay whole; what is kept of them passes the guard where it is picked out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from flask import Flask, current_app, g, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from checkout.domain.card_issuers import LENGTH_MAX, LENGTH_MIN
from checkout.domain.cards import holds_card_number
from checkout.domain.errors import CardNumberError
from checkout.links import read_link

BODY_BYTES_MAX = 64 * 1024
RAW_BODY_BYTES_MAX = 256 * 1024
RAW_DOORS = "/webhooks/"
FIELDS_MAX = 200
"""Our forms have eight. Neighbours are read together, so 60 KB of tiny fields would cost seconds to read."""

API_DOORS = "/v1/"
API_FIELDS_MAX = 600
"""A hundred lines of an order. What stands apart there is not read together, so it costs less."""

FORM = "application/x-www-form-urlencoded"
FORM_WITH_FILES = "multipart/form-data"
FILE_DOORS = "CARD_GUARD_FILE_DOORS"
"""Where an app's configuration has the doors that take files, each with the bytes of its body at most. What is typed
beside a file is read, and the file's name; a picture's own bytes are not."""

Named = tuple[str, str]
Leaf = tuple[int, str, object]
"""A value with its name, and which object or list of the JSON it stands in."""


def hang_up(app: Flask) -> None:
    """Put the guard before every door of an app."""
    app.before_request(refuse_card_numbers)


def refuse_card_numbers() -> None:
    """Raise CardNumberError, and leave the names of the fields concerned in `g.card_fields`.

    Raises RequestEntityTooLarge for more fields, or parts of a path, than anybody has to send.
    """
    g.card_fields = frozenset()
    outside = [
        *_path(),
        list(request.args.items(multi=True)),
    ]
    if any(len(said) > FIELDS_MAX for said in outside):
        raise RequestEntityTooLarge
    body = list(_body())
    if len(body) > (API_FIELDS_MAX if request.path.startswith(API_DOORS) else FIELDS_MAX):
        raise RequestEntityTooLarge
    outside += _told_together(body) if request.path.startswith(API_DOORS) else [_named(body)]
    found = frozenset(name for said in outside for name in _fields_with_cards(said))
    if found:
        g.card_fields = found
        raise CardNumberError(next(iter(sorted(found))))


def _path() -> list[list[Named]]:
    """What the path says; of a signed link what is inside it, which is what is kept, and not its base64."""
    *folders, last = request.path.split("/")
    link = read_link(last) if folders[-1:] == ["pay"] else None
    if link is None:
        return [[("", segment) for segment in [*folders, last]]]
    return _told_together(_leaves(link.said))


def _body() -> Iterator[Leaf]:
    """What the body says, leaf by leaf. Raises BadRequest or UnsupportedMediaType."""
    if request.path.startswith(RAW_DOORS):
        request.max_content_length = RAW_BODY_BYTES_MAX
        return
    if request.mimetype == FORM:
        yield from ((0, *field) for field in request.form.items(multi=True))
        return
    if request.mimetype == FORM_WITH_FILES and request.endpoint in current_app.config.get(FILE_DOORS, {}):
        request.max_content_length = current_app.config[FILE_DOORS][request.endpoint]
        yield from ((0, *field) for field in request.form.items(multi=True))
        yield from ((0, name, file.filename or "") for name, file in request.files.items(multi=True))
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


def _leaves(said: object) -> Iterator[Leaf]:
    """Every key and scalar of a JSON value, in its order, without recursion: a deep one costs no stack."""
    waiting: list[Leaf] = [(0, "", said)]
    containers = 0
    while waiting:
        where, name, value = waiting.pop()
        if isinstance(value, (dict, list)):
            containers += 1
        if isinstance(value, dict):
            waiting.extend(reversed([(containers, str(key), inner) for key, inner in value.items()]))
        elif isinstance(value, list):
            waiting.extend(reversed([(containers, name, inner) for inner in value]))
        else:
            yield where, name, value


def _named(leaves: Iterable[Leaf]) -> list[Named]:
    return [(name, str(value)) for _, name, value in leaves]


def _told_together(leaves: Iterable[Leaf]) -> list[list[Named]]:
    """What a program says, as far as it stands together: the texts of each object; a number stands alone.

    Quantities, prices and article numbers of many lines, read one behind the other, spell card numbers by
    chance. Each value is still looked at, and nothing is kept under a name that we did not give.
    """
    texts: dict[int, list[Named]] = {}
    alone = []
    for where, name, value in leaves:
        if isinstance(value, str):
            texts.setdefault(where, []).append((name, value))
        else:
            alone.append([(name, str(value))])
    return [*texts.values(), *alone]


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
