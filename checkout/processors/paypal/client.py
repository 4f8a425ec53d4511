"""PayPal's own client, with an answer to each of its traps, and the calls that it does not cover."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeAlias

import requests
import stamina
from paypalserversdk.configuration import Configuration, Server
from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
from paypalserversdk.models.o_auth_token import OAuthToken
from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

from checkout.connecting.deadline import ending_within, seconds_left
from checkout.domain.errors import ProcessorUnavailableError
from checkout.metrics import processor_call
from checkout.processors.paypal.access import Access
from checkout.processors.paypal.documents import Json, Object
from checkout.processors.paypal.reactions import NAME, refusal
from checkout.processors.paypal.settings import PayPalSettings
from checkout.processors.paypal.wire import ErrorAnswerError, NoAnswerError, Received, Wire, checked, is_busy

READ_ATTEMPTS = 3
"""A read that PayPal could not answer just now is asked again at once; what is still unknown then is asked
by the sweep, minutes later."""

BACKOFF_SECONDS_MAX = 1.0
SENT_BYTES_A_SECOND_MIN = 50_000
"""The slowest line that evidence is sent over: 0.4 Mbit/s, as upstream of a poor connection."""

_WEBHOOKS = "/v1/notifications/webhooks"
_REPRESENTATION = "return=representation"


Upload: TypeAlias = tuple[str, bytes, str]
"""A file's name, its bytes and its media type."""


@dataclass(slots=True)
class _Call:
    """What becomes known during one call, below PayPal's client, which would drop it."""

    received: Received | None = None
    repeated: bool = False


_current: ContextVar[_Call] = ContextVar("paypal_call")


class _Session(Wire):
    """Puts the access token on each call, renews it once where PayPal refuses it, and checks each answer."""

    def __init__(self, settings: PayPalSettings, monotonic: Callable[[], float]) -> None:
        super().__init__(settings.connect_seconds, settings.read_seconds)
        self._token_url = f"{settings.api_url}/v1/oauth2/token"
        self.access = Access(self, self._token_url, (settings.client_id, settings.client_secret), monotonic)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # noqa: ANN401
        """One call; raises NoAnswerError or ErrorAnswerError before PayPal's client sees a bad answer."""
        if request.url == self._token_url:
            return super().send(request, **kwargs)
        response = self._with_token(request, **kwargs)
        _current.get().received = checked(response)
        return response

    def _with_token(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # noqa: ANN401
        token = self.access.token()
        response = self._sent(request, token, **kwargs)
        if response.status_code != HTTPStatus.UNAUTHORIZED:
            return response
        self.access.forget(token)
        return self._sent(request, self.access.token(), **kwargs)

    def _sent(self, request: requests.PreparedRequest, token: str, **kwargs: Any) -> requests.Response:  # noqa: ANN401
        """Sent once; once more where the connection broke and PayPal knows a repeat by its request id."""
        request.headers["Authorization"] = f"Bearer {token}"
        try:
            return super().send(request, **kwargs)
        except NoAnswerError as nothing:
            if not nothing.broke or "PayPal-Request-Id" not in request.headers:
                raise
            _current.get().repeated = True
            return super().send(request, **kwargs)


class _Configuration(Configuration):  # type: ignore[misc]
    """PayPal's configuration with our own address, which keeps the emulator's port and path."""

    def __init__(self, api_url: str, session: requests.Session) -> None:
        self._api_url = api_url
        super().__init__(
            http_client_instance=session,
            # The session beneath puts the real token on each call, under one lock and by the monotonic clock.
            client_credentials_auth_credentials=ClientCredentialsAuthCredentials(
                o_auth_client_id="",
                o_auth_client_secret="",
                o_auth_token=OAuthToken("by-the-session", "Bearer"),
            ),
        )

    def get_base_uri(self, server: Server = Server.DEFAULT) -> str:
        """The address of every server: there is one."""
        del server
        return self._api_url


class PayPalClient:
    """The calls we make, safe for any number of threads; each but an upload is over within `total_seconds`.

    Each returns a checked answer, or raises ProcessorRefusedError (PayPal said no: nothing happened by this
    call) or ProcessorUnavailableError (no usable answer: the outcome is unknown).
    """

    def __init__(self, settings: PayPalSettings, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._session = _Session(settings, monotonic)
        client = PaypalServersdkClient(config=_Configuration(settings.api_url, self._session))
        self._orders, self._payments = client.orders, client.payments

    def warm_up(self) -> None:
        """Ask for the access token now, so that the first customer does not wait for it."""
        self._called("token", self._session.access.token)

    def create_order(self, body: Object, key: str) -> Received:
        """POST /v2/checkout/orders. The same key within 6 hours finds the same order."""
        options = {"body": body, "paypal_request_id": key, "prefer": _REPRESENTATION}
        return self._answered("open", lambda: self._orders.create_order(options))

    def capture_order(self, reference: str, key: str) -> Received:
        """POST /v2/checkout/orders/{id}/capture. The same key within 6 hours takes nothing more."""
        options = {"id": reference, "paypal_request_id": key, "prefer": _REPRESENTATION}
        return self._answered("capture", lambda: self._orders.capture_order(options))

    def get_order(self, reference: str) -> Received:
        """GET /v2/checkout/orders/{id}."""
        return self._answered(
            "inquire", lambda: self._orders.get_order({"id": reference}), attempts=READ_ATTEMPTS
        )

    def authorize_order(self, reference: str, key: str) -> Received:
        """POST /v2/checkout/orders/{id}/authorize. The same key within 6 hours reserves nothing more."""
        options = {"id": reference, "paypal_request_id": key, "prefer": _REPRESENTATION}
        return self._answered("authorize", lambda: self._orders.authorize_order(options))

    def capture_authorization(self, authorization: str, body: Object, key: str) -> Received:
        """POST /v2/payments/authorizations/{id}/capture. The same key within 45 days takes nothing more."""
        options = {"authorization_id": authorization, "body": body, **_once(key)}
        return self._answered("capture", lambda: self._payments.capture_authorized_payment(options))

    def reauthorize(self, authorization: str, body: Object, key: str) -> Received:
        """POST /v2/payments/authorizations/{id}/reauthorize."""
        options = {"authorization_id": authorization, "body": body, **_once(key)}
        return self._answered("reauthorize", lambda: self._payments.reauthorize_payment(options))

    def void(self, authorization: str, key: str) -> Received:
        """POST /v2/payments/authorizations/{id}/void."""
        options = {"authorization_id": authorization, **_once(key)}
        return self._answered("void", lambda: self._payments.void_payment(options))

    def refund(self, capture: str, body: Object, key: str) -> Received:
        """POST /v2/payments/captures/{id}/refund. The same key within 45 days sends nothing more."""
        options = {"capture_id": capture, "body": body, **_once(key)}
        return self._answered("refund", lambda: self._payments.refund_captured_payment(options))

    def get_capture(self, capture: str) -> Received:
        """GET /v2/payments/captures/{id}."""
        ask = {"capture_id": capture}
        return self._answered(
            "inquire", lambda: self._payments.get_captured_payment(ask), attempts=READ_ATTEMPTS
        )

    def get_authorization(self, authorization: str) -> Received:
        """GET /v2/payments/authorizations/{id}."""
        ask = {"authorization_id": authorization}
        return self._answered(
            "inquire", lambda: self._payments.get_authorized_payment(ask), attempts=READ_ATTEMPTS
        )

    def get_refund(self, refund: str) -> Received:
        """GET /v2/payments/refunds/{id}: a refund, or what PayPal calls a reversal."""
        ask = {"refund_id": refund}
        return self._answered("inquire", lambda: self._payments.get_refund(ask), attempts=READ_ATTEMPTS)

    def read(self, operation: str, path: str, query: Mapping[str, str] | None = None) -> Received:
        """GET of anything that PayPal's client does not cover. `path` begins with a slash."""
        return self._answered(
            operation, lambda: self._request("GET", path, query=query), attempts=READ_ATTEMPTS
        )

    def write(self, operation: str, path: str, body: Json, key: str | None = None) -> Received:
        """POST of JSON to anything that PayPal's client does not cover."""
        return self._answered(operation, lambda: self._request("POST", path, body, key=key))

    def upload(
        self, operation: str, path: str, body: Json, files: Sequence[Upload], key: str | None = None
    ) -> Received:
        """POST of a form whose field `input` is JSON, with files beside it, as PayPal wants evidence.

        It may take longer than other calls by what a slow line needs to send the files.
        """
        sending = sum(len(content) for _, content, _ in files) / SENT_BYTES_A_SECOND_MIN
        connect, read = self._settings.connect_seconds + sending, self._settings.read_seconds + sending
        parts: list[tuple[str, tuple[str | None, str | bytes, str]]] = [
            ("input", (None, json.dumps(body), "application/json"))
        ]
        parts += [(name, (name, content, media_type)) for name, content, media_type in files]
        headers = {"Accept": "application/json"} | ({"PayPal-Request-Id": key} if key else {})
        url = f"{self._settings.api_url}{path}"
        return self._answered(
            operation,
            # What is sent is sent within the time for connecting: so the session's library has it.
            lambda: self._session.post(url, files=parts, headers=headers, timeout=(connect, read)),
            more_seconds=sending,
        )

    def list_webhooks(self) -> Received:
        """GET /v1/notifications/webhooks: every webhook of this app, also those that others made."""
        return self._answered(
            "webhooks list", lambda: self._request("GET", _WEBHOOKS), attempts=READ_ATTEMPTS
        )

    def create_webhook(self, body: Object) -> Received:
        """POST /v1/notifications/webhooks."""
        return self._answered("webhooks register", lambda: self._request("POST", _WEBHOOKS, body))

    def replace_event_types(self, webhook_id: str, event_types: Json) -> Received:
        """PATCH /v1/notifications/webhooks/{id}: only which events it is told."""
        patch: Json = [{"op": "replace", "path": "/event_types", "value": event_types}]
        path = f"{_WEBHOOKS}/{webhook_id}"
        return self._answered("webhooks register", lambda: self._request("PATCH", path, patch))

    def _request(
        self,
        method: str,
        path: str,
        body: Json = None,
        *,
        query: Mapping[str, str] | None = None,
        key: str | None = None,
    ) -> requests.Response:
        headers = {"Accept": "application/json"} | ({"PayPal-Request-Id": key} if key else {})
        url = f"{self._settings.api_url}{path}"
        return self._session.request(method, url, params=query, json=body, headers=headers)

    def _answered(
        self, operation: str, do: Callable[[], object], attempts: int = 1, more_seconds: float = 0
    ) -> Received:
        call = self._called(operation, do, attempts, more_seconds)
        if call.received is None:
            raise ProcessorUnavailableError(NAME, operation, "no answer was received")
        return call.received

    def _called(
        self, operation: str, do: Callable[[], object], attempts: int = 1, more_seconds: float = 0
    ) -> _Call:
        with processor_call(NAME, operation):
            return self._understood(operation, do, attempts, more_seconds)

    def _understood(
        self, operation: str, do: Callable[[], object], attempts: int, more_seconds: float
    ) -> _Call:
        call = _Call()
        marker = _current.set(call)
        try:
            with ending_within(self._settings.total_seconds + more_seconds):
                _repeated(do, attempts)
        except NoAnswerError as nothing:
            raise ProcessorUnavailableError(NAME, operation, nothing.why, nothing.debug_id) from nothing
        except ErrorAnswerError as error:
            raise refusal(operation, error, repeated=call.repeated) from error
        except (AttributeError, LookupError, TypeError, ValueError) as unreadable:
            # PayPal's client takes shapes for granted; whatever it trips over is an answer nobody can use.
            debug_id = call.received.debug_id if call.received else None
            why = "an answer of another shape"
            raise ProcessorUnavailableError(NAME, operation, why, debug_id) from unreadable
        finally:
            _current.reset(marker)
        return call


def _once(key: str) -> dict[str, str]:
    return {"paypal_request_id": key, "prefer": _REPRESENTATION}


def _repeated(do: Callable[[], object], attempts: int) -> None:
    """Do it; a read that PayPal could not answer just now a few times, with a little time between."""
    if attempts == 1:
        do()
        return
    for attempt in stamina.retry_context(
        on=_wait_before_repeat,
        attempts=attempts,
        timeout=None,
        wait_initial=0.1,
        wait_max=1.0,
        wait_jitter=0.2,
    ):
        with attempt:
            do()


def _wait_before_repeat(error: Exception) -> bool | float:
    """Whether another attempt may help, and after how many seconds where PayPal says so."""
    if not isinstance(error, NoAnswerError):
        return False
    if not is_busy(error.status) and not error.broke:
        return False
    try:
        left = seconds_left()
    except TimeoutError:
        return False
    wait = error.wait_seconds
    return left > BACKOFF_SECONDS_MAX if wait is None else (wait if wait < left else False)
