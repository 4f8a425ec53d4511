"""The key in an order form: its own form only, for a day, and not to be made by anybody else."""

from datetime import timedelta

import pytest
from itsdangerous import URLSafeSerializer

from checkout.web.form_keys import LIFE, FormKeys
from tests.web.stage import SECRET_KEY, Clock, mint


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(clock: Clock) -> FormKeys:
    return FormKeys(SECRET_KEY, clock, mint)


def test_a_key_gives_the_same_nonce_each_time(keys: FormKeys) -> None:
    key = keys.make("/products/lamp")
    assert keys.nonce(key, "/products/lamp") == keys.nonce(key, "/products/lamp") is not None


def test_two_keys_never_share_a_nonce(keys: FormKeys) -> None:
    assert len({keys.nonce(keys.make("/a"), "/a") for _ in range(100)}) == 100


def test_a_key_lives_for_its_life_and_no_longer(keys: FormKeys, clock: Clock) -> None:
    key = keys.make("/a")
    clock.now += LIFE
    assert keys.nonce(key, "/a") is not None
    clock.now += timedelta(seconds=1)
    assert keys.nonce(key, "/a") is None


def test_a_key_opens_no_other_form(keys: FormKeys) -> None:
    assert keys.nonce(keys.make("/a"), "/b") is None


def test_a_key_signed_with_another_secret_or_for_another_purpose_is_refused(
    keys: FormKeys, clock: Clock
) -> None:
    foreign = FormKeys("another secret of the tests, long enough", clock, mint).make("/a")
    other_purpose = URLSafeSerializer(SECRET_KEY, salt="something else").dumps(["/a", "nonce", 1])
    for key in (foreign, str(other_purpose), "", "a.b", "\x00", "é.ü", keys.make("/a")[:-1]):
        assert keys.nonce(key, "/a") is None
