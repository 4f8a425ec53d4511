"""Invitations and what becomes of operators: once, in time, and never without an admin."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest

from checkout.domain.actors import Actor, Way
from checkout.domain.errors import BadInputError, CardNumberError, NotFoundError
from checkout.domain.roles import Role
from checkout.flows import inviting, looking_after, operating, own_account, sitting, welcoming
from checkout.flows.house import House
from checkout.flows.inviting import InvitationOverError, Invited
from checkout.flows.operating import LastAdminError
from checkout.flows.sitting import SignedIn
from checkout.flows.welcoming import ByPassword, Person
from checkout.store import operators
from checkout.store.engine import Tx
from checkout.store.every_text import every_text
from checkout.store.operators import Operator
from tests.people import BOSS, PASSWORD, Telephone, an_operator, at_work, stored, with_password
from tests.small_shop import SmallShop


@pytest.fixture
def house(sealed_shop: SmallShop) -> House:
    """A house that can keep secrets."""
    return sealed_shop.house


def means(house: House, password: str = PASSWORD) -> ByPassword:
    """A password, and the first code of a fresh secret."""
    sealed = welcoming.fresh_secret(house)
    return ByPassword(password, sealed, Telephone(house, welcoming.secret_in(house, sealed)).code())


def comes(house: House, invited: Invited, name: str = "Kim Ny", **more: ByPassword) -> SignedIn:
    """Somebody comes in by an invitation."""
    invitation = inviting.invitation_of(house, invited.code)
    who = welcoming.person(house, invitation, name, f"{name.partition(' ')[0]}@Shop.example")
    ticket = welcoming.accept(house, invited.code, who, more.get("means") or means(house), "Firefox")
    found = sitting.signed_in(house, ticket)
    assert found is not None
    return found


def test_an_invitation_lets_somebody_in_once_in_its_role(either_sealed_shop: SmallShop) -> None:
    house = either_sealed_shop.house
    invited = inviting.invite(house, Role.REFUNDER, by=BOSS)
    assert invited.link == f"https://shop.example/office/welcome#{invited.code}"
    kim = comes(house, invited)
    assert (kim.operator.name, kim.operator.email, kim.operator.role) == (
        "Kim Ny",
        "kim@shop.example",
        "refunder",
    )
    assert kim.operator.has_password
    with pytest.raises(InvitationOverError):
        inviting.invitation_of(house, invited.code)
    with pytest.raises(InvitationOverError):
        welcoming.accept(house, invited.code, Person("x", "Bo", "bo@shop.example"), means(house), "Firefox")


def test_a_code_is_read_however_it_is_typed_and_only_its_digest_is_kept(house: House) -> None:
    invited = inviting.invite(house, Role.VIEWER, by=BOSS)
    plain = invited.code.replace("-", "")
    inviting.invitation_of(house, f" {plain.upper()} ")
    with house.store.read() as tx:
        assert not any(plain in text or invited.code in text for text in every_text(tx))
    with pytest.raises(InvitationOverError):
        inviting.invitation_of(house, plain[:-1])


def test_an_invitation_ends_after_a_day_or_when_it_is_withdrawn(house: House, sealed_shop: SmallShop) -> None:
    late, withdrawn = (inviting.invite(house, Role.VIEWER, by=BOSS) for _ in range(2))
    _, open_ones = looking_after.overview(house)
    kept = inviting.invitation_of(house, withdrawn.code).digest
    assert kept in {one.digest for one in open_ones}
    inviting.withdraw(house, kept, by=BOSS)
    with pytest.raises(InvitationOverError):
        inviting.invitation_of(house, withdrawn.code)
    sealed_shop.clock.move(hours=24)
    with pytest.raises(InvitationOverError):
        inviting.invitation_of(house, late.code)


def test_two_who_use_one_code_at_once_make_one_operator(either_sealed_shop: SmallShop) -> None:
    house = either_sealed_shop.house
    invited = inviting.invite(house, Role.VIEWER, by=BOSS)
    both = [Person(f"id{name}", name, f"{name}@shop.example") for name in ("ann", "bo")]
    proofs = [means(house) for _ in both]

    def come(who: Person, by: ByPassword) -> bool:
        try:
            welcoming.accept(house, invited.code, who, by, "Firefox")
        except InvitationOverError:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        came = list(threads.map(come, both, proofs))
    assert sorted(came) == [False, True]
    assert len(looking_after.overview(house)[0]) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "short"},
        {"password": "kim ny kim ny"},
        {"code": "000000"},
        {"sealed": "nothing that was sealed"},
    ],
)
def test_what_cannot_be_used_uses_nothing_up(house: House, wrong: dict[str, str]) -> None:
    invited = inviting.invite(house, Role.ADMIN, by=BOSS)
    with pytest.raises(BadInputError):
        comes(house, invited, means=replace(means(house), **wrong))
    assert looking_after.overview(house)[0] == []
    comes(house, invited)


def test_a_challenge_is_no_secret_of_codes_although_one_key_seals_both(house: House) -> None:
    with pytest.raises(BadInputError):
        welcoming.secret_in(house, house.seal.close('["sign in", 1, "x"]'))


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", BadInputError),
        ("x" * 61, BadInputError),
        ("Kim\u202eyN", BadInputError),
        ("kim", BadInputError),  # taken, in other capitals
        ("4" + "1" * 15, CardNumberError),
    ],
)
def test_a_name_that_cannot_be_kept_or_told_apart_is_refused(
    house: House, name: str, error: type[Exception]
) -> None:
    an_operator(house, "Kim")
    invited = inviting.invite(house, Role.VIEWER, by=BOSS)
    invitation = inviting.invitation_of(house, invited.code)
    with pytest.raises(error):
        welcoming.person(house, invitation, name, "new@shop.example")
    with pytest.raises(BadInputError, match="email address"):
        welcoming.person(house, invitation, "New", "KIM@shop.example")


def test_a_reset_voids_all_that_was_and_the_same_operator_begins_anew(house: House) -> None:
    kim = an_operator(house, "Kim")
    with_password(house, kim)
    session = at_work(house, kim)
    first = operating.reset(house, "Kim", by=BOSS)
    assert stored(house, kim).password_hash is None
    assert sitting.lasting(house, kim.id) == []
    second = operating.reset(house, "kim@shop.example", by=BOSS)
    with pytest.raises(InvitationOverError):
        inviting.invitation_of(house, first.code)
    again = comes(house, second, "Somebody Else")
    assert (again.operator.id, again.operator.name) == (kim.id, "Kim")
    assert again.session.id != session.session.id


def test_a_reset_opens_nothing_for_who_has_no_access(house: House) -> None:
    an_operator(house, "Ann")
    kim = an_operator(house, "Kim", Role.VIEWER)
    operating.disable(house, "Kim", by=BOSS)
    invited = operating.reset(house, "Kim", by=BOSS)
    with pytest.raises(InvitationOverError):
        comes(house, invited)
    operating.enable(house, "Kim", by=BOSS)
    assert comes(house, invited).operator.id == kim.id


def test_the_last_admin_stays_one(house: House) -> None:
    an_operator(house, "Kim")
    an_operator(house, "Bo", Role.SUPPORT)
    with pytest.raises(LastAdminError, match="Kim is the last admin"):
        operating.disable(house, "Kim", by=BOSS)
    with pytest.raises(LastAdminError, match="Kim is the last admin"):
        operating.set_role(house, "Kim", Role.VIEWER, by=BOSS)
    operating.set_role(house, "Bo", Role.ADMIN, by=BOSS)
    operating.disable(house, "Kim", by=BOSS)
    with pytest.raises(LastAdminError, match="Bo"):
        operating.disable(house, "Bo", by=BOSS)
    with pytest.raises(NotFoundError):
        operating.disable(house, "Nobody", by=BOSS)


def test_another_role_or_no_access_ends_the_sessions_at_once(house: House) -> None:
    an_operator(house, "Ann")
    kim = an_operator(house, "Kim", Role.REFUNDER)
    with house.store.begin() as tx:
        ticket = sitting.begin(tx, house, kim, "Firefox")
    assert sitting.signed_in(house, ticket)
    operating.set_role(house, "Kim", Role.VIEWER, by=BOSS)
    assert sitting.signed_in(house, ticket) is None
    at_work(house, kim)
    operating.disable(house, "Kim", by=BOSS)
    assert sitting.lasting(house, kim.id) == []


def test_a_new_password_or_secret_ends_every_other_session(house: House) -> None:
    kim = an_operator(house, "Kim")
    here, there = at_work(house, kim), at_work(house, kim)
    own_account.set_password(house, here, PASSWORD)
    assert [one.id for one in sitting.lasting(house, kim.id)] == [here.session.id]
    assert there.session.id != here.session.id
    with pytest.raises(BadInputError):
        own_account.set_password(house, here, "kim@shop.example")
    sealed = welcoming.fresh_secret(house)
    with pytest.raises(BadInputError):
        own_account.set_codes(house, here, sealed, "000000")
    assert not stored(house, kim).has_password
    own_account.set_codes(house, here, sealed, Telephone(house, welcoming.secret_in(house, sealed)).code())
    assert stored(house, kim).has_password


def test_nobody_ends_or_removes_what_is_anothers(house: House) -> None:
    kim, bo = an_operator(house, "Kim"), an_operator(house, "Bo")
    mine, theirs = at_work(house, kim), at_work(house, bo)
    with pytest.raises(NotFoundError):
        operating.end_session(house, kim, theirs.session.id, by=mine.actor)
    with pytest.raises(NotFoundError):
        own_account.remove_passkey(house, mine, "unknown")
    assert len(sitting.lasting(house, bo.id)) == 1


def test_two_who_come_in_with_one_name_in_the_same_instant_are_told_apart(
    either_sealed_shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = either_sealed_shop.house
    first, second = (inviting.invite(house, Role.VIEWER, by=BOSS) for _ in range(2))
    comes(house, first, "Kim Ny")
    # Whoever looked before the other had committed saw nobody of that name.
    monkeypatch.setattr(welcoming, "_refuse_taken", lambda *_: None)
    for who in (Person("other", "Kim Ny", "ny@shop.example"), Person("other", "Ny", "kim@shop.example")):
        with pytest.raises(BadInputError, match="Another operator has this name or this email"):
            welcoming.accept(house, second.code, who, means(house), "Firefox")
    assert comes(house, second, "Bo").operator.name == "Bo"


@pytest.mark.parametrize("end", ["disable", "demote", "reset"])
def test_who_loses_their_powers_cannot_come_in_again_by_a_code_of_their_own(house: House, end: str) -> None:
    an_operator(house, "Another admin")
    gone = at_work(house, an_operator(house, "Kim"))
    own, others = (inviting.invite(house, Role.ADMIN, by=by) for by in (gone.actor, BOSS))
    match end:
        case "disable":
            operating.disable(house, "Kim", by=BOSS)
        case "demote":
            operating.set_role(house, "Kim", Role.VIEWER, by=BOSS)
        case _:
            operating.reset(house, "Kim", by=BOSS)
    with pytest.raises(InvitationOverError):
        inviting.invitation_of(house, own.code)
    assert inviting.invitation_of(house, others.code).role is Role.ADMIN


@pytest.mark.parametrize("way", ["demoted", "disabled"])
def test_of_two_admins_who_remove_each_other_at_once_one_remains(
    either_sealed_shop: SmallShop, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    house, lock, both = either_sealed_shop.house, operators.lock_admins, threading.Barrier(2, timeout=2)
    for name in ("Ann", "Bob"):
        an_operator(house, name)

    def side_by_side(tx: Tx) -> list[Operator]:
        with suppress(threading.BrokenBarrierError):  # SQLite lets only one of them in
            both.wait()
        return lock(tx)

    def remove(name: str, by: str) -> None:
        actor = Actor(by, Way.OFFICE)
        if way == "demoted":
            operating.set_role(house, name, Role.VIEWER, by=actor)
        else:
            operating.disable(house, name, by=actor)

    monkeypatch.setattr(operators, "lock_admins", side_by_side)
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(remove, "Ann", "Bob"), pool.submit(remove, "Bob", "Ann")]
        troubles = [one.exception(60) for one in asked]
    assert [type(one) for one in troubles if one is not None] == [LastAdminError]
    with house.store.begin() as tx:
        assert len(lock(tx)) == 1
