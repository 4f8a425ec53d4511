"""The demo runs once, whole; and it fails where what it shows does not hold."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import psutil  # type: ignore[import-untyped]
import pytest
from click.testing import CliRunner
from stdnum import luhn

from checkout.domain.errors import CheckoutError
from checkout.domain.orders import OrderState
from tests.commands.conftest import Terminal
from tests.town import REPOSITORY, START_SECONDS, STOP_SECONDS, wait_for
from webhooks.commands.demo import auditing, command
from webhooks.commands.demo.customer import Customer, PageNotAsExpectedError
from webhooks.commands.demo.stage import ShopDidNotStartError, Stage
from webhooks.commands.demo.telling import Teller
from webhooks.commands.main import root

DEMO = [sys.executable, "-m", "webhooks", "demo"]
FIVE_MINUTES = 300
"""What the README promises; about 12 seconds on a machine at rest."""
MARK = "STARTED_BY_THE_TEST"


def environment(mark: str, **more: str) -> dict[str, str]:
    """The variables of a demo, and of all that it starts."""
    return {**os.environ, "PYTHONPATH": str(REPOSITORY), MARK: mark, **more}


def family(mark: str) -> list[psutil.Process]:
    """The demo and all that it started, those too that are nobody's child because who started them is gone."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(MARK) == mark:
                found.append(process)
    return found


@pytest.fixture
def mark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give a word that a demo hands on to all it starts; what bears it still at the end is killed.

    One demo at a time: of two that look at the same moment, each would find port 8000 free.
    """
    word = uuid4().hex
    with (tmp_path_factory.getbasetemp().parent / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield word
        for process in family(word):
            with suppress(psutil.Error):
                process.kill()


@pytest.mark.timeout(2 * FIVE_MINUTES)
def test_the_demo_shows_the_main_job_and_leaves_nothing_behind(tmp_path: Path, mark: str) -> None:
    # Whoever runs it may have a shop of their own in this folder: nothing of it may leak in.
    (tmp_path / ".env").write_text(
        "PAYPAL_ENVIRONMENT=live\nBASE_URL=https://shop.example\n", encoding="utf-8"
    )
    foreign = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none", "SMTP_URL": "smtp://127.0.0.1:9"}
    ran = subprocess.run(
        DEMO,
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(mark, **foreign),
        timeout=FIVE_MINUTES,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for shown in (
        "Anna",
        "Your payment was declined",
        "closes the window",
        "its answer is lost",
        "5.00 EUR is sent back",
        "a refund beside the dispute is refused",
        "it is found, and nothing else: amount differs",
        "all 5 orders were paid, and what was given back is",
    ):
        assert shown in ran.stdout
    assert "NO " not in ran.stdout
    assert "refunds    EUR 28.80" in ran.stdout
    assert [path.name for path in tmp_path.iterdir()] == [".env"]
    assert psutil.wait_procs(family(mark), timeout=STOP_SECONDS)[1] == []


@pytest.mark.timeout(FIVE_MINUTES)
def test_the_shop_that_is_kept_says_where_to_click_and_ctrl_c_ends_all_of_it(
    tmp_path: Path, mark: str
) -> None:
    said = tmp_path / "said"
    with said.open("wb") as output:
        demo = subprocess.Popen(
            [*DEMO, "--keep"],
            cwd=tmp_path,
            env=environment(mark),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    wait_for(lambda: "Ctrl-C ends" in said.read_text() or demo.poll() is not None, seconds=2 * START_SECONDS)
    shop = re.search(r"the shop +(\S+)", said.read_text())
    control = re.search(r"control page +(\S+)", said.read_text())
    assert shop
    assert control
    browser = Customer("Gus", shop[1])
    assert browser.open(shop[1]).link("/products/a-pot-of-tea")
    assert browser.open(control[1]).heading == "Control"
    started = family(mark)
    assert len(started) > 2, "the demo, PayPal and the shop"
    os.killpg(demo.pid, signal.SIGINT)  # as a terminal does
    assert demo.wait(2 * STOP_SECONDS) == 0
    assert psutil.wait_procs(started, timeout=STOP_SECONDS)[1] == []
    assert family(mark) == []


def _with_stage(monkeypatch: pytest.MonkeyPatch, play: Callable[[object, Teller], None]) -> None:
    @contextmanager
    def no_stage(_folder: Path, _teller: Teller) -> Iterator[None]:
        yield None

    monkeypatch.setattr(command, "set_up", no_stage)
    monkeypatch.setattr(command, "_play", play)


def test_a_demo_in_which_something_does_not_hold_fails_and_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    _with_stage(
        monkeypatch, lambda _stage, teller: teller.check("money is there", holds=False, otherwise="none is")
    )
    result = CliRunner().invoke(root, ["demo"])
    assert result.exit_code == 1
    assert "money is there: none is" in result.stderr


@pytest.mark.parametrize(
    "trouble", [PageNotAsExpectedError("http://x/y", "no form"), ShopDidNotStartError("because")]
)
def test_a_demo_that_breaks_off_fails_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, trouble: CheckoutError
) -> None:
    def break_off(_stage: object, _teller: Teller) -> None:
        raise trouble

    _with_stage(monkeypatch, break_off)
    result = CliRunner().invoke(root, ["demo"])
    assert result.exit_code == 1
    assert str(trouble) in result.stderr


@pytest.fixture
def stage(terminal: Terminal) -> Stage:
    """Give the look of a stage whose shop has sold one pot of tea, without its processes."""
    (terminal.folder / "mail").mkdir()
    (terminal.folder / "shop.log").write_text("nothing of note\n", encoding="utf-8")
    shop: subprocess.Popen[bytes] = subprocess.Popen([sys.executable, "-c", ""])
    shop.wait()
    return Stage(terminal.folder, terminal.emulator, terminal.house(), shop, {})


def failures(check: Callable[[Teller], None]) -> str:
    """Give what a check finds wrong."""
    teller = Teller()
    check(teller)
    return "; ".join(teller.failures)


def test_a_card_number_in_database_mail_or_log_is_found(stage: Stage, terminal: Terminal) -> None:
    digits = "5" + "1" * 13 + "3"
    number = digits + luhn.calc_check_digit(digits)
    assert failures(lambda teller: auditing._check_no_card_number(stage, teller, number)) == ""  # noqa: SLF001
    (stage.mails / "one.eml").write_text(f"Subject: Receipt\n\nPaid with {number}.\n", encoding="utf-8")
    assert "one.eml" in failures(lambda teller: auditing._check_no_card_number(stage, teller, "x"))  # noqa: SLF001
    stage.log.write_text(f"something {number}\n", encoding="utf-8")
    assert "shop.log:1" in failures(lambda teller: auditing._check_no_card_number(stage, teller, "x"))  # noqa: SLF001
    order = terminal.order()
    with stage.house.store.engine.begin() as tx:
        tx.exec_driver_sql("update contacts set name = ? where order_id = ?", (number, order))
    assert "contacts.name" in failures(lambda teller: auditing._check_no_card_number(stage, teller, "x"))  # noqa: SLF001


def test_books_that_differ_from_paypals_are_found(stage: Stage, terminal: Terminal) -> None:
    terminal.order(approve="balance")
    theirs = {"position": {"EUR": {"available": "22.99"}}}
    terminal.monkeypatch.setattr(type(terminal.emulator), "statement", lambda _self: theirs)
    assert "PayPal's book has EUR 22.99" in failures(lambda teller: auditing._check_books(stage, teller))  # noqa: SLF001


def test_an_order_that_is_not_paid_and_a_receipt_that_is_missing_are_found(
    stage: Stage, terminal: Terminal
) -> None:
    number = terminal.order()
    token = terminal.reads("orders", "show", number)["token"]
    paid = {token: OrderState.PAID}
    found = failures(lambda teller: auditing._check_orders(stage, teller, paid))  # noqa: SLF001
    assert "all 1 orders were paid" in found
    assert "1 receipts were written" in failures(lambda teller: auditing._check_mails(stage, teller, paid))  # noqa: SLF001
    assert replace(stage, folder=terminal.folder).url == "http://127.0.0.1:8000"
