"""The shop as real processes: starts, serves, is stopped and killed, and nothing is lost."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest
import requests

from tests.commands.conftest import SECRET, Terminal
from tests.ports import free_port
from tests.town import ANSWER_SECONDS, START_SECONDS, STOP_SECONDS, Town, open_town, wait_for
from webhooks.commands import serve as serve_command
from webhooks.commands import worker as worker_command

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def town(tmp_path: Path, ready_url: str) -> Iterator[Town]:
    with open_town(tmp_path / "town", ready_url) as opened:
        yield opened


@pytest.fixture
def small_town(tmp_path: Path, sqlite_with_tables: Path) -> Iterator[Town]:
    """Give a town on SQLite, for what does not depend on the database."""
    shutil.copy(sqlite_with_tables, tmp_path / "shop.db")
    with open_town(tmp_path / "town", f"sqlite:///{tmp_path / 'shop.db'}") as opened:
        yield opened


def said_by(town: Town, process: subprocess.Popen[bytes]) -> str:
    """Give what a process wrote."""
    return sorted(town.folder.glob("*.log"))[town.processes.index(process)].read_text()


def is_at_work(town: Town, worker: subprocess.Popen[bytes]) -> bool:
    """Whether a worker has said that it has started."""
    return "at work" in said_by(town, worker)


def test_a_customer_buys_and_sigterm_stops_everything_in_order(town: Town) -> None:
    shop = town.serve("--with-worker")
    customer = town.customer().orders().pays()
    assert "Payment received" in customer.comes_back()
    town.settled(customer.order_id)
    children = psutil.Process(shop.pid).children(recursive=True)
    assert town.stop(shop) == 0
    assert psutil.wait_procs(children, timeout=STOP_SECONDS)[1] == []
    said = said_by(town, shop)
    assert f"is open: {town.base_url}/" in said
    assert "Stopped; nothing was cut off." in said
    assert "Traceback" not in said


def test_ctrl_c_stops_it_as_well(small_town: Town) -> None:
    shop = small_town.serve()
    shop.send_signal(signal.SIGINT)
    assert shop.wait(STOP_SECONDS) == 0
    said = said_by(small_town, shop)
    assert "Stopped; nothing was cut off." in said
    assert "Traceback" not in said


def test_after_kill_nine_nobody_serves_on_and_the_next_start_goes_on(small_town: Town) -> None:
    shop = small_town.serve()
    customer = small_town.customer().orders()
    shop.kill()
    shop.wait(STOP_SECONDS)
    wait_for(lambda: not small_town.is_up(), what="the web process ending with its parent")
    customer.pays()
    small_town.serve()
    small_town.settled(customer.order_id)
    assert "Payment received" in customer.looks()


@pytest.mark.parametrize("ready_url", ["postgresql"], indirect=True)
def test_on_postgresql_web_and_worker_are_started_apart(town: Town) -> None:
    town.serve("--processes", "2")
    workers = [town.start("worker"), town.start("worker")]
    customer = town.customer().orders().pays()
    town.settled(customer.order_id)
    for worker in workers:
        wait_for(partial(is_at_work, town, worker), what="the worker's start")
        assert town.stop(worker) == 0
        assert "Stopped; nothing was cut off." in said_by(town, worker)


@pytest.fixture
def quiet_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a command that is refused from taking over the logs of the whole test process."""
    for module in (serve_command, worker_command):
        monkeypatch.setattr(module, "configure_logging", lambda **_: None)


@pytest.mark.usefixtures("quiet_logs")
@pytest.mark.parametrize(
    ("change", "arguments", "said"),
    [
        ({"SECRET_KEY": ""}, (), "SECRET_KEY: give at least 32 random characters"),
        ({"BASE_URL": "shop"}, (), "BASE_URL: must be an address"),
        ({"PAYPAL_MERCHANT_ID": ""}, (), "MERCHANT_ID"),
        ({}, ("--processes", "2"), "SQLite is served by one web process"),
        ({"SMTP_URL": "imap://x"}, (), "SMTP_URL must look like"),
    ],
)
def test_what_cannot_be_served_is_refused_in_one_sentence(
    terminal: Terminal, change: dict[str, str], arguments: tuple[str, ...], said: str
) -> None:
    terminal.set(**change)
    assert said in terminal.fails("serve", "--port", str(free_port()), *arguments)


@pytest.mark.usefixtures("quiet_logs")
def test_a_postgresql_database_without_tables_is_refused(empty_terminal: Terminal, postgres_url: str) -> None:
    empty_terminal.set(DATABASE_URL=postgres_url, SECRET_KEY=SECRET)
    for command in ("serve", "worker"):
        assert "Run: checkout db upgrade" in empty_terminal.fails(command)


def test_a_port_that_is_taken_and_a_second_worker_are_refused(small_town: Town) -> None:
    small_town.serve()
    again = small_town.start("serve", "--port", str(small_town.port))
    assert again.wait(START_SECONDS) == 1
    assert "another program does" in said_by(small_town, again)
    beside = small_town.start("serve", "--port", str(free_port()))
    worker = small_town.start("worker")
    for second in (beside, worker):
        assert second.wait(START_SECONDS) == 1
        assert "A worker already serves" in said_by(small_town, second)
    assert requests.get(small_town.base_url, timeout=ANSWER_SECONDS).ok
