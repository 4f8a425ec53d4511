"""Gets payments made, and asks what the reports say of them."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import requests

from checkout.processors.paypal.emulator.control_client import EmulatorControl
from tests.processors.paypal.emulator.caller import Caller, Json, first_capture, order_body

DISPUTES = "/v1/customer/disputes"
LAG_SECONDS = 10_800


def paid(
    api: Caller, emulator: EmulatorControl, value: str = "23.80", currency: str = "EUR", **unit: object
) -> str:
    """Pay an order and return the capture's id."""
    order_id = api.order_id(order_body(value, currency, **unit))
    emulator.approve(order_id)
    return str(first_capture(api.capture(order_id))["id"])


def day_around(emulator: EmulatorControl) -> Json:
    """Return a span that ends now and begins a day before."""
    now = emulator.now()
    return {"start_date": _day_before(now), "end_date": now}


def _day_before(now: str) -> str:
    return (datetime.fromisoformat(now) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


def asked(api: Caller, path: str, **query: Any) -> requests.Response:  # noqa: ANN401 -- whatever a query can be
    """Ask for a report."""
    prepared = requests.Request("GET", f"{api.base_url}{path}", params=query).prepare()
    return api.call("GET", str(prepared.path_url))


def transactions(api: Caller, emulator: EmulatorControl, **query: Any) -> requests.Response:  # noqa: ANN401
    """Ask for the transactions of the last day."""
    return asked(api, "/v1/reporting/transactions", **{**day_around(emulator), **query})


def rows(api: Caller, emulator: EmulatorControl, **query: Any) -> list[Json]:  # noqa: ANN401
    """Return what the report says of the last day's transactions."""
    answer = transactions(api, emulator, **query)
    assert answer.status_code == 200, answer.text
    return [detail["transaction_info"] for detail in answer.json()["transaction_details"]]


def net_of(row: Json) -> Decimal:
    """Return what a row adds to the balance."""
    return Decimal(row["transaction_amount"]["value"]) + Decimal(row.get("fee_amount", {"value": 0})["value"])


def show(api: Caller, dispute_id: str) -> Json:
    """Return a dispute as the API shows it, under a new token: between two looks days may have gone by."""
    shown: Json = Caller(api.base_url).call("GET", f"{DISPUTES}/{dispute_id}").json()
    return shown


def act(api: Caller, dispute_id: str, action: str, body: object = None) -> requests.Response:
    """Do something about a dispute."""
    return api.call("POST", f"{DISPUTES}/{dispute_id}/{action}", body)


def upload(
    api: Caller, dispute_id: str, action: str, body: str, files: dict[str, str] | None = None
) -> requests.Response:
    """Do something about a dispute with a form: JSON called `input`, and files by their names."""
    sent: dict[str, tuple[str | None, str, str]] = {"input": (None, body, "application/json")}
    for number, (name, content) in enumerate((files or {}).items()):
        sent[f"file{number}"] = (name, content, "application/pdf")
    path = f"{api.base_url}{DISPUTES}/{dispute_id}/{action}"
    token = api.token().json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    return api.session.post(path, files=sent, headers=headers, timeout=60)


def rels(dispute: Json) -> set[str]:
    """Return what a dispute's links allow."""
    return {link["rel"] for link in dispute["links"]} - {"self"}
