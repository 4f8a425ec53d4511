"""One whole run: all lives lived, all messages brought or lost, everything reconciled, the books compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from checkout.processors.paypal.emulator.control_client import EmulatorControl
from tests.paid_shop import PaidShop, opened
from tests.proofs.lives import judging, living
from tests.proofs.lives.messages import Postman, process_all
from tests.proofs.lives.plans import HELD, lives
from webhooks.reconcile.disputes import sweep_disputes
from webhooks.reconcile.events import pull_events
from webhooks.reconcile.reports import reconcile

Say = Callable[[str], object]


@dataclass(frozen=True)
class Outcome:
    """What came of a run. `standings` tell each life's end, to be compared with another run's."""

    faults: list[str]
    standings: list[str]
    brought: int
    lost: int
    troubles: int


@dataclass(frozen=True)
class Way:
    """How PayPal's messages fare: their order (by a seed), the share that is lost, whether the list is asked."""

    name: str
    order: int
    loss: float = 0.0
    pulls: bool = True


WAYS = (
    Way("every message, in any order, some twice", order=1),
    Way("5 % of the messages lost", order=2, loss=0.05),
    Way("no webhook at all", order=3, loss=1.0),
    Way("no webhook, and PayPal's list of events never asked", order=4, loss=1.0, pulls=False),
)


def run(url: str, emulator: EmulatorControl, *, size: int, seed: int, way: Way, say: Say) -> Outcome:
    """Live so many lives with PayPal's messages faring in one way."""
    with opened(url, emulator) as shop:
        emulator.set_settings(held_currencies=HELD, primary_currency="EUR")
        postman = Postman(way.order, way.loss)
        say(f"{size} customers order and pay")
        lived = living.begin(shop, lives(size, seed))
        postman.bring(shop)
        say("the first day goes by")
        living.act(shop, lived)
        living.move_the_account(shop)
        postman.bring(shop)
        shop.move(days=5)
        _sweep(shop)
        say("five days later")
        living.act_later(shop, lived)
        postman.bring(shop)
        shop.move(days=1)
        _reconcile(shop, pulls=way.pulls)
        say("a month later")
        shop.move(days=26)
        postman.bring(shop)
        _reconcile(shop, pulls=way.pulls)
        standings = [_told(shop, one) for one in lived]
        return Outcome(
            judging.faults(shop),
            standings,
            postman.brought,
            postman.lost,
            sum(len(one.troubles) for one in lived),
        )


def _sweep(shop: PaidShop) -> None:
    shop.sweep(everything=True)


def _reconcile(shop: PaidShop, *, pulls: bool) -> None:
    """What the worker does by itself: sweeps, the event list, the disputes, and the report with its lag."""
    _sweep(shop)
    shop.move(hours=4)
    if pulls:
        pull_events(shop.house)
    process_all(shop)
    sweep_disputes(shop.house)
    reconcile(shop.house, "paypal")
    _sweep(shop)


def _told(shop: PaidShop, one: living.Lived) -> str:
    """How a life ended, in words that hold no id: the same life ends the same in every run."""
    standing = shop.standing(one.paid)
    disputes = ",".join(f"{dispute.status}/{dispute.outcome}" for dispute in standing.disputes)
    return (
        f"{one.life.number} {one.life.kind}: {standing.state}, captured {standing.captured},"
        f" refunded {standing.refunded}, reversed {standing.reversed}, reserved {standing.authorized},"
        f" order {shop.order(one.paid).state}, disputes {disputes or 'none'}"
    )
