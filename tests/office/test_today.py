"""Today: what needs a person comes first and leads to its list; the figures are the ledger's."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

from checkout.domain.money import Money
from checkout.domain.roles import Role
from checkout.flows import attention
from checkout.flows.attention import Matter, what_waits
from checkout.store import discrepancies, halts, notices
from checkout.store.discrepancies import Found
from checkout.store.halts import Stops
from checkout.store.notices import Notice, NoticeKind
from tests.office.paid_office import PaidOffice
from tests.office.stage import OfficeStage
from webhooks.office.frame import DOORS
from webhooks.office.today import LINKS, TITLES


def test_a_shop_at_rest_needs_nobody(office: OfficeStage) -> None:
    page = office.desk(Role.VIEWER).get("/today").text
    assert "Nothing. Every payment, event and mail is where it should be." in page
    assert "Nothing came in during the last 30 days." in page
    assert office.desk(Role.VIEWER).get("").status_code in {303, 308}


def test_money_in_is_told_in_figures_and_in_bars_with_the_same_numbers(paid: PaidOffice) -> None:
    paid.paid.pays()
    paid.paid.pays(Money(1200, "JPY"))
    page = paid.desk(Role.VIEWER).get("/today").text
    assert page.count("<svg") == 2
    assert 'role="img"' in page
    for said in ("€23.80", "JP¥1,200", "Each of the last 30 days in EUR", "Days begin at midnight UTC"):
        assert said in page, said


def test_each_matter_has_words_and_a_place_to_go() -> None:
    assert set(LINKS) == set(TITLES) == set(Matter)


def test_a_matter_leads_only_where_its_reader_may_go(office: OfficeStage) -> None:
    assert {endpoint for endpoint, _ in LINKS.values()} <= set(DOORS)
    with office.house.store.begin() as tx:
        halts.begin(tx, "*", Stops.CAPTURES, "cause", "the books do not add up", at=office.house.clock())
    where = 'href="/office/settings/processors">thing that stands still</a>'
    assert where not in office.desk(Role.VIEWER).get("/today").text
    assert where in office.desk(Role.ADMIN).get("/today").text


def test_whatever_waits_is_counted_and_named(office: OfficeStage) -> None:
    house, old = office.house, office.house.clock() - timedelta(hours=1)
    with house.store.begin() as tx:
        halts.begin(tx, "*", Stops.CAPTURES, "cause", "the books do not add up", at=old)
        for number in range(3):
            discrepancies.open_once(tx, Found("x", f"key{number}", "amount differs", "Why."), at=old)
        notices.add_once(tx, Notice("alarm-1", NoticeKind.ALARM, None, old))
        notices.add_once(tx, Notice("alarm-2", NoticeKind.ALARM, None, house.clock()))
    found = {one.matter: one for one in what_waits(house)}
    assert {matter: one.count for matter, one in found.items()} == {
        Matter.HALT: 1,
        Matter.DISCREPANCY: 3,
        Matter.MAIL: 1,
    }
    assert found[Matter.DISCREPANCY].since == old
    page = office.desk(Role.VIEWER).get("/today").text
    for said in ("stands still", "the books do not add up", "open discrepancies", "amount differs: 3"):
        assert said in page, said


def test_so_many_of_one_matter_are_only_said_to_be_many(office: OfficeStage) -> None:
    with office.house.store.begin() as tx:
        for number in range(4):
            discrepancies.open_once(tx, Found("x", f"key{number}", "k", "Why."), at=office.house.clock())
    with patch.object(attention, "COUNTED_MAX", 3):
        (waiting,) = what_waits(office.house)
        assert waiting.count_text == "3+"


def test_a_reservation_is_told_when_it_is_about_to_lapse(paid: PaidOffice) -> None:
    order = paid.paid.pays(capture_later=True)
    assert Matter.RESERVATION not in {one.matter for one in what_waits(paid.house)}
    paid.paid.clock.offset += timedelta(days=27)
    assert Matter.RESERVATION in {one.matter for one in what_waits(paid.house)}
    assert order.order.id in paid.desk(Role.VIEWER).get("/today").text
