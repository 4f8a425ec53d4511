"""Every door: who may come in, and a problem in the same form whatever goes wrong."""

from pathlib import Path

import pytest

from checkout.domain import errors
from checkout.domain.keys import Scope
from checkout.flows import viewing
from checkout.web.api.doors import DOORS
from checkout.web.api.problems import BY_ERROR, PROBLEMS, Code
from tests.web.api.program import ORDER, Program, code, program, said
from tests.web.stage import CARD_NUMBER, Stage

JSON = {"Content-Type": "application/json"}


def test_a_door_opens_to_a_key_with_its_scope_and_to_no_other(stage: Stage) -> None:
    for door in DOORS:
        path = "/v1" + door.path.replace("<word:", "").replace(">", "")
        nobody = stage.client.open(path, method=door.method)
        assert code(nobody) == "key_missing"
        assert nobody.headers["WWW-Authenticate"].startswith("Bearer")
        if door.scope is None:
            continue
        refused = program(stage, scopes=set(Scope) - {door.scope}).send(door.method, path)
        assert code(refused) == "scope_missing"
        assert door.scope in said(refused)["detail"]
        own = program(stage, scopes=[door.scope]).send(door.method, path)
        assert own.status_code not in {401, 403}, door.name


def test_whoever_has_no_key_of_ours_is_asked_for_one(stage: Stage) -> None:
    for sent in ("", "Bearer", "Bearer ", "Basic a2V5Og==", "Bearer dck_sandbox_nobody", "\u00e4"):
        answer = stage.client.get("/v1/me", headers={"Authorization": sent})
        assert answer.status_code == 401
        assert code(answer) in {"key_missing", "key_unknown"}


def test_a_key_tells_what_it_is(shop: Program) -> None:
    me = said(shop.get("/v1/me"))
    assert (me["name"], me["mode"], me["scopes"]) == ("web shop", "sandbox", sorted(Scope))


WRONG_ADDRESSES = [
    ("GET", "/v1", "no_such_address"),
    ("GET", "/v1/nothing", "no_such_address"),
    ("GET", "/v1/orders/", "no_such_address"),
    ("GET", "/v1/orders/%00", "no_such_address"),
    ("DELETE", "/v1/orders", "method_not_allowed"),
    ("OPTIONS", "/v1/orders", "method_not_allowed"),
    ("GET", "/v1/orders/nobody", "not_found"),
    ("GET", "/v1/discrepancies/99999999999999999999", "not_found"),
    ("GET", "/v1/orders?limit=101", "request_invalid"),
    ("GET", "/v1/orders?limit=1&limit=2", "request_invalid"),
    ("GET", "/v1/orders?colour=green", "request_invalid"),
    ("GET", "/v1/orders?created_from=0001-01-01T00:00:00%2B23:59", "request_invalid"),
    ("GET", "/v1/orders?cursor=%00", "cursor_invalid"),
    ("GET", f"/v1/orders?shop_reference={CARD_NUMBER}", "card_number"),
    ("GET", "/v1/me?a=1", "request_invalid"),
    ("POST", "/v1/pay-links?a=1", "request_invalid"),
]


def test_every_wrong_address_is_a_problem(shop: Program) -> None:
    for method, path, expected in WRONG_ADDRESSES:
        assert code(shop.send(method, path)) == expected, path


WRONG_BODIES: list[tuple[bytes, dict[str, str], str]] = [
    (b"{", JSON, "body_unreadable"),
    (b"[]", JSON, "request_invalid"),
    (b"null", JSON, "request_invalid"),
    (b"\xff", JSON, "body_unreadable"),
    (b'{"currency": NaN}', JSON, "request_invalid"),
    (b'{"currency": "\\ud800"}', JSON, "body_unreadable"),
    (b'{"lines": ' + b"[" * 30_000, JSON, "body_unreadable"),
    (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, JSON, "body_unreadable"),
    (b'{"a": 1' + b"0" * 5_000 + b"}", JSON, "body_unreadable"),
    (b'{"a": [' + b"1," * 700 + b"1]}", JSON, "body_too_large"),
    (b"x" * 70_000, JSON, "body_too_large"),
    (b"a=1", {"Content-Type": "application/x-www-form-urlencoded"}, "body_not_json"),
    (b"a=1", {"Content-Type": "text/plain"}, "body_not_json"),
    (b"{}", {}, "body_not_json"),
    (b'{"note": "' + CARD_NUMBER.encode() + b'"}', JSON, "card_number"),
    (b'{"' + CARD_NUMBER.encode() + b'": {}}', JSON, "request_invalid"),
]


def test_every_wrong_body_is_a_problem(shop: Program) -> None:
    for body, headers, expected in WRONG_BODIES:
        sent = shop.send("POST", "/v1/orders", data=body, headers={**headers, "Idempotency-Key": "one"})
        assert code(sent) == expected, body[:40]
        assert CARD_NUMBER not in sent.text


def test_a_card_number_is_shown_by_its_place_and_kept_nowhere(shop: Program) -> None:
    contact = {"name": f"Kim {CARD_NUMBER}"}
    refused = shop.post("/v1/orders", ORDER | {"contact": contact})
    assert code(refused) == "card_number"
    assert [one["pointer"] for one in said(refused)["errors"]] == ["/contact/name"]
    assert said(shop.get("/v1/orders"))["data"] == []


def test_many_lines_of_numbers_are_no_card_number(shop: Program) -> None:
    lines = [
        {"title": "Tea", "quantity": 1 + n % 9, "unit_price_minor": 411 + 37 * n, "sku": str(4711 + n)}
        for n in range(100)
    ]
    assert shop.post("/v1/orders", ORDER | {"lines": lines}).status_code == 201


def test_a_fault_of_ours_says_nothing_of_itself_and_may_be_asked_again(
    shop: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(viewing, "order", lambda *_: 1 / 0)
        fault = shop.post("/v1/orders", ORDER, key="one")
    assert code(fault) == "fault"
    assert "division" not in fault.text
    made = shop.post("/v1/orders", ORDER, key="one")
    assert (made.status_code, len(said(shop.get("/v1/orders"))["data"])) == (201, 1)


def test_every_answer_is_kept_by_nobody_and_names_its_request(shop: Program) -> None:
    answer = shop.get("/v1/me")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    own = shop.send("GET", "/v1/nothing", headers={"X-Request-Id": "req-of-the-shop"})
    assert (code(own), own.headers["X-Request-Id"]) == ("no_such_address", "req-of-the-shop")
    odd = shop.send("GET", "/v1/me", headers={"X-Request-Id": CARD_NUMBER})
    assert CARD_NUMBER not in odd.headers["X-Request-Id"]


def test_every_code_has_its_problem_and_its_page_and_every_error_of_a_request_its_code(stage: Stage) -> None:
    assert set(PROBLEMS) == set(Code)
    everything = stage.client.get("/v1/problems").text
    for one in Code:
        page = stage.client.get(f"/v1/problems/{one}")
        assert page.status_code == 200
        assert f"<code>{one}</code>" in page.text
        assert f'id="{one}"' in everything
    assert stage.client.get("/v1/problems/nothing").status_code == 404
    assert BY_ERROR[errors.NotFoundError] is Code.NOT_FOUND


def test_the_written_page_of_problems_has_each_of_them() -> None:
    written = Path(__file__).parents[3].joinpath("docs", "problems.md").read_text()
    for one, problem in PROBLEMS.items():
        assert f"## {problem.title}" in written
        assert f"`{one}`" in written
