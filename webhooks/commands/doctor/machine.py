"""Checks of the machine: room on the disk, files that others could read, and whether the public address answers."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from checkout.domain.errors import BadInputError
from checkout.domain.findings import Finding, fine, problem, warning
from checkout.senders.knocking import Knock, knock
from checkout.settings import ENV_FILE
from checkout.store.engine import database_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checkout.settings import Settings

FREE_BYTES_WARNING, FREE_BYTES_PROBLEM = 1024**3, 128 * 1024**2
"""A shop on SQLite grows by some 10 kB an order; below the lesser a long write may already fail."""
OTHERS = 0o007
HTTPS_PORT = 443


def check_machine(settings: Settings) -> Iterator[Finding]:
    """What is wrong around the shop rather than in it."""
    file = _database_file(settings)
    yield _disk(file.parent if file else settings.mail_folder)
    if settings.base_url.startswith("https://"):
        # Whoever tries it out on their own machine has nothing to hide from themselves.
        yield from _private("database file", file, "it holds names and addresses of customers")
        yield from _private("settings file", Path(ENV_FILE), "it holds passwords")
        yield _proxy(settings.base_url)
    if settings.metrics_token.get_secret_value():
        yield _metrics(settings.metrics_folder)


def _database_file(settings: Settings) -> Path | None:
    """None on PostgreSQL, or where another check says what is wrong with the address."""
    try:
        url = database_url(settings.database_url)
    except BadInputError:
        return None
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def _disk(folder: Path) -> Finding:
    there = _nearest(folder)
    free = shutil.disk_usage(there).free
    said = f"{free / 1024**2:,.0f} MB are free at {there}"
    fix = "Make room, or move the shop's folder to a larger disk; a full disk stops every payment."
    if free < FREE_BYTES_PROBLEM:
        return problem("disk", said, fix)
    return warning("disk", said, fix) if free < FREE_BYTES_WARNING else fine("disk", said)


def _private(name: str, file: Path | None, why: str) -> Iterator[Finding]:
    if file is None or not file.is_file():
        return
    if file.stat().st_mode & OTHERS:
        said = f"{file} can be read by everybody on this machine, and {why}"
        yield warning(name, said, f"Say: chmod 600 {file}")


def _proxy(base_url: str) -> Finding:
    parts = urlsplit(base_url)
    seen = knock(str(parts.hostname), parts.port or HTTPS_PORT)
    match seen:
        case Knock.ANSWERED:
            return fine("public address", f"{base_url} answers over TLS")
        case Knock.UNTRUSTED:
            said = f"{base_url} shows a certificate that is not valid for it"
            return problem(
                "public address", said, "Renew the proxy's certificate; browsers and PayPal stay away."
            )
        case Knock.SILENT:
            said = f"nobody answers at {base_url} as seen from this machine"
            fix = (
                "Put a proxy with TLS there that hands on to `checkout serve`, and see DNS and firewall. Where only this"
                " machine cannot reach its own public address, all is well."
            )
            return warning("public address", said, fix)


def _metrics(folder: Path) -> Finding:
    there = _nearest(folder)
    try:
        probe = there / ".checkout-doctor"
        probe.touch()
        probe.unlink()
    except OSError as refused:
        said = f"METRICS_FOLDER: nothing can be kept in {folder} ({refused.strerror})"
        return problem(
            "metrics", said, "Give the shop's user leave to write there, or name another METRICS_FOLDER."
        )
    return fine("metrics", f"counted in {folder}, told at /metrics to whoever shows the token")


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    there = folder.absolute()
    while not there.exists():
        there = there.parent
    return there
