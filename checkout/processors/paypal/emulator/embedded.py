"""Cuts one value out of a JSON object as the very bytes it was sent with."""

import json
import re

SPACE = re.compile(r"[ \t\n\r]*")


def embedded_value(raw: bytes, name: str) -> bytes | None:
    """Return the bytes of the top-level value called `name`, or None when there is none.

    Parsing and writing JSON anew changes spaces, escapes and numbers; a checksum over it would never fit.
    """
    try:
        text = raw.decode()
        return _scan(text, name)
    except (ValueError, IndexError, RecursionError):
        return None


def _scan(text: str, name: str) -> bytes | None:
    decoder = json.JSONDecoder()
    position = _after_space(text, 0)
    if text[position] != "{":
        return None
    position = _after_space(text, position + 1)
    while text[position] == '"':
        key, position = decoder.raw_decode(text, position)
        position = _after_space(text, position)
        if text[position] != ":":
            return None
        start = _after_space(text, position + 1)
        _, position = decoder.raw_decode(text, start)
        if key == name:
            return text[start:position].encode()
        position = _after_space(text, position)
        if text[position] != ",":
            return None
        position = _after_space(text, position + 1)
    return None


def _after_space(text: str, position: int) -> int:
    found = SPACE.match(text, position)
    return found.end() if found else position
