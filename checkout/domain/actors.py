"""Who does something, and by which way: an operator in the back office, a program with a key, a command."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

NAME_MAX = 60


class Way(StrEnum):
    """How somebody came to act."""

    OFFICE = "office"
    API = "api"
    COMMAND = "command line"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, by the name that is kept with what they do. An operator, an API key, a login name."""

    name: str
    way: Way
