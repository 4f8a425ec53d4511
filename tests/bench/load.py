"""Sends prepared requests over many kept-alive connections, as cheaply as Python can. Run as a process of its own."""

from __future__ import annotations

import json
import os
import pickle
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LOAD_CORE = 1


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a load: answers by status, the seconds from the first request to the last answer."""

    statuses: dict[str, int]
    seconds: float
    latencies: tuple[float, ...]
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return sum(self.statuses.values()) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency in milliseconds that this share of the answers kept within."""
        return sorted(self.latencies)[int(share * (len(self.latencies) - 1))] * 1000


def send(
    port: int, requests: Sequence[bytes], connections: int, folder: Path, *, pinned: bool = True
) -> Load:
    """Send each request once, over so many connections, from another process; `pinned` to a core of its own."""
    prepared = folder / "load.pickle"
    prepared.write_bytes(pickle.dumps((port, list(requests), connections, pinned)))
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load", str(prepared)],
        capture_output=True,
        check=True,
        timeout=300,
    )
    found = json.loads(done.stdout)
    return Load(found["statuses"], found["seconds"], tuple(found["latencies"]), found["cpu_seconds"])


def prepare(port: int, path: str, body: bytes, headers: dict[str, str], method: str = "POST") -> bytes:
    """One HTTP/1.1 request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _run(port: int, requests: list[bytes], connections: int, pinned: bool) -> dict[str, object]:  # noqa: FBT001 -- unpickled
    if pinned:
        os.sched_setaffinity(0, {LOAD_CORE} & os.sched_getaffinity(0) or os.sched_getaffinity(0))
    statuses: list[str] = []
    latencies: list[float] = []
    shares = [requests[start::connections] for start in range(connections)]
    began: list[float] = []
    # Read before anybody is let go: a thread that only waits may be the last to run again.
    at_once = threading.Barrier(
        connections, action=lambda: began.extend((time.perf_counter(), time.process_time()))
    )

    def customer(share: list[bytes]) -> None:
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            at_once.wait()
            for request in share:
                sent = time.perf_counter()
                line.sendall(request)
                statuses.append(_answer(line))
                latencies.append(time.perf_counter() - sent)

    threads = [threading.Thread(target=customer, args=(share,)) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds, cpu_seconds = time.perf_counter() - began[0], time.process_time() - began[1]
    return {
        "statuses": dict(Counter(statuses)),
        "seconds": seconds,
        "latencies": latencies,
        "cpu_seconds": cpu_seconds,
    }


def _answer(line: socket.socket) -> str:
    """Read one whole answer; its status."""
    got = b""
    while b"\r\n\r\n" not in got:
        part = line.recv(65536)
        if not part:
            return "cut"
        got += part
    head, _, body = got.partition(b"\r\n\r\n")
    length = next(int(row[15:]) for row in head.lower().split(b"\r\n") if row.startswith(b"content-length:"))
    while len(body) < length:
        body += line.recv(65536)
    return head[9:12].decode()


if __name__ == "__main__":
    print(json.dumps(_run(*pickle.loads(Path(sys.argv[1]).read_bytes()))))  # noqa: S301, T201 -- our own file and output
