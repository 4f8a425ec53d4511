"""The API described by OpenAPI 3.1, made of its doors: nothing is said here that they do not do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import models_json_schema

from checkout.domain.keys import KEY_PREFIX
from checkout.flows.complaints import ID
from checkout.web.api import hanging
from checkout.web.api.doors import DOORS, JSON, KEY_HEADER, NOTHING_TO_SAY, REPEATED, Keyed
from checkout.web.api.problems import PROBLEMS, Code
from checkout.web.api.refusing import PROBLEM_JSON, ROOT, ProblemBody

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import BaseModel

    from checkout.web.api.doors import Door

Json = dict[str, Any]

OPENAPI = "3.1.0"
ANYWHERE = "https://shop.example"
_PART = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>")

ALWAYS = (
    Code.KEY_MISSING,
    Code.KEY_UNKNOWN,
    Code.KEY_OVER,
    Code.KEY_OF_OTHER_MODE,
    Code.REQUEST_INVALID,
    Code.CARD_NUMBER,
    Code.BODY_UNREADABLE,
    Code.BODY_NOT_JSON,
    Code.BODY_TOO_LARGE,
    Code.FAULT,
    Code.UNAVAILABLE,
)
"""A body may come with any request, though few doors ask for one."""

HEADERS: Json = {
    "X-Request-Id": {
        "description": "The name of this request in the shop's logs; your own, where you sent one.",
        "schema": {"type": "string"},
    }
}
REPLAYED: Json = {
    REPEATED: {
        "description": "`true` where this is the first answer to the Idempotency-Key, given again.",
        "schema": {"type": "string"},
    }
}
RETRY: Json = {
    "Retry-After": {
        "description": "Seconds to wait before the same request is sent again.",
        "schema": {"type": "string"},
    }
}

LEADS: dict[str, dict[str, dict[str, str]]] = {
    "create_order": {
        name: {"order_id": "$response.body#/id"}
        for name in ("get_order", "cancel_order", "expire_order", "list_payments")
    },
    "list_orders": {"get_order": {"order_id": "$response.body#/data/0/id"}},
    "list_payments": {"get_payment": {"payment_id": "$response.body#/data/0/id"}},
    "create_refund": {"get_refund": {"refund_id": "$response.body#/data/0/id"}},
    "list_refunds": {"get_refund": {"refund_id": "$response.body#/data/0/id"}},
    "create_pay_link": {
        name: {"link_id": "$response.body#/id"} for name in ("get_pay_link", "withdraw_pay_link")
    },
    "list_products": {"get_product": {"product_id": "$response.body#/data/0/id"}},
    "list_events": {"get_event": {"event_id": "$response.body#/data/0/id"}},
    "create_endpoint": {
        name: {"endpoint_id": "$response.body#/id"}
        for name in (
            "get_endpoint",
            "update_endpoint",
            "rotate_endpoint_secret",
            "list_deliveries",
            "resend_events",
        )
    },
    "list_disputes": {"get_dispute": {"dispute_id": "$response.body#/data/0/id"}},
    "list_discrepancies": {"get_discrepancy": {"discrepancy_id": "$response.body#/data/0/id"}},
}
"""Where an answer leads on to: by door, which doors, with what of the answer."""


def description(server: str = ANYWHERE) -> Json:
    """The whole document. `server` is the shop's address."""
    _, shapes = models_json_schema(
        [(one, mode) for one, mode in _models()],  # type: ignore[misc] # the modes are literals below
        ref_template="#/components/schemas/{model}",
    )
    paths: dict[str, Json] = {}
    for one in _doors():
        paths.setdefault(ROOT + _PART.sub(r"{\1}", one.path), {})[one.method.lower()] = _operation(one)
    return {
        "openapi": OPENAPI,
        "info": {
            "title": "Delegated Checkout",
            "version": "1",
            "description": (
                "Orders, payments and refunds of one shop. Cards are entered only on the payment processor's own"
                " pages. Amounts are whole numbers of a currency's smallest unit; times are UTC."
            ),
        },
        "servers": [{"url": server}],
        "security": [{"key": []}],
        "tags": [{"name": tag, "description": about} for tag, about in _tags()],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": f"A key of the shop, which begins with `{KEY_PREFIX}`: `checkout keys create`.",
                }
            },
            "schemas": dict(sorted(shapes["$defs"].items())),
        },
    }


def _doors() -> list[Door]:
    """Every door, by the order of their resources."""
    modules = [resource.__name__ for resource in hanging.RESOURCES]
    return sorted(DOORS, key=lambda one: modules.index(one.run.__module__))


def _tags() -> Iterable[tuple[str, str]]:
    for resource in hanging.RESOURCES:
        yield _tag(resource.__name__), (resource.__doc__ or "").strip()


def _tag(module: str) -> str:
    return module.rpartition(".")[2].replace("_", " ")


def _models() -> list[tuple[type[BaseModel], str]]:
    found: dict[tuple[type[BaseModel], str], None] = {(ProblemBody, "serialization"): None}
    for one in DOORS:
        if one.has_body:
            found[one.asks, "validation"] = None
        if one.answers is not None:
            found[one.answers, "serialization"] = None
    return list(found)


def _operation(one: Door) -> Json:
    summary, _, more = one.about.partition("\n")
    scope = f"Scope: `{one.scope}`." if one.scope else "Any key."
    said: Json = {
        "operationId": one.name,
        "tags": [_tag(one.run.__module__)],
        "summary": summary,
        "description": "\n\n".join(part for part in (" ".join(more.split()), scope) if part),
        "parameters": [*_path_parameters(one), *_query_parameters(one), *_key_parameter(one)],
        "responses": _responses(one),
    }
    if one.has_body:
        shape = {"$ref": f"#/components/schemas/{one.asks.__name__}"}
        needed = any(field.is_required() for field in one.asks.model_fields.values())
        said["requestBody"] = {"required": needed, "content": {JSON: {"schema": shape}}}
    return said


def _path_parameters(one: Door) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": ID}}
        for name in _PART.findall(one.path)
    ]


def _query_parameters(one: Door) -> list[Json]:
    if one.has_body:
        return []
    shape = one.asks.model_json_schema()
    found = []
    for name, described in shape.get("properties", {}).items():
        plain = {
            key: value for key, value in described.items() if key not in {"title", "default", "description"}
        }
        choices = plain.pop("anyOf", [])
        plain |= next((choice for choice in choices if choice.get("type") != "null"), {})
        if described.get("default") is not None:
            plain["default"] = described["default"]
        parameter = {
            "name": name,
            "in": "query",
            "required": name in shape.get("required", []),
            "schema": plain,
        }
        if "description" in described:
            parameter["description"] = described["description"]
        found.append(parameter)
    return found


def _key_parameter(one: Door) -> list[Json]:
    if one.keyed is Keyed.NO:
        return []
    said = "A random key of yours: the same again is the same request, and gets the same answer for 24 hours."
    shape = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[\x20-\x7e]+$"}
    must = one.keyed is Keyed.MUST
    return [{"name": KEY_HEADER, "in": "header", "required": must, "description": said, "schema": shape}]


def codes_of(one: Door) -> list[Code]:
    """Every problem that a door may answer."""
    found = [*ALWAYS, *one.refuses]
    if one.scope is not None:
        found.append(Code.SCOPE_MISSING)
    if _PART.search(one.path):
        found += [Code.NOT_FOUND, Code.NO_SUCH_ADDRESS]
    if getattr(one.asks, "pages", False):
        found.append(Code.CURSOR_INVALID)
    if one.keyed is not Keyed.NO:
        found += [Code.IDEMPOTENCY_KEY_INVALID, Code.IDEMPOTENCY_KEY_REUSED, Code.REQUEST_IN_FLIGHT]
    if one.keyed is Keyed.MUST:
        found.append(Code.IDEMPOTENCY_KEY_MISSING)
    return sorted(set(found), key=list(Code).index)


def _responses(one: Door) -> Json:
    found: dict[int, Json] = {one.status: _success(one)}
    if one.also is not None:
        found[one.also.status] = {**_success(one), "description": one.also.about}
    by_status: dict[int, list[Code]] = {}
    for code in codes_of(one):
        by_status.setdefault(PROBLEMS[code].status, []).append(code)
    shape = {"$ref": f"#/components/schemas/{ProblemBody.__name__}"}
    for status, codes in by_status.items():
        headers = HEADERS | (RETRY if any(PROBLEMS[code].retry_seconds for code in codes) else {})
        found[status] = {
            "description": ", ".join(f"`{code}`" for code in codes),
            "headers": headers | (REPLAYED if one.keyed is not Keyed.NO else {}),
            "content": {PROBLEM_JSON: {"schema": shape}},
        }
    return {str(status): found[status] for status in sorted(found)}


def _success(one: Door) -> Json:
    headers = HEADERS | (REPLAYED if one.keyed is not Keyed.NO else {})
    if one.answers is None:
        return {"description": "Done.", "headers": headers}
    said: Json = {
        "description": (one.answers.__doc__ or "").strip().partition("\n")[0],
        "headers": headers,
        "content": {JSON: {"schema": {"$ref": f"#/components/schemas/{one.answers.__name__}"}}},
    }
    assert one.status != NOTHING_TO_SAY  # noqa: S101 -- what answers a shape has something to say
    leads = LEADS.get(one.name, {})
    if leads:
        said["links"] = {
            name: {"operationId": name, "parameters": parameters} for name, parameters in leads.items()
        }
    return said
