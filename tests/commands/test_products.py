"""Products and pay links, put on the shelf and taken off."""

import pytest

from tests.commands.conftest import Terminal


def test_a_product_is_added_listed_withdrawn_and_offered_again(terminal: Terminal) -> None:
    assert [one["for_sale"] for one in terminal.reads("products", "list")] == [True]
    terminal.says("products", "withdraw", "tea")
    assert [one["for_sale"] for one in terminal.reads("products", "list")] == [False]
    terminal.says("products", "offer", "tea")
    (tea,) = terminal.reads("products", "list")
    assert tea["for_sale"]
    assert tea["price"] == {"minor": 2380, "currency": "EUR"}
    assert "EUR 23.80" in terminal.says("products", "list")


def test_a_product_gets_an_id_of_its_title(terminal: Terminal) -> None:
    made = terminal.reads("products", "add", "Größte Teekanne, blau", "48", "eur", "--needs-address")
    assert made["id"] == "grosste-teekanne-blau"
    assert made["url"].endswith("/products/grosste-teekanne-blau")
    assert made["needs_address"]


def test_a_shelf_that_is_empty_says_how_to_fill_it(new_shop: Terminal) -> None:
    new_shop.says("db", "upgrade")
    assert 'checkout products add "A pot of tea" 23.80 EUR' in new_shop.says("products", "list")
    assert new_shop.reads("products", "list") == []


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("Tea", "23.80", "EUR"), "already"),
        (("Cake", "23.8O", "EUR"), "not an amount"),
        (("Cake", "23.805", "EUR"), "EUR has 2 decimals"),
        (("Cake", "0", "EUR"), "more than nothing"),
        (("Cake", "1", "XXQ"), "not an ISO 4217"),
        (("Cake", "1", "INR"), "takes no payments in INR"),
        (("Cake", "1.50", "HUF"), "decimals"),
        (("  ", "1", "EUR"), "needs a title"),
        (("Cake", "1", "EUR", "--id", "Cake & more"), "small letters"),
        (("C" * 200, "1", "EUR"), "at most 120"),
    ],
)
def test_what_cannot_be_sold_is_refused(terminal: Terminal, arguments: tuple[str, ...], why: str) -> None:
    assert why in terminal.fails("products", "add", *arguments)
    assert len(terminal.reads("products", "list")) == 1


def test_a_negative_price_is_refused(terminal: Terminal) -> None:
    assert "write it as digits" in terminal.fails("products", "add", "Cake", "--", "-1", "EUR")


def test_a_pay_link_is_made_listed_and_withdrawn(terminal: Terminal) -> None:
    link = terminal.says("products", "link", "tea", "--quantity", "2").strip()
    assert link.startswith("http://127.0.0.1:8000/pay/")
    assert [(one["url"], one["quantity"], one["active"]) for one in terminal.reads("products", "links")] == [
        (link, 2, True)
    ]
    terminal.says("products", "unlink", link)
    assert not terminal.reads("products", "links")[0]["active"]


def test_what_is_not_there_is_said(terminal: Terminal) -> None:
    assert "There is no product 'coffee'" in terminal.fails("products", "withdraw", "coffee")
    assert "There is no product 'coffee'" in terminal.fails("products", "link", "coffee")
    assert "There is no pay link" in terminal.fails("products", "unlink", "nothing")
    terminal.fails("products", "link", "tea", "--quantity", "0", code=2)
