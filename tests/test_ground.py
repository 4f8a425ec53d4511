"""The ground the tests stand on: both databases are real, the browser draws letters, nothing stays behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser
from sqlalchemy import create_engine, inspect, text

from tests.house.source import REPOSITORY
from tests.postgres import Postgres

SERVES_UNTIL_KILLED = """
from tests.postgres import Postgres
with Postgres.start(fsync=False) as server:
    print(server.port, flush=True)
    input()
"""
GONE_SECONDS_MAX = 60.0


@pytest.mark.parametrize("test", ["one", "another"])
def test_every_test_gets_an_empty_database_of_each_kind(database_url: str, test: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        assert inspect(connection).get_table_names() == [], f"not empty for {test} test"
        connection.execute(text("CREATE TABLE only_here (id INTEGER PRIMARY KEY)"))
    engine.dispose()


def test_a_database_can_be_made_from_another(postgres_server: Postgres) -> None:
    for name, template in (("made_first", "template1"), ("made_second", "made_first")):
        url = postgres_server.create_database(name, template)
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE IF NOT EXISTS copied (id INTEGER)"))
            assert connection.execute(text("SELECT count(*) FROM copied")).scalar() == 0
        engine.dispose()
    for name in ("made_second", "made_first"):
        postgres_server.drop_database(name)


@pytest.mark.parametrize(("fsync", "said"), [(True, "on"), (False, "off")])
def test_commits_reach_the_disk_only_where_they_are_asked_to(fsync: bool, said: str) -> None:  # noqa: FBT001 -- a case
    with Postgres.start(fsync=fsync) as server, _connect(server.port) as connection:
        assert connection.execute("SHOW fsync").fetchone() == (said,)


def test_a_server_goes_when_its_owner_is_killed() -> None:
    command = [sys.executable, "-c", SERVES_UNTIL_KILLED]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=REPOSITORY) as owner:
        assert owner.stdout is not None
        port = int(owner.stdout.readline())
        _connect(port).close()
        os.kill(owner.pid, signal.SIGKILL)
    assert _is_gone(port)


def test_the_browser_draws_letters(browser: Browser, tmp_path: Path) -> None:
    pictures = []
    for words in ("Total: 23.00 €", ""):
        page = browser.new_page()
        page.set_content(f"<p>{words}")
        pictures.append(page.screenshot(path=tmp_path / "page.png"))
        page.close()
    assert pictures[0] != pictures[1]


def _connect(port: int) -> psycopg.Connection:
    return psycopg.connect(f"host=127.0.0.1 port={port} user=postgres", autocommit=True)


def _is_gone(port: int) -> bool:
    deadline = time.monotonic() + GONE_SECONDS_MAX
    while time.monotonic() < deadline:
        try:
            _connect(port).close()
        except psycopg.OperationalError:
            return True
        time.sleep(0.05)
    return False
