"""What an operator may do: four roles, each with the rights of the one before it and more."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """Who somebody is in the back office, from the least to the most."""

    VIEWER = "viewer"
    SUPPORT = "support"
    REFUNDER = "refunder"
    ADMIN = "admin"


class Right(StrEnum):
    """What a door of the back office asks for."""

    SEE = "see"
    """Every page that only shows."""
    HELP = "help"
    """Notes, receipts sent again, orders cancelled: whatever moves no money."""
    MONEY = "money"
    """Refunds, captures, releases, decisions on discrepancies, answers to disputes."""
    EXPORT = "export"
    """Whole books carried away as a file."""
    ADMIN = "admin"
    """Keys, endpoints, products and the operators themselves."""


RIGHTS: Final[dict[Role, frozenset[Right]]] = {
    Role.VIEWER: frozenset({Right.SEE}),
    Role.SUPPORT: frozenset({Right.SEE, Right.HELP}),
    Role.REFUNDER: frozenset({Right.SEE, Right.HELP, Right.MONEY, Right.EXPORT}),
    Role.ADMIN: frozenset(Right),
}


def may(role: Role, right: Right) -> bool:
    """Whether a role holds a right."""
    return right in RIGHTS[role]
