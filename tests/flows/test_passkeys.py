"""Passkeys: each answer is good once, for what it was asked, by the shop it was made for, from a verified person."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.domain.errors import NotFoundError
from checkout.flows import operating, own_account, passkeys, sitting
from checkout.flows.house import House
from checkout.flows.own_account import LastMeansError
from checkout.flows.signing_in import NotProvenError, PasskeyRefusedError
from checkout.flows.sitting import SignedIn
from checkout.store import passkeys as kept
from tests.people import BOSS, an_operator, at_work, stored, with_password
from tests.small_shop import SmallShop
from tests.soft_passkey import UP, SoftPasskey, challenge_in


@pytest.fixture
def house(sealed_shop: SmallShop) -> House:
    """A house that can keep secrets."""
    return sealed_shop.house


@pytest.fixture
def kim(house: House) -> SignedIn:
    """An admin at work. Another one is there too."""
    an_operator(house, "Ann")
    return at_work(house, an_operator(house, "Kim"))


@pytest.fixture
def device(house: House, kim: SignedIn) -> SoftPasskey:
    """Kim's passkey."""
    made = SoftPasskey()
    own_account.add_passkey(house, kim, made.make(passkeys.ask_to_make(house, kim.operator)), "Laptop")
    return made


def refused(house: House, answer: str) -> bool:
    """Whether an answer to the question for a sign-in opens nothing."""
    try:
        passkeys.sign_in(house, answer, "Firefox")
    except PasskeyRefusedError:
        return True
    return False


def test_a_passkey_signs_in_whoever_it_belongs_to_and_is_counted(
    house: House, kim: SignedIn, device: SoftPasskey
) -> None:
    ticket = passkeys.sign_in(house, device.sign(passkeys.ask_to_sign_in(house)), "Firefox")
    who = sitting.signed_in(house, ticket)
    assert who is not None
    assert who.operator.id == kim.operator.id
    (mine,) = own_account.passkeys_of(house, kim)
    assert (mine.name, mine.sign_count, mine.last_used_at) == ("Laptop", device.counts, house.clock())


def test_an_answer_is_good_once(house: House, device: SoftPasskey) -> None:
    answer = device.sign(passkeys.ask_to_sign_in(house))
    assert not refused(house, answer)
    assert refused(house, answer)


def test_a_challenge_is_signed_once_also_where_the_device_counts_nothing(
    either_sealed_shop: SmallShop,
) -> None:
    house, device = either_sealed_shop.house, SoftPasskey()
    kim = at_work(house, an_operator(house))
    own_account.add_passkey(house, kim, device.make(passkeys.ask_to_make(house, kim.operator)), "Telephone")
    asked = passkeys.ask_to_sign_in(house)
    assert not refused(house, device.sign(asked, by=0))
    assert refused(house, device.sign(asked, by=0))
    assert not refused(house, device.sign(passkeys.ask_to_sign_in(house), by=0))


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://shop.example.evil.example"},
        {"origin": "http://shop.example"},
        {"rp_id": "evil.example"},
        {"flags": UP},
        {"flags": 0},
        {"challenge": "bm90IG91cnM"},
        {"by": 0},
        {"by": -1},
    ],
)
def test_an_answer_that_is_not_quite_right_opens_nothing(
    house: House, device: SoftPasskey, wrong: dict[str, object]
) -> None:
    device.counts = 5
    assert not refused(house, device.sign(passkeys.ask_to_sign_in(house)))
    assert refused(house, device.sign(passkeys.ask_to_sign_in(house), **wrong))  # type: ignore[arg-type]
    device.counts = 9
    assert not refused(house, device.sign(passkeys.ask_to_sign_in(house)))


@pytest.mark.parametrize("answer", ["", "{}", "[]", '{"id": 1}', "\0", "x" * 30_000])
def test_what_is_no_answer_opens_nothing(house: House, device: SoftPasskey, answer: str) -> None:
    assert device.credential
    assert refused(house, answer)


def test_a_changed_answer_and_a_foreign_key_open_nothing(house: House, device: SoftPasskey) -> None:
    said = json.loads(device.sign(passkeys.ask_to_sign_in(house)))
    other = json.loads(device.sign(passkeys.ask_to_sign_in(house)))
    said["response"]["signature"] = other["response"]["signature"]
    assert refused(house, json.dumps(said))
    stranger = SoftPasskey(credential=device.credential, counts=50)
    assert refused(house, stranger.sign(passkeys.ask_to_sign_in(house)))
    assert refused(house, SoftPasskey().sign(passkeys.ask_to_sign_in(house)))


def test_a_challenge_expires_and_serves_no_other_purpose(
    house: House, sealed_shop: SmallShop, kim: SignedIn, device: SoftPasskey
) -> None:
    here, elsewhere = passkeys.ask_to_confirm(house, kim), at_work(house, kim.operator)
    assert refused(house, device.sign(here))
    with pytest.raises(NotProvenError):
        passkeys.confirm(house, elsewhere, device.sign(here))
    with pytest.raises(NotProvenError):
        passkeys.confirm(house, kim, device.sign(passkeys.ask_to_sign_in(house)))
    assert "sign in" in house.seal.open(challenge_in(passkeys.ask_to_sign_in(house)), "a challenge")
    late = device.sign(passkeys.ask_to_sign_in(house))
    sealed_shop.clock.move(seconds=passkeys.LIFE.total_seconds())
    assert refused(house, late)


def test_a_passkey_confirms_its_own_session(
    house: House, sealed_shop: SmallShop, kim: SignedIn, device: SoftPasskey
) -> None:
    sealed_shop.clock.move(minutes=11)
    passkeys.confirm(house, kim, device.sign(passkeys.ask_to_confirm(house, kim)))
    (mine,) = sitting.lasting(house, kim.operator.id)
    assert replace(kim, session=mine).has_stepped_up(house.clock())
    assert not replace(kim, session=mine).has_stepped_up(house.clock() + timedelta(minutes=10))


def test_somebody_elses_passkey_confirms_nothing(house: House, kim: SignedIn, device: SoftPasskey) -> None:
    bo = at_work(house, an_operator(house, "Bo"))
    theirs = SoftPasskey()
    own_account.add_passkey(house, bo, theirs.make(passkeys.ask_to_make(house, bo.operator)), "Theirs")
    with pytest.raises(PasskeyRefusedError):
        passkeys.confirm(house, kim, theirs.sign(passkeys.ask_to_confirm(house, kim)))
    passkeys.confirm(house, kim, device.sign(passkeys.ask_to_confirm(house, kim)))


def test_a_passkey_is_made_for_who_asked_once_by_a_verified_person(house: House, kim: SignedIn) -> None:
    bo = at_work(house, an_operator(house, "Bo"))
    device, asked = SoftPasskey(), passkeys.ask_to_make(house, kim.operator)
    for wrong in (device.make(asked, flags=UP), device.make(asked, origin="https://evil.example"), "{}"):
        with pytest.raises(PasskeyRefusedError):
            own_account.add_passkey(house, kim, wrong, "Laptop")
    with pytest.raises(PasskeyRefusedError):
        own_account.add_passkey(house, bo, device.make(asked), "Laptop")
    answer = device.make(asked)
    own_account.add_passkey(house, kim, answer, "Laptop")
    with pytest.raises(PasskeyRefusedError):
        own_account.add_passkey(house, kim, answer, "Laptop")
    with pytest.raises(PasskeyRefusedError):  # known already, whoever brings it
        own_account.add_passkey(house, bo, device.make(passkeys.ask_to_make(house, bo.operator)), "Mine now")


def test_a_removed_passkey_and_one_of_somebody_without_access_open_nothing(
    house: House, kim: SignedIn, device: SoftPasskey
) -> None:
    operating.disable(house, "Kim", by=BOSS)
    assert refused(house, device.sign(passkeys.ask_to_sign_in(house)))
    operating.enable(house, "Kim", by=BOSS)
    assert not refused(house, device.sign(passkeys.ask_to_sign_in(house)))
    operating.reset(house, "Kim", by=BOSS)
    assert refused(house, device.sign(passkeys.ask_to_sign_in(house)))
    assert own_account.passkeys_of(house, kim) == []


def test_the_last_means_to_sign_in_stays(house: House, kim: SignedIn, device: SoftPasskey) -> None:
    (mine,) = own_account.passkeys_of(house, kim)
    assert mine.sign_count == device.counts
    with pytest.raises(LastMeansError):
        own_account.remove_passkey(house, kim, mine.credential)
    own_account.rename_passkey(house, kim, mine.credential, "Old laptop")
    with house.store.read() as tx:
        assert [one.name for one in kept.of_operator(tx, kim.operator.id)] == ["Old laptop"]
    with_password(house, stored(house, kim.operator))
    own_account.remove_passkey(house, kim, mine.credential)
    with pytest.raises(NotFoundError):
        own_account.rename_passkey(house, kim, mine.credential, "Gone")


@pytest.mark.parametrize(
    ("base_url", "party"),
    [
        ("https://shop.example/till", ("shop.example", "https://shop.example")),
        ("https://shop.example:8443", ("shop.example", "https://shop.example:8443")),
        ("http://localhost:8000", ("localhost", "http://localhost:8000")),
        ("http://shop.example", None),
        ("http://127.0.0.1:8000", None),
        ("https://[::1]", None),
    ],
)
def test_passkeys_need_https_and_a_name(house: House, base_url: str, party: tuple[str, str] | None) -> None:
    found = passkeys.party_of(replace(house.shop, base_url=base_url))
    assert (found and (found.id, found.origin)) == party
    if party is None:
        assert passkeys.ask_to_sign_in(replace(house, shop=replace(house.shop, base_url=base_url))) is None
