"""Doors of reconciliation: its runs, how far each has come, and starting one."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for

from checkout.domain.errors import BadInputError, NotFoundError
from checkout.domain.roles import Right
from checkout.store import reports, watermarks
from checkout.store.reports import OPEN_STATES
from checkout.web.till import till
from webhooks.office.desk.listing import asked, titled, ways
from webhooks.office.desk.spans import day_of
from webhooks.office.frame import current, door
from webhooks.reconcile.reports import mark_of
from webhooks.reconcile.runs import Wanted, with_reports
from webhooks.reconcile.starting import start

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from checkout.store.reports import Run


@door("/reconciliation", needs=Right.SEE)
def reconciliation() -> str:
    """Runs, the last to begin first."""
    house = till().house
    with house.store.read() as tx:
        found = reports.runs(tx, before=asked("after"))
        names = with_reports(house)
        said = [
            (name, watermarks.at(tx, mark_of(name)), watermarks.said(tx, mark_of(name))) for name in names
        ]
    return render_template(
        "office/desk/runs.html",
        found=[(run, share_of(run)) for run in found.rows],
        names=[(name, titled(name)) for name in names],
        said=said,
        ways=ways("reconciliation", found),
    )


@door("/reconciliation/<int:number>", needs=Right.SEE)
def reconciliation_run(number: int) -> str:
    """One run: how far it has come and what it found."""
    with till().house.store.read() as tx:
        run = reports.run_by_id(tx, number)
    if run is None:
        raise NotFoundError("reconciliation run", str(number))
    return render_template(
        "office/desk/run.html", run=run, share=share_of(run), is_open=run.state in OPEN_STATES
    )


@door("/reconciliation/start", needs=Right.MONEY, methods=["POST"])
def start_reconciliation() -> Response:
    """Begin a run over some days; the worker goes on with it."""
    first, last = _day("from"), _day("to")
    if first and last and last < first:
        raise BadInputError("The last day is before the first one.")
    wanted = Wanted(first, last + timedelta(days=1) if last else None)
    run = start(till().house, request.form.get("processor", ""), wanted, current().actor)
    if run is None:
        flash("The report has nothing of that span yet: it comes some hours late.", "wait")
        return redirect(url_for("office.reconciliation"), 303)
    flash(
        "It is begun. The worker goes on with it within a minute; load this page again to see how far it is.",
        "good",
    )
    return redirect(url_for("office.reconciliation_run", number=run.id), 303)


def share_of(run: Run) -> int:
    """How much of its span a run has read, in percent."""
    whole = max(run.end_at - run.start_at, timedelta(seconds=1))
    return max(0, min(100, int(100 * ((run.read_to - run.start_at) / whole))))


def _day(name: str) -> datetime | None:
    typed = request.form.get(name, "").strip()
    if not typed:
        return None
    return datetime.combine(day_of(typed), time(), UTC)
