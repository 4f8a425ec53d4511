"""Admins look after the operators: roles, access, sessions, and the means to sign in. One admin always remains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout.domain.errors import CheckoutError, NotFoundError
from checkout.domain.roles import Role
from checkout.flows import inviting
from checkout.store import audit, invitations, office_sessions, operators
from checkout.store.audit import Deed

if TYPE_CHECKING:
    from checkout.domain.actors import Actor
    from checkout.flows.house import House
    from checkout.flows.inviting import Invited
    from checkout.store.engine import Tx
    from checkout.store.operators import Operator


class LastAdminError(CheckoutError):
    """The one admin left cannot be demoted or lose access: nobody could give it back."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is the last admin. Make somebody else an admin first.")


def set_role(house: House, name: str, role: Role, *, by: Actor) -> None:
    """Give an operator another role; they sign in again with it. Raises NotFoundError or LastAdminError."""
    with house.store.begin() as tx:
        admins = operators.lock_admins(tx)
        operator = _named(tx, name)
        if operator.role is role:
            return
        if role is not Role.ADMIN:
            _refuse_last_admin(admins, operator)
        operators.set_role(tx, operator.id, role)
        _end_powers(tx, house, operator, by)
        deed = Deed("changed a role", "operator", operator.name, f"from {operator.role} to {role}")
        audit.add(tx, by, deed, house.clock())


def disable(house: House, name: str, *, by: Actor) -> None:
    """Take an operator's access away, at once. Raises NotFoundError or LastAdminError."""
    with house.store.begin() as tx:
        admins = operators.lock_admins(tx)
        operator = _named(tx, name)
        if operator.disabled_at is not None:
            return
        _refuse_last_admin(admins, operator)
        operators.set_disabled(tx, operator.id, house.clock())
        _end_powers(tx, house, operator, by)
        audit.add(tx, by, Deed("took access away", "operator", operator.name), house.clock())


def enable(house: House, name: str, *, by: Actor) -> None:
    """Give an operator access again, with what they signed in by before. Raises NotFoundError."""
    with house.store.begin() as tx:
        operator = _named(tx, name)
        if operator.disabled_at is None:
            return
        operators.set_disabled(tx, operator.id, None)
        audit.add(tx, by, Deed("gave access again", "operator", operator.name), house.clock())


def reset(house: House, name: str, *, by: Actor) -> Invited:
    """Let an operator begin anew who lost the means to sign in. Raises NotFoundError."""
    with house.store.begin() as tx:
        return inviting.reset_in(tx, house, _named(tx, name), by=by)


def end_session(house: House, operator: Operator, session_id: str, *, by: Actor) -> None:
    """End one session of an operator. Raises NotFoundError where it does not last."""
    now = house.clock()
    with house.store.begin() as tx:
        if not office_sessions.end(tx, session_id, operator_id=operator.id, at=now, by=by.name):
            raise NotFoundError("session", session_id)
        audit.add(tx, by, Deed("ended a session", "operator", operator.name), now)


def end_sessions(house: House, operator: Operator, *, by: Actor, but: str = "") -> int:
    """End every session of an operator but one; returns how many."""
    with house.store.begin() as tx:
        ended = office_sessions.end_all(tx, operator.id, at=house.clock(), by=by.name, but=but)
        audit.add(tx, by, Deed("ended sessions", "operator", operator.name, f"{ended}"), house.clock())
    return ended


def _named(tx: Tx, name: str) -> Operator:
    """An operator by name or mail, held until the transaction ends."""
    found = operators.by_name(tx, name) or operators.by_email(tx, name.casefold())
    locked = operators.by_id(tx, found.id, lock=True) if found else None
    if locked is None:
        raise NotFoundError("operator", name)
    return locked


def _refuse_last_admin(admins: list[Operator], operator: Operator) -> None:
    if [admin.id for admin in admins] == [operator.id]:
        raise LastAdminError(operator.name)


def _end_powers(tx: Tx, house: House, operator: Operator, by: Actor) -> None:
    """End an operator's sessions, and the one-time codes they gave: by one of those they could come in again."""
    now = house.clock()
    office_sessions.end_all(tx, operator.id, at=now, by=by.name)
    invitations.withdraw_by(tx, operator.name, now)
