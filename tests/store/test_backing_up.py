"""A backup is whole, private and proved, or there is none; a restore never mixes shops and loses nothing."""

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command

from checkout.store import backing_up, migrating
from checkout.store.backing_up import BackupError, back_up, proved, restore
from checkout.store.engine import Store
from tests.small_shop import SmallShop, open_shop
from tests.store.test_upgrading import fill

AT = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


@pytest.fixture
def selling(tmp_path: Path, sqlite_with_tables: Path) -> SmallShop:
    """A shop on SQLite with a paid order."""
    shutil.copy(sqlite_with_tables, tmp_path / "shop.db")
    shop = open_shop(f"sqlite:///{tmp_path / 'shop.db'}")
    sell(shop)
    return shop


def sell(shop: SmallShop) -> None:
    """One more paid order."""
    placed, _ = shop.approved()
    shop.come_back(placed)


def change(file: Path, *statements: str) -> None:
    """Somebody changes a file by hand."""
    with closing(sqlite3.connect(file)) as plain:
        for statement in statements:
            plain.execute(statement)
        plain.commit()


def booked(file: Path) -> int:
    """How many lines its ledger has."""
    with closing(sqlite3.connect(file)) as plain:
        return int(plain.execute("select count(*) from ledger").fetchone()[0])


def test_a_backup_is_one_private_file_that_is_proved(selling: SmallShop, tmp_path: Path) -> None:
    file = tmp_path / "kept.db"
    made = back_up(selling.house.store, file, installation="shop", at=AT)
    assert (made.ledger_lines, made.installation, made.taken_at) == (booked(file), "shop", AT)
    assert made == proved(file)
    assert len(made.head) == 64
    assert file.stat().st_mode & 0o777 == 0o600
    assert sorted(one.name for one in tmp_path.iterdir() if "kept" in one.name) == ["kept.db"]


def test_a_backup_never_replaces_a_file_unasked(selling: SmallShop, tmp_path: Path) -> None:
    file = tmp_path / "kept.db"
    file.write_text("somebody's letters")
    with pytest.raises(BackupError, match="--force"):
        back_up(selling.house.store, file, installation="shop", at=AT)
    assert file.read_text() == "somebody's letters"
    back_up(selling.house.store, file, installation="shop", at=AT, replace=True)
    assert proved(file).version == migrating.HEAD


def test_a_backup_that_fails_leaves_what_was_there(
    selling: SmallShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "kept.db"
    back_up(selling.house.store, file, installation="shop", at=AT)
    before = file.read_bytes()

    def full(_source: Path, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backing_up, "_copy", full)
    with pytest.raises(OSError, match="No space"):
        back_up(selling.house.store, file, installation="shop", at=AT, replace=True)
    assert file.read_bytes() == before
    assert not list(tmp_path.glob(".*.part"))


def test_a_restore_brings_back_what_was_and_keeps_what_is(selling: SmallShop, tmp_path: Path) -> None:
    file, live = tmp_path / "kept.db", tmp_path / "shop.db"
    made = back_up(selling.house.store, file, installation="shop", at=AT)
    sell(selling)
    selling.house.store.close()
    restored, aside = restore(selling.house.store, file, installation="shop", at=AT)
    assert (restored.head, restored.taken_at) == (made.head, AT)
    assert aside == tmp_path / "shop.db.before-restore-20261127T120000Z"
    assert booked(live) == made.ledger_lines == booked(aside) - 2
    assert live.stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob(".*"))
    sell(selling)
    assert selling.faults() == []
    selling.house.store.close()


def test_a_shop_that_is_open_is_not_replaced(selling: SmallShop, tmp_path: Path) -> None:
    file = tmp_path / "kept.db"
    back_up(selling.house.store, file, installation="shop", at=AT)
    with closing(sqlite3.connect(tmp_path / "shop.db")) as somebody:
        somebody.execute("select count(*) from orders").fetchone()
        with pytest.raises(BackupError, match="Stop it first"):
            restore(selling.house.store, file, installation="shop", at=AT)
    assert not list(tmp_path.glob("*.before-restore*"))
    sell(selling)
    selling.house.store.close()


def test_the_place_of_a_worker_is_respected(selling: SmallShop, tmp_path: Path) -> None:
    from webhooks.slots import take_slot  # noqa: PLC0415 -- what a worker holds

    file = tmp_path / "kept.db"
    back_up(selling.house.store, file, installation="shop", at=AT)
    slot = take_slot(selling.house.store)
    selling.house.store.close()
    with pytest.raises(BackupError, match="Stop it first"):
        restore(selling.house.store, file, installation="shop", at=AT)
    slot.close()
    restore(selling.house.store, file, installation="shop", at=AT)


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (["update watermarks set said = 'other' where name = 'backup'"], "of the installation 'other'"),
        (
            ["delete from watermarks", "update payments set names = 'other-' || id"],
            "of the installation 'other'",
        ),
        (["update alembic_version set version_num = '9999'"], "knows"),
        (["drop trigger if exists ledger_no_update"], ""),
    ],
)
def test_what_is_not_this_shops_or_too_new_is_refused(
    selling: SmallShop, tmp_path: Path, statements: list[str], said: str
) -> None:
    file, live = tmp_path / "kept.db", tmp_path / "shop.db"
    back_up(selling.house.store, file, installation="shop", at=AT)
    selling.house.store.close()
    change(file, *statements)
    before = booked(live)
    if not said:  # a backup that was touched and is true all the same
        restore(selling.house.store, file, installation="shop", at=AT)
        return
    with pytest.raises(BackupError, match=said):
        restore(selling.house.store, file, installation="shop", at=AT)
    assert booked(live) == before
    assert not list(tmp_path.glob("*.before-restore*"))


def test_books_that_were_changed_and_files_that_are_broken_are_refused(
    selling: SmallShop, tmp_path: Path
) -> None:
    file = tmp_path / "kept.db"
    back_up(selling.house.store, file, installation="shop", at=AT)
    selling.house.store.close()
    whole = file.read_bytes()
    with closing(sqlite3.connect(file)) as plain:
        names = [row[0] for row in plain.execute("select name from sqlite_master where type = 'trigger'")]
    change(file, *(f'drop trigger "{name}"' for name in names), "update ledger set amount_minor = 1")
    with pytest.raises(BackupError, match="does not follow the one before"):
        restore(selling.house.store, file, installation="shop", at=AT)
    for broken in (b"", b"a letter", whole[: len(whole) // 2], whole[:4096] + bytes(4096) + whole[8192:]):
        file.write_bytes(broken)
        with pytest.raises(BackupError):
            restore(selling.house.store, file, installation="shop", at=AT)
    with pytest.raises(BackupError, match="no file"):
        restore(selling.house.store, tmp_path / "nothing.db", installation="shop", at=AT)


def test_an_older_backup_is_brought_up_to_date(tmp_path: Path) -> None:
    old = Store(f"sqlite:///{tmp_path / 'old.db'}")
    with old.begin() as tx:
        command.upgrade(migrating.config(tx), "0001")
        fill(tx)
    old.close()
    place = Store(f"sqlite:///{tmp_path / 'shop.db'}")
    restored, aside = restore(place, tmp_path / "old.db", installation="shop", at=AT)
    assert (restored.version, restored.ledger_lines, aside) == (migrating.HEAD, 6, None)
    assert migrating.version(place) == migrating.HEAD
    place.close()


def test_a_damaged_shop_can_be_replaced(selling: SmallShop, tmp_path: Path) -> None:
    file, live = tmp_path / "kept.db", tmp_path / "shop.db"
    made = back_up(selling.house.store, file, installation="shop", at=AT)
    selling.house.store.close()
    live.write_bytes(b"nothing of a database is left here")
    _, aside = restore(selling.house.store, file, installation="shop", at=AT)
    assert aside
    assert aside.read_bytes().startswith(b"nothing of")
    assert booked(live) == made.ledger_lines
