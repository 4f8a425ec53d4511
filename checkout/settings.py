"""Settings, read once from the environment (and a `.env` file), refused at start when wrong."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from checkout.domain.errors import CheckoutError

ENV_FILE = ".env"
"""Read from the working directory where it is there; the environment wins."""


class SettingsError(CheckoutError):
    """One or more settings that cannot be used. The message has a line for each, saying what to set."""


class Settings(BaseSettings):
    """Every setting, by its environment variable's name in lower case. See docs/settings.md."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    database_url: str = "sqlite:///var/checkout.db"
    base_url: str = "http://127.0.0.1:8000"
    """The address customers and PayPal reach this shop by, without a slash at its end."""
    shop_name: str = Field(default="The shop", min_length=1, max_length=80)
    installation: str = Field(default="shop", pattern=r"^[a-z][a-z0-9]{1,11}$")
    """A short name that is unique among all installations which share one PayPal account."""
    secret_key: SecretStr = SecretStr("")
    """Signs the order forms; at least 32 characters, the same on every machine."""
    order_hours: int = Field(default=24, ge=1, le=24 * 60)
    """How long an order may wait for its payment."""
    attempts_max: int = Field(default=10, ge=1, le=50)
    """Payments that one order may begin, so that nobody tries out cards here."""

    smtp_url: SecretStr = SecretStr("")
    """`smtp://user:password@host:587` (STARTTLS where offered) or `smtps://…`; empty: mails go to mail_folder."""
    mail_from: str = "shop@localhost"
    mail_folder: Path = Path("var/mail")

    support: str = Field(default="", max_length=120)
    """How customers reach the shop (an address or a number), shown where they may need help."""

    log_level: str = Field(default="INFO", pattern=r"^(DEBUG|INFO|WARNING|ERROR)$")
    log_json: bool = True

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
        is_one_word = value.isprintable() and " " not in value  # urlsplit drops line breaks unsaid
        if not is_web or not is_one_word or parts.query or parts.fragment:
            message = "must be an address such as https://shop.example"
            raise ValueError(message)
        return value.rstrip("/")


def read_settings() -> Settings:
    """Settings from the environment; raises SettingsError with one line for each wrong one, never a value."""
    try:
        return Settings()
    except ValidationError as wrong:
        raise SettingsError("\n".join(lines_of(wrong))) from None


def lines_of(wrong: ValidationError, prefix: str = "") -> list[str]:
    """`ORDER_HOURS: Input should be a valid integer`: one line for each wrong variable, without its value."""
    lines = []
    for error in wrong.errors(include_input=False, include_url=False, include_context=False):
        name = prefix + ".".join(str(part) for part in error["loc"]).upper()
        lines.append(f"{name}: {error['msg'].removeprefix('Value error, ')}")
    return lines
