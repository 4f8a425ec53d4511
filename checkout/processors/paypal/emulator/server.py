"""A small threaded HTTP server that can do what no well-behaved server can: break off in mid-answer.

Real servers take care that every request gets a whole answer. This one runs a WSGI application the same
way, one thread per connection, and then obeys a `Wire` that the application may have set: cut the connection
without an answer, stop half way, or drip one byte at a time.
"""

import io
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

WIRE = "emulator.wire"
BODY_BYTES_MAX = 16 * 1_048_576
IDLE_SECONDS = 75
BACKLOG = 1024


@dataclass(slots=True)
class Wire:
    """What is to happen to an answer on its way out."""

    cut: bool = False
    send_share: float = 1.0
    byte_pause_seconds: float = 0.0


class Server(ThreadingHTTPServer):
    """Serves one WSGI application on one address."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = BACKLOG
    allow_reuse_address = True

    def __init__(self, host: str, port: int) -> None:
        """Bind the address; port 0 takes a free one."""
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, port), Connection)
        self.application: WSGIApplication | None = None

    @property
    def port(self) -> int:
        """Return the port that is bound."""
        return int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that go away; anything else is told as usual."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class Connection(BaseHTTPRequestHandler):
    """One connection of one client, kept open between requests."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    server: Server

    def log_message(self, *_: object) -> None:
        """Write no access log; the control API lists all calls."""

    def serve(self) -> None:
        """Answer one request."""
        body = self._body()
        if body is None:
            return
        wire = Wire()
        status, headers, answer = run_application(self.server.application, self._environ(body, wire))
        if wire.cut:
            self.close_connection = True
            return
        head = [f"HTTP/1.1 {status}"]
        head += [f"{name}: {value}" for name, value in headers]
        head.append(f"Date: {self.date_time_string()}")
        if self.close_connection or wire.send_share < 1:
            self.close_connection = True
            head.append("Connection: close")
        message = "\r\n".join(head).encode("latin-1") + b"\r\n\r\n"
        self._send(message, b"" if self.command == "HEAD" else answer, wire)

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdigit():
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
            self.close_connection = True
            return None
        if int(length) > BODY_BYTES_MAX:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            self.close_connection = True
            return None
        return self.rfile.read(int(length))

    def _environ(self, body: bytes, wire: Wire) -> "WSGIEnvironment":
        path, _, query = self.path.partition("?")
        environ: WSGIEnvironment = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path, "latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": str(self.server.server_address[0]),
            "SERVER_PORT": str(self.server.port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            WIRE: wire,
        }
        for name, value in self.headers.items():
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
        return environ

    def _send(self, head: bytes, answer: bytes, wire: Wire) -> None:
        part = answer[: int(len(answer) * wire.send_share)]
        if not wire.byte_pause_seconds:
            self.wfile.write(head + part)
            return
        self.wfile.write(head)
        for position in range(len(part)):
            time.sleep(wire.byte_pause_seconds)
            self.wfile.write(part[position : position + 1])


def run_application(
    application: "WSGIApplication | None", environ: "WSGIEnvironment"
) -> tuple[str, list[tuple[str, str]], bytes]:
    """Call a WSGI application and return its status line, headers and whole body."""
    if application is None:
        raise RuntimeError("The server was started before it was given an application.")
    told: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], _exception: object = None
    ) -> Callable[[bytes], object]:
        told.append((status, headers))
        return lambda _: None

    chunks = application(environ, start_response)
    try:
        body = b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    status, headers = told[-1]
    return status, headers, body


# The library looks for one method per HTTP method, by name.
for _method in ("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"):
    setattr(Connection, f"do_{_method}", Connection.serve)
