"""Every wrong value of every setting is refused at start in one sentence, which names the setting and no secret."""

from pathlib import Path

import pytest
from granian.server.mp import MPServer

from checkout.processors.paypal.building import PayPalVariables
from checkout.settings import Settings
from tests.commands.conftest import Terminal
from tests.ports import free_port
from webhooks.commands import serve as serve_command

NO_TEXT = "\udce4"
"""What Python makes of a byte in the environment that is no UTF-8."""

DATABASE = "use sqlite:///a/file or postgresql://user:password@host/name"
ADDRESS = "must be an address such as https://shop.example"
SMTP = "must look like smtp://user:password@mail.example:587"
SENDER = "must be one address, such as shop@shop.example"
FOLDER = "must be a folder, such as var/"
EMULATOR = "must be the emulator's address, such as http://127.0.0.1:8400"
ISSUER = "must be a file of PEM certificates"
LETTERS = "must be 2 to 12 small letters and digits"
HOURS = "must be a whole number of hours from 1 to 1440"
AMOUNTS = "must be amounts such as 500.00 EUR, 600.00 USD"
ATTEMPTS = "must be a whole number from 1 to 50"

WRONG: dict[str, tuple[tuple[str, str], ...]] = {
    "DATABASE_URL": (
        ("", DATABASE),
        ("var/hunter2.db", DATABASE),
        ("sqlite://", DATABASE),
        ("sqlite:///:memory:", DATABASE),
        ("sqlite://var/hunter2.db", DATABASE),
        ("sqlite:///hunter2.db?mode=ro", DATABASE),
        ("sqlite:///{folder}", DATABASE),
        ("sqlite:///{file}/hunter2/shop.db", "DATABASE_URL names a folder that cannot be made"),
        ("mysql://shop:hunter2@db.example/shop", DATABASE),
        ("postgresql:shop:hunter2@db.example/shop", DATABASE),
        ("postgresql://shop:hunter2@db.example:port/shop", DATABASE),
        ("postgresql://shop:hunter2@db.example:70000/shop", DATABASE),
        ("postgresql://shop:hunter2@db.example/shop?ssl=hunter2", DATABASE),
        (NO_TEXT, "must be an address such as sqlite:///var/checkout.db or postgresql://"),
    ),
    "BASE_URL": tuple(
        (wrong, ADDRESS)
        for wrong in (
            "", "little.shop", "ftp://shop.example", "https://", "https://shop.example?a=b", "https://shop.example#a",
            "https://kim:hunter2@shop.example", "https://shop.example:port", "https://shop.example:70000",
            "https://shop.example:0", "https://[shop", "https://shop .example", "https://löden.example",
            "HTTPS://shop.example", NO_TEXT,
        )
    ),
    "SHOP_NAME": tuple(
        (wrong, "must be a name in one line of 1 to 80 characters")
        for wrong in ("", "  ", "T" * 81, "Tea\r\nBcc: everybody@shop.example", "Tea\u2028Pots", NO_TEXT)
    ),
    "INSTALLATION": tuple(
        (wrong, LETTERS) for wrong in ("", "s", "Shop", "9shop", "my-shop", "abcdefghijklm", "shop\n", NO_TEXT)
    ),
    "SECRET_KEY": (
        ("", "give at least 32 random characters"),
        ("hunter2", "give at least 32 random characters"),
        (NO_TEXT * 40, "must be at least 32 random characters"),
    ),
    "ORDER_HOURS": tuple((wrong, HOURS) for wrong in ("", "soonish", "0", "-1", "1441", "1.5", NO_TEXT)),
    "ATTEMPTS_MAX": tuple((wrong, ATTEMPTS) for wrong in ("", "plenty", "0", "51", "9" * 5000, NO_TEXT)),
    "REFUND_APPROVAL_ABOVE": tuple(
        (wrong, AMOUNTS)
        for wrong in (
            "500", "EUR 500.00", "500.00", "500.001 EUR", "-1.00 EUR", "500.00 hunter2", "500.00 EUR 600.00 USD",
            "1e3 EUR", "500.00 EUR, 600.00 EUR", NO_TEXT,
        )
    ),
    "SMTP_URL": (
        ("hunter2.mail.example", SMTP),
        ("imap://kim:hunter2@mail.example", SMTP),
        ("smtp://", SMTP),
        ("smtp://kim:hunter2@", SMTP),
        ("smtp://kim:hunter2@mail.example:port", SMTP),
        ("smtp://kim:hunter2@mail.example:70000", SMTP),
        ("smtp://kim:hunter2@mail.example:0", SMTP),
        ("smtp://kim:12/hunter2@mail.example", SMTP),
        ("smtp://kim:hunter2@mail example", SMTP),
        (NO_TEXT, "must be an address such as smtp://user:password@mail.example:587"),
    ),
    "MAIL_FROM": (
        ("", SENDER),
        ("shop", SENDER),
        ("kim@shop.example, lee@shop.example", SENDER),
        ("Tea, Pots <shop@shop.example>", SENDER),
        ("löden@shop.example", SENDER),
        ("shop@shop.example\r\nBcc: everybody@shop.example", SENDER),
        (NO_TEXT, "must be an address such as Tea & Pots <shop@shop.example>"),
    ),
    "OPERATOR_MAIL": tuple(
        (wrong, "must be one mail address such as kim@shop.example")
        for wrong in (
            "kim", "kim@shop.example, lee@shop.example", "Kim <kim@shop.example>", "löden@shop.example",
            "kim@shop.example\r\nBcc: everybody@shop.example", NO_TEXT,
        )
    ),
    "MAIL_FOLDER": (("", FOLDER), ("{file}", FOLDER), (NO_TEXT, FOLDER)),
    "METRICS_TOKEN": tuple(
        (wrong, "must be at least 16 characters without spaces") for wrong in ("hunter2", "hunter 2 " * 4, "hünter2" * 4)
    ),
    "METRICS_FOLDER": (("", FOLDER), ("{file}", FOLDER), (NO_TEXT, FOLDER)),
    "SUPPORT": tuple(
        (wrong, "must be a mail address or a telephone number in one line of at most 120 characters")
        for wrong in ("h" * 121, "help\nme", NO_TEXT)
    ),
    "LOG_LEVEL": tuple(
        (wrong, "must be DEBUG, INFO, WARNING or ERROR") for wrong in ("", "LOUD", "info", NO_TEXT)
    ),
    "LOG_JSON": tuple((wrong, "must be true or false") for wrong in ("", "perhaps", "2", NO_TEXT)),
    "NOTICES_MAY_GO_INSIDE": tuple(
        (wrong, "must be true or false") for wrong in ("", "perhaps", "2", NO_TEXT)
    ),
    "PAYPAL_ENVIRONMENT": tuple(
        (wrong, "must be off, emulator, sandbox or live") for wrong in ("", "production", "Live", NO_TEXT)
    ),
    "PAYPAL_CLIENT_ID": tuple(
        (wrong, "must be the app's Client ID") for wrong in ("", "hunter 2", "h" * 256, NO_TEXT)
    ),
    "PAYPAL_CLIENT_SECRET": tuple(
        (wrong, "must be the app's Secret") for wrong in ("", "hunter 2", "h" * 256, "hünter2", NO_TEXT)
    ),
    "PAYPAL_MERCHANT_ID": tuple(
        (wrong, "must be the account's Merchant ID") for wrong in ("", "kim@shop.example", "abcdefghijklm", NO_TEXT)
    ),
    "PAYPAL_WEBHOOK_IDS": (
        ("WEBHOOK_ID", "Use the id that `checkout paypal webhooks register` prints"),
        ("8PT597110X687430LKGECATA, WEBHOOK_ID", "Use the id that `checkout paypal webhooks register` prints"),
        ("https://shop.example/webhooks/paypal", "must be what `checkout paypal webhooks register` prints"),
        ("8PT597110X687430LKGECATA;8PT597110X687430LKGECATB", "letters and digits, a comma between two ids"),
        (NO_TEXT, "must be what `checkout paypal webhooks register` prints"),
    ),
    "PAYPAL_BASE_URL": (
        ("", EMULATOR),
        ("127.0.0.1:8411", EMULATOR),
        ("http://kim:hunter2@127.0.0.1:8400", EMULATOR),
        ("http://127.0.0.1:port", EMULATOR),
        ("http://[", EMULATOR),
        ("https://api-m.paypal.com", "must be an emulator on this machine"),
        (NO_TEXT, EMULATOR),
    ),
    "PAYPAL_ISSUER_FILE": (
        ("", ISSUER),
        ("{folder}/hunter2.pem", ISSUER),
        ("{folder}", ISSUER),
        ("{file}", ISSUER),
        (NO_TEXT, ISSUER),
    ),
    "PAYPAL_CERTIFICATE_FOLDER": (("", FOLDER), ("{file}", FOLDER), (NO_TEXT, FOLDER)),
}  # fmt: skip

CASES = [(name, value, said) for name, cases in WRONG.items() for value, said in cases]


def label(part: str) -> str:
    """Name a case in few printable characters."""
    return ascii(part[:30])[1:-1]


@pytest.fixture
def opened(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal where everything is set right; `serve` ends where it would begin, and leaves the tests' logs alone."""

    def not_refused(*_: object) -> None:
        pytest.fail("it was not refused")

    monkeypatch.setattr(serve_command, "configure_logging", lambda **_: None)
    monkeypatch.setattr(MPServer, "serve", not_refused)
    (terminal.folder / "a-file").write_text("no certificate")
    return terminal


def set_wrong(terminal: Terminal, name: str, value: str) -> str:
    """Set one variable wrong; the value as it was set."""
    value = value.replace("{folder}", str(terminal.folder)).replace("{file}", str(terminal.folder / "a-file"))
    terminal.set(**{name: value})
    return value


def test_every_setting_has_wrong_values_here() -> None:
    names = {name.upper() for name in Settings.model_fields}
    names |= {f"PAYPAL_{name.upper()}" for name in PayPalVariables.model_fields}
    assert set(WRONG) == names


@pytest.mark.parametrize(("name", "value", "should_be"), CASES, ids=label)
def test_a_wrong_value_is_refused_in_one_sentence(
    opened: Terminal, name: str, value: str, should_be: str
) -> None:
    value = set_wrong(opened, name, value)
    said = opened.fails("serve", "--port", str(free_port()))
    assert said.startswith(f"Error: {name}")
    assert should_be in said
    assert said.endswith(".\n")
    assert said.count("\n") == 1
    assert len(value) <= 10 or value not in said
    for words in ("hunter", "everybody", "Input", "String should", "validation", "Traceback"):
        assert words not in said


@pytest.mark.parametrize("name", WRONG)
def test_the_doctor_says_the_same(opened: Terminal, name: str) -> None:
    value, should_be = WRONG[name][1 if name == "SECRET_KEY" else 0]
    set_wrong(opened, name, value)
    said = opened.run("doctor")
    assert said.exit_code == 1
    line = next(line for line in said.stdout.splitlines() if line.startswith("PROBLEM") and name in line)
    assert should_be in line or name == "SECRET_KEY"
    assert "hunter" not in said.output


def test_all_that_is_wrong_is_said_at_once(opened: Terminal) -> None:
    opened.set(ORDER_HOURS="soonish", LOG_LEVEL="LOUD", SHOP_NAME="")
    said = opened.fails("serve")
    assert [line.partition(":")[0] for line in said.removeprefix("Error: ").splitlines()] == [
        "SHOP_NAME", "ORDER_HOURS", "LOG_LEVEL",
    ]  # fmt: skip


def test_an_env_file_in_another_encoding_is_named(opened: Terminal) -> None:
    Path(".env").write_bytes("SUPPORT=häuser@shop.example\n".encode("latin-1"))
    assert opened.fails("serve") == "Error: .env: must be saved as UTF-8 text.\n"


@pytest.mark.parametrize(
    "changes",
    [
        {"BASE_URL": "https://shop.example:8443/till/"},
        {"BASE_URL": "http://[::1]:8000"},
        {"SHOP_NAME": "Tee & Töpfe „Nord“ 👩‍🌾"},
        {"MAIL_FROM": '"Tea, Pots" <shop+mail@shop.example>'},
        {"MAIL_FROM": "shop@localhost"},
        {"SMTP_URL": "smtps://kim%40shop:p%2Fw@mail.example"},
        {"SMTP_URL": "smtp://[::1]:2525/"},
        {"MAIL_FOLDER": "{folder}/not/yet/there"},
        {"REFUND_APPROVAL_ABOVE": ""},
        {"REFUND_APPROVAL_ABOVE": "500.00 EUR, 600 USD,60000 JPY,"},
        {"REFUND_APPROVAL_ABOVE": "0.00 EUR"},
        {"PAYPAL_WEBHOOK_IDS": "8PT597110X687430LKGECATA, 8PT597110X687430LKGECATB"},
    ],
    ids=str,
)
def test_what_is_right_is_taken(opened: Terminal, changes: dict[str, str]) -> None:
    for name, value in changes.items():
        set_wrong(opened, name, value)
    refused = [line for line in opened.run("doctor").stdout.splitlines() if "must " in line]
    assert refused == []
