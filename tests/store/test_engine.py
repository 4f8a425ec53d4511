"""The store's connections: few, and one whose line was cut while it rested is replaced unseen."""

import time

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
