"""What can be wrong between this shop and PayPal, asked of PayPal itself; nothing is changed there."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from requests.auth import HTTPBasicAuth

from checkout.connecting.deadline import ending_within
from checkout.domain.errors import BadInputError, ProcessorError
from checkout.domain.findings import Finding, fine, problem, warning
from checkout.domain.money import Money
from checkout.domain.processor import Opening
from checkout.processors.paypal import registration
from checkout.processors.paypal.adapter import PayPal
from checkout.processors.paypal.building import read_settings
from checkout.processors.paypal.settings import PayPalEnvironment
from checkout.processors.paypal.wire import ErrorAnswerError, NoAnswerError, Wire, checked, read_debug_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    import requests

    from checkout.processors.paypal.settings import PayPalSettings

SKEW_SECONDS_WARNING = 5.0
SKEW_SECONDS_PROBLEM = 60.0
"""A clock that is a minute off takes valid certificates for expired, and dates receipts wrongly."""


def check(base_url: str, clock: Callable[[], datetime], mint: Callable[[int], str]) -> Iterator[Finding]:
    """Everything that can be checked without moving money; `base_url` is the shop's public address."""
    try:
        settings = read_settings()
    except BadInputError as wrong:
        for line in str(wrong).splitlines():
            yield problem(
                "paypal settings", line, "Mend it in .env or the environment; see docs/settings.md."
            )
        return
    if settings is None:
        yield problem(
            "paypal settings",
            "PayPal is switched off, so nobody can pay",
            "Set PAYPAL_ENVIRONMENT to sandbox or live, with PAYPAL_CLIENT_ID, PAYPAL_CLIENT_SECRET and"
            " PAYPAL_MERCHANT_ID.",
        )
        return
    yield fine("paypal settings", f"complete, for {settings.environment}")
    yield from _address(settings, base_url)
    reached = list(_credentials(settings, clock))
    yield from reached
    if any(finding.name == "paypal credentials" and not finding.fix for finding in reached):
        paypal = PayPal(settings, clock)
        yield _merchant(paypal, settings, base_url, mint)
        yield from _webhook(paypal, settings, base_url)


def _address(settings: PayPalSettings, base_url: str) -> Iterator[Finding]:
    if settings.environment is PayPalEnvironment.EMULATOR:
        yield warning(
            "paypal environment",
            "the emulator is in use: no money moves",
            "Fine for trying out. For customers set PAYPAL_ENVIRONMENT=live.",
        )
    elif not base_url.startswith("https://"):
        said = f"BASE_URL is {base_url}, and PayPal delivers webhooks to https only"
        yield problem("base url", said, "Set BASE_URL to the https address customers and PayPal reach.")


def _credentials(settings: PayPalSettings, clock: Callable[[], datetime]) -> Iterator[Finding]:
    wire = Wire(settings.connect_seconds, settings.read_seconds)
    try:
        with ending_within(settings.total_seconds):
            response = wire.post(
                f"{settings.api_url}/v1/oauth2/token",
                data={"grant_type": "client_credentials"},
                headers={"Accept": "application/json"},
                auth=HTTPBasicAuth(settings.client_id, settings.client_secret),
            )
    except NoAnswerError as silent:
        yield problem(
            "paypal credentials",
            f"PayPal cannot be reached at {settings.api_url} ({silent.why})",
            "Check that this machine may open connections there, and its DNS; the shop goes on by itself then.",
        )
        return
    yield from _clock(response, clock())
    try:
        checked(response)
    except (ErrorAnswerError, NoAnswerError) as refused:
        debug_id = refused.debug_id or read_debug_id(response.headers) or "none"
        yield problem(
            "paypal credentials",
            f"PayPal refuses the credentials for {settings.environment} (HTTP {response.status_code}, debug id {debug_id})",
            "Copy Client ID and Secret anew from PayPal's developer dashboard, of an app of this same environment.",
        )
    else:
        yield fine("paypal credentials", f"accepted by {settings.api_url}")


def _clock(response: requests.Response, now: datetime) -> Iterator[Finding]:
    try:
        theirs = parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return
    skew = abs((now - theirs).total_seconds())
    said = f"this machine's clock and PayPal's differ by {skew:.0f} seconds"
    fix = "Let the machine keep its clock by NTP (for example `timedatectl set-ntp true`)."
    if skew > SKEW_SECONDS_PROBLEM:
        yield problem("clock", said, fix)
    elif skew > SKEW_SECONDS_WARNING:
        yield warning("clock", said, fix)
    else:
        yield fine("clock", "agrees with PayPal's")


def _merchant(paypal: PayPal, settings: PayPalSettings, base_url: str, mint: Callable[[int], str]) -> Finding:
    """PayPal names the account's id only as the payee of an order, so one is opened that nobody can pay."""
    name = f"doctor-{mint(12)}"
    opening = Opening(
        names=name,
        invoice=name,
        amount=Money(100, "USD"),
        key=name,
        lines=(),
        return_url=base_url,
        cancel_url=base_url,
        shop_name="",
    )
    try:
        answer = paypal.open_payment(opening)
    except ProcessorError as refused:
        fix = "Look the reason up in PayPal's documentation, or give the debug id to its support."
        return problem("paypal payments", f"PayPal opens no payment: {refused}", fix)
    payees = {fact.payee for fact in answer.facts if fact.payee}
    if payees and payees != {settings.merchant_id}:
        said = f"PAYPAL_MERCHANT_ID is {settings.merchant_id}, but these credentials belong to {', '.join(sorted(payees))}"
        return problem(
            "paypal merchant id", said, "Set PAYPAL_MERCHANT_ID to the latter, or use the right app."
        )
    return fine(
        "paypal merchant id", f"{settings.merchant_id} is who gets the money; a payment can be opened"
    )


def _webhook(paypal: PayPal, settings: PayPalSettings, base_url: str) -> Iterator[Finding]:
    try:
        found = registration.status(paypal.client, base_url, settings.webhook_ids)
    except ProcessorError as refused:
        fix = "Payments still settle, later: the shop asks by itself. Try again soon."
        yield warning("paypal webhook", f"PayPal does not say which webhooks it has: {refused}", fix)
        return
    for difference in found.differences:
        surplus = "nobody here uses" in difference
        make = warning if surplus else problem
        yield make(
            "paypal webhook",
            difference,
            "Then start the shop anew; `checkout paypal webhooks status` compares.",
        )
    if not found.differences:
        yield fine("paypal webhook", f"{found.webhook_id} delivers all we need to {found.url}")
