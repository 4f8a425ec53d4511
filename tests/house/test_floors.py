"""The floors: every room stands on one, and each contract that holds them can break."""

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import pytest

from tests.house.source import REPOSITORY, python_files

PACKAGES = ("checkout", "webhooks")
EMULATOR = "checkout/processors/paypal/emulator"

# One import that must not be, for each contract by its name in pyproject.toml.
BREACHES = {
    "The floors": ("checkout/store/orders.py", "import checkout.flows.paying"),
    "The till runs without the webhooks": ("checkout/web/order.py", "import webhooks"),
    "Only the store speaks SQL": ("checkout/flows/refunding.py", "import sqlite3"),
    "Only the store and webhooks.engine know": ("checkout/flows/notifying.py", "import dbos"),
    "Only processors and senders open connections": ("checkout/web/asking.py", "import requests"),
    "The domain is pure": ("checkout/domain/orders.py", "import random"),
    "An emulator stands by itself": (f"{EMULATOR}/app.py", "import checkout.domain.money"),
    "A processor does not know that it is emulated": (
        "checkout/processors/paypal/adapter.py",
        f"import {EMULATOR.replace('/', '.')}.app",
    ),
}
# What no floor forbids: the store's SQL, a processor's connections, the way down.
PROPER = {
    "checkout/domain/money.py": "import decimal",
    "checkout/flows/paying.py": "import checkout.store.tables, checkout.processors.paypal.client",
    "checkout/processors/paypal/client.py": "import requests, checkout.domain.money",
    "checkout/store/tables.py": "import sqlalchemy, sqlite3, checkout.domain.money",
    "webhooks/engine.py": "import dbos",
    "webhooks/worker.py": "import webhooks.engine, checkout.flows.paying",
}


def floorless(paths: Iterable[PurePosixPath], layers: Iterable[str]) -> set[str]:
    """Give each room, or file that is a room, which no layer names: no contract would see what it imports."""
    standing = {room.strip(" ()") for layer in layers for room in layer.split("|")}
    rooms = {".".join(path.with_suffix("").parts[:2]) for path in paths if path.parts[0] in PACKAGES}
    return rooms - standing - {f"{package}.__init__" for package in PACKAGES}


def _lint(house: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        path = house / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")
        for parent in path.relative_to(house).parents[:-1]:
            (house / parent / "__init__.py").touch()
    shutil.copy(REPOSITORY / "pyproject.toml", house)
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache"]
    linted = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True, cwd=house)
    return linted.stdout


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Give the linter's lines on a house that breaks every contract once."""
    return _lint(tmp_path_factory.mktemp("house"), PROPER | dict(BREACHES.values())).splitlines()


def test_every_room_stands_on_a_floor() -> None:
    pyproject = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    layers = pyproject["tool"]["importlinter"]["contracts"][0]["layers"]
    assert floorless((file.path for file in python_files(*PACKAGES)), layers) == set()


def test_a_room_without_a_floor_is_found() -> None:
    names = ("checkout/__init__.py", "checkout/web/order.py", "checkout/attic.py", "webhooks/cellar/wine.py")
    layers = ["(webhooks.app)", "(checkout.web) | (checkout.commands)"]
    assert floorless(map(PurePosixPath, names), layers) == {"checkout.attic", "webhooks.cellar"}


@pytest.mark.parametrize("contract", BREACHES)
def test_a_breach_of_each_contract_is_found(contract: str, verdicts: list[str]) -> None:
    verdict = next(line for line in verdicts if line.startswith(contract))
    assert " BROKEN" in verdict


def test_a_proper_house_stands(tmp_path: Path) -> None:
    assert f"Contracts: {len(BREACHES)} kept, 0 broken." in _lint(tmp_path, PROPER)
