"""Registers our webhook at PayPal, and touches none that others registered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from checkout.domain.errors import BadInputError, ProcessorRefusedError, ProcessorUnavailableError
from checkout.processors.paypal.reactions import NAME
from checkout.processors.paypal.subscriptions import SUBSCRIBED

if TYPE_CHECKING:
    from checkout.processors.paypal.client import PayPalClient
    from checkout.processors.paypal.documents import Json
    from checkout.processors.paypal.wire import Received

WEBHOOKS_MAX = 10
"""Of one app at PayPal. Source: PayPal's documentation of June 2026."""
WEBHOOK_PATH = "/webhooks/paypal"


class WebhookAddressError(BadInputError):
    """An address that PayPal cannot deliver to."""

    def __init__(self, base_url: str) -> None:
        super().__init__(
            f"{base_url[:120]!r} cannot be given to PayPal as a webhook's address: it delivers to https on"
            " port 443 with a public name. Set BASE_URL to the address PayPal can reach, such as"
            " https://shop.example."
        )


class WebhookLimitError(BadInputError):
    """PayPal keeps no more webhooks for this app."""

    def __init__(self, urls: tuple[str, ...]) -> None:
        listed = "".join(f"\n  {url}" for url in urls)
        super().__init__(
            f"PayPal keeps at most {WEBHOOKS_MAX} webhooks for one app, and this one has them all:{listed}\n"
            "Delete one that nobody needs in PayPal's developer dashboard (Apps & Credentials, your app,"
            " Webhooks), then run this again. Nothing was changed."
        )


@dataclass(frozen=True, slots=True)
class Registered:
    """Our webhook as PayPal has it now. `created` says that it is new; `changed`, that its events were."""

    webhook_id: str
    url: str
    created: bool
    changed: bool
    event_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WebhookStatus:
    """How PayPal's webhook compares with what we need; `differences` is empty where all is well."""

    url: str
    webhook_id: str | None
    differences: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Webhook:
    webhook_id: str
    url: str
    event_types: frozenset[str]


def webhook_url(base_url: str) -> str:
    """Where PayPal is to deliver, from the shop's public address."""
    return base_url.rstrip("/") + WEBHOOK_PATH


def register(client: PayPalClient, base_url: str, *, loopback: bool = False) -> Registered:
    """Make PayPal deliver our events to `base_url`; again, it changes nothing.

    A webhook with exactly our address is ours, and its events are set right; others are left alone.
    `loopback` allows http on any port, for the emulator. Raises WebhookAddressError, WebhookLimitError or
    ProcessorError.
    """
    if not loopback:
        _check_address(base_url)
    url, wanted = webhook_url(base_url), tuple(sorted(SUBSCRIBED))
    known = _webhooks(client.list_webhooks())
    ours = next((one for one in known if one.url == url), None)
    if ours is not None:
        differs = ours.event_types != frozenset(wanted)
        if differs:
            client.replace_event_types(ours.webhook_id, _as_event_types(wanted))
        return Registered(ours.webhook_id, url, created=False, changed=differs, event_types=wanted)
    try:
        received = client.create_webhook({"url": url, "event_types": _as_event_types(wanted)})
    except ProcessorRefusedError as refused:
        if refused.issue == "WEBHOOK_NUMBER_LIMIT_EXCEEDED":
            raise WebhookLimitError(tuple(one.url for one in known)) from refused
        raise
    webhook_id = received.document.get("id")
    if not isinstance(webhook_id, str) or not webhook_id:
        raise ProcessorUnavailableError(NAME, "webhooks register", "it named no id", received.debug_id)
    return Registered(webhook_id, url, created=True, changed=False, event_types=wanted)


def status(client: PayPalClient, base_url: str, webhook_ids: tuple[str, ...]) -> WebhookStatus:
    """Compare PayPal's webhook with our address, our events and the ids we accept; changes nothing."""
    url = webhook_url(base_url)
    known = _webhooks(client.list_webhooks())
    ours = next((one for one in known if one.url == url), None)
    others = tuple(f"{one.webhook_id} {one.url}" for one in known if one is not ours)
    if ours is None:
        missing = f"PayPal has no webhook for {url}: run `checkout paypal webhooks register`."
        return WebhookStatus(url, None, (missing,), others)
    return WebhookStatus(url, ours.webhook_id, tuple(_differences(ours, webhook_ids)), others)


def _differences(ours: _Webhook, webhook_ids: tuple[str, ...]) -> list[str]:
    found = []
    if ours.webhook_id not in webhook_ids:
        found.append(
            f"PAYPAL_WEBHOOK_IDS does not hold {ours.webhook_id}: its deliveries are refused. Add it."
        )
    missing = sorted(frozenset(SUBSCRIBED) - ours.event_types) if "*" not in ours.event_types else []
    if missing:
        found.append(f"PayPal does not send {', '.join(missing)}: run `checkout paypal webhooks register`.")
    surplus = sorted(ours.event_types - frozenset(SUBSCRIBED))
    if surplus:
        found.append(f"PayPal also sends {', '.join(surplus)}, which nobody here uses.")
    return found


def _check_address(base_url: str) -> None:
    parts = urlsplit(base_url)
    if parts.scheme != "https" or parts.port not in {None, 443} or "." not in (parts.hostname or ""):
        raise WebhookAddressError(base_url)


def _as_event_types(names: tuple[str, ...]) -> Json:
    return [{"name": name} for name in names]


def _webhooks(received: Received) -> tuple[_Webhook, ...]:
    listed = received.document.get("webhooks")
    if not isinstance(listed, list):
        raise ProcessorUnavailableError(NAME, "webhooks list", "no list of webhooks", received.debug_id)
    return tuple(found for one in listed if (found := _webhook(one)) is not None)


def _webhook(one: Json) -> _Webhook | None:
    if not isinstance(one, dict):
        return None
    webhook_id, url, event_types = one.get("id"), one.get("url"), one.get("event_types")
    if not isinstance(webhook_id, str) or not isinstance(url, str):
        return None
    names = (
        [kind.get("name") for kind in event_types if isinstance(kind, dict)]
        if isinstance(event_types, list)
        else []
    )
    return _Webhook(webhook_id, url, frozenset(name for name in names if isinstance(name, str)))
