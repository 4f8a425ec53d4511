"""Spoils a good answer on its way out, as an ordered fault wishes."""

import json
from collections.abc import Callable
from decimal import Decimal

from flask import Response, g

from checkout.processors.paypal.emulator.faults import DRIP_SECONDS, Fault
from checkout.processors.paypal.emulator.refusals import (
    Finding,
    Json,
    Operation,
    RefusedError,
    envelope,
    refusal_answer,
)
from checkout.processors.paypal.emulator.server import Wire

PAGE = "<!DOCTYPE html><html><head><title>Sorry</title></head><body><h1>We'll be back soon</h1></body></html>"
YAML = "id: 5O190127TN364715T\nstatus: COMPLETED\nlinks: []\n"


def garble(fault: Fault, operation: Operation, response: Response, wire: Wire, base_url: str) -> Response:
    """Return what is sent instead of `response`; what cannot be said in HTTP is set on the wire."""
    if fault.kind in ("lost_answer", "lost_request"):
        wire.cut = True
    elif fault.kind == "slow_drip":
        wire.byte_pause_seconds = fault.seconds(DRIP_SECONDS)
    elif fault.kind == "truncated":
        wire.send_share = 0.5
    elif fault.kind == "issue":
        refused = RefusedError(Finding(str(fault.parameters["issue"])))
        return _json(*refusal_answer(operation, refused, g.debug_id, base_url))
    elif fault.kind == "redirect":
        location = str(fault.parameters.get("location", f"{base_url}/checkoutnow"))
        return Response(b"", 302, headers={"Location": location})
    elif fault.parameters.get("applies_to") == "answer":
        return _json(response.status_code, altered(json.loads(response.get_data()), fault))
    elif fault.kind in REPLACED:
        return REPLACED[fault.kind](fault, response)
    return response


def _json(status: int, body: object) -> Response:
    return Response(json.dumps(body, separators=(",", ":")), status, content_type="application/json")


def _status_code(fault: Fault, otherwise: int) -> int:
    return int(fault.parameters.get("status", otherwise))


def _status(fault: Fault) -> Response:
    status = _status_code(fault, 500)
    response = _json(status, envelope(status, g.debug_id, []))
    if "retry_after" in fault.parameters:
        response.headers["Retry-After"] = str(fault.parameters["retry_after"])
    return response


def _py_reduce(fault: Fault) -> Json:
    """Build what makes jsonpickle run a command: the trap that clients must not fall into."""
    command = str(fault.parameters.get("command", "true"))
    call: list[object] = [{"py/function": "os.system"}, {"py/tuple": [command]}]
    return {"id": "5O190127TN364715T", "status": "COMPLETED", "links": [{"py/reduce": call}]}


def _html(fault: Fault, _: Response) -> Response:
    return Response(PAGE, _status_code(fault, 200), content_type="text/html; charset=utf-8")


def _as_json(body: bytes | str, status: int) -> Response:
    return Response(body, status, content_type="application/json")


def _half(response: Response) -> bytes:
    whole = response.get_data()
    return whole[: max(1, len(whole) // 2)]


REPLACED: dict[str, Callable[[Fault, Response], Response]] = {
    "status": lambda fault, _: _status(fault),
    "html": _html,
    "empty": lambda fault, response: _as_json(b"", _status_code(fault, response.status_code)),
    "yaml": lambda _, response: _as_json(YAML, response.status_code),
    "bad_json": lambda _, response: _as_json(_half(response), response.status_code),
    "py_reduce": lambda fault, response: _json(response.status_code, _py_reduce(fault)),
}


def altered(body: object, fault: Fault) -> object:
    """Return the answer with other amounts, currencies, payees or references; the book is not touched."""
    if isinstance(body, list):
        return [altered(entry, fault) for entry in body]
    if not isinstance(body, dict):
        return body
    changed = {name: altered(value, fault) for name, value in body.items()}
    parameters = fault.parameters
    if {"currency_code", "value"} <= changed.keys():
        if fault.kind == "wrong_currency":
            changed["currency_code"] = parameters["currency"]
        elif fault.kind == "wrong_amount":
            changed["value"] = _moved(str(changed["value"]), parameters)
    if fault.kind == "wrong_custom_id" and "custom_id" in changed:
        changed["custom_id"] = parameters.get("custom_id", "wrong")
    if fault.kind == "wrong_payee" and isinstance(changed.get("payee"), dict):
        email = parameters.get("payee", "other-merchant@shop.example")
        changed["payee"] = {"email_address": email, "merchant_id": "STHERMERCH222"}
    return changed


def _moved(value: str, parameters: Json) -> str:
    less, more = Decimal(str(parameters.get("less", 0))), Decimal(str(parameters.get("more", 0)))
    return str((Decimal(value) - less + more).quantize(Decimal(value)))
