"""Settings, read once from the environment (and a `.env` file), refused at start when wrong."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from checkout.domain.errors import CheckoutError
from checkout.domain.money import Money

ENV_FILE = ".env"
"""Read from the working directory where it is there; the environment wins."""

_HOST = r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])"
_ADDRESS = re.compile(rf"https?://{_HOST}(?::[0-9]{{1,5}})?(?:/[A-Za-z0-9._~%/-]*)?", re.ASCII)
_MAIL_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,180}[A-Za-z0-9])?", re.ASCII
)
_NOT_IN_A_LINE = frozenset({"Cc", "Zl", "Zp"})
"""Kinds of characters that end a line, in a mail's head too, or are not shown."""


class SettingsError(CheckoutError):
    """One or more settings that cannot be used. The message has a line for each, saying what to set."""


def _address(value: str) -> str:
    if not _ADDRESS.fullmatch(value) or urlsplit(value).port == 0:
        raise ValueError
    return value.rstrip("/")


def _mail_address(value: str) -> str:
    if value and not _MAIL_ADDRESS.fullmatch(value):
        raise ValueError
    return value


def is_one_line(text: str) -> bool:
    """Nothing in it ends a line or is not shown."""
    return not any(unicodedata.category(sign) in _NOT_IN_A_LINE for sign in text)


def _line(value: str) -> str:
    if not is_one_line(value):
        raise ValueError
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError
    return value


def _token(value: SecretStr) -> SecretStr:
    told = value.get_secret_value()
    if told and not re.fullmatch(r"[!-~]{16,200}", told, re.ASCII):
        raise ValueError
    return value


def _folder(value: object) -> object:
    if value == "" or (isinstance(value, str) and _is_a_file(value)):
        raise ValueError
    return value


def _is_a_file(path: str) -> bool:
    try:
        return not Path(path).is_dir() and Path(path).exists()
    except OSError:
        return False  # whether it can be used is found out by its use


Folder = Annotated[Path, BeforeValidator(_folder)]
"""A folder that is made where it is not there; never the place of a file."""


def _amounts(value: object) -> object:
    """`500.00 EUR, 60000 JPY` as minor units by currency."""
    if not isinstance(value, str):
        return value
    found: dict[str, int] = {}
    for part in value.split(","):
        if not part.strip():
            continue
        number, currency = part.split()
        try:
            amount = Money.typed(number, currency)
        except CheckoutError as wrong:
            raise ValueError(str(wrong)) from wrong
        if amount.minor < 0 or currency in found:
            message = "each currency once, and nothing below zero"
            raise ValueError(message)
        found[currency] = amount.minor
    return found


class Variables(BaseSettings):
    """Environment variables, each with a description of what it must be: that is said of a wrong one."""

    @field_validator("*", mode="before")
    @classmethod
    def _text(cls, value: object) -> object:
        """Refuse bytes that are no UTF-8: they could be neither sent nor signed later."""
        if isinstance(value, str):
            value.encode()  # its UnicodeEncodeError is a ValueError
        return value


class Settings(Variables):
    """Every setting, by its environment variable's name in lower case. See docs/settings.md."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    database_url: str = Field(
        default="sqlite:///var/checkout.db",
        description="an address such as sqlite:///var/checkout.db or postgresql://user:password@host/name",
    )
    base_url: Annotated[str, AfterValidator(_address)] = Field(
        default="http://127.0.0.1:8000",
        description="an address such as https://shop.example, if need be with a port and a path",
    )
    """The address customers and PayPal reach this shop by, without a slash at its end."""
    shop_name: Annotated[str, AfterValidator(_line), AfterValidator(_not_blank)] = Field(
        default="The shop", max_length=80, description="a name in one line of 1 to 80 characters"
    )
    installation: str = Field(
        default="shop",
        pattern=r"^[a-z][a-z0-9]{1,11}$",
        description="2 to 12 small letters and digits that begin with a letter",
    )
    """A short name that is unique among all installations which share one PayPal account."""
    secret_key: SecretStr = Field(
        default=SecretStr(""), description="at least 32 random characters, the same on every machine"
    )
    """Signs the order forms; its length is looked at where forms are made."""
    order_hours: int = Field(
        default=24, ge=1, le=24 * 60, description="a whole number of hours from 1 to 1440"
    )
    """How long an order may wait for its payment."""
    attempts_max: int = Field(default=10, ge=1, le=50, description="a whole number from 1 to 50")
    """Payments that one order may begin, so that nobody tries out cards here."""

    refund_approval_above: Annotated[dict[str, int], NoDecode, BeforeValidator(_amounts)] = Field(
        default={}, description="amounts such as 500.00 EUR, 600.00 USD"
    )
    """A refund above its currency's amount needs a second person; so does one in a currency that is not
    named. Empty: never. In minor units by currency."""

    smtp_url: SecretStr = Field(
        default=SecretStr(""),
        description="an address such as smtp://user:password@mail.example:587 or smtps://…:465",
    )
    """`smtp://` (STARTTLS where offered) or `smtps://…`; empty: mails go to mail_folder."""
    mail_from: str = Field(
        default="shop@localhost", description="an address such as Tea & Pots <shop@shop.example>"
    )
    mail_folder: Folder = Field(
        default=Path("var/mail"), description="a folder, such as var/mail, and not the place of a file"
    )

    operator_mail: Annotated[str, AfterValidator(_mail_address)] = Field(
        default="", description="one mail address such as kim@shop.example"
    )
    """Where reminders of disputes and alarms go; empty: they are kept, logged, and shown by the doctor."""

    notices_may_go_inside: bool = Field(default=False, description="true or false")
    """Endpoints may have http addresses, and lie on this machine or in its own network: for development only."""

    support: Annotated[str, AfterValidator(_line)] = Field(
        default="",
        max_length=120,
        description="a mail address or a telephone number in one line of at most 120 characters",
    )
    """How customers reach the shop, shown where they may need help."""

    metrics_token: Annotated[SecretStr, AfterValidator(_token)] = Field(
        default=SecretStr(""), description="at least 16 characters without spaces, or nothing"
    )
    """Whoever asks for /metrics shows it; empty: nothing is counted, and nobody is answered."""
    metrics_folder: Folder = Field(
        default=Path("var/metrics"), description="a folder, such as var/metrics, and not the place of a file"
    )
    """Where each process keeps what it counts while it runs, for all of a machine to be added up."""

    log_level: str = Field(
        default="INFO",
        pattern=r"^(DEBUG|INFO|WARNING|ERROR)$",
        description="DEBUG, INFO, WARNING or ERROR, in capitals",
    )
    log_json: bool = Field(default=True, description="true or false")


def read_settings() -> Settings:
    """Settings from the environment; raises SettingsError with one line for each wrong one, never a value."""
    try:
        return Settings()
    except ValidationError as wrong:
        raise SettingsError("\n".join(lines_of(wrong, Settings))) from None
    except UnicodeDecodeError:
        message = f"{ENV_FILE}: must be saved as UTF-8 text."
        raise SettingsError(message) from None


def lines_of(wrong: ValidationError, kind: type[Variables]) -> tuple[str, ...]:
    """`ORDER_HOURS: must be a whole number …`: one line for each wrong variable, without its value."""
    names = dict.fromkeys(str(error["loc"][0]) for error in wrong.errors(include_input=False))
    prefix = kind.model_config.get("env_prefix", "")
    return tuple(f"{prefix}{name.upper()}: must be {kind.model_fields[name].description}." for name in names)
