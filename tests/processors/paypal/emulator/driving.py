"""Drives authorizations and refunds through every state that has an answer of its own."""

import requests

from checkout.processors.paypal.emulator.control_client import EmulatorControl
from tests.processors.paypal.emulator.caller import (
    WHOLE,
    Caller,
    authorize_body,
    euro,
    first_authorization,
    first_capture,
    order_body,
)

DAY_SECONDS = 86_400


def authorized(api: Caller, emulator: EmulatorControl, instrument: str = "balance") -> requests.Response:
    """Reserve money for a new order."""
    order_id = api.order_id(authorize_body(custom_id="ref-1"))
    emulator.approve(order_id, instrument)
    return api.authorize(order_id, headers=WHOLE)


def every_authorization(api: Caller, emulator: EmulatorControl) -> list[requests.Response]:
    """Return an answer of every call about authorizations in every state; four days pass."""
    pending = authorized(api, emulator, "pending:PENDING_REVIEW")
    reviewed = first_authorization(pending)["id"]
    held = authorized(api, emulator)
    answers = [pending, held, api.authorization(reviewed), api.create(authorize_body(), headers=WHOLE)]
    emulator.deny_authorization(reviewed)
    emulator.advance(4 * DAY_SECONDS)
    api = Caller(emulator.base_url)
    wish = {"amount": euro("101.00")}
    renewed = api.take(first_authorization(held)["id"], "reauthorize", wish, headers=WHOLE)
    held_id = renewed.json()["id"]
    part = api.take(held_id, body={"amount": euro("50.00")}, headers=WHOLE)
    others = [first_authorization(authorized(api, emulator))["id"] for _ in range(3)]
    return [
        *answers,
        api.authorization(reviewed),
        renewed,
        part,
        api.take(held_id, body={"amount": euro("5.00"), "final_capture": True}),
        api.take(others[0], "void"),
        api.take(others[1], "void", headers=WHOLE),
        api.authorization(held_id),
        api.authorization(others[2]),
        api.call("GET", f"/v2/payments/captures/{part.json()['id']}"),
        api.get(held.json()["id"]),
    ]


def every_refund(api: Caller, emulator: EmulatorControl) -> list[requests.Response]:
    """Return answers about refunds in every state, of money that was converted."""
    answers = []
    emulator.set_settings(held_currencies=["EUR"])
    for end in (emulator.complete_refund, emulator.fail_refund, emulator.cancel_refund):
        order_id = api.order_id(order_body("50.00", "USD"))
        emulator.approve(order_id)
        captured = api.capture(order_id, headers=WHOLE)
        capture_id = first_capture(captured)["id"]
        emulator.order_fault("refund_pending", "refund")
        refund = api.refund(capture_id, headers=WHOLE)
        end(refund.json()["id"])
        shown = api.call("GET", f"/v2/payments/refunds/{refund.json()['id']}")
        answers += [captured, refund, shown, api.get(order_id)]
    emulator.reverse(capture_id, chargeback=True)
    answers.append(api.get(order_id))
    emulator.cancel_reversal(capture_id)
    return [*answers, api.call("GET", f"/v2/payments/captures/{capture_id}"), api.get(order_id)]
