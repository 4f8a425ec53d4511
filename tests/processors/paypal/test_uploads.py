"""Evidence is sent over slow lines too: it has more time than other calls, by its size."""

from contextlib import nullcontext

import pytest

from checkout.domain.errors import ProcessorUnavailableError
from checkout.processors.paypal.client import SENT_BYTES_A_SECOND_MIN, PayPalClient
from tests.processors.paypal.loopback import json_answer, loopback
from tests.processors.paypal.samples import settings
from tests.processors.paypal.test_client import with_token


def upload(client: PayPalClient, size: int) -> object:
    return client.upload("evidence", "/upload", {}, [("a.pdf", b"x" * size, "application/pdf")])


def test_evidence_may_be_sent_over_a_line_that_is_slow_to_take_it() -> None:
    """More than any buffer holds, to somebody who begins to read when a connection would have been given up."""
    with loopback(with_token(lambda _: [json_answer({})]), reads_after=1.0) as server:
        client = PayPalClient(settings(server.url, connect_seconds=0.3, read_seconds=5, total_seconds=6))
        upload(client, 16_000_000)
        assert len(server.asked[-1].body) > 16_000_000


@pytest.mark.parametrize(("size", "is_in_time"), [(SENT_BYTES_A_SECOND_MIN * 3, True), (100, False)])
def test_evidence_has_more_time_by_its_size_and_no_more(size: int, is_in_time: bool) -> None:  # noqa: FBT001
    with loopback(with_token(lambda _: [1.5, json_answer({})])) as server:
        client = PayPalClient(settings(server.url, connect_seconds=0.3, read_seconds=0.3, total_seconds=0.5))
        with nullcontext() if is_in_time else pytest.raises(ProcessorUnavailableError):
            upload(client, size)
