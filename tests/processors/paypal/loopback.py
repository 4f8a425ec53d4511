"""A tiny server on this machine that answers exactly as a test wants, down to the byte and the pause."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from io import BufferedReader


@dataclass(frozen=True)
class Asked:
    """One request as it came in; header names in small letters."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Piece = bytes | float
"""Bytes are sent, a number is a pause in seconds."""
Handler = Callable[[Asked], Iterable[Piece]]


@dataclass
class Loopback:
    """The server: what it was asked, and how it answers. No pieces at all: it hangs up without an answer.

    It reads each request only after `reads_after` seconds, as if it came over a slow line.
    """

    handler: Handler
    asked: list[Asked] = field(default_factory=list)
    url: str = ""
    connections: int = 0
    tls: ssl.SSLContext | None = None
    reads_after: float = 0.0
    _listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    def __post_init__(self) -> None:
        self.url = f"{'https' if self.tls else 'http'}://127.0.0.1:{self._listener.getsockname()[1]}"

    def paths(self, method: str = "") -> list[str]:
        """The paths asked for, in order."""
        return [one.path for one in self.asked if method in {"", one.method}]

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def close(self) -> None:
        # Closing alone does not wake a thread that is waiting for the next connection.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _answer(self, connection: socket.socket) -> None:
        with suppress(OSError):
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
            self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as reader:
            while (asked := self._next(reader)) is not None:
                self.asked.append(asked)
                pieces = list(self.handler(asked))
                if not pieces:
                    return
                for piece in pieces:
                    if isinstance(piece, bytes):
                        connection.sendall(piece)
                    else:
                        time.sleep(piece)

    def _next(self, reader: BufferedReader) -> Asked | None:
        time.sleep(self.reads_after)
        return _read(reader.readline, reader.read)


def _read(readline: Callable[[], bytes], read: Callable[[int], bytes]) -> Asked | None:
    first = readline().decode().split()
    if len(first) < 2:
        return None
    headers: dict[str, str] = {}
    while (line := readline().decode().strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Asked(first[0], first[1], headers, read(int(headers.get("content-length", "0"))))


@contextmanager
def loopback(
    handler: Handler, tls: ssl.SSLContext | None = None, *, reads_after: float = 0.0
) -> Iterator[Loopback]:
    """Run a server with this handler for as long as the block runs; over TLS where a context is given."""
    server = Loopback(handler, tls=tls, reads_after=reads_after)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join(timeout=5)


def raw_answer(
    body: bytes, status: int = 200, content_type: str = "application/json", **headers: str
) -> bytes:
    """A whole HTTP answer; header names with `_` for `-`."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def json_answer(document: object, status: int = 200, **headers: str) -> bytes:
    """An HTTP answer with a JSON body and PayPal's debug id."""
    return raw_answer(json.dumps(document).encode(), status, **({"PayPal_Debug_Id": "f0debug1"} | headers))


def token_answer(token: str = "A21-first", seconds: float = 32400) -> bytes:  # noqa: S107, a test's
    """PayPal's answer to a request for a token."""
    return json_answer({"access_token": token, "token_type": "Bearer", "expires_in": seconds})
