"""The bare web stack: one trivial route that makes the same slow call, for the bound that the machine sets."""

from __future__ import annotations

import os

import requests
from flask import Flask
from requests.adapters import HTTPAdapter


def create_web() -> Flask:
    """`POST /products/tea` asks the processor of PAYPAL_BASE_URL to open an order, and keeps nothing."""
    app = Flask("bare")
    address = os.environ["PAYPAL_BASE_URL"] + "/v2/checkout/orders"
    asking = requests.Session()
    asking.trust_env = False
    asking.mount("http://", HTTPAdapter(pool_maxsize=256))
    unit = {"custom_id": "bare", "invoice_id": "bare", "amount": {"currency_code": "EUR", "value": "23.80"}}

    @app.get("/privacy")
    def ready() -> str:
        return "ready"

    @app.post("/products/tea")
    def order() -> tuple[str, int]:
        asking.post(address, json={"purchase_units": [unit]}, timeout=20).raise_for_status()
        return "", 303

    return app
