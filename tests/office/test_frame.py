"""The frame: every route is a declared door, and nobody comes through one that is not theirs."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from flask import Flask

from checkout.domain.roles import RIGHTS, Right, Role
from checkout.flows import sitting
from tests.office.stage import OfficeStage
from webhooks.office.frame import DOORS, UndeclaredDoorError, refuse_undeclared


def test_a_route_that_does_not_say_who_may_come_is_refused_at_start() -> None:
    app = Flask("a shop")
    app.add_url_rule("/office/forgotten", "forgotten", lambda: "for all")
    with pytest.raises(UndeclaredDoorError, match="forgotten"):
        refuse_undeclared(app)


def test_each_role_has_the_rights_of_the_one_before_it_and_more() -> None:
    ladder = [RIGHTS[role] for role in (Role.VIEWER, Role.SUPPORT, Role.REFUNDER, Role.ADMIN)]
    assert all(lower < higher for lower, higher in pairwise(ladder))
    assert Right.MONEY not in RIGHTS[Role.SUPPORT]


def test_a_signed_in_operator_sees_who_they_are(office: OfficeStage) -> None:
    page = office.desk(Role.VIEWER).get("/account")
    assert page.status_code == 200
    assert "Viewer Ann" in page.text


def test_whoever_is_not_signed_in_is_asked_to_and_comes_back_to_what_they_asked_for(
    office: OfficeStage,
) -> None:
    answer = office.desk_of().get("/account")
    assert answer.status_code == 303
    assert answer.location == "/office/sign-in?then=/office/account"


def test_a_form_without_its_token_is_refused(office: OfficeStage) -> None:
    desk = office.desk()
    assert desk.client.post("/office/sign-out").status_code == 400
    assert desk.get("/account").status_code == 200
    assert desk.post("/sign-out").status_code == 303


def test_a_form_that_another_site_sent_is_refused(office: OfficeStage) -> None:
    desk = office.desk()
    assert desk.post("/sign-out", headers={"Origin": "https://evil.example"}).status_code == 400
    for broken in ("http://[", "null.", "\xff"):
        assert desk.post("/sign-out", headers={"Origin": broken}).status_code == 400
    assert desk.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 400
    assert desk.post("/sign-out", headers={"Sec-Fetch-Site": "same-site"}).status_code == 400
    assert desk.post("/sign-out", headers={"Origin": "http://127.0.0.1:8000"}).status_code == 303


def test_an_ended_session_is_refused_at_once(office: OfficeStage) -> None:
    ticket = office.ticket()
    here, there = office.desk_of(ticket), office.desk_of(ticket)
    assert there.get("/account").status_code == 200
    here.post("/sign-out")
    assert there.get("/account").status_code == 303


@pytest.mark.parametrize(
    ("passes", "status"),
    [
        (sitting.IDLE - timedelta(seconds=1), 200),
        (sitting.IDLE, 303),
    ],
)
def test_a_session_ends_by_idleness(office: OfficeStage, passes: timedelta, status: int) -> None:
    desk = office.desk()
    office.shop.clock.now += passes
    assert desk.get("/account").status_code == status


def test_a_session_that_is_used_all_day_ends_after_twelve_hours(office: OfficeStage) -> None:
    desk = office.desk()
    began = office.shop.clock.now
    while office.shop.clock.now - began < sitting.LONGEST - timedelta(minutes=20):
        office.shop.clock.now += timedelta(minutes=20)
        assert desk.get("/account").status_code == 200
    office.shop.clock.now = began + sitting.LONGEST - timedelta(minutes=1)
    assert desk.get("/account").status_code == 200
    office.shop.clock.now = began + sitting.LONGEST
    assert desk.get("/account").status_code == 303


def test_the_office_has_its_own_policy_and_the_till_keeps_its_own(office: OfficeStage) -> None:
    page = office.desk().get("/account")
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "inline" not in page.headers["Content-Security-Policy"]
    assert "publickey-credentials-get=(self)" in page.headers["Permissions-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    till = office.shop.client.get("/")
    assert "script-src" not in till.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in till.headers


def test_the_till_reads_no_cookie_of_the_office(office: OfficeStage) -> None:
    desk = office.desk()
    till = desk.client.get("/")
    assert "Cookie" not in till.headers.get("Vary", "")


def test_every_door_is_known_by_what_it_needs(office: OfficeStage) -> None:
    assert office.shop.app.view_functions.keys() >= DOORS.keys()
    assert DOORS["office.account"].needs is Right.SEE
    assert DOORS["office.sign_in"].needs is None
