"""Pages to come in by, to confirm by and to look after operators on, as a browser without scripts meets them."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from checkout.domain.roles import Role
from checkout.flows import inviting, passwords
from tests.office.stage import Desk, OfficeStage, set_up_office
from tests.people import BOSS, PASSWORD, Telephone, with_password
from tests.web.stage import CARD_NUMBER
from webhooks.office.cookies import cookie_settings
from webhooks.office.devices import device_in_words


@pytest.fixture
def telephone(office: OfficeStage) -> Telephone:
    """That of an admin who has a password too."""
    return with_password(office.house, office.operator(Role.ADMIN))


def typed(telephone: Telephone, **changes: str) -> dict[str, str]:
    """What the admin types to sign in."""
    right = {"email": "admin.ann@shop.example", "password": PASSWORD, "one_time_code": telephone.code()}
    return {**right, **changes}


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def test_signing_in_leads_on_and_makes_the_cookie_anew(office: OfficeStage, telephone: Telephone) -> None:
    desk = office.desk_of()
    asked = desk.get("/account?from=a+link")
    page = desk.client.get(asked.location)
    then = hidden(page.text, "then")
    answer = desk.post("/sign-in", {**typed(telephone), "then": then})
    assert (answer.status_code, answer.location) == (303, "/office/account?from=a+link")
    with desk.client.session_transaction("/office/") as cookie:
        assert "csrf_token" not in cookie
    assert "Admin Ann" in desk.get("/account").text


@pytest.mark.parametrize(
    "then",
    [
        "//evil.example/office/",
        "https://evil.example/office/",
        "/office//evil.example",
        "/office/\\evil.example",
        "/officeevil",
        "/orders/x",
        "/office/a\nb",
        "javascript:alert(1)",
    ],
)
def test_signing_in_leads_to_no_other_site(office: OfficeStage, telephone: Telephone, then: str) -> None:
    answer = office.desk_of().post("/sign-in", {**typed(telephone), "then": then})
    assert (answer.status_code, answer.location) == (303, "/office/")


def test_a_wrong_sign_in_says_so_keeps_the_mail_and_never_the_password(
    office: OfficeStage, telephone: Telephone
) -> None:
    desk = office.desk_of()
    answer = desk.post("/sign-in", typed(telephone, password="something quite else"))
    assert answer.status_code == 422
    assert "did not fit together" in answer.text
    assert "admin.ann@shop.example" in answer.text
    assert "something quite else" not in answer.text
    assert "Enter your password." in desk.post("/sign-in", typed(telephone, password="")).text
    assert "could not be used" in desk.post("/sign-in", {"passkey": "{}"}).text
    assert desk.post("/sign-in", typed(telephone, password=CARD_NUMBER)).status_code == 422


def test_an_invited_operator_comes_in_without_a_script(office: OfficeStage) -> None:
    invited = inviting.invite(office.house, Role.SUPPORT, by=BOSS)
    desk = office.desk_of()
    assert desk.get("/welcome/name").location == "/office/welcome"
    assert desk.get("/welcome/means").location == "/office/welcome"
    assert desk.post("/welcome", {"code": "wrong"}).status_code == 422
    assert desk.post("/welcome", {"code": invited.code}).location == "/office/welcome/name"
    assert desk.post("/welcome/name", {"name": "Bo", "email": "no address"}).status_code == 422
    assert desk.post("/welcome/name", {"name": "Bo", "email": "bo@shop.example"}).status_code == 303
    page = desk.get("/welcome/means")
    secret = re.sub(r"\s", "", re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)[1])  # type: ignore[index]
    form = {
        "sealed": hidden(page.text, "sealed"),
        "password": PASSWORD,
        "one_time_code": Telephone(office.house, secret).code(),
    }
    refused = desk.post("/welcome/means", {**form, "password": "too short"})
    assert refused.status_code == 422
    assert hidden(refused.text, "sealed") == form["sealed"]  # the telephone need not scan again
    assert desk.post("/welcome/means", form).location == "/office/"
    assert "support" in desk.get("/account").text
    assert office.desk_of().post("/welcome", {"code": invited.code}).status_code == 422


def test_a_form_comes_through_the_confirmation_as_it_was_typed(
    office: OfficeStage, telephone: Telephone
) -> None:
    desk = office.desk()
    office.shop.clock.now += timedelta(minutes=11)
    asked = desk.post("/settings/operators/invite", {"role": "refunder"})
    assert asked.status_code == 403
    assert hidden(asked.text, "role") == "refunder"
    assert 'action="/office/settings/operators/invite"' in asked.text
    wrong = desk.post("/settings/operators/invite", {"role": "refunder", "confirm_code": "000000"})
    assert wrong.status_code == 403
    assert "did not fit" in wrong.text
    done = desk.post("/settings/operators/invite", {"role": "refunder", "confirm_code": telephone.code()})
    assert done.status_code == 200
    assert "new refunder" in done.text
    assert desk.post("/settings/operators/invite", {"role": "viewer"}).status_code == 200


def test_a_page_that_wants_a_proof_leads_on_to_itself(office: OfficeStage, telephone: Telephone) -> None:
    desk = office.desk()
    office.shop.clock.now += timedelta(minutes=11)
    asked = desk.get("/account/password?a=1")
    then = hidden(asked.text, "then")
    assert desk.post("/confirm", {"then": then, "confirm_code": ""}).status_code == 403
    answer = desk.post("/confirm", {"then": then, "confirm_code": telephone.code()})
    assert answer.location == "/office/account/password?a=1"
    assert desk.get("/account/password").status_code == 200
    away = desk.post("/confirm", {"then": "https://evil.example/", "confirm_code": telephone.code(1)})
    assert away.location == "/office/"


def test_an_admin_looks_after_an_operator(office: OfficeStage) -> None:
    bo = office.operator(Role.VIEWER, "Bo")
    theirs, admin = office.desk(Role.VIEWER, "Bo"), office.desk()
    path = f"/settings/operators/{bo.id}"
    assert "Bo" in admin.get("/settings/operators").text
    assert admin.post(f"{path}/role", {"role": "boss"}).status_code == 422
    assert admin.post(f"{path}/role", {"role": "support"}).status_code == 303
    assert theirs.get("/account").status_code == 303  # they sign in again with it
    theirs = office.desk(Role.VIEWER, "Bo")
    session = re.search(rf"{bo.id}/sessions/(\w+)/end", admin.get(path).text)
    assert session
    assert admin.post(f"{path}/sessions/{session[1]}/end").status_code == 303
    assert theirs.get("/account").status_code == 303
    assert admin.post(f"{path}/access", {"access": "take"}).status_code == 303
    assert "no access since" in admin.get(path).text
    assert admin.post(f"{path}/access", {"access": "give"}).status_code == 303
    code = re.search(r"<code>([a-z-]{29})</code>", admin.post(f"{path}/reset").text)
    assert code
    new = office.desk_of()
    assert new.post("/welcome", {"code": code[1]}).location == "/office/welcome/means"
    assert "Bo" in new.get("/welcome/means").text
    mine = f"/settings/operators/{office.operator().id}"
    admin.post(f"{mine}/access", {"access": "take"})
    assert "is the last admin" in admin.get("/account").text
    assert admin.get("/settings/operators/unknown").status_code == 404


def test_the_audit_shows_who_did_what_by_pages_and_filters(office: OfficeStage) -> None:
    desk = office.desk()
    for _ in range(26):
        desk.post("/settings/operators/invite", {"role": "viewer"})
        inviting.invite(office.house, Role.VIEWER, by=BOSS)
    first = desk.get("/settings/audit").text
    assert first.count("invited an operator") == 50
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older
    second = desk.client.get(older[1].replace("&amp;", "&")).text
    assert 2 <= second.count("invited an operator") < 50
    mine = desk.get("/settings/audit?who=Admin+Ann").text
    assert mine.count("invited an operator") == 26
    assert "Nothing that fits." in desk.get("/settings/audit?kind=order&subject=none").text


def test_my_sessions_are_listed_and_ended(office: OfficeStage) -> None:
    here, there = office.desk(), office.desk()
    page = here.get("/account").text
    assert page.count("Firefox on Linux") >= 2
    other = re.search(r"account/sessions/(\w+)/end", page)
    assert other
    here.post(f"/account/sessions/{other[1]}/end")
    assert there.get("/account").status_code == 303
    third = office.desk()
    here.post("/account/sessions/end")
    assert third.get("/account").status_code == 303
    assert here.get("/account").status_code == 200


def test_on_https_the_cookie_can_be_set_by_no_other_host(tmp_path: Path) -> None:
    office = set_up_office(tmp_path, base_url="https://shop.example/till")
    answer = office.shop.app.test_client().get("/till/office/sign-in")
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-office=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert 'action="/till/office/sign-in"' in answer.text
    asked = office.shop.app.test_client().get("/till/office/account")
    assert asked.location == "/till/office/sign-in?then=/till/office/account"
    office.house.store.close()
    assert cookie_settings("http://127.0.0.1:8000/till")["SESSION_COOKIE_PATH"] == "/till/office"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/150 Safari/537 Edg/150", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19 like Mac OS X) Version/19 Safari/604", "Safari on iPhone"),
        ("<script>", "A browser"),
        ("", "A browser"),
    ],
)
def test_a_session_says_in_words_which_browser_it_is_in(said: str, words: str) -> None:
    assert device_in_words(said) == words


def test_pages_of_who_may_not_offer_nothing_they_may_not(office: OfficeStage) -> None:
    viewer: Desk = office.desk(Role.VIEWER)
    page = viewer.get("/account").text
    assert "/office/settings" not in page
    assert "/office/settings" in office.desk().get("/account").text


def test_text_that_no_database_takes_is_refused_before_anything_is_done(either_office: OfficeStage) -> None:
    signed_out, admin = either_office.desk_of(), either_office.desk()
    nul = "a\0b@shop.example"
    typed = {"email": nul, "password": nul, "one_time_code": nul}
    assert signed_out.post("/sign-in", typed).status_code == 400
    answer = '{"id": "a\\u0000", "rawId": "a", "type": "public-key", "response": {}}'
    assert signed_out.post("/sign-in", {"passkey": answer}).status_code == 422
    assert signed_out.post("/welcome", {"code": nul}).status_code == 400
    assert admin.get("/settings/audit?who=a%00b&kind=%00&subject=%00").status_code == 400
    assert admin.post("/settings/operators/withdraw", {"invitation": nul}).status_code == 400
    assert admin.post("/settings/operators/withdraw", {"invitation": "\u202e"}).status_code == 409
    assert admin.post("/account/passkeys/rename", {"credential": nul, "name": "x"}).status_code == 400
    assert admin.post("/account/passkeys/remove", {"credential": "\u202e"}).status_code == 404


def test_an_address_of_nothing_is_a_page_of_the_office_for_operators_only(office: OfficeStage) -> None:
    page = office.desk(Role.VIEWER).get("/no/such/page")
    assert page.status_code == 404
    assert "There is no such page" in page.text
    assert office.desk_of().get("/no/such/page").status_code == 303


def test_a_flood_of_sign_ins_is_told_to_wait_and_holds_nobody_up(
    office: OfficeStage, telephone: Telephone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_WAITING", threading.BoundedSemaphore(1))
    with passwords._WAITING:  # noqa: SLF001 -- somebody else's turn
        answer = office.desk_of().post("/sign-in", typed(telephone))
    assert answer.status_code == 503
    assert office.desk_of().post("/sign-in", typed(telephone)).status_code == 303


def test_who_has_nothing_to_confirm_with_reads_what_they_typed_and_never_a_secret(
    office: OfficeStage,
) -> None:
    desk = office.desk()
    office.shop.clock.now += timedelta(minutes=11)
    asked = desk.post("/settings/keys/add", {"name": "The <b>stock</b> program", "password": PASSWORD})
    assert asked.status_code == 403
    assert "Copy what you typed first" in asked.text
    assert "nothing you typed is lost" not in asked.text
    assert re.search(r"<textarea[^>]* readonly>The &lt;b&gt;stock&lt;/b&gt; program</textarea>", asked.text)
    assert PASSWORD not in asked.text
    assert 'action="/office/sign-out"' in asked.text
