"""What a hostile outsider found: requests that cost seconds, a database that is none, an address in two lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import RequestEntityTooLarge

from checkout.domain.errors import CardNumberError, StoreDamagedError
from checkout.settings import SettingsError, read_settings
from checkout.store.engine import Store
from checkout.web import guard
from checkout.web.guard import FIELDS_MAX, refuse_card_numbers
from tests.web.stage import CARD_NUMBER

Ask = Callable[..., None]


@pytest.fixture
def ask() -> Ask:
    """Let the guard read one request."""
    app = Flask("guarded")

    def read(path: str = "/", **said: object) -> None:
        with app.test_request_context(path, method="POST", **said):
            refuse_card_numbers()

    return read


MANY = {
    "form": {"data": "a=1&" * 15_000, "content_type": guard.FORM},
    "json": {"data": "[" + "1," * 30_000 + "1]", "content_type": "application/json"},
    "query": {"query_string": "a=1&" * 15_000},
    "path": {"path": "/1" * 15_000},
}


@pytest.mark.parametrize("place", MANY)
def test_more_fields_than_anybody_has_to_send_are_refused_unread(
    ask: Ask, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_said: object, **_more: object) -> bool:
        pytest.fail("it was read for card numbers")

    monkeypatch.setattr(guard, "holds_card_number", read)
    with pytest.raises(RequestEntityTooLarge):
        ask(**MANY[place])


def test_as_many_fields_as_may_be_are_read(ask: Ask) -> None:
    ask(data="a=b&" * FIELDS_MAX, content_type=guard.FORM)
    with pytest.raises(CardNumberError):
        ask(data="a=b&" * (FIELDS_MAX - 1) + f"note={CARD_NUMBER}", content_type=guard.FORM)


def test_a_file_that_is_no_database_is_named_as_such(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    file.write_bytes(b"this is somebody's letter, not a database" * 200)
    store = Store(f"sqlite:///{file}")
    with pytest.raises(StoreDamagedError, match="not a database"), store.read():
        pass
    assert not store.is_up()
    store.close()


def test_a_broken_rule_of_the_tables_is_no_damage(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'shop.db'}")
    with store.begin() as tx:
        tx.execute(text("create table only_once (number integer primary key)"))
        tx.execute(text("insert into only_once values (1)"))
    with pytest.raises(IntegrityError), store.begin() as tx:
        tx.execute(text("insert into only_once values (1)"))
    store.close()


@pytest.mark.parametrize(
    "address", ["http://shop.example\r\nX: y", "http://shop .example", "javascript:alert(1)"]
)
def test_an_address_that_would_break_a_line_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASE_URL", address)
    with pytest.raises(SettingsError, match="BASE_URL"):
        read_settings()


def test_an_address_below_a_path_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASE_URL", "https://shop.example/till/")
    assert read_settings().base_url == "https://shop.example/till"
