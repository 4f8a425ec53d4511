"""Whatever is wrong with what a shop says is said in words that tell what it must be."""

import json
from pathlib import Path

import pytest

from checkout.domain.errors import BadInputError
from checkout.flows.complaints import PATTERNS
from checkout.flows.said import LinkSaid, MailedOrderSaid, read_order

REPOSITORY = Path(__file__).parents[2]
LINE = {"title": "A pot of tea", "quantity": 2, "unit_price_minor": 2380}
ORDER: dict[str, object] = {"lines": [LINE], "currency": "EUR"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"currency": "eur"}, "currency: must be three capital letters, such as EUR."),
        ({"currency": 978}, "currency: must be a text, in quotes."),
        ({"shop_reference": "A 17"}, "shop_reference: must begin with a letter or digit and hold only"),
        ({"prices": 5}, "prices: is no field here."),
        ({"lines": LINE}, "lines: must be a list, […]."),
        ({"lines": []}, "lines: must not be empty."),
        ({"lines": ["tea"]}, "lines.0: must be an object, {…}."),
        ({"lines": [{**LINE, "title": "x" * 121}]}, "lines.0.title: must have at most 120 characters."),
        ({"lines": [{**LINE, "quantity": 0}]}, "lines.0.quantity: must be at least 1."),
        ({"lines": [{**LINE, "quantity": "2"}]}, "lines.0.quantity: must be a whole number, without quotes"),
        ({"tax_minor": 1.5}, "tax_minor: must be a whole number, without quotes or a point."),
        ({"capture_later": "yes"}, "capture_later: must be true or false, without quotes."),
        ({"expires_in_seconds": 10**9}, "expires_in_seconds: must be at most 5184000."),
        ({"email": "kim"}, "email: must be a mail address such as name@example.com."),
    ],
)
def test_each_fault_says_what_must_be_there_instead(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(BadInputError) as refused:
        read_order(MailedOrderSaid, ORDER | wrong)
    assert said in str(refused.value)


def test_what_is_missing_and_what_is_of_another_version_is_said() -> None:
    with pytest.raises(BadInputError, match=r"v: must be 1\. key: is missing\."):
        read_order(LinkSaid, {**ORDER, "v": 2})
    with pytest.raises(BadInputError, match="must be an object"):
        read_order(MailedOrderSaid, "tea")


def test_every_way_of_writing_that_the_api_asks_for_has_words_of_its_own() -> None:
    schemas = json.loads((REPOSITORY / "docs/openapi.json").read_text("utf-8"))["components"]["schemas"]
    wanted: set[str] = set()
    waiting: list[object] = [schemas]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            waiting.extend(found.values())
            if isinstance(pattern := found.get("pattern"), str):
                wanted.add(pattern)
        elif isinstance(found, list):
            waiting.extend(found)
    assert wanted
    assert wanted <= PATTERNS.keys()
