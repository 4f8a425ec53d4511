"""Access tokens: one shared token with the life that is left, as PayPal gives it out."""

import base64
import binascii
import hmac
from datetime import datetime, timedelta

from checkout.processors.paypal.emulator.clock import Clock, zulu
from checkout.processors.paypal.emulator.identifiers import Identifiers
from checkout.processors.paypal.emulator.refusals import ENVELOPES, Json, NamedRefusalError

LIFE = timedelta(seconds=32_400)
SCOPE = (
    "https://uri.paypal.com/services/payments/realtimepayment "
    "https://uri.paypal.com/services/payments/refund "
    "https://uri.paypal.com/services/applications/webhooks openid"
)


class InvalidTokenError(Exception):
    """The bearer token is unknown, expired or revoked."""


class Tokens:
    """Hands out the one current token; guarded by the emulator's lock."""

    def __init__(self, clock: Clock, identifiers: Identifiers, client_id: str, client_secret: str) -> None:
        """Take the credentials that are right."""
        self._clock = clock
        self._identifiers = identifiers
        self._credentials = f"{client_id}:{client_secret}"
        self._token: str | None = None
        self._issued: datetime | None = None
        self.requests = 0

    def answer(self, authorization: str) -> Json:
        """Answer a request for a token: the same token again while it lives.

        Raises `NamedRefusalError` for wrong credentials.
        """
        self.requests += 1
        if not self.is_basic(authorization):
            raise NamedRefusalError(401, "invalid_client", "Client Authentication failed")
        now = self._clock.now()
        if self._token is None or self._issued is None or now >= self._issued + LIFE:
            self._token, self._issued = self._identifiers.token(), now
        left = self._issued + LIFE - now
        return {
            "scope": SCOPE,
            "access_token": self._token,
            "token_type": "Bearer",
            "app_id": "APP-EMULATOR",
            "expires_in": int(left.total_seconds()),
            "nonce": f"{zulu(self._issued)}{self._token[-20:]}",
        }

    def is_basic(self, authorization: str) -> bool:
        """Return whether this header carries the right client id and secret."""
        scheme, _, encoded = authorization.partition(" ")
        if scheme.casefold() != "basic":
            return False
        try:
            given = base64.b64decode(encoded.strip(), validate=True)
        except (binascii.Error, ValueError):
            return False
        return hmac.compare_digest(given, self._credentials.encode())

    def check(self, authorization: str) -> None:
        """Accept a living bearer token, or the credentials themselves, which v2 calls take too.

        Raises `InvalidTokenError`, or `NamedRefusalError` when there is no authorization at all.
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.casefold() == "bearer":
            now = self._clock.now()
            alive = self._issued is not None and now < self._issued + LIFE
            if not (
                alive and self._token and hmac.compare_digest(token.strip().encode(), self._token.encode())
            ):
                raise InvalidTokenError
        elif not self.is_basic(authorization):
            raise NamedRefusalError(401, *ENVELOPES[401])

    def revoke(self) -> None:
        """Make the current token worthless at once; the next request gets a new one."""
        self._token = self._issued = None

    def clear(self) -> None:
        """Forget the token and the count of requests."""
        self.revoke()
        self.requests = 0
