"""Card numbers in nested values: a JSON body, a form, what a log line is given."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from checkout.domain.cards import REMOVED, holds_card_number, redact


def card_number_paths(value: object) -> tuple[str, ...]:
    """Give where in a nested value card numbers stand, as `items.0.name`; keys and numbers are read too.

    A number split over neighbouring entries (`card1`, `card2`, or a list of four) stands at what holds it;
    the value itself is the empty name. No name given holds a card number. Never raises, however deep it is.
    """
    found: dict[str, None] = {}
    waiting = [_Place(value)]
    entered: set[int] = set()
    while waiting:
        place = waiting.pop()
        entries = _entries(place.value)
        if entries is None:
            if holds_card_number(text_of(place.value), label=place.label):
                found[place.path()] = None
        elif id(place.value) not in entered:
            entered.add(id(place.value))
            if _is_split_over(entry for _, entry in entries):
                found[place.path()] = None
            inner = [_Place(entry, name, place) for name, entry in entries]
            found |= {each.path(): None for each in inner if holds_card_number(each.name)}
            waiting.extend(reversed(inner))
    return tuple(found)


class _Place:
    """A value and where it stands; its path is put together only where it is asked for."""

    __slots__ = ("holder", "label", "name", "value")

    def __init__(self, value: object, name: str = "", holder: "_Place | None" = None) -> None:
        self.value, self.name, self.holder = value, name, holder
        # The entries of a list speak of what the list's own name says.
        self.label: str = holder.label if holder and name.isdecimal() else name

    def path(self) -> str:
        names: list[str] = []
        place = self
        while place.holder:
            names.append(redact(place.name))
            place = place.holder
        return ".".join(reversed(names))


_DEPTH_MAX = 32
"""Levels of nesting that a redacted value keeps; nobody reads deeper ones in a log."""


def redact_value(value: object, *, label: str = "", within: tuple[int, ...] = ()) -> object:
    """Give the value without its card numbers: containers stay containers, and innocent numbers numbers.

    What is neither a container, a text nor a number becomes its text, since that is what would be written.
    `within` is for the recursion: the containers that hold this value.
    """
    if value is None or isinstance(value, bool):
        return value
    entries = _entries(value)
    if entries is None:
        text = text_of(value)
        clean = redact(text, label=label)
        return value if isinstance(value, int | float) and clean == text else clean
    if len(within) >= _DEPTH_MAX or id(value) in within:
        return "[nested too deep]"
    if _is_split_over(entry for _, entry in entries):
        return REMOVED
    within = (*within, id(value))
    if isinstance(value, Mapping):
        return {redact(name): redact_value(entry, label=name, within=within) for name, entry in entries}
    return [redact_value(entry, label=label, within=within) for _, entry in entries]


def text_of(value: object) -> str:
    """Give the text in which a single value would be kept or shown; a float such as `1234.0` is its digits."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode(errors="replace")
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return f"{value:.0f}"
    try:
        return str(value)
    except Exception:  # noqa: BLE001, whatever an object's own text raises must not reach its reader
        return f"<{type(value).__name__}>"


def _entries(value: object) -> list[tuple[str, object]] | None:
    """Names and values of a container; None for a single value."""
    if isinstance(value, Mapping):
        return [(text_of(name), entry) for name, entry in value.items()]
    if isinstance(value, list | tuple | AbstractSet):
        return [(str(index), entry) for index, entry in enumerate(value)]
    return None


_PIECE = re.compile(r"[\W_]{0,8}[0-9](?:[0-9]|[\W_]){0,23}")
_PIECES_MIN = 2
_PIECE_DIGITS_MAX = 11  # a piece that is long enough to be a number is read by itself


def _is_split_over(entries: Iterable[object]) -> bool:
    """Tell whether neighbouring entries make a card number, in the groups in which those are written."""
    return any(
        len(run) >= _PIECES_MIN and holds_card_number(" ".join(run), split=True) for run in _runs(entries)
    )


def _runs(entries: Iterable[object]) -> Iterator[list[str]]:
    run: list[str] = []
    for entry in entries:
        piece = _piece(entry)
        if piece:
            run.append(piece)
        elif piece is None:
            yield run
            run = []
    yield run


def _piece(entry: object) -> str | None:
    """The digits of an entry that is nothing else; empty for an empty one, None for one that ends a run."""
    if isinstance(entry, list | tuple) and len(entry) == 1:
        entry = entry[0]  # a form's `{"card1": ["4111"], "card2": ["1111"]}`
    if entry is None or entry == "":
        return ""
    if isinstance(entry, bool) or not isinstance(entry, str | int | float):
        return None
    text = text_of(entry)
    few = sum(char.isdecimal() for char in text[:32]) <= _PIECE_DIGITS_MAX
    return text if few and _PIECE.fullmatch(text) else None
