"""What every test may ask for: the shared facts, a database of either kind, a real browser."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, expect, sync_playwright

from checkout.settings import Settings
from tests.chromium import find_chromium
from tests.compiled import keep_compiled_templates
from tests.logs_kept import keep_no_logger, logs_kept
from tests.postgres import Postgres

REPOSITORY = Path(__file__).parent.parent

# Slow examples on a busy machine are no fault; in CI the same examples run every time.
settings.register_profile(
    "house",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")
keep_compiled_templates()
keep_no_logger()

BROWSER_MS = 30_000
"""As long as playwright waits for a page by itself; for what a page shows it would wait five seconds."""

FOREIGN = {
    *(name.upper() for name in Settings.model_fields),
    *("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
    *("CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "FORCE_COLOR", "NO_COLOR"),
}
"""Variables of a shop, of the way to the network and of a terminal; those of PayPal and PostgreSQL have prefixes."""

PLACES = ("CHROMIUM", "PG_BIN", "SHARED_DIR")
"""Variables that tell the tests where something is."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Make the marker `shared` and the fixture `shared` one thing: whoever has either has both."""
    for item in items:
        if not isinstance(item, pytest.Function):
            continue
        if "shared" in item.fixturenames:
            item.add_marker("shared")
        elif item.get_closest_marker("shared"):
            item.fixturenames.append("shared")


@pytest.fixture(scope="session", autouse=True)
def _nothing_leaks_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Whoever runs the tests may have a shop of their own: neither its `.env` nor its variables are ours."""
    with pytest.MonkeyPatch.context() as patch:
        for name in filter(_is_foreign, list(os.environ)):
            patch.delenv(name)
        for name in filter(os.environ.get, PLACES):
            patch.setenv(name, str(Path(os.environ[name]).absolute()))
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            # Started in the background by a script, we ignore Ctrl-C, and so would all that we start.
            signal.signal(signal.SIGINT, signal.default_int_handler)
        # The tests start programs of this working copy from any folder.
        patch.setenv("PYTHONPATH", str(REPOSITORY))
        patch.chdir(tmp_path_factory.mktemp("empty"))
        yield


@pytest.fixture(autouse=True)
def _logs_stay() -> Iterator[None]:
    with logs_kept():
        yield


def _is_foreign(name: str) -> bool:
    known = name.upper()
    return known in FOREIGN or known.startswith("PAYPAL_") or (known[:2] == "PG" and known[2:3] != "_")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of facts and samples that lies beside the repository, or skip where there is none."""
    folder = Path(os.environ.get("SHARED_DIR", REPOSITORY.parent / "shared"))
    if folder.is_dir():
        return folder
    missing = f"the shared facts are not at {folder}; SHARED_DIR may name another folder"
    if os.environ.get("REQUIRE_SHARED"):
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """Give this worker's own PostgreSQL.

    One for each worker that needs it, not one for all: it starts in half a second, idles in some 30 MB, and
    no worker waits for another's or leaves it behind.
    """
    with Postgres.start(fsync=False) as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> Iterator[str]:
    """Give the SQLAlchemy URL of a new, empty PostgreSQL database."""
    name = f"test_{uuid4().hex}"
    yield postgres_server.create_database(name)
    postgres_server.drop_database(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Give the SQLAlchemy URL of a new SQLite file."""
    return f"sqlite:///{tmp_path / 'shop.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Give the URL of an empty database, once of each kind: the same tests run on both."""
    url: str = request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param])
    return url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give this worker's Chromium; each test opens its own context in it."""
    chromium = find_chromium(REPOSITORY)
    chromium.prepare(os.environ)
    with sync_playwright() as playwright:
        expect.set_options(timeout=BROWSER_MS)
        launched = playwright.chromium.launch(**chromium.launch_options())
        yield launched
        launched.close()
