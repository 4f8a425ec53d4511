"""The page that shows mails before any is sent: every kind and language, and nothing of it runs or is sent."""

from __future__ import annotations

import pytest

from checkout.domain.roles import Role
from checkout.store import audit, notices, orders
from checkout.store.notices import NoticeKind
from tests.office.stage import OfficeStage

PAGE = "/notices/preview"


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_every_kind_is_shown_to_whoever_may_look(office: OfficeStage, kind: NoticeKind) -> None:
    page = office.desk(Role.VIEWER).get(f"{PAGE}?kind={kind}&language=de")
    assert page.status_code == 200
    assert "Nothing is sent from here" in page.text
    alone = office.desk(Role.VIEWER).get(f"{PAGE}/html?kind={kind}&language=de")
    assert alone.text.startswith("<!doctype html>")
    assert alone.headers["Content-Security-Policy"].endswith("sandbox")
    assert "script-src" not in alone.headers["Content-Security-Policy"]


def test_an_orders_mail_is_that_orders_and_a_wrong_number_is_said(office: OfficeStage) -> None:
    office.shop.order()
    office.shop.go_back()
    with office.house.store.read() as tx:
        number = orders.newest(tx, limit=1)[0].id
        before = len(notices.of_order(tx, number))
    desk = office.desk(Role.VIEWER)
    assert f"Beleg zur Bestellung {number}" in desk.get(f"{PAGE}?language=de&order={number.lower()}").text
    missing = desk.get(f"{PAGE}?order=NONE&kind=nonsense&language=../../de")
    assert "There is no order NONE" in missing.text
    assert desk.get(f"{PAGE}/html?order=NONE").status_code == 404
    with office.house.store.read() as tx:
        assert len(notices.of_order(tx, number)) == before
        seen = [(one.deed.did, one.deed.subject) for one in audit.newest(tx, limit=9)]
    assert seen == [
        ("saw order", number)
    ]  # a customer's mail was on the screen; what was made up is nobody's


def test_the_outbox_leads_there_and_nobody_comes_without_signing_in(office: OfficeStage) -> None:
    assert 'href="/office/notices/preview"' in office.desk(Role.VIEWER).get("/outbox").text
    assert office.desk_of().get(PAGE).status_code == 303
