"""Calls the emulator as any HTTP client would call PayPal, without a library in between."""

import itertools
import time
from collections.abc import Callable
from typing import Any, TypeAlias

import requests

from checkout.processors.paypal.emulator.emulator import CLIENT_ID, CLIENT_SECRET

Json: TypeAlias = dict[str, Any]
WHOLE = {"Prefer": "return=representation"}
RETURN_URL = "http://127.0.0.1:9/return"
CANCEL_URL = "http://127.0.0.1:9/cancel"
ANSWER_SECONDS = 60
HANG_SECONDS = 5.0
"""A call that hangs does so for much longer than a test needs to look at it."""


def order_body(value: str = "23.80", currency: str = "EUR", **unit: object) -> Json:
    """Build the body of a redirect order over one amount."""
    context = {"brand_name": "Tea Shop", "return_url": RETURN_URL, "cancel_url": CANCEL_URL}
    return {
        "intent": "CAPTURE",
        "purchase_units": [{"amount": {"currency_code": currency, "value": value}, **unit}],
        "payment_source": {"paypal": {"experience_context": context}},
    }


def tea_body() -> Json:
    """Build the body of an order with items and a breakdown that add up."""
    body = order_body("23.80", custom_id="tea-1", invoice_id="INV-1", description="Two teas")
    unit = body["purchase_units"][0]
    unit["amount"]["breakdown"] = {"item_total": euro("20.00"), "tax_total": euro("3.80")}
    unit["items"] = [{"name": "Tea", "quantity": "2", "unit_amount": euro("10.00"), "tax": euro("1.90")}]
    return body


def authorize_body(value: str = "100.00", currency: str = "EUR", **unit: object) -> Json:
    """Build the body of a redirect order whose money is reserved first."""
    return {**order_body(value, currency, **unit), "intent": "AUTHORIZE"}


def euro(value: str) -> Json:
    """Build an amount in euros."""
    return {"currency_code": "EUR", "value": value}


class Caller:
    """A caller with the right credentials; answers are `requests` answers, never raised."""

    def __init__(self, base_url: str) -> None:
        """Take the address; a token is asked for with the first call."""
        self.base_url = base_url
        self.session = requests.Session()
        self.session.trust_env = False
        self._keys = itertools.count()
        self._token: str | None = None

    def token(self) -> requests.Response:
        """Ask for a token."""
        return self.session.post(
            f"{self.base_url}/v1/oauth2/token",
            auth=(CLIENT_ID, CLIENT_SECRET),
            data={"grant_type": "client_credentials"},
            timeout=ANSWER_SECONDS,
        )

    def call(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> requests.Response:
        """Make a call with the token."""
        if self._token is None:
            self._token = self.token().json()["access_token"]
        sent = {"Authorization": f"Bearer {self._token}", **(headers or {})}
        return self.session.request(
            method,
            f"{self.base_url}{path}",
            json=body,
            headers=sent,
            timeout=ANSWER_SECONDS,
            allow_redirects=False,
        )

    def create(
        self, body: object = None, key: str | None = None, headers: dict[str, str] | None = None
    ) -> requests.Response:
        """Create an order, under a new request id unless one is given."""
        sent = {"PayPal-Request-Id": key or f"create-{next(self._keys)}", **(headers or {})}
        return self.call("POST", "/v2/checkout/orders", order_body() if body is None else body, sent)

    def order_id(self, body: object = None) -> str:
        """Create an order and return its id."""
        answer = self.create(body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def get(self, order_id: str) -> requests.Response:
        """Ask for an order."""
        return self.call("GET", f"/v2/checkout/orders/{order_id}")

    def patch(self, order_id: str, *operations: Json) -> requests.Response:
        """Change an order."""
        return self.call("PATCH", f"/v2/checkout/orders/{order_id}", list(operations))

    def capture(
        self, order_id: str, key: str | None = None, headers: dict[str, str] | None = None
    ) -> requests.Response:
        """Capture an order, under a new request id unless one is given."""
        sent = {"PayPal-Request-Id": key or f"capture-{next(self._keys)}", **(headers or {})}
        return self.call("POST", f"/v2/checkout/orders/{order_id}/capture", None, sent)

    def authorize(
        self, order_id: str, key: str | None = None, headers: dict[str, str] | None = None
    ) -> requests.Response:
        """Authorize an order, under a new request id unless one is given."""
        sent = {"PayPal-Request-Id": key or f"authorize-{next(self._keys)}", **(headers or {})}
        return self.call("POST", f"/v2/checkout/orders/{order_id}/authorize", None, sent)

    def authorization(self, authorization_id: str) -> requests.Response:
        """Ask for an authorization."""
        return self.call("GET", f"/v2/payments/authorizations/{authorization_id}")

    def take(
        self,
        authorization_id: str,
        step: str = "capture",
        body: object = None,
        key: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> requests.Response:
        """Capture, reauthorize or void an authorization, under a new request id unless one is given."""
        sent = {"PayPal-Request-Id": key or f"{step}-{next(self._keys)}", **(headers or {})}
        return self.call("POST", f"/v2/payments/authorizations/{authorization_id}/{step}", body, sent)

    def refund(
        self,
        capture_id: str,
        body: object = None,
        key: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> requests.Response:
        """Refund a capture, under a new request id unless one is given."""
        sent = {"PayPal-Request-Id": key or f"refund-{next(self._keys)}", **(headers or {})}
        return self.call("POST", f"/v2/payments/captures/{capture_id}/refund", body, sent)


def issues(answer: requests.Response) -> list[str]:
    """Return the issues an error names."""
    return [detail["issue"] for detail in answer.json().get("details", [])]


def first_capture(answer: requests.Response) -> Json:
    """Return the first capture of an order."""
    capture: Json = answer.json()["purchase_units"][0]["payments"]["captures"][0]
    return capture


def first_authorization(answer: requests.Response) -> Json:
    """Return the first authorization of an order."""
    made: Json = answer.json()["purchase_units"][0]["payments"]["authorizations"][0]
    return made


def wait_until(true: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until something is true, and fail when it stays false."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not become true"
        time.sleep(0.02)
