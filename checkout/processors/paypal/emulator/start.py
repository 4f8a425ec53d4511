"""Starts an emulator as a process of its own, for tests, the demo and the bench."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from checkout.processors.paypal.emulator.control_client import EmulatorControl

START_SECONDS = 60.0
STOP_SECONDS = 5.0
LOOK_SECONDS = 0.02


class EmulatorDidNotStartError(Exception):
    """The emulator's process ended or stayed silent; the message carries what it wrote."""


@contextmanager
def start_emulator(
    *,
    port: int = 0,
    seed: int | None = None,
    latency_ms: int = 0,
    issuer_file: Path | None = None,
    host: str = "127.0.0.1",
) -> Iterator[EmulatorControl]:
    """Start an emulator, wait until it answers, and stop it at the end of the block.

    Raises `EmulatorDidNotStartError`.
    """
    with tempfile.TemporaryDirectory(prefix="emulator-") as folder:
        ready_file, log_file = Path(folder, "url"), Path(folder, "log")
        command = [sys.executable, "-m", "checkout.processors.paypal.emulator", "--host", host]
        command += ["--port", str(port), "--latency-ms", str(latency_ms), "--ready-file", str(ready_file)]
        command += ["--seed", str(seed)] if seed is not None else []
        command += ["--issuer-file", str(issuer_file)] if issuer_file is not None else []
        with log_file.open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield EmulatorControl(_ready_url(process, ready_file, log_file))
        finally:
            _stop(process)


def _ready_url(process: "subprocess.Popen[bytes]", ready_file: Path, log_file: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if ready_file.exists():
            return ready_file.read_text(encoding="ascii")
        if process.poll() is not None:
            break
        time.sleep(LOOK_SECONDS)
    raise EmulatorDidNotStartError(
        f"The emulator did not start: {log_file.read_text(encoding='utf-8')[-2000:]}"
    )


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
