"""Signing in by password and one-time code: both right, once, and ever slower after wrong ones."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

import pytest

from checkout.domain.actors import Way
from checkout.domain.errors import BadInputError
from checkout.flows import operating, passwords, signing_in, sitting
from checkout.flows.house import House
from checkout.flows.signing_in import FIRST_WAIT, FREE_TRIES, LONGEST_WAIT, NotProvenError, Typed
from checkout.store import audit
from checkout.store.operators import Operator
from tests.people import BOSS, PASSWORD, Telephone, an_operator, at_work, stored, with_password
from tests.small_shop import Clock, SmallShop


@pytest.fixture
def house(sealed_shop: SmallShop) -> House:
    """A house that can keep secrets."""
    return sealed_shop.house


@pytest.fixture
def kim(house: House) -> Operator:
    """An operator."""
    return an_operator(house)


@pytest.fixture
def telephone(house: House, kim: Operator) -> Telephone:
    """Kim's, who has a password too."""
    return with_password(house, kim)


def comes_in(house: House, code: str, password: str = PASSWORD, email: str = "kim@shop.example") -> bool:
    """Try to sign in."""
    try:
        ticket = signing_in.sign_in(house, Typed(email, password, code), "Firefox")
    except NotProvenError:
        return False
    return sitting.signed_in(house, ticket) is not None


def test_a_right_password_and_code_come_in_and_are_kept_in_the_audit(
    house: House, kim: Operator, telephone: Telephone
) -> None:
    assert comes_in(house, telephone.code(), email=" Kim@Shop.example ")
    with house.store.read() as tx:
        newest = audit.newest(tx, limit=1)[0]
    assert (newest.actor.name, newest.actor.way, newest.deed.did) == (kim.name, Way.OFFICE, "signed in")


@pytest.mark.parametrize("wrong", ["email", "password", "code", "code missing"])
def test_whatever_is_wrong_the_answer_is_the_same(house: House, telephone: Telephone, wrong: str) -> None:
    right = Typed("kim@shop.example", PASSWORD, telephone.code())
    typed = {
        "email": replace(right, email="nobody@shop.example"),
        "password": replace(right, password=PASSWORD.upper()),
        "code": replace(right, code=telephone.code(5)),
        "code missing": replace(right, code=""),
    }[wrong]
    with pytest.raises(
        NotProvenError, match="did not fit together: the mail address, the password or the code"
    ):
        signing_in.sign_in(house, typed, "Firefox")
    spaced = replace(right, code=f" {right.code[:3]} {right.code[3:]} ")
    assert signing_in.sign_in(house, spaced, "Firefox")


def test_an_unknown_mail_costs_as_much_work_as_a_wrong_password(
    house: House, telephone: Telephone, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests: list[str | None] = []
    real = passwords.is_password

    def count(digest: str | None, password: str) -> bool:
        digests.append(digest)
        return real(digest, password)

    monkeypatch.setattr(passwords, "is_password", count)
    assert not comes_in(house, telephone.code(), email="nobody@shop.example")
    assert digests == [None]
    assert not real(None, "\0 nobody types this")


def test_a_code_is_good_once_and_for_a_step_around_now(
    house: House, sealed_shop: SmallShop, telephone: Telephone
) -> None:
    code = telephone.code()
    assert not comes_in(house, telephone.code(-2))
    assert not comes_in(house, telephone.code(2))
    assert comes_in(house, code)
    assert not comes_in(house, code)
    assert not comes_in(house, telephone.code(-1))  # older than one that was used
    assert comes_in(house, telephone.code(1))
    sealed_shop.clock.move(seconds=90)
    assert comes_in(house, telephone.code(-1))


def test_each_wrong_try_after_the_fifth_waits_twice_as_long(
    house: House, sealed_shop: SmallShop, kim: Operator, telephone: Telephone
) -> None:
    for _ in range(FREE_TRIES):
        assert not comes_in(house, "000000")
    assert not comes_in(house, telephone.code())
    assert stored(house, kim).failed_tries == FREE_TRIES  # while it waits nothing is looked at, nor counted
    sealed_shop.clock.move(seconds=FIRST_WAIT.total_seconds())
    assert not comes_in(house, "000000")
    assert waits(house, kim, sealed_shop.clock) == 2 * FIRST_WAIT.total_seconds()
    for _ in range(12):
        sealed_shop.clock.move(seconds=LONGEST_WAIT.total_seconds())
        assert not comes_in(house, "000000")
    assert waits(house, kim, sealed_shop.clock) == LONGEST_WAIT.total_seconds()
    sealed_shop.clock.move(seconds=LONGEST_WAIT.total_seconds())
    assert comes_in(house, telephone.code())
    assert (stored(house, kim).failed_tries, stored(house, kim).locked_until) == (0, None)


def waits(house: House, operator: Operator, clock: Clock) -> float:
    """Seconds until the next try of an operator is looked at."""
    until: datetime | None = stored(house, operator).locked_until
    assert until is not None
    return (until - clock.now).total_seconds()


def test_many_tries_at_once_all_count(either_sealed_shop: SmallShop) -> None:
    house = either_sealed_shop.house
    kim = an_operator(house)
    telephone = with_password(house, kim)
    with ThreadPoolExecutor(FREE_TRIES) as threads:
        tries = [threads.submit(comes_in, house, "000000") for _ in range(FREE_TRIES)]
        assert not any(one.result() for one in tries)
    assert stored(house, kim).failed_tries == FREE_TRIES
    assert not comes_in(house, telephone.code())


def test_one_code_lets_in_one_of_many_who_show_it_at_once(either_sealed_shop: SmallShop) -> None:
    house = either_sealed_shop.house
    telephone = with_password(house, an_operator(house))
    code = telephone.code()
    with ThreadPoolExecutor(4) as threads:
        came = [one.result() for one in [threads.submit(comes_in, house, code) for _ in range(4)]]
    assert came.count(True) == 1


def test_without_access_or_without_codes_nobody_comes_in(house: House, telephone: Telephone) -> None:
    an_operator(house, "Bo")
    assert not comes_in(house, telephone.code(), email="bo@shop.example")
    operating.disable(house, "Kim", by=BOSS)
    assert not comes_in(house, telephone.code())
    operating.enable(house, "Kim", by=BOSS)
    assert comes_in(house, telephone.code(1))


def test_a_code_confirms_one_session_for_ten_minutes(
    house: House, sealed_shop: SmallShop, kim: Operator, telephone: Telephone
) -> None:
    here, there = at_work(house, kim), at_work(house, kim)
    sealed_shop.clock.move(minutes=10)
    assert not here.has_stepped_up(sealed_shop.clock.now)
    with pytest.raises(NotProvenError, match="code did not fit"):
        signing_in.confirm(house, here, "000000")
    signing_in.confirm(house, here, telephone.code())
    sessions = {one.id: one for one in sitting.lasting(house, kim.id)}
    assert replace(here, session=sessions[here.session.id]).has_stepped_up(sealed_shop.clock.now)
    assert not replace(there, session=sessions[there.session.id]).has_stepped_up(sealed_shop.clock.now)
    with pytest.raises(NotProvenError):
        signing_in.confirm(house, there, telephone.code())  # each code is good once


def test_a_stranger_at_the_door_stops_nobody_who_is_inside(
    house: House, kim: Operator, telephone: Telephone
) -> None:
    inside = at_work(house, kim)
    for _ in range(FREE_TRIES):
        assert not comes_in(house, "000000", password="what a stranger guesses")
    assert not comes_in(house, telephone.code())  # at the door everybody waits
    signing_in.confirm(house, inside, telephone.code())


def test_five_wrong_codes_in_a_row_end_the_session_and_no_other(
    house: House, kim: Operator, telephone: Telephone
) -> None:
    here, there = at_work(house, kim), at_work(house, kim)

    def guess(times: int, said: str) -> None:
        for _ in range(times):
            with pytest.raises(NotProvenError, match=said):
                signing_in.confirm(house, here, "000000")

    guess(FREE_TRIES - 1, "did not fit")
    signing_in.confirm(house, here, telephone.code())
    guess(FREE_TRIES - 1, "did not fit")
    assert len(sitting.lasting(house, kim.id)) == 2
    guess(1, "this session has ended")
    assert [one.id for one in sitting.lasting(house, kim.id)] == [there.session.id]


@pytest.mark.parametrize(
    "password",
    ["short", "password1234", "kimkimkimkim", "aaaaaaaaaaaa", "121212121212", "Kim@shop.example1", "x" * 201],
)
def test_a_password_that_is_guessed_soon_is_refused(password: str) -> None:
    with pytest.raises(BadInputError):
        passwords.check(password, ["Kim", "kim@shop.example", "kim"])


@pytest.mark.parametrize("password", [PASSWORD, "Kimono weather 1931", "ünïcödé ïs fïne tôo"])
def test_a_good_password_is_taken_and_only_it_opens(password: str) -> None:
    passwords.check(password, ["Kim", "kim@shop.example"])
    kept = passwords.make_digest(password)
    assert password not in kept
    assert passwords.is_password(kept, password)
    assert not passwords.is_password(kept, f"{password} ")
