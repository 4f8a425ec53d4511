"""Signed pay links on the command line: made of a JSON file, and their keys shown once, replaced and revoked."""

import json
from pathlib import Path

import pytest

from checkout.flows import linking
from checkout.links import sign_order
from tests.commands.conftest import Terminal

ORDER = {"lines": [{"title": "A pot of tea", "quantity": 2, "unit_price_minor": 2380}], "currency": "EUR"}


def written(terminal: Terminal, order: object = ORDER) -> str:
    file = terminal.folder / "order.json"
    file.write_text(json.dumps(order), "utf-8")
    return str(file)


def test_a_link_is_signed_with_the_newest_key_and_opens(terminal: Terminal) -> None:
    first = terminal.reads("link", "keys", "create", "test")
    second = terminal.reads("link", "keys", "rotate", first["id"])
    link = terminal.says("link", "sign", written(terminal), "--good-for-hours", "48").strip()
    opened = linking.open_link(terminal.house(), link.rpartition("/")[2])
    assert opened.order.key == second["id"]
    assert opened.order.expires is not None
    assert opened.basket.due.minor == 4760
    by_hand = sign_order(
        ORDER, key=first["id"], secret=first["secret"], base_url=terminal.house().shop.base_url
    )
    assert terminal.says("link", "sign", written(terminal), "--key", first["id"]).strip() == by_hand


def test_keys_are_listed_without_their_secrets(terminal: Terminal) -> None:
    assert "checkout link keys create" in terminal.says("link", "keys", "list")
    said = terminal.says("link", "keys", "create", "the static pages", "--by", "kim")
    lines = dict(line.split("=") for line in said.splitlines())
    assert lines.keys() == {"LINK_KEY", "LINK_SECRET"}
    for listed in (terminal.says("link", "keys", "list"), json.dumps(terminal.reads("link", "keys", "list"))):
        assert "the static pages" in listed
        assert lines["LINK_KEY"] in listed
        assert lines["LINK_SECRET"] not in listed
    terminal.says("link", "keys", "revoke", lines["LINK_KEY"])
    assert "revoked" in terminal.says("link", "keys", "list")
    assert "no link key to sign with" in terminal.fails("link", "sign", written(terminal))
    assert "There is no link key that holds" in terminal.fails("link", "keys", "rotate", lines["LINK_KEY"])


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ([], "holds no order"),
        ({**ORDER, "lines": []}, "lines: "),
        ({**ORDER, "price": 1}, "price: "),
        ({**ORDER, "expires": 1}, "until a time that is over"),
        ({**ORDER, "lines": [{**ORDER["lines"][0], "title": "4" + "1" * 15}]}, "looks like a card number"),  # type: ignore[dict-item]
    ],
)
def test_an_order_that_would_lead_nowhere_is_refused_before_it_is_signed(
    terminal: Terminal, order: object, said: str
) -> None:
    terminal.says("link", "keys", "create", "test")
    assert said in terminal.fails("link", "sign", written(terminal, order))


def test_a_secret_key_that_was_changed_is_named(terminal: Terminal, tmp_path: Path) -> None:
    terminal.says("link", "keys", "create", "test")
    terminal.set(SECRET_KEY="another one, and long enough for a shop")
    assert "kept under another SECRET_KEY" in terminal.fails("link", "sign", written(terminal))
    (tmp_path / "no.json").write_bytes(b"\xff{")
    assert "holds no order" in terminal.fails("link", "sign", str(tmp_path / "no.json"))
