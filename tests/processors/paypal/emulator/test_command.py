"""The process: starts where it is told, says where, stops at once, and stays on this machine."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from click.testing import CliRunner
from cryptography import x509

from checkout.processors.paypal.emulator.command import emulator_command
from checkout.processors.paypal.emulator.control_client import EmulatorControl
from checkout.processors.paypal.emulator.identifiers import Identifiers
from checkout.processors.paypal.emulator.server import BODY_BYTES_MAX
from checkout.processors.paypal.emulator.start import EmulatorDidNotStartError, start_emulator
from tests.processors.paypal.emulator.caller import Caller, wait_until

# A second on a machine of its own; tests share theirs. What it might wait for takes longer.
STOP_SECONDS_MAX = 10
COMMAND = [sys.executable, "-m", "checkout.processors.paypal.emulator"]


@contextmanager
def started(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], EmulatorControl]]:
    """A process of the test's own, which nobody helps to end before the end of the block."""
    ready = folder / "url"
    options = ["--port", "0", "--ready-file", str(ready)]
    with subprocess.Popen([*COMMAND, *options], stdout=subprocess.DEVNULL) as process:
        try:
            wait_until(ready.exists)
            yield process, EmulatorControl(ready.read_text())
        finally:
            process.kill()


def stops(process: subprocess.Popen[bytes]) -> bool:
    """Whether the process ends in order once it is asked to; TimeoutExpired where it waits for something."""
    process.terminate()
    return process.wait(STOP_SECONDS_MAX) == 0


def test_the_process_says_where_it_is_and_stops_within_a_second(tmp_path: Path) -> None:
    ready, issuer = tmp_path / "url", tmp_path / "issuer.pem"
    options = ["--port", "0", "--ready-file", str(ready), "--issuer-file", str(issuer)]
    process = subprocess.Popen([*COMMAND, *options], stdout=subprocess.PIPE)
    assert process.stdout is not None
    line = process.stdout.readline().decode()
    url = line.split()[4]
    assert line.startswith("PayPal emulator ready at http://127.0.0.1:")
    wait_until(ready.exists)
    assert ready.read_text() == url
    assert requests.get(f"{url}/control", timeout=10).ok
    subject = x509.load_pem_x509_certificate(issuer.read_bytes()).subject
    assert "Issuing" in subject.rfc4514_string()
    assert stops(process)
    process.stdout.close()


def test_it_stops_while_a_call_hangs(tmp_path: Path) -> None:
    with started(tmp_path) as (process, emulator):
        emulator.order_fault("hang", "create", seconds=60)
        cut: list[requests.ConnectionError] = []

        def hang() -> None:
            with pytest.raises(requests.ConnectionError) as raised:
                Caller(emulator.base_url).create()
            cut.append(raised.value)

        hanging = threading.Thread(target=hang)
        hanging.start()
        wait_until(lambda: emulator.faults()[0]["struck"])
        assert stops(process)
        hanging.join(STOP_SECONDS_MAX)
    assert cut


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "shop.example"])  # noqa: S104
def test_it_does_not_listen_beyond_this_machine_unless_told(host: str) -> None:
    result = CliRunner().invoke(emulator_command, ["--host", host])
    assert result.exit_code == 2
    assert "--allow-remote" in result.output


def test_a_port_that_is_taken_is_told_in_words() -> None:
    with start_emulator() as emulator:
        port = int(emulator.base_url.rpartition(":")[2])
        with pytest.raises(EmulatorDidNotStartError, match="Cannot listen"), start_emulator(port=port):
            pass


def test_started_by_hand_it_listens_where_the_documents_say_or_says_what_to_do() -> None:
    with ExitStack() as holding:
        with suppress(OSError):  # somebody else has it: as good
            holding.enter_context(socket.create_server(("127.0.0.1", 8400)))
        result = CliRunner().invoke(emulator_command, [])
    assert result.exit_code == 1
    assert "Cannot listen on 127.0.0.1, port 8400" in result.output
    assert "--port 0 for any free one" in result.output


def test_programs_start_as_many_as_they_want() -> None:
    with start_emulator() as one, start_emulator() as other:
        assert one.base_url != other.base_url


@pytest.mark.parametrize("port", ["-1", "65536", "any"])
def test_a_port_that_cannot_be_is_wrong_usage(port: str) -> None:
    assert CliRunner().invoke(emulator_command, ["--port", port]).exit_code == 2


def test_the_same_seed_makes_the_same_ids() -> None:
    first, same, other = ([Identifiers(seed).transaction_id() for _ in range(3)] for seed in (5, 5, 6))
    assert first == same != other


def test_it_stops_while_a_receiver_keeps_it_waiting(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, started(tmp_path) as (process, emulator):
        emulator.register_webhook(f"http://127.0.0.1:{silent.getsockname()[1]}/hook")
        emulator.approve(Caller(emulator.base_url).order_id())
        connection, _ = silent.accept()
        with connection:
            assert stops(process)


def test_two_hundred_calls_of_half_a_second_overlap() -> None:
    with start_emulator() as emulator:
        caller = Caller(emulator.base_url)
        caller.create()
        token = caller.token().json()["access_token"]
        emulator.set_latency(500)
        url, headers = f"{emulator.base_url}/v1/notifications/webhooks", {"Authorization": f"Bearer {token}"}
        with ThreadPoolExecutor(200) as pool:
            began = time.monotonic()
            answers = list(pool.map(lambda _: requests.get(url, headers=headers, timeout=60), range(200)))
            seconds = time.monotonic() - began
    assert {answer.status_code for answer in answers} == {200}
    # Half a second each: one after another would be 100 s. The rest is this client's own work, 2 s at rest.
    assert seconds < 20


def _answer_to_a_body_of(size: int, emulator: EmulatorControl) -> str:
    """The first line that is answered to the head of a request, before any of its body."""
    address = urlsplit(emulator.base_url)
    head = f"POST /v2/checkout/orders HTTP/1.1\r\nHost: emulator\r\nContent-Length: {size}\r\n\r\n"
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=10) as line:
        line.sendall(head.encode())
        return line.makefile("rb").readline().decode()


def test_a_body_that_is_too_large_or_of_unknown_length_is_refused() -> None:
    with start_emulator() as emulator:
        url = f"{emulator.base_url}/v2/checkout/orders"
        assert "413" in _answer_to_a_body_of(BODY_BYTES_MAX + 1, emulator)
        assert requests.post(url, data=iter([b"x"]), timeout=10).status_code == 411
