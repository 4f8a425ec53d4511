"""PayPal's webhook events: what is kept of each, and which payment it names; pure."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import msgspec

from checkout.domain.errors import NotAuthenticError
from checkout.domain.processor import Envelope, Told
from checkout.processors.paypal.reactions import NAME
from checkout.processors.paypal.reading import read_time
from checkout.processors.paypal.subscriptions import SUBSCRIPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KEPT_MAX = 255
DISPUTED_MAX = 6

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9._,-]{1,127}", re.ASCII)
_SEPARATORS = re.compile(r"[._,-]")
_MANY_DIGITS = re.compile(r"[0-9]{12}")
_WORD = re.compile(r"[A-Z][A-Z0-9_]{0,63}", re.ASCII)
_TYPE = re.compile(r"[A-Z][A-Z0-9._-]{0,127}", re.ASCII)
_VALUE = re.compile(r"-?[0-9]{0,11}(?:\.[0-9]{1,2})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,20}(?:Z|[+-][0-9]{2}:?[0-9]{2})", re.ASCII)
_TRANSACTION = re.compile(r"[A-Z0-9]{1,36}", re.ASCII)
_KIND = re.compile(r"[a-z][a-z0-9_-]{0,31}", re.ASCII)
_UP = re.compile(
    r"https?://[^/?#]+(?:/[^/?#]+)*/(orders|captures|authorizations)/([A-Za-z0-9_-]{1,64})", re.ASCII
)
_decode = msgspec.json.Decoder().decode


def read_event(raw: bytes) -> dict[str, object]:
    """The event a body holds, not yet known to be PayPal's; raises NotAuthenticError where there is none."""
    try:
        event = _decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as malformed:
        raise NotAuthenticError("its body is not well-formed JSON") from malformed
    if not isinstance(event, dict):
        raise NotAuthenticError("its body is not a JSON object")
    if not _matches(_ID, event.get("id")) or not _matches(_TYPE, event.get("event_type")):
        raise NotAuthenticError("its body has no usable id and event_type")
    return event


def envelope(event: Mapping[str, object], raw: bytes, transmission_id: str) -> Envelope:
    """An authenticated event as what is kept of it: ids, states, amounts and times, and the body's digest.

    PayPal signs only the CRC32 of the body, which another body can be made to have: `binds_body` is False.
    """
    create_time = event.get("create_time")
    return Envelope(
        processor=NAME,
        event_id=str(event["id"]),
        event_type=str(event["event_type"]),
        occurred_at=read_time(create_time) if isinstance(create_time, str) else None,
        transmission_id=transmission_id,
        body_digest=hashlib.sha256(raw).hexdigest(),
        binds_body=False,
        kept={name: value[:KEPT_MAX] for name, value in _kept(event)},
    )


def translate(found: Envelope) -> Told:
    """Which payment an event names, and what must be asked about; what nobody listens to concerns nothing."""
    subscription = SUBSCRIPTIONS.get(found.event_type)
    return Told(concerns_payments=False) if subscription is None else subscription.read(found)


def _kept(event: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The allow-list. Each value is of a known pattern: free text, names and addresses match none of them."""
    resource = _object(event.get("resource"))
    unit = _object(_first(resource.get("purchase_units")))
    amount = (
        _object(resource.get("amount"))
        or _object(unit.get("amount"))
        or _object(resource.get("dispute_amount"))
    )
    related = _object(_object(resource.get("supplementary_data")).get("related_ids"))
    kind, up = _up_link(resource)
    of_capture = str(event["event_type"]).startswith("PAYMENT.CAPTURE.")
    is_refund = event.get("resource_type") == "refund"
    capture = up if kind == "captures" else (resource.get("id") if of_capture and not is_refund else None)
    capture = capture or related.get("capture_id")
    order = related.get("order_id") or resource.get("order_id") or (up if kind == "orders" else None)
    yield from _if_matches("resource_type", _KIND, event.get("resource_type"))
    yield from _if_matches("resource_id", _ID, resource.get("id") or resource.get("dispute_id"))
    yield from _if_matches("order_id", _ID, order)
    yield from _if_matches("capture_id", _ID, capture)
    yield from _if_matches("authorization_id", _ID, up if kind == "authorizations" else None)
    yield from _if_name("custom_id", resource.get("custom_id") or unit.get("custom_id"))
    yield from _if_ids("disputed", resource.get("disputed_transactions"))
    yield from _if_name("invoice_id", resource.get("invoice_id") or unit.get("invoice_id"))
    yield from _if_matches("status", _WORD, resource.get("status"))
    yield from _if_matches("stage", _WORD, resource.get("dispute_life_cycle_stage"))
    yield from _if_matches(
        "reason", _WORD, _object(resource.get("status_details")).get("reason") or resource.get("reason")
    )
    yield from _if_matches("amount", _VALUE, amount.get("value"))
    yield from _if_matches("currency", _CURRENCY, amount.get("currency_code"))
    yield from _if_matches("create_time", _TIME, resource.get("create_time"))
    yield from _if_matches("update_time", _TIME, resource.get("update_time"))


def _up_link(resource: Mapping[str, object]) -> tuple[str | None, str | None]:
    """What a resource belongs to: a refund's capture, a capture's order or authorization."""
    links = resource.get("links")
    for link in links if isinstance(links, list) else ():
        href = _object(link).get("href") if _object(link).get("rel") == "up" else None
        found = _UP.fullmatch(href) if isinstance(href, str) else None
        if found:
            return found[1], found[2]
    return None, None


def _if_matches(name: str, pattern: re.Pattern[str], value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and value and pattern.fullmatch(value):
        yield name, value


def _if_ids(name: str, transactions: object) -> Iterator[tuple[str, str]]:
    """What a dispute is about, by the ids of our captures; more than a few are not kept."""
    listed = transactions if isinstance(transactions, list) else []
    ids = [_object(one).get("seller_transaction_id") for one in listed[:DISPUTED_MAX]]
    usable = [one for one in ids if isinstance(one, str) and _TRANSACTION.fullmatch(one)]
    if usable:
        yield name, " ".join(usable)


def _if_name(name: str, value: object) -> Iterator[tuple[str, str]]:
    """A name somebody chose. Ours never hold 12 digits in a row; one that does may be a card's number."""
    if isinstance(value, str) and not _MANY_DIGITS.search(_SEPARATORS.sub("", value)):
        yield from _if_matches(name, _NAME, value)


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _first(value: object) -> object:
    return value[0] if isinstance(value, list) and value else None
