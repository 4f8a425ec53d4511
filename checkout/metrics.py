"""What is counted and timed, added up over all processes; docs/metrics.md lists each. Nothing is until it is begun."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, cast

from checkout.domain.errors import ProcessorRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from prometheus_client.core import Metric
    from prometheus_client.registry import Collector

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where each process keeps its numbers in a file of its own. The library reads it when it is imported, so it is
imported by `begin` and nowhere else."""

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class _Metric(Protocol):
    def labels(self, *values: str) -> _Metric: ...

    def inc(self, amount: float) -> None: ...

    def observe(self, amount: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Counted:
    """Something that is counted, or timed where `is_timed`. No label holds an id, an address or anything typed."""

    name: str
    said: str
    labels: tuple[str, ...]
    is_timed: bool = False

    def add(self, *values: str, by: int = 1) -> None:
        """Count one more, or some."""
        if _begun.metrics:
            _begun.metrics[self.name].labels(*values).inc(by)

    def took(self, seconds: float, *values: str) -> None:
        """Count one more with the time it took."""
        if _begun.metrics:
            _begun.metrics[self.name].labels(*values).observe(seconds)


HTTP_REQUESTS = Counted(
    "checkout_http_requests", "Requests answered, by route and status.", ("method", "route", "status")
)
HTTP_SECONDS = Counted(
    "checkout_http_request_seconds", "Time to answer a request.", ("route",), is_timed=True
)
WEBHOOKS = Counted(
    "checkout_webhooks", "Deliveries of processors, by what became of them.", ("processor", "outcome")
)
PROCESSOR_CALLS = Counted(
    "checkout_processor_calls",
    "Calls to processors, by operation and outcome.",
    ("processor", "operation", "outcome"),
)
PROCESSOR_SECONDS = Counted(
    "checkout_processor_call_seconds",
    "Time a call to a processor took, repeats included.",
    ("processor", "operation"),
    is_timed=True,
)
SWEEPS = Counted("checkout_sweeps", "Open payments asked about, by whether an answer came.", ("outcome",))
MAILS = Counted("checkout_mails", "Mails by kind, sent or not.", ("kind", "outcome"))
DELIVERIES = Counted(
    "checkout_deliveries", "Attempts to tell the shop's endpoints, by what came of them.", ("outcome",)
)

ALL = (HTTP_REQUESTS, HTTP_SECONDS, WEBHOOKS, PROCESSOR_CALLS, PROCESSOR_SECONDS, SWEEPS, MAILS, DELIVERIES)


@dataclass(frozen=True, slots=True)
class Reading:
    """One number as it is at the moment, read from the database by whoever is asked for the metrics."""

    name: str
    said: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Begun:
    metrics: dict[str, _Metric] = field(default_factory=dict)
    folder: Path | None = None


_begun = _Begun()


def begin(folder: Path | None) -> None:
    """Count from now on in this process; in `folder` together with other processes, else for itself alone."""
    if _begun.metrics:
        return
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        os.environ[_FOLDER] = str(folder)
        _begun.folder = folder
    from prometheus_client import Counter, Histogram  # noqa: PLC0415 -- reads the folder at import; see above

    for one in ALL:
        _begun.metrics[one.name] = cast(
            "_Metric",
            Histogram(one.name, one.said, one.labels, buckets=_SECONDS)
            if one.is_timed
            else Counter(one.name, one.said, one.labels),
        )


def tidy(folder: Path) -> None:
    """Take away the files of processes that are gone, before new ones are begun; never those of a living one."""
    for file in folder.glob("*.db"):
        pid = file.stem.rpartition("_")[2]
        if pid.isdecimal() and not _lives(int(pid)):
            file.unlink(missing_ok=True)


def _lives(pid: int) -> bool:
    if pid == os.getpid():
        return False  # it has counted nothing yet: an earlier process had its number
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def written(readings: Iterable[Reading] = ()) -> bytes:
    """Everything in the text format of Prometheus: what all processes counted, and what was read just now."""
    from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415 -- as above
    from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415 -- as above

    registry = CollectorRegistry()
    if _begun.folder is not None:
        MultiProcessCollector(registry, str(_begun.folder))  # type: ignore[no-untyped-call]
    else:
        for metric in _begun.metrics.values():
            registry.register(cast("Collector", metric))
    registry.register(_Read(readings))
    return generate_latest(registry)


class _Read:
    """Readings, as the library takes them."""

    def __init__(self, readings: Iterable[Reading]) -> None:
        self._readings = readings

    def collect(self) -> Iterator[Metric]:
        """One family for each name."""
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 -- as above

        families: dict[str, GaugeMetricFamily] = {}
        for one in self._readings:
            if one.name not in families:
                families[one.name] = GaugeMetricFamily(one.name, one.said, labels=tuple(one.labels))
            families[one.name].add_metric(tuple(one.labels.values()), one.value)
        yield from families.values()


@contextmanager
def processor_call(processor: str, operation: str) -> Iterator[None]:
    """Time one call, and count how it ended: `done`, `refused` (a known answer) or `no answer`."""
    began, outcome = time.perf_counter(), "no answer"
    try:
        yield
        outcome = "done"
    except ProcessorRefusedError:
        outcome = "refused"
        raise
    finally:
        PROCESSOR_CALLS.add(processor, operation, outcome)
        PROCESSOR_SECONDS.took(time.perf_counter() - began, processor, operation)
