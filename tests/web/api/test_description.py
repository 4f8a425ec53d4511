"""The description says what the doors do, is valid, and does not change unseen."""

import json

import pytest
from flask import Flask
from openapi_spec_validator import validate

from checkout.web.api.description import codes_of, description
from checkout.web.api.doors import DOORS
from checkout.web.api.problems import PROBLEMS
from tests.web.api.freezing import DOCS, WRITTEN
from tests.web.api.program import Program, said
from tests.web.stage import Stage


def routes(app: Flask) -> set[tuple[str, str]]:
    """Every method and path that the application has under /v1, as the description writes them."""
    return {
        (method, rule.rule.replace("<word:", "{").replace(">", "}"))
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if rule.rule.startswith("/v1/") and method != "HEAD" and not rule.endpoint.startswith("api.page_")
    }


def test_it_is_valid_and_has_every_door_and_no_other(stage: Stage) -> None:
    served = said(stage.client.get("/v1/openapi.json"))
    validate(served)
    described = {(method.upper(), path) for path, methods in served["paths"].items() for method in methods}
    assert described == routes(stage.app)
    assert served["servers"] == [{"url": stage.house.shop.base_url}]


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_written_down_is_what_the_code_says(name: str) -> None:
    assert DOCS.joinpath(name).read_text() == WRITTEN[name](), "run `make openapi` and look at what changed"


def test_every_field_of_a_body_is_described_and_nothing_else_is_taken() -> None:
    shapes = description()["components"]["schemas"]
    for one in DOORS:
        for model in (one.asks, one.answers):
            if model is not None and model.__name__ in shapes:
                assert shapes[model.__name__]["additionalProperties"] is False


def test_every_status_of_a_doors_problems_is_described() -> None:
    paths = json.dumps(description()["paths"])
    for one in DOORS:
        assert one.about
        for code in codes_of(one):
            assert f"`{code}`" in paths
            assert str(PROBLEMS[code].status) in paths


def test_the_page_shows_every_door(shop: Program) -> None:
    page = shop.stage.client.get("/v1/docs").text
    for one in DOORS:
        assert f'id="{one.name}"' in page
    for part in ("LineWish", "ContactWish", "OrderLine", "Capture"):
        assert f'id="part-{part}"' in page
    assert "http" not in page.replace("http://127.0.0.1:8000", "").replace("https://shop.example", "")
