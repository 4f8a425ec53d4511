"""`checkout demo`: the main job from end to end, unattended; or the same shop left open for a person."""

from __future__ import annotations

import signal
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from checkout.domain.errors import CheckoutError
from checkout.domain.orders import OrderState
from checkout.domain.roles import Role
from checkout.flows import inviting
from checkout.processors.paypal.emulator.control_client import ControlFailedError
from checkout.processors.paypal.emulator.start import EmulatorDidNotStartError
from webhooks.commands.demo.afterwards import Afterwards, CommandFailedError
from webhooks.commands.demo.auditing import audit, show_books
from webhooks.commands.demo.stage import DEMO, set_up
from webhooks.commands.demo.stories import Stories
from webhooks.commands.demo.telling import Teller

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webhooks.commands.demo.stage import Stage


class DemoFailedError(CheckoutError):
    """Something that must hold did not."""

    def __init__(self, failures: list[str]) -> None:
        listed = "".join(f"\n  - {failure}" for failure in failures)
        super().__init__(f"The demo failed:{listed}")


@click.command()
@click.option("--keep", is_flag=True, help="Leave the shop open for you to click in, until Ctrl-C.")
def demo(keep: bool) -> None:  # noqa: FBT001
    """Watch customers pay in a whole shop on this machine, end to end. No money moves, nothing leaves it.

    Starts PayPal's emulator, the shop and its worker on free ports with a new database, lets customers buy
    over HTTP (one pays, one is declined first, one never comes back, one's answer is lost, one's webhook),
    gives money back, answers a dispute, finds a planted difference, shows the books, and exits 0 only if all
    of it holds. Ends everything it started.
    """
    teller = Teller()
    click.secho("A whole shop on this machine. No money moves, and nothing leaves it.", bold=True)
    try:
        with (
            _ended_in_order(),
            tempfile.TemporaryDirectory(prefix="checkout-demo-") as folder,
            set_up(Path(folder), teller) as stage,
        ):
            _stay_open(stage, teller) if keep else _play(stage, teller)
    except (ControlFailedError, EmulatorDidNotStartError, CommandFailedError) as trouble:
        raise DemoFailedError([str(trouble)]) from trouble
    except KeyboardInterrupt:
        click.echo("\nStopped; everything it started has ended.")
        raise SystemExit(0 if keep else 1) from None
    if teller.failures:
        raise DemoFailedError(teller.failures)
    click.secho(
        f"\nAll of it holds, after {teller.seconds():.1f} s. Now click through it yourself: make run",
        bold=True,
    )


def _play(stage: Stage, teller: Teller) -> None:
    stories = Stories(stage, teller)
    teller.heading("1. Anna pays.")
    paid = [stories.pays()]
    teller.heading("2. Ben is declined, and pays the same order with something else.")
    paid.append(stories.declined_then_pays())
    teller.heading("3. Cleo agrees, and never comes back.")
    paid.append(stories.never_comes_back())
    anna, ben, cleo = paid
    teller.heading("4. Anna gets a part of her money back. Ben disputes his payment.")
    afterwards = Afterwards(stage, teller)
    afterwards.gives_a_part_back(anna)
    afterwards.gives_in_to_a_dispute(ben)
    teller.heading(
        "5. Dan's payment happens, but PayPal's answer is lost. Eve never comes back. No webhook arrives."
    )
    stories.webhooks_stop()
    dan, eve = stories.answer_is_lost(), stories.webhook_is_lost()
    stories.found_by_sweep("Dan", dan)
    stories.found_by_sweep("Eve", eve)
    paid += [dan, eve]
    teller.heading("6. Fay mistakes the shop for a place to type card numbers.")
    number = stories.types_a_card_number()
    teller.heading("7. PayPal's report says something else than the books.")
    afterwards.finds_a_planted_difference(cleo)
    afterwards.proves_the_books()
    teller.heading("The books")
    show_books(stage)
    teller.heading("Does all of it hold?")
    refunded = {anna: OrderState.PARTIALLY_REFUNDED, ben: OrderState.REFUNDED}
    audit(stage, teller, dict.fromkeys(paid, OrderState.PAID) | refunded, number)


def _stay_open(stage: Stage, teller: Teller) -> None:
    first = inviting.invite(stage.house, Role.ADMIN, by=DEMO)
    teller.heading("The shop is open. Click here:")
    click.echo(f"  the shop                {stage.url}/")
    click.echo(f"  the back office         {first.link}")
    click.echo(f"  the API, described      {stage.url}/v1/docs")
    click.echo(f"  PayPal's control page   {stage.emulator.base_url}/control")
    click.echo(f"  the mails               {stage.mails}")
    click.echo(f"  its log                 {stage.log}")
    click.echo("\nBuy something: PayPal's page offers to pay, to be declined, to close the window and more.")
    click.echo("Then see where the money is, give it back, or ask for anything else, in another terminal:")
    click.echo(f"  cd {stage.folder}")
    click.echo(f"  {Path(sys.executable).with_name('checkout')} orders list")
    click.echo("Ctrl-C ends the shop and everything it kept.")
    code = stage.shop.wait()
    teller.fail(f"the shop ended by itself with {code}; its log ends:\n{stage.log.read_text()[-1000:]}")


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Whatever asks this process to end is as Ctrl-C: all it started is ended first."""
    before = {number: signal.signal(number, _as_ctrl_c) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _as_ctrl_c(*_: object) -> None:
    raise KeyboardInterrupt
