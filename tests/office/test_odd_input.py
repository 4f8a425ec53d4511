"""Every door of the office with what nobody should send: it is answered, never with a fault, and never obeyed."""

from __future__ import annotations

import inspect
import random
import re
import sys
from collections.abc import Iterator
from urllib.parse import quote, urlencode

from werkzeug.routing import Rule

from checkout.domain.roles import Role
from tests.office.stage import OfficeStage, token
from webhooks.office.frame import DOORS, PATH

ODD = (
    "\0", "a\0b", "-1", "0", "1", "1e999", "NaN", "١٢", "²", "9" * 25, str(2**63), "W10", "eyJhIjoxfQ", "1~1", "{}",
    "9999-12-31", "0001-01-01", "2026-02-30", "9999-12-31T23:59:59-14:00~X", "0001-01-01T00:00:00+14:00~X",
    "2026-01-01T00:00:00Z~\0", "x" * 3000, "é" * 50, "\u202eabc", "\u2028", "\x1b[31m", "' or 1=1 --",
    "a\r\nSet-Cookie: a=b", "<script>alert(1)</script>", "//evil.example", "https://evil.example/office/",
    "/office//evil.example", "EUR", "paypal",
)  # fmt: skip
"""What has no place in a name, a number, a day, a mark of a page, an amount, an address; and some that has."""
SEED = 4
"""Others were tried; this one is tried each time."""
ADDRESSES, FILLINGS, SHARE = 2, 3, 0.6
FIELD = re.compile(
    r"""(?:args|form|values|said|typed)\.get(?:list)?\(\s*"(\w+)"|(?:asked|asked_word|_day)\(\s*(?:asked, )?"(\w+)\""""
    r"""|^    (\w+) = (?:\w*Field|_words|_short|\w+_field)\(|said\["(\w+)"\]""",
    re.MULTILINE,
)
FILTERS = {"q", "state", "since", "until", "origin", "currency", "needs", "before"}
"""Those of the list of orders are read in another file than its doors'."""


def fields_of(office: OfficeStage, endpoint: str) -> list[str]:
    """The fields that a door's file asks requests for."""
    view = office.shop.app.view_functions[endpoint]
    source = inspect.getsource(sys.modules[view.__module__])
    found = {name for names in FIELD.findall(source) for name in names if name}
    return sorted(found | (FILTERS if "orders" in endpoint else set()))


OVERFLOWS = "9999-12-31T23:59:59-14:00~X"
ONCE_FELL_OVER = (
    "/orders?until=9999-12-31",
    f"/orders?before={OVERFLOWS}",
    f"/outbox/deliveries?after={OVERFLOWS}",
    f"/disputes?after={OVERFLOWS}",
    "/orders?q=%00",
    "/orders/%00",
    "/inbox?type=%00",
    "/notices/preview?order=%00",
    "/ledger/statement?currency=%00",
    f"/inbox/{'9' * 25}",
    f"/reconciliation/{'9' * 25}",
)


def addresses(rule: Rule, chance: random.Random) -> Iterator[str]:
    """A door's address, with odd things where it takes a name; as it is where it takes none."""
    for _ in range(ADDRESSES if rule.arguments else 1):
        yield re.sub(r"<[^>]+>", lambda _: quote(chance.choice(ODD), safe="~"), rule.rule)


def requests(office: OfficeStage, chance: random.Random) -> Iterator[tuple[str, str, dict[str, str]]]:
    """(method, address, fields) for each door: odd names in its address, and odd things in its fields."""
    for rule in office.shop.app.url_map.iter_rules():
        if not rule.rule.startswith(PATH):
            continue
        names = fields_of(office, rule.endpoint)
        for method in DOORS[rule.endpoint].methods:
            for address in addresses(rule, chance):
                yield method, address, dict.fromkeys(names, "1")
            for _ in range(FILLINGS if names else 0):
                filled = {name: chance.choice((*ODD, "", "1")) for name in names if chance.random() < SHARE}
                yield method, re.sub(r"<[^>]+>", "1", rule.rule), filled


def test_no_door_falls_over_odd_input_or_obeys_it(either_office: OfficeStage) -> None:
    office, chance, faults = either_office, random.Random(SEED), []
    office.operator(Role.ADMIN, "Another admin")
    desk = office.desk()
    for method, address, said in requests(office, chance):
        if method == "GET":
            answer = desk.client.get(address, query_string=urlencode(said))
        else:
            answer = desk.client.post(address, data={"csrf_token": token(), **said})
        if answer.location and "/office/sign-in" in answer.location:
            desk = office.desk()  # the door was the one to sign out by
        led_astray = not (answer.location or PATH).startswith((PATH, f"http://127.0.0.1:8000{PATH}"))
        if answer.status_code >= 500 or led_astray or "<script>alert" in answer.text:
            faults.append((answer.status_code, method, address, said))
    assert faults == []


def test_what_once_fell_over_is_refused_or_left_out(either_office: OfficeStage) -> None:
    desk = either_office.desk()
    answered = {address: desk.get(address).status_code for address in ONCE_FELL_OVER}
    assert {
        address: status for address, status in answered.items() if status not in {200, 400, 404, 422}
    } == {}
    begun = desk.post(
        "/reconciliation/start", {"from": "2026-01-01", "to": "9999-12-31", "processor": "paypal"}
    )
    assert begun.status_code == 422
