"""The store's connections: few, and one whose line was cut while it rested is replaced unseen."""

import os
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from checkout.domain.errors import BadInputError, StoreUnavailableError
from checkout.store import engine
from checkout.store.engine import Store
from tests.cut_line import CutLine


def test_a_connection_that_was_cut_while_it_rested_is_replaced_unseen(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    direct = Store(postgres_url)
    with CutLine(int(direct.url.port or 0)) as line:
        store = Store(direct.url.set(port=line.port).render_as_string(hide_password=False))
        with store.read() as tx:
            tx.execute(text("select 1"))
        line.cut()
        line.mend()
        later = time.monotonic() + engine.IDLE_SECONDS + 1
        monkeypatch.setattr("checkout.store.engine.time.monotonic", lambda: later)
        with store.read() as tx:
            assert tx.execute(text("select 1")).scalar_one() == 1
        store.close()
    direct.close()


def test_a_database_that_is_gone_is_named(postgres_url: str) -> None:
    direct = Store(postgres_url)
    with CutLine(int(direct.url.port or 0)) as line:
        store = Store(direct.url.set(port=line.port).render_as_string(hide_password=False))
        line.cut()
        with pytest.raises(StoreUnavailableError), store.begin():
            pass
        assert not store.is_up()
        line.mend()
        assert store.is_up()
        store.close()
    direct.close()


@pytest.mark.parametrize("url", ["", "mysql://host/name", "sqlite://", "sqlite:///:memory:", "nonsense"])
def test_an_address_of_no_database_says_how_it_should_look(url: str) -> None:
    with pytest.raises(BadInputError, match="sqlite:///"):
        Store(url)


def test_nobody_else_may_read_a_sqlite_database_that_is_made(tmp_path: Path) -> None:
    file = tmp_path / "var" / "shop.db"
    before = os.umask(0o022)
    try:
        store = Store(f"sqlite:///{file}")
        assert not file.exists(), "a command in the wrong folder leaves no stray file"
        with store.begin() as tx:
            tx.execute(text("create table one (n integer)"))
        modes = {one.name: one.stat().st_mode & 0o777 for one in file.parent.iterdir()}
        assert modes == dict.fromkeys(("shop.db", "shop.db-wal", "shop.db-shm"), 0o600)
        assert file.parent.stat().st_mode & 0o777 == 0o700
        store.close()
    finally:
        os.umask(before)


def test_the_mode_of_a_database_that_is_there_is_its_owners_business(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    file.touch()
    file.chmod(0o640)
    store = Store(f"sqlite:///{file}")
    with store.read() as tx:
        assert tx.execute(text("select 1")).scalar_one() == 1
    store.close()
    assert file.stat().st_mode & 0o777 == 0o640
