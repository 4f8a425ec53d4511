"""Reconciles with a processor's report: reads it, compares both ways, and says what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from checkout.domain.errors import ProcessorError
from checkout.domain.reports import ReportsNotAllowedError
from checkout.store import watermarks
from checkout.store.reports import RunState
from webhooks.reconcile.comparing import Tally, compare_rows
from webhooks.reconcile.missing import compare_balances, find_missing_there, heal
from webhooks.reconcile.reading import read_rows
from webhooks.reconcile.runs import RunTakenError, take_run, with_reports

if TYPE_CHECKING:
    from checkout.flows.house import House
    from checkout.store.reports import Run
    from webhooks.reconcile.runs import Shown, Wanted

log = structlog.get_logger()

EVERY = timedelta(days=1)
AFTER_TROUBLE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one reconciliation came to."""

    run: Run
    compared: int
    lost_and_found: int
    """Movements that no message had told, found by asking."""
    booked: int
    """Facts that only the report tells."""
    found: int
    """Differences that were not known before."""
    healed: int
    unasked: int


def reconcile(
    house: House,
    name: str,
    wanted: Wanted | None = None,
    *,
    patient: bool = False,
    shown: Shown = lambda _what, _share: None,
) -> Outcome | None:
    """Go on with the run that was interrupted, or do a new one; None where nothing is due.

    Raises ReportsNotAllowedError, ProcessorError, RunTakenError or StoreUnavailableError; the run then stays as
    far as it came, and the next call goes on with it.
    """
    turn = take_run(house, name, wanted, patient=patient)
    if turn is None:
        return None
    tally = Tally()
    read_rows(turn, shown)
    compare_rows(turn, shown, tally)
    find_missing_there(turn, shown, tally)
    compare_balances(turn, tally)
    healed = heal(turn, tally)
    state = RunState.PARTLY if tally.unasked else RunState.DONE
    now = house.clock()
    with house.store.begin() as tx:
        turn.keep(tx, state=state, ended_at=now, said=_said(tally, healed))
        watermarks.put(tx, mark_of(name), now, "done")
    log.info("report compared", processor=name, rows=turn.run.rows, found=tally.found, healed=healed)
    if tally.found:
        log.error("the report differs from the books", processor=name, found=tally.found)
    return Outcome(
        turn.run,
        tally.compared,
        tally.healed_by_asking,
        tally.booked,
        tally.found,
        healed,
        tally.unasked,
    )


def mark_of(processor: str) -> str:
    """The watermark's name: when a reconciliation ended last, and how."""
    return f"reconcile:{processor}"


def reconcile_due(house: House) -> int:
    """Reconcile what has not been for a day, or an hour after trouble; returns how many were. For the worker."""
    done = 0
    for name in with_reports(house):
        with house.store.read() as tx:
            last, said = watermarks.at(tx, mark_of(name)), watermarks.said(tx, mark_of(name))
        pause = EVERY if said == "done" else AFTER_TROUBLE
        if last is not None and house.clock() < last + pause:
            continue
        done += _reconcile_quietly(house, name)
    return done


def _reconcile_quietly(house: House, name: str) -> bool:
    """Trouble is logged and kept for the doctor to show; the next attempt is an hour later."""
    try:
        outcome = reconcile(house, name, patient=True)
    except RunTakenError:
        return False
    except (ReportsNotAllowedError, ProcessorError) as trouble:
        level = log.error if isinstance(trouble, ReportsNotAllowedError) else log.warning
        level("the report could not be read", processor=name, why=str(trouble))
        _note(house, name, str(trouble))
        return False
    if outcome is None:
        _note(house, name, "nothing to compare yet")
    return outcome is not None


def _note(house: House, name: str, said: str) -> None:
    with house.store.begin() as tx:
        watermarks.put(tx, mark_of(name), house.clock(), said[:400])


def _said(tally: Tally, healed: int) -> str:
    return (
        f"{tally.compared} compared, {tally.healed_by_asking} found by asking, {tally.booked} booked,"
        f" {tally.found} new differences, {healed} healed, {tally.unasked} not asked about"
    )
