"""The ledger as CSV: exact, safe in a spreadsheet, complete, and as long as it is in little memory."""

from __future__ import annotations

import csv
import io
import tracemalloc
from datetime import timedelta

import pytest

from checkout.domain.accounts import Account
from checkout.domain.actors import Actor, Way
from checkout.flows import exporting
from checkout.flows.exporting import COLUMNS, csv_text, export_ledger
from checkout.store import audit
from checkout.store.statements import Span
from tests.scripted_processor import START
from tests.small_shop import SmallShop
from tests.store.test_lookups import ROWS, fill

ANN = Actor("Ann", Way.OFFICE)
SPAN = Span(START - timedelta(days=1), START + timedelta(days=30))


def read(text: str) -> list[list[str]]:
    """What a spreadsheet reads."""
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0"])
def test_no_cell_is_taken_for_a_formula(cell: str) -> None:
    assert read(csv_text([["plain", cell]])) == [["plain", f"'{cell}"]]


@pytest.mark.parametrize("cell", ["", "a=b", "1-2", "tea, with “milk”", 'she said "no"', "two\nlines"])
def test_every_other_cell_stays_as_it_is(cell: str) -> None:
    assert read(csv_text([[cell, "end"]])) == [[cell, "end"]]


def test_an_export_has_every_line_once_with_exact_amounts_and_is_kept(shop: SmallShop) -> None:
    placed, _ = shop.approved()
    shop.come_back(placed)
    rows = read("".join(export_ledger(shop.house, SPAN, ANN)))
    assert tuple(rows[0]) == COLUMNS
    booked = {(row[8], row[9], row[10], row[11]) for row in rows[1:]}
    assert booked == {("processor", "23.80", "", "EUR"), ("sales", "", "23.80", "EUR")}
    assert {row[4] for row in rows[1:]} == {placed.id}
    only_sales = read(
        "".join(export_ledger(shop.house, Span(SPAN.start, SPAN.end, account=Account.SALES), ANN))
    )
    assert [row[8] for row in only_sales[1:]] == ["sales"]
    with shop.house.store.read() as tx:
        deeds = audit.newest(tx, limit=5, who="Ann")
    assert [one.deed.did for one in deeds] == ["exported ledger", "exported ledger"]
    assert "sales" in (deeds[0].deed.said or "")


def test_a_long_export_streams_in_the_memory_of_a_few_lines(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(shop.house.store)
    monkeypatch.setattr(exporting, "LINES_AT_ONCE", 50)
    for _ in export_ledger(shop.house, SPAN, ANN):  # once before, for what is made once and kept
        pass
    chunks = export_ledger(shop.house, SPAN, ANN)
    tracemalloc.start()
    lines = size = 0
    for chunk in chunks:
        lines, size = lines + chunk.count("\r\n"), size + len(chunk)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert lines == ROWS + 1
    # What is held at once is a batch of 50. All 3,000 lines at once are some megabytes, ten times their text.
    assert peak < 2 * size
