"""What runs beside the web process: drains the inbox, sweeps what is open, carries out durable jobs."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import structlog

from checkout.domain.errors import CheckoutError, StoreUnavailableError
from checkout.flows import delivering, repeating
from checkout.flows.alerting import send_alert
from checkout.flows.forgetting import forget_old_access
from checkout.flows.notifying import send_notice
from checkout.flows.summing import sum_up_days
from checkout.metrics import MAILS
from checkout.senders.mail import MailNotSentError
from checkout.senders.shop import ShopCourier
from checkout.store.notices import TO_CUSTOMERS, NoticeKind
from webhooks.deliveries import Deliveries
from webhooks.engine import Engine, Job
from webhooks.heartbeat import BEAT_SECONDS, beat
from webhooks.invariants import watch_invariants
from webhooks.process import process_due
from webhooks.reconcile import expire_orders, sweep_due
from webhooks.reconcile.disputes import watch_disputes
from webhooks.reconcile.events import pull_quietly
from webhooks.reconcile.reports import reconcile_due
from webhooks.slots import take_slot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from checkout.flows.house import House
    from checkout.senders.mail import Mailer
    from checkout.senders.shop import Courier

log = structlog.get_logger()

INBOX_SECONDS = 0.2
SWEEP_SECONDS = 1.0
EXPIRY_SECONDS = 15.0
DISPUTES_SECONDS = 600.0
EVENTS_SECONDS = 300.0
REPORTS_SECONDS = 30.0
"""How often it is looked whether a report is due: once a day, and at once where a person asked for it."""
ANSWERS_SECONDS = 600.0
"""How often the API's answers that are not given again any more are forgotten."""
INVARIANTS_SECONDS = 3600.0
DAYS_SECONDS = 900.0
DELIVERIES_SECONDS = 0.5
FORGETTING_SECONDS = 3600.0
FIRST_WAIT_SECONDS = {
    "events": 30.0,
    "disputes": 60.0,
    "reports": 60.0,
    "invariants": 120.0,
    "days": 30.0,
    "forgetting": 600.0,
    "answers": 60.0,
}
"""What need not be done at once, when a shop that was down has more urgent things to ask."""
THREADS = 8
"""Questions to processors that may be under way at once: each waits on the network most of its time."""

_Given = TypeVar("_Given")
_Made = TypeVar("_Made")


class Worker:
    """Some loops over rows and one engine for jobs. All that is due is kept in the database, nothing here.

    A loop's rows are claimed with a time after which they are due again, so a worker that dies loses nothing;
    the loops are no jobs of the engine because the rows already are the queue.
    """

    def __init__(self, house: House, mailer: Mailer, courier: Courier | None = None) -> None:
        self._house = house
        self._stopping = threading.Event()
        self._sweepers = ThreadPoolExecutor(THREADS, thread_name_prefix="sweep")
        self._readers = ThreadPoolExecutor(THREADS, thread_name_prefix="inbox")
        self._free_readers = threading.Semaphore(THREADS)
        self._deliveries = Deliveries(house, courier or ShopCourier(inside=house.shop.may_tell_inside))
        self._slots = take_slot(house.store)
        self._engine = Engine(house.store, self._slots, notice_jobs(house, mailer))
        loops = {
            "heartbeat": (BEAT_SECONDS, partial(beat, house)),
            "inbox": (INBOX_SECONDS, partial(process_due, house, run=self._hand_out)),
            "sweep": (SWEEP_SECONDS, partial(sweep_due, house, run=self._spread)),
            "expiry": (EXPIRY_SECONDS, partial(expire_orders, house)),
            "disputes": (DISPUTES_SECONDS, partial(watch_disputes, house)),
            "events": (EVENTS_SECONDS, partial(pull_quietly, house)),
            "reports": (REPORTS_SECONDS, partial(reconcile_due, house)),
            "answers": (ANSWERS_SECONDS, partial(repeating.forget_old, house)),
            "invariants": (INVARIANTS_SECONDS, partial(watch_invariants, house)),
            "days": (DAYS_SECONDS, partial(sum_up_days, house)),
            "deliveries": (DELIVERIES_SECONDS, self._deliveries.step),
            "forgetting": (FORGETTING_SECONDS, partial(forget_old, house)),
        }
        self._threads = [
            threading.Thread(target=self._loop, args=(name, *loop), name=name, daemon=True)
            for name, loop in loops.items()
        ]
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = 10.0) -> bool:
        """End after what is being done now; True when all of it ended in time."""
        self._stopping.set()
        drained = self._engine.stop(seconds)
        for thread in self._threads:
            thread.join(seconds)
        until = time.monotonic() + seconds
        idle = all(
            self._free_readers.acquire(timeout=max(0.0, until - time.monotonic())) for _ in range(THREADS)
        )
        idle = self._deliveries.stop(max(0.0, until - time.monotonic())) and idle
        for pool in (self._sweepers, self._readers):
            pool.shutdown(wait=False, cancel_futures=True)
        self._slots.close()
        return drained and idle and not any(thread.is_alive() for thread in self._threads)

    def _spread(self, work: Callable[[_Given], _Made], given: Iterable[_Given]) -> list[_Made]:
        return list(self._sweepers.map(work, given))

    def _hand_out(self, work: Callable[[_Given], object], given: Iterable[_Given]) -> None:
        """Give each to a thread once one is free, and wait for none: whoever hangs holds up nobody else."""

        def carry_out(one: _Given) -> None:
            try:
                work(one)
            except StoreUnavailableError:
                log.warning("the database is not reachable; the event is due again soon")
            except Exception:
                log.exception("an event was not dealt with; it is due again soon")
            finally:
                self._free_readers.release()

        for one in given:
            self._free_readers.acquire()
            self._readers.submit(carry_out, one)

    def _loop(self, name: str, seconds: float, step: Callable[[], object]) -> None:
        """Repeat a step at once while it finds work, else after a pause; trouble never ends the loop."""
        self._stopping.wait(FIRST_WAIT_SECONDS.get(name, 0.0))
        while not self._stopping.is_set():
            try:
                found = step()
            except StoreUnavailableError:
                log.warning("the database is not reachable; trying again", loop=name)
                found = 0
            except Exception:
                log.exception("a loop of the worker stumbled; it goes on", loop=name)
                found = 0
            if found in (0, (0, 0)):
                self._stopping.wait(seconds)


def forget_old(house: House) -> int:
    """Forget what nobody needs any more: deliveries to the shop, and what once let operators in."""
    return delivering.forget_old(house) + forget_old_access(house)


def notice_jobs(house: House, mailer: Mailer) -> list[Job]:
    """One job for each kind of notice; a job bears its notice's id."""
    alert = partial(send_alert, house, mailer)
    tell = partial(send_notice, house, mailer)
    return [_mail_job(kind, tell if kind in TO_CUSTOMERS else alert) for kind in NoticeKind]


def _mail_job(kind: NoticeKind, send: Callable[[str], None]) -> Job:
    def run(notice_id: str) -> None:
        try:
            send(notice_id)
        except CheckoutError as trouble:
            MAILS.add(kind, "not sent")
            log.warning("a mail was not sent", kind=kind, notice=notice_id, why=str(trouble))
            raise
        MAILS.add(kind, "sent")

    def is_worth_retrying(error: BaseException) -> bool:
        return not (isinstance(error, MailNotSentError) and error.permanent)

    return Job(kind, run, is_worth_retrying)
