"""Pay links that a shop signs itself, without asking anybody: what is ordered stands in the address.

A link is `<base>/pay/<payload>.<signature>`. The payload is the order as JSON, in base64url without padding; the
signature is the HMAC-SHA256 of the payload's text, keyed with the link secret's text, in base64url without padding.
Needs nothing but the standard library: a shop may take this file along. See docs/pay-links.md.
"""

from __future__ import annotations

import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass

VERSION = 1
LINK_CHARACTERS_MAX = 8192
"""Of payload and signature. Above 2,000 for the whole address, some mail programs and chats cut it."""

_FORM = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})", re.ASCII)


def sign_order(order: Mapping[str, object], *, key: str, secret: str, base_url: str) -> str:
    """The pay link for an order: `{"lines": [{"title": …, "quantity": …, "unit_price_minor": …}], "currency": …}`.

    `key` and `secret` are what `checkout link keys create` printed, `base_url` is the till's address.
    """
    said = {"v": VERSION, "key": key, **order}
    payload = _text(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode())
    return f"{base_url}/pay/{payload}.{signature_of(payload, secret)}"


def signature_of(payload: str, secret: str) -> str:
    """What makes a payload the shop's own."""
    return _text(hmac.digest(secret.encode(), payload.encode(), "sha256"))


@dataclass(frozen=True, slots=True)
class SignedText:
    """A link's last part, taken apart; `said` is what it says, whoever signed it."""

    payload: str
    signature: str
    said: dict[str, object]

    def is_signed_with(self, secret: str) -> bool:
        """Whether this secret signed exactly this payload; takes as long for a near miss as for a far one."""
        return hmac.compare_digest(self.signature, signature_of(self.payload, secret))


def read_link(text: str) -> SignedText | None:
    """Take a link's last part apart; None for what has not the form of one."""
    found = _FORM.fullmatch(text) if len(text) <= LINK_CHARACTERS_MAX else None
    if found is None:
        return None
    payload, signature = found.groups()
    try:
        said = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        return None
    return SignedText(payload, signature, said) if isinstance(said, dict) else None


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
