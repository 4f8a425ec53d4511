"""One folder for each processor, found by its name."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from checkout.domain.processor import Processor


def find_processors(clock: Callable[[], datetime]) -> dict[str, Processor]:
    """Every processor that the environment sets up, by name.

    Each folder's `building.build(clock)` reads its own settings; None means that it is switched off. Raises
    BadInputError where settings are there but cannot be used.
    """
    found: dict[str, Processor] = {}
    for folder in iter_modules(__path__):
        if folder.ispkg:
            processor = import_module(f"{__name__}.{folder.name}.building").build(clock)
            if processor is not None:
                found[folder.name] = processor
    return found
