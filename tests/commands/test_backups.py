"""Backups on the command line: taken, refused, restored, and what to do next is said."""

import pytest

from tests.commands.conftest import Terminal


def test_a_shop_is_backed_up_and_restored(terminal: Terminal) -> None:
    first = terminal.order(approve="balance")
    said = terminal.says("db", "backup", "kept.db")
    head = said.strip().rpartition(" ")[2]
    assert terminal.reads("db", "backup", "again.db")["head"] == head
    assert "--force" in terminal.fails("db", "backup", "kept.db")
    second = terminal.order(approve="balance")
    said = terminal.says("db", "restore", "kept.db")
    assert "What was there is kept as" in said
    for command in ("reconcile events", "sweep --everything", "reconcile run", "discrepancies list"):
        assert f"checkout {command}" in said
    listed = terminal.says("orders", "list")
    assert first in listed
    assert second not in listed
    terminal.says("ledger", "verify", "--head", head)
    terminal.set(INSTALLATION="other")
    assert "installation" in terminal.fails("db", "restore", "kept.db")
    assert "There is no file" in terminal.fails("db", "restore", "nothing.db")


@pytest.mark.parametrize("words", [("backup", "pg_dump"), ("restore", "pg_restore")])
def test_postgresql_has_its_own_tools(
    empty_terminal: Terminal, postgres_url: str, words: tuple[str, str]
) -> None:
    empty_terminal.set(DATABASE_URL=postgres_url)
    assert words[1] in empty_terminal.fails("db", words[0], "kept.db")
    assert not list(empty_terminal.folder.iterdir())
