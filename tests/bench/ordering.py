"""The order form as a customer's browser sends it, prepared as bytes."""

from __future__ import annotations

from urllib.parse import urlencode

from checkout.web.form_keys import FormKeys
from tests.bench.load import prepare

PATH = "/products/tea"


def order_request(port: int, keys: FormKeys) -> bytes:
    """One order of one tea, with a form key of its own."""
    form = {"key": keys.make(PATH), "quantity": "1", "email": "customer@example.org"}
    return prepare(
        port, PATH, urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    )
