"""What reaches a log: every line and traceback, but no card number, no secret, no variable's value."""

import io
import json
import logging
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator

import pytest
import structlog

from checkout.domain.cards import REMOVED, holds_card_number
from checkout.logs import SECRET, configure_logging, without_secrets
from tests.logs_kept import logs_kept

CARD = "4" + 15 * "1"  # the test number that everybody knows, never spelled out in a file
SPACED = " ".join((CARD[:4], *3 * [CARD[4:8]]))


class Lines:
    """What was written to stderr since the logs were set up."""

    def __init__(self, captured: pytest.CaptureFixture[str]) -> None:
        self.captured, self.read = captured, ""

    def text(self) -> str:
        self.read += self.captured.readouterr().err
        return self.read

    def events(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.text().splitlines()]

    def last(self) -> dict[str, object]:
        return self.events()[-1]


@pytest.fixture(params=[True, False], ids=["json", "console"])
def written(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Iterator[Lines]:
    """Set the logs up in both forms, and everything back afterwards."""
    yield from _configured(capsys, json=request.param)


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Lines]:
    """Set the logs up as JSON."""
    yield from _configured(capsys, json=True)


def _configured(capsys: pytest.CaptureFixture[str], *, json: bool) -> Iterator[Lines]:
    with logs_kept():
        configure_logging(json=json, level="DEBUG")
        yield Lines(capsys)


def test_a_line_bears_time_level_logger_and_bound_ids(lines: Lines) -> None:
    with structlog.contextvars.bound_contextvars(order_id="ord_1"):
        structlog.get_logger("checkout.test").info("order placed", amount_minor=2380)
    event = lines.last()
    assert event.pop("timestamp")
    assert event == {
        "event": "order placed",
        "level": "info",
        "logger": "checkout.test",
        "order_id": "ord_1",
        "amount_minor": 2380,
    }


def test_innocent_values_keep_their_type(lines: Lines) -> None:
    structlog.get_logger().info("counted", rows=3, ratio=0.5, ok=True, none=None, ids=["a", "b"])
    event = lines.last()
    assert (event["rows"], event["ratio"], event["ok"], event["none"]) == (3, 0.5, True, None)
    assert event["ids"] == ["a", "b"]


@pytest.mark.parametrize(
    "values",
    [
        {"note": SPACED},
        {"number": int(CARD)},
        {"number": float(CARD)},
        {"nested": {"list": [{"deep": f"pay {CARD} now"}]}},
        {CARD: "a key"},
        {"parts": ["4111", "1111", "1111", "1111"]},
        {"card1": "4111", "card2": "1111", "card3": "1111", "card4": "1111"},
        {"raw": CARD.encode()},
        {"error": ValueError(CARD)},
        {"escaped": "4111%201111%201111%201111"},
    ],
)
def test_no_value_or_key_shows_a_card_number(written: Lines, values: dict[str, object]) -> None:
    structlog.get_logger().warning("seen", **values)
    assert REMOVED in written.text()
    assert not holds_card_number(written.text())


def test_no_event_text_shows_a_card_number(written: Lines) -> None:
    structlog.get_logger().info(f"paid with {SPACED}")
    structlog.get_logger().info("paid with %s", CARD)
    assert written.text().count(REMOVED) == 2
    assert not holds_card_number(written.text())


def test_no_library_shows_a_card_number(written: Lines) -> None:
    log = logging.getLogger("some.library")
    log.warning("as an argument: %s", CARD)
    log.warning("by name: %(number)s", {"number": SPACED})
    log.warning(f"in the message: {CARD}")  # noqa: G004, as libraries write it
    log.warning("as an extra", extra={"number": CARD})
    log.warning("arguments that do not fit: %s %s", CARD)  # noqa: PLE1206, as libraries slip
    log.warning("a percent sign stays: 100%")
    assert written.text().count(REMOVED) == 5
    assert "100%" in written.text()
    assert not holds_card_number(written.text())


def _fail(number: str) -> None:
    local_of_the_frame = f"local {number}"
    raise ValueError(local_of_the_frame.replace("local", "no such card:"))


def test_no_traceback_shows_a_card_number_or_a_local(written: Lines) -> None:
    for log in (logging.getLogger("some.library"), structlog.get_logger()):
        try:
            _fail(SPACED)
        except ValueError:
            log.exception("it failed")
    text = written.text()
    assert text.count(f"no such card: {REMOVED}") == 2
    assert text.count("in _fail") == 2
    assert "local 4111" not in text
    assert not holds_card_number(text)


def test_no_cause_of_an_error_shows_a_card_number(written: Lines) -> None:
    try:
        try:
            _fail(CARD)
        except ValueError as error:
            error.add_note(f"note {CARD}")
            raise RuntimeError from error
    except RuntimeError:
        structlog.get_logger().exception("it failed")
    assert written.text().count(REMOVED) == 2
    assert not holds_card_number(written.text())


def test_a_librarys_own_handler_shows_no_card_number(lines: Lines) -> None:
    own = io.StringIO()
    log = logging.getLogger("library.with.handler")
    handler = logging.StreamHandler(own)
    log.addHandler(handler)
    try:
        _fail(CARD)
    except ValueError:
        log.exception("number %s", CARD)
    log.removeHandler(handler)
    assert own.getvalue().count(REMOVED) == 2
    assert not holds_card_number(own.getvalue() + lines.text())


def test_handlers_that_libraries_had_before_are_taken_away(lines: Lines) -> None:
    own = io.StringIO()
    log = logging.getLogger("library.set.up.before")
    log.addHandler(logging.StreamHandler(own))
    log.propagate = False
    configure_logging(json=True, level="INFO")
    log.info("hello")
    assert own.getvalue() == ""
    assert lines.last()["event"] == "hello"


def test_no_warning_shows_a_card_number(written: Lines) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn(f"strange number {CARD}", stacklevel=1)
    assert f"strange number {REMOVED}" in written.text()
    assert not holds_card_number(written.text())


def test_no_thread_that_dies_shows_a_card_number(written: Lines) -> None:
    thread = threading.Thread(target=_fail, args=(CARD,))
    thread.start()
    thread.join()
    assert "a thread ended by an error nobody handled" in written.text()
    assert f"no such card: {REMOVED}" in written.text()
    assert not holds_card_number(written.text())


def test_no_program_that_dies_shows_a_card_number() -> None:
    program = (
        "from checkout.logs import configure_logging\n"
        "configure_logging(json=True, level='INFO')\n"
        f"raise ValueError('number {CARD}')\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert json.loads(ended.stderr)["level"] == "error"
    assert f"number {REMOVED}" in ended.stderr
    assert not holds_card_number(ended.stderr + ended.stdout)


def test_a_record_that_cannot_be_written_is_told_without_its_content(lines: Lines) -> None:
    class Unprintable:
        def __str__(self) -> str:
            raise ValueError(CARD)

    structlog.get_logger().info("odd", value=Unprintable())
    logging.getLogger("some.library").info("odd %s", Unprintable())
    assert not holds_card_number(lines.text())


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "PAYPAL-TRANSMISSION-SIG",
        "client_secret",
        "paypal_client_secret",
        "access_token",
        "password",
        "Set-Cookie",
        "Cookie",
        "api_key",
        "cvv",
    ],
)
def test_what_bears_a_secrets_name_is_not_shown(written: Lines, name: str) -> None:
    structlog.get_logger().info("called", headers={name: "hush-hush"})
    structlog.get_logger().info("called", **{name: "hush-hush"})
    assert "hush-hush" not in written.text()
    assert written.text().count(SECRET) == 2


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer hush-hush-hush",
        "Authorization: Basic aHVzaC1odXNo.hush-hush",
        "postgresql://shop:hush-hush@localhost/shop failed",
        '{"client_secret": "hush-hush"}',
        "POST /v1/oauth2/token?client_secret=hush-hush&grant_type=client_credentials",
        "password=hush-hush",
    ],
)
def test_no_text_shows_a_secret(written: Lines, text: str) -> None:
    logging.getLogger("some.library").info("%s", text)
    assert "hush-hush" not in written.text()
    assert SECRET in written.text()


@pytest.mark.parametrize(
    "text",
    ["3 token requests", "the password was changed", "secret=", "order ord_7 paid", "https://a.example/b@c"],
)
def test_text_about_secrets_stays(text: str) -> None:
    assert without_secrets(text) == text


def test_libraries_that_log_statements_stay_quiet(lines: Lines) -> None:
    logging.getLogger("sqlalchemy.engine.Engine").info("INSERT … %s", ("ada@example.org",))
    logging.getLogger("urllib3.connectionpool").debug("GET /?q=ada")
    assert lines.text() == ""


def test_less_than_the_level_is_not_written(lines: Lines) -> None:
    configure_logging(json=True, level="ERROR")
    structlog.get_logger().info("quiet")
    structlog.get_logger().error("loud")
    assert [event["event"] for event in lines.events()] == ["loud"]
