"""Jobs kept in the same transaction as the facts they follow from; DBOS stands behind this module only.

Any process may enqueue; only a worker carries out. A job runs at least once, so whoever receives its effect
can tell repeats apart by the job's id.
"""

from __future__ import annotations

import importlib
import logging
import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dbos import DBOSClient, EnqueueOptions
    from sqlalchemy import Engine

    from checkout.store.engine import Store, Tx

# Every process and every release finds the queue by these three. A changed version would strand the jobs
# that an older release began, so it never changes.
APPLICATION: Final = "checkout"
QUEUE: Final = "jobs"
VERSION: Final = "1"


def enqueue(tx: Tx, job: str, job_id: str, payload: Mapping[str, str] | None = None) -> None:
    """Keep a job; it runs after `tx` commits, or never. The same `job_id` twice is one job, the first.

    `payload` holds references only, never text that a customer typed.
    """
    from dbos import WorkflowSerializationFormat  # noqa: PLC0415 -- half a second to import; see warm()

    options: EnqueueOptions = {
        "workflow_name": job,
        "queue_name": QUEUE,
        "workflow_id": job_id,
        "app_version": VERSION,
        "serialization_type": WorkflowSerializationFormat.PORTABLE,
    }
    _client(tx.engine).enqueue_in_transaction(tx, options, dict(payload or {}))


def create_tables(store: Store) -> None:
    """Create or migrate the engine's own tables; safe when several processes do it at once."""
    from dbos import DBOS  # noqa: PLC0415 -- as above

    quiet_the_engine()
    DBOS.migrate(store.url.render_as_string(hide_password=False))


def warm() -> None:
    """Load the engine aside, so that a web process answers before it and enqueues after."""
    threading.Thread(target=importlib.import_module, args=("dbos",), name="warm jobs", daemon=True).start()


def quiet_the_engine() -> None:
    """Let the engine speak only from WARNING up, through our own handlers."""
    logger = logging.getLogger("dbos")
    logger.setLevel(logging.WARNING)
    if not logger.handlers:
        # With any handler present the engine adds none of its own and does not cut propagation.
        logger.addHandler(logging.NullHandler())


@lru_cache(maxsize=8)
def _client(database: Engine) -> DBOSClient:
    from dbos import DBOSClient  # noqa: PLC0415 -- as above

    quiet_the_engine()
    # Lazy: it opens no connection of its own; each job is written on the caller's connection.
    return DBOSClient(system_database_engine=database, application_name=APPLICATION, lazy=True)
