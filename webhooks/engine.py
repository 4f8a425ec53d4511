"""Carries out durable jobs: takes up what a dead worker left, retries with growing waits, stops cleanly."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog
from dbos import DBOS, DBOSConfig, WorkflowSerializationFormat

from checkout.store.engine import named_outage
from checkout.store.jobs import APPLICATION, QUEUE, VERSION, quiet_the_engine

if TYPE_CHECKING:
    from checkout.store.engine import Store
    from webhooks.slots import Slots

log = structlog.get_logger()

SWEEP_SECONDS: Final = 2.0
THREADS: Final = 20
EXIT_SLOT_LOST: Final = 75
KEPT_FOR: Final = timedelta(days=30)
"""How long a finished job is kept for whoever asks what became of it; its notice is kept for good."""
FORGET_SECONDS: Final = 3600.0
FORGOTTEN_AT_ONCE_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class Job:
    """One kind of durable work. `run(job_id)` must bear being run twice.

    Fifteen tries from one second, doubling, span about nine hours, longer than most outages of a mail server;
    then the job stays as an error that a person sees. A job that was at work when its worker ended, a hundred
    times over, is dead too: it may be what ends them.
    """

    name: str
    run: Callable[[str], None]
    is_worth_retrying: Callable[[BaseException], bool] = lambda _error: True
    tries: int = 15
    first_wait_seconds: float = 1.0
    deaths_max: int = 100


class Engine:
    """The durable work of one process. There is one in a process, and no restart within it."""

    def __init__(self, store: Store, slots: Slots, jobs: Sequence[Job]) -> None:
        self._slots = slots
        self._between_tries: set[str] = set()
        self._stopping = threading.Event()
        quiet_the_engine()
        self._dbos = DBOS(
            config=DBOSConfig(
                name=APPLICATION,
                application_version=VERSION,
                executor_id=f"slot-{slots.number}",
                system_database_url=store.url.render_as_string(hide_password=False),
                log_level="WARNING",
                enable_otlp=False,
                run_migrations=False,
                use_listen_notify=True,
                scheduler_polling_interval_sec=3600,
            )
        )
        for job in jobs:
            self._register(job)
        with named_outage():  # the engine has connections of its own
            # Takes up again, too, what this slot left unfinished.
            DBOS.launch()
            DBOS.register_queue(QUEUE, worker_concurrency=THREADS, polling_interval_sec=0.2)
        self._sweeper = threading.Thread(target=self._sweep, name="dead workers", daemon=True)
        self._sweeper.start()

    def _register(self, job: Job) -> None:
        @DBOS.step(
            name=job.name,
            retries_allowed=True,
            max_attempts=job.tries,
            should_retry=job.is_worth_retrying,
            interval_seconds=job.first_wait_seconds,
            backoff_rate=2.0,
        )
        def attempt(job_id: str) -> None:
            self._between_tries.discard(job_id)
            try:
                job.run(job_id)
            except BaseException:
                self._between_tries.add(job_id)
                raise

        @DBOS.workflow(
            name=job.name,
            max_recovery_attempts=job.deaths_max,
            serialization_type=WorkflowSerializationFormat.PORTABLE,
        )
        def carry_out(_payload: dict[str, str]) -> None:
            job_id = str(DBOS.workflow_id)
            try:
                attempt(job_id)
            finally:
                self._between_tries.discard(job_id)

    def _sweep(self) -> None:
        forget_at = time.monotonic()
        while not self._stopping.wait(SWEEP_SECONDS):
            if not self._slots.still_ours():
                log.error(
                    "this worker's slot is lost, so another may do its work: it ends and must be started anew"
                )
                os._exit(EXIT_SLOT_LOST)
            try:
                self._recover_dead_slots()
                if time.monotonic() >= forget_at:
                    forget_at = time.monotonic() + FORGET_SECONDS
                    _forget_finished(datetime.now(UTC) - KEPT_FOR)
            except Exception:
                log.exception("the work of dead workers could not be looked for; it will be again")

    def _recover_dead_slots(self) -> None:
        left = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        mine = f"slot-{self._slots.number}"
        for executor in {job.executor_id for job in left} - {mine, None}:
            number = int(str(executor).removeprefix("slot-"))
            if self._slots.take_if_free(number):
                try:
                    # Not resume_workflows(): that resets the count which stops a deadly job.
                    DBOS._recover_pending_workflows([str(executor)])  # noqa: SLF001
                finally:
                    self._slots.give_back(number)

    def stop(self, seconds: float = 10.0) -> bool:
        """Take no new job, let running tries end; True when all of them did.

        What was cut stays pending and is done by the next start or by another worker.
        """
        self._stopping.set()
        for event in self._dbos.background_thread_stop_events:
            event.set()
        deadline = time.monotonic() + seconds
        while self._running() and time.monotonic() < deadline:
            time.sleep(0.02)
        drained = not self._dbos._active_workflows_set.activeList()  # noqa: SLF001
        self._sweeper.join(SWEEP_SECONDS)
        DBOS.destroy()
        return drained

    def _running(self) -> set[str]:
        """Jobs at work now; those that wait for their next try are kept and come again."""
        active = self._dbos._active_workflows_set.activeList()  # noqa: SLF001
        return set(active) - self._between_tries


def _forget_finished(before: datetime) -> None:
    finished = DBOS.list_workflows(
        status="SUCCESS",
        completed_before=before.isoformat(),
        load_input=False,
        load_output=False,
        limit=FORGOTTEN_AT_ONCE_MAX,
    )
    if finished:
        DBOS.delete_workflows([job.workflow_id for job in finished])
