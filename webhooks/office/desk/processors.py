"""Doors of the processors' settings: whether each is well, and letting go on what stands still."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for

from checkout.domain.errors import ProcessorError
from checkout.domain.processor import HasWebhooks, TellsByWebhook
from checkout.domain.roles import Right
from checkout.flows import halting
from checkout.store import halts, payments, reports, watermarks
from checkout.web.till import till
from webhooks.health import webhook_health
from webhooks.office.frame import current, door
from webhooks.reconcile.events import mark_of as events_mark
from webhooks.reconcile.reports import mark_of

if TYPE_CHECKING:
    from datetime import datetime

    from werkzeug.wrappers import Response

    from checkout.domain.processor import Processor
    from checkout.store.engine import Tx
    from checkout.store.halts import Halt
    from webhooks.health import WebhookHealth


@dataclass(frozen=True, slots=True)
class Health:
    """How one processor is, by what is kept here; nobody is asked."""

    name: str
    title: str
    is_on: bool
    payee: str
    sends_events: bool
    webhook_ids: tuple[str, ...]
    webhooks: WebhookHealth
    asked_next: datetime | None
    open_payments: int
    disputes_read: datetime | None
    events_pulled: datetime | None
    compared_to: datetime | None
    compared: str | None


@door("/settings/processors", needs=Right.ADMIN)
def processors() -> str:
    """Each processor, and what stands still."""
    house = till().house
    with house.store.read() as tx:
        names = sorted({*house.processors, *payments.processors(tx)})
        found = [_health(tx, name, house.processors.get(name), house.clock()) for name in names]
        standing: list[Halt] = halts.open_ones(tx)
    return render_template("office/desk/processors.html", found=found, halts=standing)


@door("/settings/processors/<word:name>/try", needs=Right.ADMIN, methods=["POST"])
def try_processor(name: str) -> Response:
    """Ask a processor for a token, to see that it answers and takes our credentials."""
    processor = till().house.processor(name)
    try:
        processor.warm_up()
    except ProcessorError as trouble:
        flash(f"{processor.title}: {trouble}", "bad")
    else:
        flash(f"{processor.title} answers, and takes this shop's credentials.", "good")
    return redirect(url_for("office.processors"), 303)


@door("/settings/halts/<int:number>/end", needs=Right.ADMIN, methods=["POST"], step_up=True)
def end_halt(number: int) -> Response:
    """Go on again after a look at what stood still."""
    halting.go_on(till().house, current().actor, number)
    flash("It goes on again.", "good")
    return redirect(url_for("office.processors"), 303)


def _health(tx: Tx, name: str, processor: Processor | None, now: datetime) -> Health:
    done = reports.newest_done(tx, name)
    waiting = payments.waiting(tx, name)
    return Health(
        name=name,
        title=processor.title if processor else name.capitalize(),
        is_on=processor is not None,
        payee=processor.payee if processor else "",
        sends_events=isinstance(processor, TellsByWebhook),
        webhook_ids=_webhook_ids(processor),
        webhooks=webhook_health(tx, name, now),
        asked_next=waiting.next_at,
        open_payments=waiting.count,
        disputes_read=watermarks.at(tx, f"disputes:{name}"),
        events_pulled=watermarks.at(tx, events_mark(name)),
        compared_to=done.end_at if done else None,
        compared=watermarks.said(tx, mark_of(name)),
    )


def _webhook_ids(processor: object) -> tuple[str, ...]:
    return processor.webhook_ids if isinstance(processor, HasWebhooks) else ()
