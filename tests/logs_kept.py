"""Whatever a test does with the logs of its process is undone: the next one finds them as the first did."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import structlog


@contextmanager
def logs_kept() -> Iterator[None]:
    """Put back structlog, the root logger and the hooks for errors at the end, where they were set up meanwhile."""
    root = logging.getLogger()
    level, handlers, factory = root.level, list(root.handlers), logging.getLogRecordFactory()
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")):
            patch.setattr(owner, name, getattr(owner, name))
        yield
        if structlog.is_configured():
            structlog.reset_defaults()
            logging.captureWarnings(capture=False)
            logging.setLogRecordFactory(factory)
            root.handlers[:] = handlers
            root.setLevel(level)


def keep_no_logger() -> None:
    """A logger that was used once would stay as it was then, in every later test of the process."""
    configure = structlog.configure

    def without_cache(**how: Any) -> None:  # noqa: ANN401 -- whatever structlog takes
        configure(**how | {"cache_logger_on_first_use": False})

    setattr(structlog, "configure", without_cache)  # noqa: B010 -- mypy knows the name as constant
