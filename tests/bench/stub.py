"""A processor that costs almost no CPU: PayPal's answers after a fixed time. Run as a process of its own."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count

from tests.ports import free_port
from tests.town import REPOSITORY

MERCHANT = "BENCHMERCHANT"

_TOKEN = b'{"access_token":"bench","token_type":"Bearer","expires_in":32000}'


@dataclass(frozen=True, slots=True)
class Stub:
    """A running stub: where it listens, and its process, for the CPU it used."""

    url: str
    process_id: int


@contextmanager
def stub(delay_seconds: float) -> Iterator[Stub]:
    """A stub that answers about orders after so many seconds, while this lasts."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.stub", str(port), str(delay_seconds)], cwd=REPOSITORY
    )
    try:
        while not _listens(port):
            assert process.poll() is None, "the stub of a processor did not start"
            time.sleep(0.01)
        yield Stub(f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class _Talk(asyncio.Protocol):
    """One connection, kept alive; a request begins only when the one before is answered."""

    def __init__(self, address: str, delay_seconds: float, numbers: Iterator[int]) -> None:
        self._address, self._delay, self._numbers = address, delay_seconds, numbers
        self._loop = asyncio.get_running_loop()
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._line = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, end, body = self._got.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head):
            return
        self._got = b""
        method, path, _ = head.split(b" ", 2)
        if path == b"/v1/oauth2/token":
            self._say(200, _TOKEN)
        elif method == b"POST":
            self._later(201, _opened(self._address, next(self._numbers), json.loads(body)))
        elif path.startswith(b"/v2/checkout/orders/"):
            self._later(200, _captured(path.rpartition(b"/")[2].decode()))
        else:
            self._later(200, b"{}")

    def _later(self, status: int, body: bytes) -> None:
        if self._delay:
            self._loop.call_later(self._delay, self._say, status, body)
        else:
            self._say(status, body)

    def _say(self, status: int, body: bytes) -> None:
        head = (
            f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._line.write(head.encode() + body)


def _length(head: bytes) -> int:
    for row in head.lower().split(b"\r\n"):
        if row.startswith(b"content-length:"):
            return int(row[15:])
    return 0


def _opened(address: str, number: int, asked: dict[str, list[dict[str, str]]]) -> bytes:
    """The order that was asked for, waiting for its payer."""
    unit = asked["purchase_units"][0]
    reference = f"ORDER{number:09d}"
    made = {
        "id": reference,
        "status": "PAYER_ACTION_REQUIRED",
        "purchase_units": [
            {
                "amount": unit["amount"],
                "payee": {"merchant_id": MERCHANT},
                "custom_id": unit["custom_id"],
                "invoice_id": unit["invoice_id"],
            }
        ],
        "links": [
            {"href": f"{address}/checkoutnow?token={reference}", "rel": "payer-action", "method": "GET"}
        ],
    }
    return json.dumps(made).encode()


def _captured(reference: str) -> bytes:
    """An order of `filling`, paid in full."""
    number = reference.removeprefix("REF")
    amount = {"currency_code": "EUR", "value": "23.80"}
    unit = {"amount": amount, "payee": {"merchant_id": MERCHANT}, "custom_id": f"bench-BENCH{number}-1"}
    capture = {"id": f"CAP{number}", "status": "COMPLETED", "create_time": "2026-11-01T10:00:00Z", **unit}
    paid = {
        "id": reference,
        "status": "COMPLETED",
        "purchase_units": [unit | {"payments": {"captures": [capture]}}],
    }
    return json.dumps(paid).encode()


async def _serve(port: int, delay_seconds: float) -> None:
    talk = partial(_Talk, f"http://127.0.0.1:{port}", delay_seconds, count(1))
    server = await asyncio.get_running_loop().create_server(talk, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2])))
