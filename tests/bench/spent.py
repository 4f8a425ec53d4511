"""What a running process and its children have used of the machine."""

from __future__ import annotations

import psutil  # type: ignore[import-untyped]


def cpu_seconds(process_id: int) -> float:
    """The CPU seconds they used so far."""
    return float(sum(sum(one.cpu_times()[:2]) for one in _family(process_id)))


def memory_megabytes(process_id: int) -> float:
    """The memory they hold; what they share counts once, in parts."""
    return float(sum(one.memory_full_info().pss for one in _family(process_id)) / 2**20)


def _family(process_id: int) -> list[psutil.Process]:
    parent = psutil.Process(process_id)
    return [parent, *parent.children(recursive=True)]
