"""`checkout paypal webhooks`: tell PayPal where to send its events, and see whether it is right."""

from __future__ import annotations

import click

from checkout.commands.group import Commands
from checkout.commands.opening import quiet_settings
from checkout.commands.printing import as_json, print_json
from checkout.domain.errors import BadInputError
from checkout.processors.paypal import registration
from checkout.processors.paypal.building import read_settings
from checkout.processors.paypal.client import PayPalClient
from checkout.processors.paypal.settings import PayPalEnvironment, PayPalSettings


@click.group(cls=Commands, no_args_is_help=True)
def paypal() -> None:
    """What must be set up at PayPal itself."""


@paypal.group(cls=Commands, no_args_is_help=True)
def webhooks() -> None:
    """The webhook by which PayPal tells this shop what happened."""


@webhooks.command("register")
@as_json
def register(as_json: bool) -> None:  # noqa: FBT001
    """Make PayPal send its events to BASE_URL. Running it again changes nothing; other webhooks stay.

    Prints the id that PAYPAL_WEBHOOK_IDS must hold.
    """
    base_url, settings = quiet_settings().base_url, _paypal_settings()
    loopback = settings.environment is PayPalEnvironment.EMULATOR
    made = registration.register(PayPalClient(settings), base_url, loopback=loopback)
    known = made.webhook_id in settings.webhook_ids
    if as_json:
        print_json(
            {
                "webhook_id": made.webhook_id,
                "url": made.url,
                "created": made.created,
                "changed": made.changed,
                "event_types": list(made.event_types),
                "in_settings": known,
            }
        )
        return
    happened = (
        "Registered"
        if made.created
        else "Its events were set right"
        if made.changed
        else "It was there already"
    )
    click.echo(f"{happened}: PayPal sends {len(made.event_types)} kinds of event to {made.url}")
    if known:
        click.echo("PAYPAL_WEBHOOK_IDS holds its id.")
    else:
        click.echo("Now set this, in .env or the environment, and start the shop anew:\n")
        click.echo(f"PAYPAL_WEBHOOK_IDS={','.join([*settings.webhook_ids, made.webhook_id])}")


@webhooks.command("status")
@as_json
def status(as_json: bool) -> None:  # noqa: FBT001
    """Compare PayPal's webhook with what this shop needs. Exits 1 where they differ. Changes nothing."""
    base_url, settings = quiet_settings().base_url, _paypal_settings()
    found = registration.status(PayPalClient(settings), base_url, settings.webhook_ids)
    if as_json:
        print_json(
            {
                "url": found.url,
                "webhook_id": found.webhook_id,
                "differences": list(found.differences),
                "others": list(found.others),
            }
        )
    else:
        click.echo(f"Our address: {found.url}, webhook {found.webhook_id or 'not registered'}")
        for other in found.others:
            click.echo(f"Somebody else's, left alone: {other}")
        click.echo("All is as it should be." if not found.differences else "")
    if found.differences:
        if as_json:
            raise SystemExit(1)
        raise BadInputError("\n".join(found.differences))


def _paypal_settings() -> PayPalSettings:
    settings = read_settings()
    if settings is None:
        message = (
            "PayPal is switched off: PAYPAL_ENVIRONMENT is 'off' or not set. Set it to sandbox or live, with"
            " PAYPAL_CLIENT_ID, PAYPAL_CLIENT_SECRET and PAYPAL_MERCHANT_ID."
        )
        raise BadInputError(message)
    return settings
