"""What admins see of the operators: everybody, and one with what they sign in with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checkout.domain.errors import NotFoundError
from checkout.store import invitations, operators, passkeys

if TYPE_CHECKING:
    from checkout.flows.house import House
    from checkout.store.invitations import Invitation
    from checkout.store.operators import Operator
    from checkout.store.passkeys import Passkey


@dataclass(frozen=True, slots=True)
class Known:
    """An operator and their passkeys."""

    operator: Operator
    passkeys: list[Passkey]


def overview(house: House) -> tuple[list[Operator], list[Invitation]]:
    """All operators by name, and the invitations that may still be used."""
    with house.store.read() as tx:
        return operators.everyone(tx), invitations.open_ones(tx, house.clock())


def one(house: House, operator_id: str) -> Known:
    """One operator. Raises NotFoundError."""
    with house.store.read() as tx:
        found = operators.by_id(tx, operator_id)
        if found is None:
            raise NotFoundError("operator", operator_id)
        return Known(found, passkeys.of_operator(tx, operator_id))
