"""The root of the command line; each command is imported when it is called."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import click

from checkout.commands.group import LazyGroup, WholeCommandLine

COMMANDS = {
    "demo": ("webhooks.commands.demo.command:demo", "Watch customers pay in a whole shop on this machine."),
    "serve": ("webhooks.commands.serve:serve", "Serve the shop."),
    "worker": ("webhooks.commands.worker:worker", "Run what works beside the web processes."),
    "products": ("checkout.commands.products:products", "What the shop sells, and pay links."),
    "link": ("checkout.commands.links:link", "Pay links for whole orders, signed, and their keys."),
    "orders": ("checkout.commands.orders:orders", "Show and cancel orders: where is the money?"),
    "payments": ("checkout.commands.payments:payments", "Show one payment with all that is known of it."),
    "refunds": ("checkout.commands.refunds:refunds", "Give money back, and see how far it has come."),
    "reservations": (
        "checkout.commands.reservations:reservations",
        "Take the money that is reserved, or let it go.",
    ),
    "invariants": (
        "webhooks.commands.invariants:invariants",
        "Is all that must always be true of the money true?",
    ),
    "disputes": (
        "webhooks.commands.disputes.command:disputes",
        "What customers contest, and the answers.",
    ),
    "reconcile": (
        "webhooks.commands.reconcile:reconcile",
        "Compare the books with the processor's reports.",
    ),
    "discrepancies": (
        "webhooks.commands.discrepancies:discrepancies",
        "What differs from the processor, and decisions.",
    ),
    "operators": ("checkout.commands.operators:operators", "Who may work in the back office."),
    "keys": ("checkout.commands.keys:keys", "Keys of the API: make, list, rotate, revoke."),
    "halts": ("checkout.commands.halts:halts", "What stands still until somebody has looked."),
    "ledger": ("checkout.commands.ledger:ledger", "Balances, and whether the books are true."),
    "endpoints": (
        "checkout.commands.endpoints:endpoints",
        "Tell your shop what happened, signed, at its own address.",
    ),
    "inbox": ("webhooks.commands.inbox:inbox", "What processors told us, and what became of it."),
    "sweep": ("webhooks.commands.sweep:sweep", "Ask the processor now about what is open."),
    "doctor": ("webhooks.commands.doctor.command:doctor", "Check every setting and say how to mend it."),
    "rehearse": (
        "checkout.commands.rehearse:rehearse",
        "Fill an empty database with made-up orders.",
    ),
    "db": ("checkout.commands.database:database", "The database: up to date, backed up, restored."),
    "paypal": ("checkout.commands.paypal:paypal", "Register the webhook at PayPal."),
    "emulator": ("webhooks.commands.main:emulator", "Run a stand-in for a processor on this machine."),
}

emulator = LazyGroup(
    "emulator",
    {
        "paypal": (
            "checkout.processors.paypal.emulator.command:emulator_command",
            "Run an emulator of PayPal's API: no money moves.",
        )
    },
    help="Run a stand-in for a processor on this machine, for trying things out and for tests.",
)

root = WholeCommandLine(
    "checkout",
    COMMANDS,
    help="""A checkout that hands all card handling to the payment processor and proves its books.

    Settings come from the environment, or from a file .env in the working folder. New here?
    `checkout demo` shows a whole shop at work, `checkout doctor` says what is missing in yours.
    """,
)


def _show_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 -- click's way
    if not wanted or ctx.resilient_parsing:
        return
    try:
        click.echo(version("delegated-checkout"))
    except PackageNotFoundError:
        click.echo("run from a working copy, not installed")
    ctx.exit()


root.params.append(
    click.Option(
        ["--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        help="Show the version and exit.",
        callback=_show_version,
    )
)


def main() -> None:
    """Run the command line; ends the process with 0, 1 (a known problem) or 2 (wrong usage)."""
    root(prog_name="checkout")
