"""Changes to an order that the payer has not paid yet.

Source: Orders v2 2.13, PATCH: amount may only be replaced; texts may be added, replaced and removed.
"""

import copy
import re
from datetime import datetime

from checkout.processors.paypal.emulator.order_rules import check_unit
from checkout.processors.paypal.emulator.records import Order, OrderStatus, Unit
from checkout.processors.paypal.emulator.refusals import Finding, Json, RefusedError

PATH = re.compile(r"^/purchase_units/@reference_id=='([^']*)'(?:/(\w+))?$")
REPLACED_ONLY = frozenset({"amount"})
CHANGEABLE = frozenset({"custom_id", "invoice_id", "description", "soft_descriptor", "items"})
OPERATIONS = frozenset({"add", "replace", "remove"})
# The specification lists these two; an order that waits for its payer is neither.
PATCHABLE = frozenset({OrderStatus.CREATED, OrderStatus.APPROVED})


def patch_order(order: Order, operations: object, now: datetime) -> None:
    """Apply all operations or none.

    Raises `RefusedError`.
    """
    if order.status is OrderStatus.COMPLETED:
        raise RefusedError(Finding("ORDER_ALREADY_COMPLETED"))
    if order.status not in PATCHABLE:
        raise RefusedError(Finding("NOT_PATCHABLE"))
    if not isinstance(operations, list):
        raise RefusedError(Finding("INVALID_PARAMETER_SYNTAX", "/", location="body"))
    if not operations:
        raise RefusedError(Finding("MISSING_REQUIRED_PARAMETER", "/", location="body"))
    bodies = [copy.deepcopy(unit.body) for unit in order.units]
    for operation in operations:
        _apply(order.units, bodies, operation)
    for body in bodies:
        check_unit(body)
    for unit, body in zip(order.units, bodies, strict=True):
        unit.body = body
    order.updated = now


def _apply(units: list[Unit], bodies: list[Json], operation: object) -> None:
    if not isinstance(operation, dict) or operation.get("op") is None:
        raise RefusedError(Finding("MISSING_REQUIRED_PARAMETER", "/op"))
    if operation["op"] not in OPERATIONS:
        raise RefusedError(Finding("INVALID_PARAMETER_VALUE", "/op", str(operation["op"])))
    path = operation.get("path")
    if path is None:
        raise RefusedError(Finding("PATCH_PATH_REQUIRED", "/path"))
    if not isinstance(path, str) or not path.startswith("/"):
        raise RefusedError(Finding("INVALID_JSON_POINTER_FORMAT", "/path", str(path)))
    found = PATH.match(path)
    if found is None or found[2] not in REPLACED_ONLY | CHANGEABLE:
        raise RefusedError(Finding("NOT_PATCHABLE", path))
    references = [unit.body.get("reference_id", "default") for unit in units]
    if found[1] not in references:
        raise RefusedError(Finding("REFERENCE_ID_NOT_FOUND", path, found[1]))
    _change(bodies[references.index(found[1])], str(found[2]), operation)


def _change(body: Json, name: str, operation: Json) -> None:
    action, present = operation["op"], name in body
    if name in REPLACED_ONLY and action != "replace":
        raise RefusedError(Finding("INVALID_PATCH_OPERATION", f"/{name}", action))
    if present is (action == "add"):
        raise RefusedError(Finding("INVALID_PATCH_OPERATION", f"/{name}", action))
    if action == "remove":
        del body[name]
    elif operation.get("value") is None:
        raise RefusedError(Finding("PATCH_VALUE_REQUIRED", "/value"))
    else:
        body[name] = operation["value"]
