"""PayPal as the environment sets it up, or None where it is switched off."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from checkout.processors.paypal.adapter import PayPal
from checkout.processors.paypal.settings import (
    MUST_BE,
    PayPalEnvironment,
    PayPalSettingError,
    PayPalSettings,
)
from checkout.settings import ENV_FILE, Folder, Variables, lines_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


class Choice(StrEnum):
    """PAYPAL_ENVIRONMENT."""

    OFF = "off"
    EMULATOR = "emulator"
    SANDBOX = "sandbox"
    LIVE = "live"


class PayPalVariables(Variables):
    """Every PAYPAL_… variable, by its name in lower case. See docs/settings.md."""

    model_config = SettingsConfigDict(
        env_prefix="PAYPAL_", env_file=ENV_FILE, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    environment: Choice = Field(default=Choice.OFF, description="off, emulator, sandbox or live")
    client_id: str = Field(default="", description=MUST_BE["client_id"])
    client_secret: SecretStr = Field(default=SecretStr(""), description=MUST_BE["client_secret"])
    merchant_id: str = Field(default="", description=MUST_BE["merchant_id"])
    webhook_ids: Annotated[tuple[str, ...], NoDecode] = Field(default=(), description=MUST_BE["webhook_ids"])
    """One usually; two while a webhook is being replaced."""
    base_url: str = Field(default="", description=MUST_BE["base_url"])
    """The emulator's address; leave it out for sandbox and live."""
    issuer_file: Path | None = Field(default=None, description=MUST_BE["issuer_file"])
    certificate_folder: Folder = Field(
        default=Path("var/certificates"),
        description="a folder, such as var/certificates, and not the place of a file",
    )

    @field_validator("webhook_ids", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """`PAYPAL_WEBHOOK_IDS=A,B`."""
        return (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )


def read_settings() -> PayPalSettings | None:
    """What the environment says of PayPal; raises PayPalSettingError naming each wrong variable."""
    try:
        variables = PayPalVariables()
    except ValidationError as wrong:
        raise PayPalSettingError(lines_of(wrong, PayPalVariables)) from None
    if variables.environment is Choice.OFF:
        return None
    return PayPalSettings(
        environment=PayPalEnvironment(variables.environment),
        client_id=variables.client_id,
        client_secret=variables.client_secret.get_secret_value(),
        merchant_id=variables.merchant_id,
        webhook_ids=variables.webhook_ids,
        base_url=variables.base_url,
        issuer_file=variables.issuer_file,
        certificate_folder=None if variables.environment is Choice.EMULATOR else variables.certificate_folder,
    )


def build(clock: Callable[[], datetime]) -> PayPal | None:
    """The adapter, ready to be asked; None where PAYPAL_ENVIRONMENT is off."""
    settings = read_settings()
    return None if settings is None else PayPal(settings, clock)
