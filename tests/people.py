"""Operators of the tests: real ones, in the store, with what they prove themselves by."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest

from checkout.domain.actors import Actor, Way
from checkout.domain.roles import Role
from checkout.flows import one_time_codes, passwords, sitting
from checkout.flows.house import House
from checkout.flows.sitting import SignedIn
from checkout.sealing import Seal
from checkout.store import operators
from checkout.store.operators import Operator
from tests.small_shop import SmallShop, open_shop

PASSWORD = "four green lamps dancing"
BOSS = Actor("the tests", Way.COMMAND)


@dataclass(frozen=True)
class Telephone:
    """Shows an operator's one-time codes."""

    house: House
    secret: str

    def code(self, steps: int = 0) -> str:
        """The code of now, or of some steps of half a minute away."""
        step = int(self.house.clock().timestamp()) // one_time_codes.STEP_SECONDS
        return one_time_codes.code_at(self.secret, step + steps)


def an_operator(house: House, name: str = "Kim", role: Role = Role.ADMIN) -> Operator:
    """An operator without anything to sign in with."""
    email = f"{name.replace(' ', '.').lower()}@shop.example"
    operator = Operator(house.mint(12), name, email, role, house.clock(), "the tests")
    with house.store.begin() as tx:
        operators.add(tx, operator)
    return operator


def with_password(house: House, operator: Operator) -> Telephone:
    """Let an operator sign in by PASSWORD and the codes of this telephone."""
    secret = one_time_codes.secret_of(f"{operator.id} has a telephone")
    with house.store.begin() as tx:
        operators.set_password(tx, operator.id, _digest())
        operators.set_totp(tx, operator.id, house.seal.close(secret), None)
    return Telephone(house, secret)


def at_work(house: House, operator: Operator) -> SignedIn:
    """An operator in a session that has just begun."""
    with house.store.begin() as tx:
        ticket = sitting.begin(tx, house, operator, "Firefox on Linux")
    found = sitting.signed_in(house, ticket)
    assert found is not None
    return found


def stored(house: House, operator: Operator) -> Operator:
    """An operator as they are kept now."""
    with house.store.read() as tx:
        found = operators.by_id(tx, operator.id)
    assert found is not None
    return found


@cache
def _digest() -> str:
    """Made once: it is slow on purpose."""
    return passwords.make_digest(PASSWORD)


@pytest.fixture
def sealed_shop(sqlite_with_tables: Path, tmp_path: Path) -> Iterator[SmallShop]:
    """A small shop on SQLite that can keep secrets."""
    shutil.copy(sqlite_with_tables, tmp_path / "sealed.db")
    yield from _sealed(f"sqlite:///{tmp_path / 'sealed.db'}")


@pytest.fixture
def either_sealed_shop(ready_url: str) -> Iterator[SmallShop]:
    """The same on each kind of database, for what is decided by its locks."""
    yield from _sealed(ready_url)


def _sealed(url: str) -> Iterator[SmallShop]:
    opened = open_shop(url)
    opened.house = replace(opened.house, seal=Seal("a secret of the tests, and long enough"))
    yield opened
    opened.house.store.close()
