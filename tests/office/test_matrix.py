"""Every route of the office for every role, signed out and ended, by GET and POST, with and without token and proof."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from checkout.domain.roles import Role, may
from tests.office.rights import EXPECTED, confirms, right_of
from tests.office.stage import OfficeStage
from webhooks.office.frame import DOORS, PATH

SIGN_IN = f"{PATH}/sign-in"


def routes(office: OfficeStage) -> Iterator[tuple[Rule, str]]:
    """Every route of the app below the office's path, as an address. Nothing that Flask knows is left out."""
    rules = list(office.shop.app.url_map.iter_rules())
    adapter = office.shop.app.url_map.bind("127.0.0.1:8000")
    for rule in rules:
        if rule.rule.startswith(PATH):
            yield rule, adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, 1))


def answers(
    office: OfficeStage, who: Role | None, ticket: str = ""
) -> Iterator[tuple[str, str, TestResponse]]:
    """(endpoint or nothing, method, answer) of each route for somebody, with the token of their forms.

    The endpoint is the one that Flask finds for the address and method; where it finds none the answer must be 405.
    """
    adapter = office.shop.app.url_map.bind("127.0.0.1:8000")
    for _, address in routes(office):
        for method in ("GET", "POST"):
            desk = office.desk(who) if who else office.desk_of(ticket)
            try:
                endpoint = str(adapter.match(address, method)[0])
            except MethodNotAllowed:
                endpoint = ""
            call = desk.get if method == "GET" else desk.post
            yield endpoint, method, call(address.removeprefix(PATH))


def faults_of(office: OfficeStage, role: Role) -> list[str]:
    """Each answer that a role should not get."""
    faults = []
    for endpoint, method, answer in answers(office, role):
        said = f"{method} {endpoint}: {answer.status_code}"
        if not endpoint:
            faults += [said] if answer.status_code != 405 else []
            continue
        needs = right_of(endpoint)
        allowed = needs is None or may(role, needs)
        led_out = (answer.location or "").startswith(SIGN_IN) and endpoint != "office.sign_out"
        if answer.status_code >= 500 or method not in DOORS[endpoint].methods:
            faults.append(f"{said} broke")
        elif allowed and (answer.status_code in {403, 405} or led_out):
            faults.append(f"{said} for a {role} who may")
        elif not allowed and answer.status_code != 403:
            faults.append(f"{said} for a {role} who may not")
    return faults


def test_every_route_is_written_down_with_who_may_come(office: OfficeStage) -> None:
    found = {rule.endpoint.removeprefix("office.") for rule, _ in routes(office)}
    assert found - EXPECTED.keys() == set(), "write it down in tests/office/rights.py"
    assert EXPECTED.keys() - found == set()
    for endpoint, door in DOORS.items():
        assert (door.needs, door.step_up) == (right_of(endpoint), confirms(endpoint)), endpoint


@pytest.mark.parametrize("role", Role)
def test_a_role_comes_through_its_own_doors_and_no_other(office: OfficeStage, role: Role) -> None:
    office.operator(Role.ADMIN, "Another admin")
    assert faults_of(office, role) == []


@pytest.mark.parametrize("ended", [False, True])
def test_who_is_not_signed_in_comes_through_open_doors_only(office: OfficeStage, ended: bool) -> None:  # noqa: FBT001
    ticket = office.ticket() if ended else ""
    if ended:
        office.desk_of(ticket).post("/sign-out")
    for endpoint, _, answer in answers(office, None, ticket):
        location = answer.location or ""
        if not endpoint:
            assert answer.status_code == 405
        elif right_of(endpoint) is None:
            assert answer.status_code in {200, 303, 404, 422}, endpoint
            assert endpoint.startswith("office.welcome") or not location, endpoint
        else:
            assert (answer.status_code, location.partition("?")[0]) == (303, SIGN_IN), endpoint


def test_no_form_is_taken_without_its_token(office: OfficeStage) -> None:
    desk = office.desk(Role.ADMIN)
    sending = [(rule, address) for rule, address in routes(office) if "POST" in DOORS[rule.endpoint].methods]
    assert sending
    for rule, address in sending:
        assert desk.client.post(address, data={"a": "b"}).status_code == 400, rule.endpoint
        forged = {"csrf_token": "IngI.aaaa.bbbb"}
        assert desk.client.post(address, data=forged).status_code == 400, rule.endpoint


def test_doors_that_want_a_fresh_proof_ask_for_it_and_do_nothing(office: OfficeStage) -> None:
    desk = office.desk(Role.ADMIN)
    office.shop.clock.now += timedelta(minutes=11)
    asking = [(rule, address) for rule, address in routes(office) if confirms(rule.endpoint)]
    assert asking
    for rule, address in asking:
        for method in DOORS[rule.endpoint].methods:
            call = desk.get if method == "GET" else desk.post
            answer = call(address.removeprefix(PATH))
            assert answer.status_code == 403, rule.endpoint
            assert "Confirm that it is you" in answer.text, rule.endpoint
