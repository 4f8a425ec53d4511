"""Reads documents as shapes, from any number of threads."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

_Shape = TypeVar("_Shape", bound=msgspec.Struct)


def reader_of(shape: type[_Shape]) -> Callable[[object], _Shape]:
    """What reads a document as a shape; it raises msgspec.ValidationError where the document has another.

    Made while a module is imported. msgspec describes a shape to itself when it is first read, and where two
    threads are the first at once, the whole process ends (0.22): so that is done here, before anybody can ask.
    """
    msgspec.json.Decoder(shape)
    return partial(msgspec.convert, type=shape)
