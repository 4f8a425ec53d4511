"""Connections that end at a deadline, however slowly the other side drips its headers or body.

The deadline bounds looking up the host, connecting to its addresses, and what is sent and read. Each address has
the connect time, if so much is left.
"""

from __future__ import annotations

import io
import time
from contextlib import contextmanager
from contextvars import ContextVar
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any, TypeAlias

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.connection import create_connection

from checkout.connecting.lookup import addresses

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Mapping

    from checkout.connecting.lookup import Address

CONNECTIONS_MAX = 256
"""At least the threads of one web process, so that none waits for another's connection."""

_ends_at: ContextVar[float | None] = ContextVar("call_ends_at", default=None)


@contextmanager
def ending_within(seconds: float) -> Iterator[None]:
    """All that is sent and read inside ends after so many seconds; an outer, earlier end stays."""
    ends = time.monotonic() + seconds
    outer = _ends_at.get()
    marker = _ends_at.set(ends if outer is None else min(ends, outer))
    try:
        yield
    finally:
        _ends_at.reset(marker)


def seconds_left() -> float:
    """Seconds until the end, at least a thousandth; raises TimeoutError where it has passed."""
    ends = _ends_at.get()
    left = float("inf") if ends is None else ends - time.monotonic()
    if left <= 0:
        message = "the total time for this call is over"
        raise TimeoutError(message)
    return max(left, 0.001)


class _DeadlineReader(io.RawIOBase):
    """Gives each read only the time that the whole call has left.

    The socket's own timeout starts anew with every byte, so a server that drips would hold a thread for ever.
    """

    def __init__(self, inner: io.RawIOBase, sock: socket.socket) -> None:
        self._inner, self._sock = inner, sock
        self._read_seconds = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401, as typeshed has no public name for a buffer here
        left = seconds_left()
        self._sock.settimeout(left if self._read_seconds is None else min(left, self._read_seconds))
        return self._inner.readinto(buffer)

    def close(self) -> None:
        self._inner.close()
        super().close()


class _DeadlineResponse(HTTPResponse):
    def __init__(
        self, sock: socket.socket, debuglevel: int = 0, method: str | None = None, url: str | None = None
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        self.fp = io.BufferedReader(_DeadlineReader(self.fp.detach(), sock))


Judge: TypeAlias = "Callable[[list[Address]], None]"
"""Looks at all addresses of a host before any is connected to, and raises where none may be."""


def connected(connection: HTTPConnection, judge: Judge | None = None) -> socket.socket:
    """A new connection's socket, at the first address that answers; raises urllib3's own errors where none does.

    What `judge` looked at is what is connected to: the host is not looked up a second time.
    """
    failed: OSError = OSError("the host has no address")
    try:
        found = addresses(connection._dns_host, connection.port, seconds_left())  # noqa: SLF001
        if judge is not None:
            judge(found)
        for address in found:
            seconds = min(connection.timeout or seconds_left(), seconds_left())
            try:
                return create_connection(address, seconds, socket_options=connection.socket_options)
            except OSError as silent:
                failed = silent
        raise failed
    except TimeoutError as slow:
        raise ConnectTimeoutError(connection, "no connection in time") from slow
    except (OSError, RuntimeError) as broken:
        raise NewConnectionError(connection, f"no connection: {broken}") from broken


class DeadlineConnection(HTTPConnection):
    """Ends at the deadline."""

    response_class = _DeadlineResponse

    def _new_conn(self) -> socket.socket:
        return connected(self)


class SecureDeadlineConnection(HTTPSConnection):
    """Ends at the deadline, and shows the certificate of its host."""

    response_class = _DeadlineResponse

    def _new_conn(self) -> socket.socket:
        return connected(self)


class _Pool(HTTPConnectionPool):
    ConnectionCls = DeadlineConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = SecureDeadlineConnection


class DeadlineAdapter(HTTPAdapter):
    """Carries requests over connections that end at the deadline, as many at once as there are threads."""

    pools: Mapping[str, type[HTTPConnectionPool]] = {"http": _Pool, "https": _SecurePool}

    def __init__(self) -> None:
        super().__init__(pool_connections=8, pool_maxsize=CONNECTIONS_MAX, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401, passed through unread
        """Make pools whose connections read by the deadline."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = dict(self.pools)
