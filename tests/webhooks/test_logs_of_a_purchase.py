"""A whole purchase, its refund and its mails leave lines that are JSON, bear ids, and know nobody."""

import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import structlog

from checkout.domain.facts import FactKind
from checkout.flows.notifying import send_notice
from checkout.logs import configure_logging
from checkout.senders.mail import FolderMailer
from tests.logs_kept import logs_kept
from tests.web.conftest import stage
from tests.web.stage import KIM, Stage
from webhooks.reconcile import sweep_due

__all__ = ["stage"]

IDS = {"request_id", "order", "payment", "notice", "refund", "message"}


def buys(stage: Stage, folder: Path) -> None:
    """Kim orders a lamp with name and street, types them wrong once, pays, and gets the receipt and money back."""
    assert stage.post_form(email="not an address", name=KIM.name).status_code == 422
    token = stage.order()
    stage.go_back()
    assert "Payment received" in stage.client.get(f"/orders/{token}").text
    stage.tell(FactKind.REFUNDED)
    sweep_due(stage.house, everything=True)
    mailer = FolderMailer(folder, "shop@shop.example")
    for notice in stage.notices:
        send_notice(stage.house, mailer, notice)


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Callable[[Callable[[], None]], str]:
    """Do something with the logs as `checkout serve` sets them up; gives all that was written."""

    def written_by(act: Callable[[], None]) -> str:
        with logs_kept():
            configure_logging(json=True, level="DEBUG")
            act()
        return capsys.readouterr().err

    return written_by


def test_a_purchase_is_logged_with_ids_and_without_a_person(
    stage: Stage, tmp_path: Path, written: Callable[[Callable[[], None]], str]
) -> None:
    text = written(partial(buys, stage, tmp_path / "mail"))
    lines = [json.loads(line) for line in text.splitlines()]
    said = {line["event"] for line in lines}
    assert said >= {
        "request",
        "order placed",
        "payment moved",
        "fact learned",
        "order moved",
        "mail handed over",
    }
    assert [line for line in lines if not IDS & line.keys()] == []
    assert all(re.fullmatch(r"[0-9T:.Z-]{20,30}", line["timestamp"]) for line in lines)
    assert (tmp_path / "mail").is_dir()
    for told in (KIM.email, KIM.name, "Kim", KIM.street, "Baker", KIM.city, KIM.postcode, "not an address"):
        assert told not in text


def test_such_a_line_would_be_found(stage: Stage, written: Callable[[Callable[[], None]], str]) -> None:
    text = written(lambda: structlog.get_logger().info("told", to=KIM.email, name=KIM.name))
    assert KIM.email in text
    assert not IDS & json.loads(text).keys()
    del stage
