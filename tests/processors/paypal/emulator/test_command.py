"""The process: starts on a free port, says where, stops at once, and stays on this machine."""

import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner
from cryptography import x509

from checkout.processors.paypal.emulator.command import emulator_command
from checkout.processors.paypal.emulator.identifiers import Identifiers
from checkout.processors.paypal.emulator.start import EmulatorDidNotStartError, start_emulator
from tests.processors.paypal.emulator.caller import Caller

# A second on a machine of its own; tests share theirs.
STOP_SECONDS_MAX = 3
COMMAND = [sys.executable, "-m", "checkout.processors.paypal.emulator"]


def test_the_process_says_where_it_is_and_stops_within_a_second(tmp_path: Path) -> None:
    ready, issuer = tmp_path / "url", tmp_path / "issuer.pem"
    options = ["--ready-file", str(ready), "--issuer-file", str(issuer)]
    process = subprocess.Popen([*COMMAND, *options], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    url = line.split()[4]
    assert line.startswith("PayPal emulator ready at http://127.0.0.1:")
    deadline = time.monotonic() + 5
    while not ready.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert ready.read_text() == url
    assert requests.get(f"{url}/control", timeout=10).ok
    subject = x509.load_pem_x509_certificate(issuer.read_bytes()).subject
    assert "Issuing" in subject.rfc4514_string()
    started = time.monotonic()
    process.terminate()
    assert process.wait(5) == 0
    assert time.monotonic() - started < STOP_SECONDS_MAX


def test_it_stops_while_a_call_hangs() -> None:
    with start_emulator() as emulator:
        emulator.order_fault("hang", "create", seconds=30)
        caller = Caller(emulator.base_url)
        caller.token()

        def hang() -> None:
            with pytest.raises(requests.ConnectionError):
                caller.create()

        hanging = threading.Thread(target=hang)
        hanging.start()
        time.sleep(0.2)
        started = time.monotonic()
    assert time.monotonic() - started < STOP_SECONDS_MAX
    hanging.join(5)
    assert not hanging.is_alive()


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


def test_the_same_seed_makes_the_same_ids() -> None:
    first, same, other = ([Identifiers(seed).transaction_id() for _ in range(3)] for seed in (5, 5, 6))
    assert first == same != other


def test_it_stops_while_a_receiver_keeps_it_waiting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, start_emulator() as emulator:
        emulator.register_webhook(f"http://127.0.0.1:{silent.getsockname()[1]}/hook")
        emulator.approve(Caller(emulator.base_url).order_id())
        silent.accept()
        started = time.monotonic()
    assert time.monotonic() - started < STOP_SECONDS_MAX


def test_two_hundred_calls_of_half_a_second_overlap() -> None:
    with start_emulator() as emulator:
        caller = Caller(emulator.base_url)
        caller.create()
        token = caller.token().json()["access_token"]
        emulator.set_latency(500)
        url, headers = f"{emulator.base_url}/v1/notifications/webhooks", {"Authorization": f"Bearer {token}"}
        with ThreadPoolExecutor(200) as pool:
            started = time.monotonic()
            answers = list(pool.map(lambda _: requests.get(url, headers=headers, timeout=10), range(200)))
            seconds = time.monotonic() - started
    assert {answer.status_code for answer in answers} == {200}
    # Half a second each: one after another would be 100 s. The rest is this client's own work.
    assert seconds < 3


def test_a_body_that_is_too_large_or_of_unknown_length_is_refused() -> None:
    with start_emulator() as emulator:
        url = f"{emulator.base_url}/v2/checkout/orders"
        assert requests.post(url, data=b"x" * 1_048_577, timeout=10).status_code == 413
        assert requests.post(url, data=iter([b"x"]), timeout=10).status_code == 411
