"""One access token for all threads: asked for once, kept by a clock that no time zone can move."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from requests.auth import HTTPBasicAuth

from checkout.connecting.deadline import seconds_left
from checkout.processors.paypal.wire import ErrorAnswerError, NoAnswerError, Wire, checked

if TYPE_CHECKING:
    from collections.abc import Callable

MARGIN_SECONDS = 60.0
"""A token is renewed this long before its end, so that none expires on its way."""
LIFE_SECONDS_MAX = 24 * 3600.0

_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str = field(repr=False)
    good_until: float


@dataclass(frozen=True, slots=True)
class _Failed:
    error: NoAnswerError | ErrorAnswerError
    at: float


class Access:
    """Hands out the current token. However many threads ask, one asks PayPal and the others wait for it.

    A token's life is what PayPal says is left (asking again gives the same token with a shorter life),
    counted on the monotonic clock: the wall clock jumps, and PayPal's client reads it in local time.
    Those who waited while PayPal gave none fail by that same answer, instead of asking in turn.
    """

    def __init__(
        self,
        wire: Wire,
        token_url: str,
        credentials: tuple[str, str],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wire, self._token_url, self._monotonic = wire, token_url, monotonic
        self._basic = HTTPBasicAuth(*credentials)
        self._lock = threading.Lock()
        self._token: _Token | None = None
        self._failed: _Failed | None = None

    def token(self) -> str:
        """The current token; raises NoAnswerError or ErrorAnswerError where PayPal gives none."""
        token, began = self._token, self._monotonic()
        if token is not None and began < token.good_until:
            return token.text
        try:
            if not self._lock.acquire(timeout=min(seconds_left(), threading.TIMEOUT_MAX)):
                raise NoAnswerError("no access token in time")
        except TimeoutError as over:
            raise NoAnswerError("no access token in time") from over
        try:
            return self._renewed(began)
        finally:
            self._lock.release()

    def forget(self, text: str) -> None:
        """Drop a token that PayPal refused; one that has been renewed meanwhile stays."""
        with self._lock:
            if self._token is not None and self._token.text == text:
                self._token = None

    def _renewed(self, began: float) -> str:
        """The token that another thread brought meanwhile, or a new one."""
        token = self._token
        if token is not None and self._monotonic() < token.good_until:
            return token.text
        if self._failed is not None and self._failed.at > began:
            raise self._failed.error.with_traceback(None)
        try:
            token = self._token = self._ask()
        except (NoAnswerError, ErrorAnswerError) as failed:
            self._failed = _Failed(failed, self._monotonic())
            raise
        return token.text

    def _ask(self) -> _Token:
        asked_at = self._monotonic()
        received = checked(
            self._wire.post(
                self._token_url,
                data={"grant_type": "client_credentials"},
                headers={"Accept": "application/json"},
                auth=self._basic,
            )
        )
        text, life = received.document.get("access_token"), received.document.get("expires_in")
        usable = isinstance(text, str) and _TOKEN.fullmatch(text) is not None
        if not usable or isinstance(life, bool) or not isinstance(life, (int, float)) or life <= 0:
            raise NoAnswerError(
                "a token answer without a usable token", status=received.status, debug_id=received.debug_id
            )
        return _Token(str(text), asked_at + min(max(life - MARGIN_SECONDS, life / 2), LIFE_SECONDS_MAX))
