"""The session itself, over TLS as in production: in time, verified, and nothing left open."""

import time
from pathlib import Path

import pytest

from checkout.connecting.deadline import ending_within
from checkout.processors.paypal.wire import NoAnswerError, Wire, checked
from tests.processors.paypal.certifying import server_context
from tests.processors.paypal.loopback import Piece, json_answer, loopback

WHOLE = json_answer({"id": "1"})
SOON = 5.0
"""Seconds within which a limit of less than one is over on the busiest machine."""


def trusting(folder: Path) -> Wire:
    """A session that trusts the server on this machine."""
    wire = Wire(10.0, 20.0)
    wire.verify = str(folder / "authority.pem")
    return wire


def test_a_server_nobody_vouches_for_is_not_spoken_to(tmp_path: Path) -> None:
    with loopback(lambda _: [WHOLE], server_context(tmp_path)) as server:
        with pytest.raises(NoAnswerError, match="not secure"):
            Wire(10.0, 20.0).get(server.url)
        assert server.asked == []


def test_an_answer_over_tls_is_read_whole_and_its_connection_used_again(tmp_path: Path) -> None:
    with loopback(lambda _: [WHOLE[:30], 0.05, WHOLE[30:]], server_context(tmp_path)) as server:
        wire = trusting(tmp_path)
        for _ in range(5):
            assert checked(wire.get(server.url)).document == {"id": "1"}
        assert server.connections == 1


@pytest.mark.parametrize("start", [0, WHOLE.index(b"\r\n\r\n") + 6], ids=["headers", "body"])
def test_a_dripping_server_is_cut_at_the_limit_over_tls_too(tmp_path: Path, start: int) -> None:
    drips: list[Piece] = [piece for one in WHOLE[start:] for piece in (1.0, bytes([one]))]
    assert len(drips) / 2 > SOON
    with loopback(lambda _: [WHOLE[:start], *drips], server_context(tmp_path)) as server:
        began = time.monotonic()
        with pytest.raises(NoAnswerError, match="in time"), ending_within(0.4):
            trusting(tmp_path).get(server.url)
        assert time.monotonic() - began < SOON


def test_a_call_after_its_end_is_not_even_sent(tmp_path: Path) -> None:
    with loopback(lambda _: [WHOLE], server_context(tmp_path)) as server:
        with ending_within(0.0), pytest.raises(NoAnswerError, match="in time"):
            trusting(tmp_path).get(server.url)
        assert server.asked == []


def test_an_inner_limit_never_lengthens_an_outer_one() -> None:
    with loopback(lambda _: [60.0]) as server:
        began = time.monotonic()
        with ending_within(0.3), ending_within(60.0), pytest.raises(NoAnswerError, match="in time"):
            Wire(10.0, 60.0).get(server.url)
        assert time.monotonic() - began < SOON
