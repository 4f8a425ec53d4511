"""The signed key inside an order form: one form, however often it is sent, makes one order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer

LIFE = timedelta(hours=24)
NONCE_LENGTH = 24


@dataclass(frozen=True, slots=True)
class FormKeys:
    """Makes and reads form keys. A key belongs to one form (its path) and lives for LIFE."""

    secret: str
    clock: Callable[[], datetime]
    mint: Callable[[int], str]

    def make(self, form: str) -> str:
        """A fresh key for a form."""
        made_at = int(self.clock().timestamp())
        return str(self._signer().dumps([form, self.mint(NONCE_LENGTH), made_at]))

    def nonce(self, key: str, form: str) -> str | None:
        """What makes the form's order single, or None where the key is forged, expired or another form's."""
        try:
            its_form, nonce, made_at = self._signer().loads(key)
        except BadData:
            return None
        age = self.clock().timestamp() - made_at
        return str(nonce) if its_form == form and age <= LIFE.total_seconds() else None

    def _signer(self) -> URLSafeSerializer:
        return URLSafeSerializer(self.secret, salt="order form")
