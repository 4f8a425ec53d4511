"""`checkout reconcile`: compare the books with the processors' reports, and pull events that never came."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from checkout.commands.group import Commands
from checkout.commands.opening import opened_house
from checkout.commands.printing import as_json, moment, print_json
from checkout.commands.times import UTC_MOMENT
from checkout.domain.errors import BadInputError
from checkout.domain.happenings import word
from checkout.store import discrepancies, reports, watermarks
from webhooks.reconcile.events import pull_events
from webhooks.reconcile.reports import mark_of
from webhooks.reconcile.reports import reconcile as compare
from webhooks.reconcile.runs import Wanted, with_reports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from checkout.flows.house import House
    from webhooks.reconcile.reports import Outcome
    from webhooks.reconcile.runs import Shown

STEPS = 1000


class NoReportsError(BadInputError):
    """No processor of this shop has reports."""

    def __init__(self) -> None:
        super().__init__(
            "No processor that is switched on has reports: set PAYPAL_ENVIRONMENT, see docs/settings.md."
        )


@click.group(cls=Commands, no_args_is_help=True)
def reconcile() -> None:
    """Compare the books with the processors' reports. Pull events that never came. The worker does both."""


@reconcile.command("run")
@click.option(
    "--from", "start", type=UTC_MOMENT, help="Where to begin; where the last comparison ended if not given."
)
@click.option(
    "--to", "end", type=UTC_MOMENT, help="Where to end; as far as the report has come if not given."
)
@as_json
def run(start: datetime | None, end: datetime | None, as_json: bool) -> None:  # noqa: FBT001
    """Compare the report with the books, both ways. What was interrupted is gone on with.

    Exits 0 also where differences were found: they are listed by `checkout discrepancies list`.
    """
    wanted = None if start is None and end is None else Wanted(start, end)
    with opened_house() as house:
        names = with_reports(house)
        if not names:
            raise NoReportsError
        with _shown(hidden=as_json) as shown:
            outcomes = {name: compare(house, name, wanted, shown=shown) for name in names}
        with house.store.read() as tx:
            still_open = sum(discrepancies.count_open(tx).values())
    if as_json:
        print_json({"runs": [_json(name, one) for name, one in outcomes.items()], "open": still_open})
        return
    for name, one in outcomes.items():
        click.echo(_sentence(name, one))
    click.echo(
        f"{still_open} differences are open. See them: checkout discrepancies list"
        if still_open
        else "No difference is open."
    )


@reconcile.command("events")
@as_json
def events(as_json: bool) -> None:  # noqa: FBT001
    """Pull the events that never came. Each is put into the inbox."""
    with opened_house() as house:
        pulled = pull_events(house)
    if as_json:
        print_json({"listed": pulled.listed, "new": pulled.new})
        return
    click.echo(
        f"{pulled.listed} events listed, {pulled.new} of them had never come and are in the inbox now."
    )


@reconcile.command("status")
@as_json
def status(as_json: bool) -> None:  # noqa: FBT001
    """How far the last comparison came, and what is open."""
    with opened_house() as house:
        found = [_status(house, name) for name in with_reports(house)]
    if as_json:
        print_json([one | {"open": _by_word(one["open"])} for one in found])
        return
    if not found:
        raise NoReportsError
    for one in found:
        click.echo(f"{one['processor']}: compared up to {one['compared_to'] or 'never'}")
        click.echo(f"  last run {one['state'] or '-'}: {one['said'] or 'nothing to say'}")
        for kind, count in sorted(dict(one["open"]).items()):  # type: ignore[call-overload]
            click.echo(f"  open: {count} {kind}")


def _by_word(counts: object) -> dict[str, int]:
    return {word(kind): count for kind, count in dict(counts).items()}  # type: ignore[call-overload]


def _status(house: House, name: str) -> dict[str, object]:
    with house.store.read() as tx:
        done, newest = reports.newest_done(tx, name), reports.newest(tx, name)
        said, counts = watermarks.said(tx, mark_of(name)), discrepancies.count_open(tx)
    return {
        "processor": name,
        "compared_to": moment(done.end_at) if done else None,
        "state": newest.state if newest else None,
        "said": (newest.said if newest else None) or said,
        "open": counts,
    }


def _json(name: str, one: Outcome | None) -> dict[str, object]:
    if one is None:
        return {"processor": name, "compared": 0, "found": 0}
    return {
        "processor": name,
        "from": one.run.start_at,
        "to": one.run.end_at,
        "state": one.run.state,
        "compared": one.compared,
        "lost_and_found": one.lost_and_found,
        "booked": one.booked,
        "found": one.found,
        "healed": one.healed,
        "not_asked": one.unasked,
    }


def _sentence(name: str, one: Outcome | None) -> str:
    if one is None:
        return f"{name}: its report has nothing new yet; it comes about three hours late."
    unasked = f" {one.unasked} could not be asked about; the next run looks again." if one.unasked else ""
    return (
        f"{name}, {moment(one.run.start_at)} to {moment(one.run.end_at)}: {one.compared} rows compared,"
        f" {one.lost_and_found} lost messages made up for, {one.booked} facts booked, {one.found} new differences,"
        f" {one.healed} healed.{unasked}"
    )


@contextmanager
def _shown(*, hidden: bool) -> Iterator[Shown]:
    """A progress bar on a terminal."""
    if hidden or not sys.stderr.isatty():
        yield lambda _what, _share: None
        return
    with click.progressbar(length=STEPS, label="Reading", file=sys.stderr) as bar:

        def show(what: str, share: float) -> None:
            label, at = what.capitalize(), round(share * STEPS)
            if bar.label != label:
                bar.label, bar.pos = label, 0
            bar.update(max(0, min(at, STEPS) - bar.pos))

        yield show
