"""Who may call what: transactions open in few rooms, commit in one place, and the domain asks no clock."""

import ast
from collections.abc import Callable

import pytest

from tests.house.source import Source, python_files, source

COMMITTING_FILE = "checkout/store/engine.py"
MIGRATING_FILE = "checkout/store/migrating.py"  # migrations are a transaction of their own
OPENING_ROOMS = ("checkout/flows", "webhooks", "checkout/app.py", "checkout/store")
CLOCK_CALLS = ("now", "today", "utcnow")

Rule = Callable[[Source], list[str]]


def method_calls(file: Source, *names: str) -> list[str]:
    """Give the place of every call `something.name(...)`."""
    return [
        f"{file.path}:{node.lineno} calls .{node.func.attr}()"
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names
    ]


def commits_elsewhere(file: Source) -> list[str]:
    """Only one file commits or rolls back; no other part of the store even begins."""
    if str(file.path) == COMMITTING_FILE:
        return []
    inside = file.lies_in("checkout/store") and str(file.path) != MIGRATING_FILE
    return method_calls(file, "commit", "rollback", *(["begin"] if inside else []))


def opens_elsewhere(file: Source) -> list[str]:
    """A write transaction opens where it is decided what belongs together, never at a door."""
    allowed = any(file.lies_in(room) for room in OPENING_ROOMS) or _is_emulator(file)
    return [] if allowed else method_calls(file, "begin")


def asks_the_clock(file: Source) -> list[str]:
    """The domain is given the time; asking for it would make a fold depend on when it is done."""
    return method_calls(file, *CLOCK_CALLS) if file.lies_in("checkout/domain") else []


def _is_emulator(file: Source) -> bool:
    """An emulator is another program; what it begins is nothing of the store's."""
    return file.lies_in("checkout/processors") and "emulator" in file.path.parts


RULES: tuple[Rule, ...] = (commits_elsewhere, opens_elsewhere, asks_the_clock)


@pytest.mark.parametrize("rule", RULES)
def test_every_room_keeps_to_its_calls(rule: Rule) -> None:
    assert [fault for file in python_files("checkout", "webhooks") for fault in rule(file)] == []


def test_a_commit_outside_the_one_place_is_found() -> None:
    text = "def put(connection): connection.commit()"
    assert commits_elsewhere(source("checkout/store/mailboxes.py", text))
    assert commits_elsewhere(source("checkout/flows/paying.py", text))
    assert not commits_elsewhere(source(COMMITTING_FILE, text))


def test_a_store_function_that_opens_its_own_transaction_is_found() -> None:
    text = "def put(engine):\n    with engine.begin() as tx: pass"
    assert commits_elsewhere(source("checkout/store/orders.py", text))


@pytest.mark.parametrize(
    "room", ["web/order.py", "commands.py", "domain/orders.py", "processors/paypal/client.py"]
)
def test_a_transaction_opened_outside_the_flows_is_found(room: str) -> None:
    text = "def show(store):\n    with store.begin() as tx: pass"
    assert opens_elsewhere(source(f"checkout/{room}", text))
    assert not opens_elsewhere(source("checkout/flows/paying.py", text))
    assert not opens_elsewhere(source("webhooks/process.py", text))


def test_reading_is_open_to_the_doors() -> None:
    assert not opens_elsewhere(source("checkout/web/order.py", "def show(store): store.read()"))


def test_a_clock_in_the_domain_is_found() -> None:
    text = "from datetime import UTC, datetime\nmoment = datetime.now(UTC)"
    assert asks_the_clock(source("checkout/domain/orders.py", text))
    assert not asks_the_clock(source("checkout/app.py", text))
