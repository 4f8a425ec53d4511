"""COMPOSITION ROOT: the whole command line, and the web process that the server starts.

Both are put together only when they are called: who asks the command line for help waits for no web framework.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def main() -> None:
    """The command line; ends the process with 0, 1 (a known problem) or 2 (wrong usage)."""
    from webhooks.commands.main import main as run  # noqa: PLC0415 -- the web process needs no command line

    run()


def create_web() -> Flask:
    """The web process as the server starts it, from the environment alone."""
    from webhooks.web import create_web as create  # noqa: PLC0415 -- the command line needs no web

    return create()
