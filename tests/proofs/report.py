"""A report of any length is compared within bounded memory, and goes on where `kill -9` left it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from checkout.domain.reports import RowKind
from checkout.store import reports
from checkout.store.engine import Store
from checkout.store.reports import RunState
from checkout.store.tables import report_rows
from tests.proofs.filling import fill
from tests.proofs.filling import report_rows as rows_of
from tests.webhooks.paypal_shop import PayPalShop

REPOSITORY = Path(__file__).parent.parent.parent
PREFIX = "shop-seeded-"
DAYS = 29
POLL_SECONDS = 0.05
Say = Callable[[str], object]


@dataclass
class Proof:
    """What came of it. `peak_mb` is the most memory any of the processes ever had."""

    rows: int
    seconds: float = 0.0
    peak_mb: float = 0.0
    killed: list[str] = field(default_factory=list)
    said: dict[str, object] = field(default_factory=dict)
    kept: int = 0
    copies: int = 0

    @property
    def holds(self) -> bool:
        """Every row is here once, and nothing differs."""
        runs: list[dict[str, object]] = self.said["runs"]  # type: ignore[assignment]
        return (runs[0]["found"], self.kept, self.copies) == (0, self.rows, self.rows)


BOTH = (RunState.READING, RunState.COMPARING)


def prove(
    shop: PayPalShop,
    folder: Path,
    rows: int,
    *,
    killed_while: tuple[RunState, ...] = BOTH,
    say: Say = lambda _: None,
) -> Proof:
    """Fill, then compare in a process of its own that is killed while it reads and while it compares."""
    variables = shop.variables()
    shop.emulator.account_settings(report_lag_seconds=0)
    shop.emulator.make_payments(rows, days=DAYS, seed=rows, prefix=PREFIX)
    now = datetime.fromisoformat(shop.emulator.now()).replace(microsecond=0)
    processor = shop.house.processors["paypal"]
    say("payments made")
    found = rows_of(processor, now - timedelta(days=DAYS + 1), now)  # type: ignore[arg-type]
    filled = fill(shop.store, (row for row in found if row.kind is RowKind.PAYMENT), processor.payee)
    say(f"{filled} payments are in the books")
    proof, began = Proof(rows), time.monotonic()
    for state in killed_while:
        peak, where = _run_until(shop.store, folder, variables, state, rows)
        proof.peak_mb = max(proof.peak_mb, peak)
        proof.killed.append(where)
        say(f"killed while {where}, {peak:.0f} MB")
    peak, output = _run(folder, variables)
    proof.peak_mb, proof.seconds = max(proof.peak_mb, peak), time.monotonic() - began
    proof.said = json.loads(output)
    with shop.store.read() as tx:
        query = select(func.count(), func.sum(report_rows.c.copies)).select_from(report_rows)
        proof.kept, proof.copies = (int(number or 0) for number in tx.execute(query).one())
    return proof


def _start(folder: Path, variables: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "webhooks", "reconcile", "run", "--json"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **variables},
        stdout=subprocess.PIPE,
    )


def _run(folder: Path, variables: dict[str, str]) -> tuple[float, str]:
    process = _start(folder, variables)
    watched: list[float] = [0.0]
    watcher = threading.Thread(target=_watch, args=(process, watched), daemon=True)
    watcher.start()
    output = process.communicate()[0].decode()
    watcher.join()
    assert process.returncode == 0, output
    return watched[0], output


def _run_until(
    store: Store, folder: Path, variables: dict[str, str], state: RunState, rows: int
) -> tuple[float, str]:
    """`kill -9` once it is well into a state, or has come to its end before that was seen."""
    process = _start(folder, variables)
    peak = 0.0
    while process.poll() is None and not (where := _is_well_into(store, state, rows)):
        peak = max(peak, _peak_of(process))
        time.sleep(POLL_SECONDS)
    if process.returncode is not None:
        return peak, "done already"
    peak = max(peak, _peak_of(process))
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    return peak, where


def _is_well_into(store: Store, state: RunState, rows: int) -> str:
    with store.read() as tx:
        run = reports.unfinished(tx, "paypal")
    if run is None or run.state is not state:
        return ""
    if state is RunState.READING:
        return f"reading, {run.rows} rows in" if run.rows > rows // 4 else ""
    return f"comparing, at {run.compared_to}" if run.compared_to else ""


def _watch(process: subprocess.Popen[bytes], watched: list[float]) -> None:
    while process.poll() is None:
        watched[0] = max(watched[0], _peak_of(process))
        time.sleep(POLL_SECONDS)


def _peak_of(process: subprocess.Popen[bytes]) -> float:
    """The most memory it ever had until now, in MB; nothing once it has ended.

    Not by its resource usage: that begins with what the process had that started it.
    """
    try:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    peak = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")), "0")
    return int(peak) / 1024
