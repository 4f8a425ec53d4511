"""Each answer bears the id that its log lines bear; a request may bring its own, if it is one."""

import re

import pytest
import structlog
from structlog.testing import capture_logs

from checkout.domain.cards import holds_card_number
from tests.web.stage import CARD_NUMBER, Stage

GIVEN = "proxy-4f2a.77-QX"


def test_a_request_gets_an_id_that_is_new_each_time(stage: Stage) -> None:
    ids = {stage.client.get(path).headers["X-Request-Id"] for path in ("/", "/", "/unknown", "/privacy")}
    assert len(ids) == 4
    assert all(re.fullmatch(r"[a-z]{16}", one) for one in ids)


def test_an_id_that_a_proxy_gave_is_kept(stage: Stage) -> None:
    assert stage.client.get("/", headers={"X-Request-Id": GIVEN}).headers["X-Request-Id"] == GIVEN


@pytest.mark.parametrize(
    "given",
    [
        "",
        "short",
        "with a space in it",
        "x" * 65,
        "kim@example.com",
        "<script>alert",
        CARD_NUMBER,
        "1" * 12 + "-abc",
    ],
)
def test_what_is_no_id_is_replaced(stage: Stage, given: str) -> None:
    kept = stage.client.get("/", headers={"X-Request-Id": given}).headers["X-Request-Id"]
    assert kept != given
    assert not holds_card_number(kept)


def test_every_line_of_a_request_bears_its_id_and_its_order(stage: Stage) -> None:
    token = stage.order()
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        stage.client.get(f"/orders/{token}", headers={"X-Request-Id": GIVEN})
        stage.client.get("/privacy")
        stage.go_back()
    shown, privacy, *rest = lines
    assert (shown["request_id"], shown["event"]) == (GIVEN, "request")
    assert privacy["request_id"] != GIVEN
    assert "order" not in privacy
    assert {line["request_id"] for line in rest} == {rest[-1]["request_id"]}
    assert {line["order"] for line in rest} == {shown["order"]}
    assert len(shown["order"]) == 14


def test_nothing_of_a_request_is_left_for_the_next_in_its_thread(stage: Stage) -> None:
    stage.client.get(f"/orders/{stage.order()}")
    assert structlog.contextvars.get_contextvars() == {}
