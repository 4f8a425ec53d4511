"""One-time codes, against the vectors of their specification."""

import base64
from datetime import UTC, datetime

import pytest

from checkout.flows import one_time_codes

# Source: RFC 6238, appendix B, the last six digits of each SHA-1 code, read 2026-11-27.
SECRET = base64.b32encode(b"12345678901234567890").decode()
VECTORS = [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_the_codes_are_those_of_every_telephone(seconds: int, code: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    assert one_time_codes.step_of(SECRET, code, now) == seconds // 30
    assert one_time_codes.step_of(SECRET, code[::-1] + "0", now) is None


def test_a_secret_has_as_much_chance_as_it_should_and_is_what_telephones_take() -> None:
    secret = one_time_codes.secret_of("something unguessable")
    assert len(base64.b32decode(secret)) == 20
    assert secret != one_time_codes.secret_of("something else")
    address = one_time_codes.address_of(secret, shop="Tea & Pots", email="kim@shop.example")
    assert (
        address == f"otpauth://totp/Tea%20%26%20Pots:kim@shop.example?secret={secret}&issuer=Tea%20%26%20Pots"
    )
