"""Opens the house for one command: settings read, logs quiet, the database where it is expected."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from checkout.building import build_house
from checkout.domain.errors import CheckoutError
from checkout.logs import configure_logging
from checkout.settings import read_settings
from checkout.store.engine import Store, database_url
from checkout.store.preparing import prepare_quickly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checkout.flows.house import House
    from checkout.settings import Settings


class NoDatabaseError(CheckoutError):
    """A SQLite file that is not there: most likely this is the wrong folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"There is no database at {path.absolute()}. Run this in the shop's folder (where its .env is) or set"
            " DATABASE_URL; a new shop gets its database by `checkout db upgrade` or its first `checkout serve`."
        )


@contextmanager
def opened_house(*, may_create: bool = False) -> Iterator[House]:
    """The house of the settings, with its tables up to date; closed at the end.

    `may_create` makes a missing SQLite file; else a command in the wrong folder would show an empty shop and
    leave a stray file. Raises SettingsError, BadInputError, NoDatabaseError, SchemaOutdatedError or
    StoreUnavailableError.
    """
    settings = quiet_settings()
    with opened_store(settings, may_create=may_create) as store:
        prepare_quickly(store)
        yield build_house(settings, store=store)


@contextmanager
def opened_store(settings: Settings, *, may_create: bool) -> Iterator[Store]:
    """The database of the settings as it is, without looking at its tables."""
    url = database_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not may_create and not Path(str(url.database)).exists():
        raise NoDatabaseError(Path(str(url.database)))
    store = Store(settings.database_url)
    try:
        yield store
    finally:
        store.close()


def quiet_settings() -> Settings:
    """The settings, with logs of a command that speaks for itself: only what went wrong."""
    settings = read_settings()
    configure_logging(json=settings.log_json, level="ERROR")
    return settings
