"""A program of the shop: it has a key, asks the API, and looks at each answer against the description."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from werkzeug.test import TestResponse

from checkout.domain.actors import Actor, Way
from checkout.domain.keys import Scope
from checkout.flows import keys
from tests.web.stage import Stage

KIM = Actor("kim", Way.COMMAND)
TEA = {"title": "Green tea", "quantity": 2, "unit_price_minor": 1190, "sku": "TEA-2"}
ORDER: dict[str, Any] = {
    "lines": [TEA, {"title": "A pot", "quantity": 1, "unit_price_minor": 2500}],
    "currency": "EUR",
    "shipping_minor": 490,
    "tax_minor": 513,
    "contact": {"email": "kim@example.com", "name": "Kim Ny", "country": "GB"},
    "shop_reference": "A-17",
    "return_url": "https://shop.example/thanks",
}
TOTAL = 2 * 1190 + 2500 + 490 + 513


@dataclass
class Program:
    """Holds one key."""

    stage: Stage
    key: str
    key_id: str
    answers: list[TestResponse] = field(default_factory=list)

    def get(self, path: str, **query: object) -> TestResponse:
        """Ask."""
        return self.send("GET", path, **({"query_string": query} if query else {}))

    def post(self, path: str, body: object = None, *, key: str | None = "", **headers: str) -> TestResponse:
        """Send a body, under a fresh Idempotency-Key unless one is given; None sends none."""
        if key is not None:
            headers["Idempotency-Key"] = key or str(uuid4())
        return self.send("POST", path, json={} if body is None else body, headers=headers)

    def order(self, **changes: object) -> dict[str, Any]:
        """Place an order."""
        answer = self.post("/v1/orders", ORDER | changes)
        assert answer.status_code == 201, answer.text
        return said(answer)

    def paid(self, **changes: object) -> dict[str, Any]:
        """Place an order that its customer pays; gives its payment."""
        order = self.order(**changes)
        path = order["pay_url"].removeprefix(self.stage.house.shop.base_url)
        assert self.stage.client.post(f"{path}/pay").status_code == 303
        self.stage.go_back()
        (payment,) = said(self.get("/v1/payments", order_id=order["id"]))["data"]
        return dict(payment)

    def send(self, method: str, path: str, **more: Any) -> TestResponse:  # noqa: ANN401 -- what a client takes
        """Send anything, with the key."""
        headers = {"Authorization": f"Bearer {self.key}", **more.pop("headers", {})}
        answer = self.stage.client.open(path, method=method, headers=headers, **more)
        self.answers.append(answer)
        return answer


def program(stage: Stage, *, scopes: Iterable[Scope] = tuple(Scope), name: str = "web shop") -> Program:
    """A program with a new key."""
    made = keys.make(stage.house, KIM, name=name, scopes=scopes)
    return Program(stage, made.text, made.key.id)


def said(answer: TestResponse) -> dict[str, Any]:
    """The JSON object of an answer."""
    found: Any = answer.json
    assert isinstance(found, dict), answer.text
    return found


def code(answer: TestResponse) -> str:
    """The code of a problem, which must be one in its whole form."""
    assert answer.content_type == "application/problem+json", answer.text
    problem = said(answer)
    assert problem["status"] == answer.status_code
    assert problem["type"].endswith(f"/v1/problems/{problem['code']}")
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    return str(problem["code"])
