"""No card number comes past the doors: whole or split, in any spelling, field, path, query or body."""

import json
import random
import re
from html import unescape
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from checkout.domain.cards import holds_card_number
from checkout.domain.errors import StoreUnavailableError
from checkout.flows import showing
from tests.domain.card_numbers import SPELLINGS
from tests.proofs.cards import let_in
from tests.web.stage import CARD_NUMBER as VISA
from tests.web.stage import TYPED, Stage

FIELDS = list(TYPED)


SHARES = 3


def spellings(number: str, field: str) -> list[str]:
    """Ways in which people and programs write one card number: a third for each field, all for any three."""
    chance = random.Random(7)
    ways = list(SPELLINGS.values())[FIELDS.index(field) % SHARES :: SHARES]
    return [spell(number, chance) for spell in ways]


def _kept(stage: Stage) -> str:
    """Everything in the database file, its journal included, with all but digits left out."""
    files = Path(str(stage.house.store.url.database)).parent.iterdir()
    return "".join(file.read_bytes().decode("latin-1") for file in files)


@pytest.mark.parametrize("field", FIELDS)
def test_a_card_number_in_a_field_comes_back_empty_and_the_others_stay(stage: Stage, field: str) -> None:
    key = stage.form_key("/products/lamp")
    for spelling in spellings(VISA, field):
        with capture_logs() as logs:
            sent = stage.client.post("/products/lamp", data={"key": key, **TYPED, field: spelling})
        page = unescape(sent.text)
        assert sent.status_code == 422, spelling
        assert 'value=""' in page or field == "country"
        assert not holds_card_number(page), spelling
        assert not holds_card_number(str(logs)), spelling
        assert "Card numbers are entered only at PayPal." in page
        assert page.startswith("<!doctype html>")
        assert "<title>Error: " in page
        for other in set(FIELDS) - {field, "country"}:
            assert f'value="{TYPED[other]}"' in page
    assert "41111111" not in _kept(stage)


def test_the_form_works_once_the_number_is_gone(stage: Stage) -> None:
    page = stage.post_form(name=VISA).text
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key
    assert stage.client.post("/products/lamp", data={**TYPED, "key": key[1]}).status_code == 303


def test_card_numbers_in_every_spelling_are_all_refused(stage: Stage) -> None:
    """A small run of `make cards`."""
    assert let_in(stage.app, 2_000, seed=7) == []


def test_the_proof_sees_what_is_let_in(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage.app, "preprocess_request", lambda: None)
    assert len(let_in(stage.app, 5, seed=7)) == 5


@pytest.mark.parametrize("pieces", [2, 4, 8, 16])
def test_a_number_split_over_several_fields_is_refused(stage: Stage, pieces: int) -> None:
    size = 16 // pieces
    split = {f"card{index}": VISA[index * size : (index + 1) * size] for index in range(pieces)}
    sent = stage.client.post("/products/book", data={"key": "x", "quantity": "1", **split})
    assert sent.status_code == 422
    assert "Card numbers are entered only at PayPal." in sent.text
    assert stage.client.get("/", query_string=split).status_code == 422
    assert stage.client.post("/products/book", json={"card": list(split.values())}).status_code == 422


def test_a_number_split_over_the_forms_own_fields_empties_them(stage: Stage) -> None:
    sent = stage.post_form(name="4111", street="1111", city="1111", postcode="1111")
    assert sent.status_code == 422
    assert "1111" not in sent.text
    assert 'value="kim@example.com"' in sent.text


def test_a_number_as_a_fields_name_is_refused(stage: Stage) -> None:
    assert stage.post_form(**{VISA: "x"}).status_code == 422
    assert stage.client.get(f"/?{VISA}").status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        f"/products/{VISA}",
        f"/orders/{VISA}",
        f"/pay/{VISA}",
        f"/nothing/{VISA}/here",
        f"/return/unknown?token={VISA}",
        "/return/unknown?token=OK&PayerID=4111+1111+1111+1111",
        f"/left/unknown?token={VISA}",
        f"/static/{VISA}.css",
    ],
)
def test_a_number_in_the_address_is_refused_and_not_echoed(stage: Stage, path: str) -> None:
    with capture_logs() as logs:
        answer = stage.client.get(path)
    assert answer.status_code == 422
    assert "1111" not in answer.text
    assert "1111" not in str(logs)


@pytest.mark.parametrize(
    "body",
    [
        {"note": VISA},
        {"a": [{"b": {"c": ["x", int(VISA)]}}]},
        {VISA: 1},
        [4111, 1111, 1111, 1111],
    ],
)
def test_a_number_anywhere_in_json_is_refused(stage: Stage, body: object) -> None:
    assert stage.client.post("/products/book", json=body).status_code == 422
    escaped = (
        json.dumps(body).replace("4111", "\\u0034111") if isinstance(body, dict) and "note" in body else None
    )
    if escaped:
        sent = stage.client.post("/products/book", data=escaped, content_type="application/json")
        assert sent.status_code == 422


def test_the_processors_own_ids_pass(stage: Stage) -> None:
    stage.order()
    opening = next(iter(stage.processor.openings.values()))
    path = opening.return_url.removeprefix(stage.house.shop.base_url)
    for token, payer in [("5O190127TN364715T", "QYR5Z8XDVJNXQ"), ("8MC585209K746392H", "7E7MGXCWTTKK2")]:
        assert stage.client.get(f"{path}?token={token}&PayerID={payer}").status_code == 303


@pytest.mark.parametrize(
    "innocent",
    [
        {"street": "Baker Street 221", "postcode": "10115"},
        {"street": "4 Privet Drive", "postcode": "12345-6789"},
        {"name": "Kim 2nd", "city": "London 4111"},
        {"postcode": "110 00", "quantity": "999"},
    ],
)
def test_an_ordinary_order_is_never_refused(stage: Stage, innocent: dict[str, str]) -> None:
    assert stage.post_form(**innocent).status_code == 303


def test_a_signed_webhook_body_is_left_whole_for_its_own_door(stage: Stage) -> None:
    body = f'{{"note": "{VISA}"}}'.encode()
    with stage.app.test_request_context("/webhooks/paypal", method="POST", data=body) as context:
        stage.app.preprocess_request()
        assert context.request.get_data() == body


def test_a_card_number_for_an_unknown_product_gets_the_general_page(stage: Stage) -> None:
    answer = stage.client.post("/products/unknown", data={"name": VISA})
    assert answer.status_code == 422
    assert "Do not enter a card number here" in answer.text


def test_a_card_number_while_the_database_is_down_gets_the_general_page(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shown_product(*_: object) -> None:
        raise StoreUnavailableError

    monkeypatch.setattr(showing, "shown_product", shown_product)
    answer = stage.client.post("/products/lamp", data={"name": VISA})
    assert answer.status_code == 422
    assert "Do not enter a card number here" in answer.text
