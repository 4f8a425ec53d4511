"""Sealed secrets open under the same SECRET_KEY and under no other."""

import pytest

from checkout.sealing import CannotSealError, Seal, SealBrokenError

KEY = "a key of more than thirty-two characters"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_a_sealed_secret_opens_again_and_does_not_show() -> None:
    sealed = Seal(KEY).close(SECRET)
    assert SECRET not in sealed
    assert sealed != Seal(KEY).close(SECRET)
    assert Seal(KEY).open(sealed, "the secret") == SECRET
    assert KEY not in repr(Seal(KEY))


@pytest.mark.parametrize("other", ["another key of more than thirty-two", KEY + " "])
def test_another_key_or_a_changed_text_opens_nothing_and_says_what_to_do(other: str) -> None:
    sealed = Seal(KEY).close(SECRET)
    with pytest.raises(SealBrokenError, match="the secret was kept under another SECRET_KEY"):
        Seal(other).open(sealed, "the secret")
    with pytest.raises(SealBrokenError):
        Seal(KEY).open(sealed[:-6] + "AAAAA=", "the secret")


def test_without_a_key_nothing_is_sealed() -> None:
    with pytest.raises(CannotSealError, match="SECRET_KEY"):
        Seal(KEY[:31]).close(SECRET)
