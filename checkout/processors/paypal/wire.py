"""The only session this adapter has: bounded in time and size, without cookies, proxies or redirects."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import requests

from checkout.connecting.deadline import DeadlineAdapter, seconds_left
from checkout.processors.paypal.documents import NotAnObjectError, Object, read_object, write_object

if TYPE_CHECKING:
    from collections.abc import Mapping

BODY_BYTES_MAX = 4 * 1024 * 1024
"""PayPal's largest recorded order answer has under 10 kB; a page of 500 report rows, each with a long note, 2.5 MB."""

_JSON_TYPE = re.compile(r"application/(?:[a-z0-9.+-]+\+)?json", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,4}", re.ASCII)
_SERVER_ERRORS = 500
_DEBUG_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


class NoAnswerError(Exception):
    """Nothing that can be trusted came back: whether the call had an effect is unknown.

    `broke` says that the connection itself broke before an answer, so that one repeat may help.
    """

    def __init__(
        self,
        why: str,
        *,
        status: int | None = None,
        debug_id: str | None = None,
        broke: bool = False,
        wait_seconds: float | None = None,
    ) -> None:
        self.why = why if status is None else f"HTTP {status}, {why}"
        self.status, self.debug_id, self.broke = status, debug_id, broke
        self.wait_seconds = wait_seconds
        super().__init__(self.why)


class ErrorAnswerError(Exception):
    """PayPal answered with a well-formed error document."""

    def __init__(self, status: int, document: Object, debug_id: str | None) -> None:
        self.status, self.document, self.debug_id = status, document, debug_id
        super().__init__(f"HTTP {status}")


@dataclass(frozen=True, slots=True)
class Received:
    """A checked answer: its document, its status and PayPal's id for their support."""

    document: Object
    status: int
    debug_id: str | None


class Wire(requests.Session):
    """A session whose answers are whole, small, in time, and never followed elsewhere."""

    def __init__(self, connect_seconds: float, read_seconds: float) -> None:
        super().__init__()
        self._connect_seconds, self._read_seconds = connect_seconds, read_seconds
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            self.mount(scheme, DeadlineAdapter())

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # noqa: ANN401
        """One exchange, its body read in full; raises NoAnswerError where nothing usable came.

        A pair of seconds as `timeout` takes the place of this session's own, for what takes long to send.
        """
        given = kwargs.get("timeout")
        connect, read = given if isinstance(given, tuple) else (self._connect_seconds, self._read_seconds)
        try:
            left = seconds_left()
            kwargs |= {
                "allow_redirects": False,
                "stream": True,
                "timeout": (min(connect, left), min(read, left)),
            }
            response = super().send(request, **kwargs)
            response._content = _read_bounded(response)  # noqa: SLF001, as requests itself does after a stream
        except (requests.Timeout, TimeoutError) as slow:
            message = "no answer in time"
            raise NoAnswerError(message) from slow
        except requests.RequestException as broken:
            raise _no_answer(broken) from broken
        return response


def checked(response: requests.Response) -> Received:
    """The document of an answer; raises NoAnswerError for anything but JSON, ErrorAnswerError for an error.

    The response then holds the very document that was checked, as plain UTF-8, whatever charset it claimed.
    """
    status, debug_id = response.status_code, read_debug_id(response.headers)
    try:
        document = _document(response)
    except NotAnObjectError as unusable:
        raise NoAnswerError(
            str(unusable), status=status, debug_id=debug_id, wait_seconds=_retry_after(response)
        ) from unusable
    if status >= HTTPStatus.BAD_REQUEST:
        raise ErrorAnswerError(status, document, debug_id or _debug_id(document.get("debug_id")))
    return Received(document, status, debug_id)


def read_debug_id(headers: Mapping[str, str]) -> str | None:
    """PayPal's id for this answer; where the header came twice, the first."""
    return _debug_id(headers.get("PayPal-Debug-Id", "").partition(",")[0].strip())


def is_busy(status: int | None) -> bool:
    """True where PayPal cannot answer just now; what it says then is of no use."""
    return status is not None and (status == HTTPStatus.TOO_MANY_REQUESTS or status >= _SERVER_ERRORS)


def _debug_id(told: object) -> str | None:
    return told if isinstance(told, str) and _DEBUG_ID.fullmatch(told) else None


def _document(response: requests.Response) -> Object:
    if HTTPStatus.MULTIPLE_CHOICES <= response.status_code < HTTPStatus.BAD_REQUEST:
        message = "a redirect, which is never followed"
        raise NotAnObjectError(message)
    if is_busy(response.status_code):
        message = "PayPal is not able to answer now"
        raise NotAnObjectError(message)
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if not _JSON_TYPE.fullmatch(media_type):
        message = "not JSON by its content type"
        raise NotAnObjectError(message)
    document = read_object(response.content)
    response._content = write_object(document)  # noqa: SLF001, so that the client decodes what was checked
    response.encoding = "utf-8"
    return document


def _retry_after(response: requests.Response) -> float | None:
    told = response.headers.get("Retry-After", "")
    return float(told) if _SECONDS.fullmatch(told) else None


def _read_bounded(response: requests.Response) -> bytes:
    parts, size = [], 0
    try:
        for part in response.iter_content(16 * 1024):
            size += len(part)
            if size > BODY_BYTES_MAX:
                message = f"more than {BODY_BYTES_MAX} bytes"
                raise NoAnswerError(message, status=response.status_code)
            parts.append(part)
    finally:
        response.close()
    return b"".join(parts)


def _no_answer(broken: requests.RequestException) -> NoAnswerError:
    try:
        seconds_left()
    except TimeoutError:
        return NoAnswerError("no answer in time")
    if isinstance(broken, requests.exceptions.SSLError):
        return NoAnswerError("the connection is not secure")
    if isinstance(broken, requests.ConnectionError) and "timed out" not in str(broken):
        return NoAnswerError("the connection broke", broke=True)
    return NoAnswerError("no whole answer")
