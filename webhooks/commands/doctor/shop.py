"""Checks of the shop's own settings and of its database, as far as they need no tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from checkout.commands.opening import NoDatabaseError, opened_store
from checkout.domain.errors import BadInputError, StoreUnavailableError
from checkout.domain.findings import Finding, fine, problem, warning
from checkout.flows.passkeys import are_possible_at
from checkout.sealing import SECRET_CHARACTERS_MIN
from checkout.senders.checking import check_mail
from checkout.senders.mail import SmtpMailer, mailer
from checkout.settings import ENV_FILE
from checkout.store import checking, migrating

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checkout.settings import Settings
    from checkout.store.engine import Store

MAKE_SECRET = "python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"  # noqa: S105 -- how to make one
SIGNS_MIN = 10
"""Random characters of this length repeat themselves less."""
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_PLACEHOLDERS = ("change", "example", "secret-key", "secret_key", "replace", "paste")


def check_settings(settings: Settings) -> Iterator[Finding]:
    """The settings that no other check looks at."""
    where = (
        f"read from {Path(ENV_FILE).absolute()} and"
        if Path(ENV_FILE).is_file()
        else "no .env here; read from"
    )
    yield fine("settings", f"{where} the environment")
    yield _secret(settings.secret_key.get_secret_value())
    yield _base_url(settings.base_url)
    yield _passkeys(settings.base_url)
    if not settings.support:
        said = "customers are not told how to reach the shop"
        yield warning("support", said, "Set SUPPORT to a mail address or telephone number.")


def check_mails(settings: Settings) -> Finding:
    """Whether receipts can be sent."""
    if not settings.smtp_url.get_secret_value() and settings.base_url.startswith("https://"):
        said = f"receipts are only kept in {settings.mail_folder}, and sent to nobody"
        return warning("mail", said, "Set SMTP_URL and MAIL_FROM.")
    try:
        sender = mailer(settings.smtp_url.get_secret_value(), settings.mail_folder, settings.mail_from)
        if isinstance(sender, SmtpMailer) and _comes_from_nowhere(sender):
            said = f"mails would come from {sender.sender}, which no mail server takes from outside"
            return problem("mail", said, "Set MAIL_FROM to an address of your shop's own domain.")
        return check_mail(sender)
    except BadInputError as wrong:
        return problem("mail", str(wrong), "Mend it in .env or the environment; see docs/settings.md.")


def _comes_from_nowhere(sender: SmtpMailer) -> bool:
    """A mail server on this machine may put its own address instead."""
    return sender.sender.rstrip(">").endswith("@localhost") and sender.host not in _LOOPBACK


def check_database(settings: Settings) -> Iterator[Finding]:
    """Whether the database is there and up to date (`database`), and whether it keeps what it is given (`durability`)."""
    try:
        with opened_store(settings, may_create=False) as store:
            yield from _store(store)
    except NoDatabaseError as missing:
        yield problem("database", str(missing), "Run: checkout db upgrade")
    except BadInputError as wrong:
        yield problem("database", str(wrong), "Mend DATABASE_URL in .env or the environment.")
    except StoreUnavailableError:
        yield _unreachable()
    except OSError as refused:
        said = f"its file or folder cannot be used: {refused.strerror}"
        yield problem("database", said, "Give the shop's user leave to write there, or change DATABASE_URL.")


def _store(store: Store) -> Iterator[Finding]:
    if not store.is_up():
        yield _unreachable()
        return
    found = migrating.version(store)
    if found != migrating.HEAD:
        outdated = migrating.SchemaOutdatedError(found)
        fix = "Install the newer program again." if outdated.is_newer else "Run: checkout db upgrade"
        yield problem("database", str(outdated), fix)
        return
    with store.read() as tx:
        faults = checking.durability_faults(tx)
    yield fine("database", f"{'SQLite' if store.is_sqlite else 'PostgreSQL'}, at version {found}")
    for fault in faults:
        fix = (
            "Keep the file on a local disk, not a network share."
            if store.is_sqlite
            else "Turn it on in PostgreSQL."
        )
        yield problem("durability", fault, fix)
    if not faults:
        yield fine("durability", "what is committed stays committed")


def _unreachable() -> Finding:
    said = "it does not answer, or refuses this user"
    return problem("database", said, "Check that it runs, and user, password, host and name in DATABASE_URL.")


def _secret(secret: str) -> Finding:
    fix = f"Set SECRET_KEY to what this prints, the same on every machine: {MAKE_SECRET}"
    if not secret:
        return problem("secret key", "SECRET_KEY is not set, so the shop does not start", fix)
    if len(secret) < SECRET_CHARACTERS_MIN:
        said = f"SECRET_KEY has {len(secret)} characters; at least {SECRET_CHARACTERS_MIN} are needed"
        return problem("secret key", said, fix)
    if len(set(secret)) < SIGNS_MIN or any(word in secret.lower() for word in _PLACEHOLDERS):
        return problem("secret key", "SECRET_KEY looks like a placeholder, which others know too", fix)
    return fine("secret key", "set, and long enough")


def _base_url(base_url: str) -> Finding:
    parts = urlsplit(base_url)
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        said = f"BASE_URL is {base_url}: customers' names and addresses would travel in the clear"
        return problem(
            "base url", said, "Put a proxy with TLS in front, and set BASE_URL to its https address."
        )
    return fine("base url", base_url)


def _passkeys(base_url: str) -> Finding:
    """Browsers make none for a bare number, or without TLS; whoever tries the shop out at home needs none."""
    parts = urlsplit(base_url)
    if are_possible_at(base_url):
        return fine("passkeys", f"operators can use them at {parts.hostname}")
    if parts.scheme == "http" and parts.hostname in _LOOPBACK:
        return fine("passkeys", f"none can be made at {base_url}; at http://localhost they could be tried")
    said = f"browsers make none for {base_url}, so operators can only use a password and one-time codes"
    return warning(
        "passkeys", said, "Give the shop a name and TLS, and set BASE_URL to it: https://shop.example"
    )
