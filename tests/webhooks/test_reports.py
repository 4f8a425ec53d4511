"""Reading a report: page by page, in spans that fit, and on from wherever it was interrupted."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from checkout.domain.errors import NotFoundError, ProcessorUnavailableError
from checkout.domain.processor import Reports
from checkout.domain.reports import ReportPage, ReportsNotAllowedError, TooManyRowsError
from checkout.store import reports, watermarks
from checkout.store.reports import RunState
from checkout.store.tables import report_rows
from tests.webhooks.paypal_shop import PayPalShop
from webhooks.reconcile.reading import read_rows
from webhooks.reconcile.reports import mark_of, reconcile, reconcile_due
from webhooks.reconcile.runs import RunTakenError, Turn, Wanted, take_run


def kept(shop: PayPalShop) -> tuple[int, int]:
    """How many rows are kept, and how often they were seen by the run that read them last."""
    with shop.store.read() as tx:
        query = select(func.count(), func.coalesce(func.sum(report_rows.c.copies), 0)).select_from(
            report_rows
        )
        rows, copies = tx.execute(query).one()
    return int(rows), int(copies)


class Dying:
    """PayPal's reports until a question that is never answered."""

    def __init__(self, real: Reports, dies_at: int) -> None:
        self._real, self._left = real, dies_at

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)

    def balances(self, at: datetime | None = None) -> object:
        return self._real.balances(at)

    def report_page(self, start: datetime, end: datetime, page: int) -> ReportPage:
        self._left -= 1
        if self._left < 0:
            raise ProcessorUnavailableError("paypal", "report", "no answer in time")
        return self._real.report_page(start, end, page)


def dying(shop: PayPalShop, dies_at: int) -> PayPalShop:
    house = replace(shop.house, processors={"paypal": Dying(shop.house.processors["paypal"], dies_at)})  # type: ignore[arg-type, dict-item]
    return replace(shop, house=house)


def read(shop: PayPalShop) -> Turn:
    """Take the run and read all of it."""
    turn = take_run(shop.house, "paypal")
    assert turn is not None
    read_rows(turn, lambda _what, _share: None)
    return turn


def test_wherever_it_is_interrupted_every_row_counts_once(paypal_shop: PayPalShop) -> None:
    paypal_shop.emulator.make_payments(1_010, days=20)
    paypal_shop.move(hours=4)
    for dies_at in (1, 2, 1):
        with pytest.raises(ProcessorUnavailableError):
            read(dying(paypal_shop, dies_at))
        with paypal_shop.store.read() as tx:
            run = reports.unfinished(tx, "paypal")
        assert run is not None
        assert (run.id, run.state, run.page) == (1, RunState.READING, dies_at)
    turn = read(paypal_shop)
    assert (turn.run.id, turn.run.rows, turn.run.state) == (1, 1_010, RunState.COMPARING)
    assert kept(paypal_shop) == (1_010, 1_010)


class Crowded(Dying):
    """Reports that list no more than two days at once."""

    def report_page(self, start: datetime, end: datetime, page: int) -> ReportPage:
        if end - start > timedelta(days=2):
            raise TooManyRowsError("PayPal", start, end)
        return super().report_page(start, end, page)


def test_a_span_with_too_many_rows_is_halved_until_it_fits(paypal_shop: PayPalShop) -> None:
    paypal_shop.emulator.make_payments(300, days=20)
    paypal_shop.move(hours=4)
    crowded = Crowded(paypal_shop.house.processors["paypal"], 1_000)  # type: ignore[arg-type]
    house = replace(paypal_shop.house, processors={"paypal": crowded})  # type: ignore[dict-item]
    assert read(replace(paypal_shop, house=house)).run.rows == 300
    assert kept(paypal_shop) == (300, 300)


def test_rows_that_shift_between_pages_are_read_anew(paypal_shop: PayPalShop) -> None:
    paypal_shop.emulator.account_settings(report_lag_seconds=0)
    paypal_shop.emulator.make_payments(700, days=2)

    class Shifting(Dying):
        def report_page(self, start: datetime, end: datetime, page: int) -> ReportPage:
            found = super().report_page(start, end, page)
            if page == 1:
                self_shop.emulator.make_payments(1, days=1, seed=self._left)
            return found

    self_shop = paypal_shop
    shifting = Shifting(paypal_shop.house.processors["paypal"], 3)  # type: ignore[arg-type]
    house = replace(paypal_shop.house, processors={"paypal": shifting})  # type: ignore[dict-item]
    turn = take_run(house, "paypal")
    assert turn is not None
    with pytest.raises(ProcessorUnavailableError):
        read_rows(turn, lambda _what, _share: None)
    run = read(paypal_shop).run
    rows, copies = kept(paypal_shop)
    assert rows == copies == run.rows >= 701


def test_a_run_is_one_processs_at_a_time(paypal_shop: PayPalShop) -> None:
    paypal_shop.paid()
    paypal_shop.move(hours=4)
    first = take_run(paypal_shop.house, "paypal")
    assert first is not None
    with pytest.raises(RunTakenError):
        take_run(paypal_shop.house, "paypal", patient=True)
    second = take_run(paypal_shop.house, "paypal")
    assert second is not None
    assert second.run.id == first.run.id
    with pytest.raises(RunTakenError):
        read_rows(first, lambda _what, _share: None)
    read_rows(second, lambda _what, _share: None)
    paypal_shop.move(minutes=6)
    assert take_run(paypal_shop.house, "paypal", patient=True) is not None


def test_the_next_run_begins_a_day_before_the_last_one_ended(paypal_shop: PayPalShop) -> None:
    paypal_shop.paid()
    first = paypal_shop.reconcile().run
    second = paypal_shop.reconcile(days=3).run
    assert second.start_at == first.end_at - timedelta(days=1)
    assert reconcile(paypal_shop.house, "paypal", Wanted(second.start_at, second.start_at)) is None
    by_hand = reconcile(paypal_shop.house, "paypal", Wanted(start=first.start_at))
    assert by_hand is not None
    assert by_hand.run.start_at == first.start_at


def test_the_first_run_reaches_back_to_the_oldest_fact(paypal_shop: PayPalShop) -> None:
    paypal_shop.paid()
    paypal_shop.move(days=50)
    outcome = paypal_shop.reconcile()
    assert outcome.run.end_at - outcome.run.start_at > timedelta(days=50)
    assert (outcome.compared, outcome.found) == (1, 0)


def test_the_worker_does_it_once_a_day_and_an_hour_after_trouble(paypal_shop: PayPalShop) -> None:
    paypal_shop.paid()
    paypal_shop.emulator.account_settings(reports_authorized=False)
    paypal_shop.move(hours=4)
    assert reconcile_due(paypal_shop.house) == 0
    with paypal_shop.store.read() as tx:
        assert "Transaction Search" in (watermarks.said(tx, mark_of("paypal")) or "")
    paypal_shop.emulator.account_settings(reports_authorized=True)
    assert reconcile_due(paypal_shop.house) == 0
    paypal_shop.move(minutes=61)
    assert reconcile_due(paypal_shop.house) == 1
    paypal_shop.move(hours=23)
    assert reconcile_due(paypal_shop.house) == 0
    paypal_shop.move(hours=2)
    assert reconcile_due(paypal_shop.house) == 1


def test_without_leave_to_read_reports_it_is_said_what_to_switch_on(paypal_shop: PayPalShop) -> None:
    paypal_shop.emulator.account_settings(reports_authorized=False)
    with pytest.raises(ReportsNotAllowedError, match=r"Switch on .Transaction Search."):
        reconcile(paypal_shop.house, "paypal")
    with pytest.raises(NotFoundError):
        reconcile(paypal_shop.house, "nobody")
