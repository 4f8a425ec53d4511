"""Signed links as text: made in five lines of any language, and nothing but the very signature opens one."""

import json
from base64 import urlsafe_b64decode

from hypothesis import given
from hypothesis import strategies as st

from checkout.links import LINK_CHARACTERS_MAX, read_link, sign_order, signature_of

ORDER = {"lines": [{"title": "Tea, große Kanne", "quantity": 2, "unit_price_minor": 2380}], "currency": "EUR"}
SECRET = "k7qw2mzr9xt4lc8vb2ns6hd3jf5gp7yz8q4w6r3t"
LINK = sign_order(ORDER, key="testkey2", secret=SECRET, base_url="https://shop.example")
TEXT = LINK.rpartition("/")[2]
SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def test_a_link_says_its_order_and_is_signed() -> None:
    assert LINK.startswith("https://shop.example/pay/")
    text = read_link(TEXT)
    assert text is not None
    assert text.said == {"v": 1, "key": "testkey2", **ORDER}
    assert text.is_signed_with(SECRET)
    assert not text.is_signed_with(SECRET[:-1])
    assert not text.is_signed_with("")


def test_the_signature_is_what_every_other_language_makes() -> None:
    payload = "eyJ2IjoxfQ"
    assert json.loads(urlsafe_b64decode(payload + "==")) == {"v": 1}
    # openssl: printf %s eyJ2IjoxfQ | openssl dgst -sha256 -hmac secret -binary | basenc --base64url
    assert signature_of(payload, "secret") == "ywfqyU_oyjiyDto3PuMJdVdjOlWHxSi4YW2-K6OFO5c"


@given(st.data())
def test_no_other_letter_anywhere_is_accepted(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(TEXT) - 1))
    sign = data.draw(st.sampled_from(SIGNS + ".=+/ %").filter(lambda one: one != TEXT[place]))
    text = read_link(TEXT[:place] + sign + TEXT[place + 1 :])
    assert text is None or not text.is_signed_with(SECRET)


@given(st.text(SIGNS + ".=", max_size=3), st.integers(0, len(TEXT)), st.integers(0, 3))
def test_nothing_may_be_put_in_or_left_out(more: str, place: int, fewer: int) -> None:
    changed = TEXT[:place] + more + TEXT[place + fewer :]
    text = read_link(changed)
    assert changed == TEXT or text is None or not text.is_signed_with(SECRET)


@given(st.text(max_size=300) | st.binary(max_size=200).map(lambda raw: f"{raw.hex()}.{'A' * 43}"))
def test_whatever_comes_in_its_place_is_read_or_refused_and_never_raises(anything: str) -> None:
    text = read_link(anything)
    assert text is None or not text.is_signed_with(SECRET)


def test_what_is_longer_than_is_read_is_not_read() -> None:
    title = "x" * LINK_CHARACTERS_MAX
    long = sign_order({**ORDER, "reference": title}, key="k", secret=SECRET, base_url="")
    assert read_link(long.rpartition("/")[2]) is None
    deep = "[" * 3000
    assert read_link(f"{sign_order({'a': deep}, key='k', secret=SECRET, base_url='').rpartition('/')[2]}")
