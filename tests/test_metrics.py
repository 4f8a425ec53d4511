"""Numbers of several processes are one sum, and the dead leave no files."""

import os
import subprocess
import sys
from pathlib import Path

from checkout import metrics

COUNT = """
import os, sys
from pathlib import Path
from checkout import metrics
metrics.begin(Path(sys.argv[1]))
metrics.SWEEPS.add("answered", by=int(sys.argv[2]))
metrics.HTTP_SECONDS.took(0.02, "/")
print(metrics.written().decode())
"""


def counted(folder: Path, by: int) -> str:
    """What a process of its own tells after it has counted."""
    told = subprocess.run(
        [sys.executable, "-c", COUNT, str(folder), str(by)], check=True, capture_output=True, text=True
    )
    return told.stdout


def test_processes_are_added_up_and_the_dead_are_taken_away(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    counted(folder, 2)
    told = counted(folder, 3)
    assert 'checkout_sweeps_total{outcome="answered"} 5.0' in told
    assert 'checkout_http_request_seconds_bucket{le="0.025",route="/"} 2.0' in told
    alive = folder / f"counter_{os.getppid()}.db"
    alive.write_bytes(b"")
    (folder / "readme.txt").write_text("not ours")
    metrics.tidy(folder)
    assert {file.name for file in folder.iterdir()} == {alive.name, "readme.txt"}


def test_nothing_is_counted_before_it_is_begun(tmp_path: Path) -> None:
    quiet = """
import sys
from pathlib import Path
from checkout import metrics
metrics.SWEEPS.add("answered")
metrics.tidy(Path("none"))
sys.exit("prometheus_client" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", quiet], check=False, cwd=tmp_path).returncode == 0


def test_no_label_can_hold_an_id() -> None:
    names = {label for one in metrics.ALL for label in one.labels}
    assert names == {"method", "route", "status", "processor", "operation", "outcome", "kind"}
