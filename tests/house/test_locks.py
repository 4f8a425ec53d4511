"""The locks fit pyproject.toml, hold hashes and no address; every direct dependency says why it is here."""

import json
import re
import shutil
from pathlib import Path

import pytest

from lock.locks import check_locks
from tests.house.source import REPOSITORY

LOCKS = ("lock/uv.txt", "lock/run.txt", "lock/dev.txt")
NPM_LOCKS = ("tests/browser/package-lock.json", "tests/receivers/package-lock.json")
DIRECT = re.compile(r'^    "[A-Za-z].*",')


def unlocked_lines(text: str) -> list[str]:
    """Give each requirement of a lock that has no version or no hash, and each address."""
    logical = text.replace("\\\n", " ").splitlines()
    requirements = [line for line in logical if line and not line.lstrip().startswith("#")]
    pinned = re.compile(r"(?!.*://)\S+==\S.* --hash=sha256:")
    return [line for line in requirements if not pinned.match(line)]


def unlocked_packages(text: str) -> list[str]:
    """Give each package of a package-lock.json that has no hash, or an address."""
    packages = json.loads(text)["packages"].items()
    return [name for name, said in packages if name and ("integrity" not in said or "resolved" in said)]


def unexplained(pyproject: str) -> list[str]:
    """Give each direct dependency without its reason beside it."""
    tables = re.findall(r"^(?:dependencies|test|lint) = \[\n(.*?)^\]", pyproject, re.MULTILINE | re.DOTALL)
    lines = [line for table in tables for line in table.splitlines()]
    return [line.strip() for line in lines if DIRECT.match(line) and not re.search(r'", # \w', line)]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Give a folder with pyproject.toml and the locks, to spoil."""
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    shutil.copytree(REPOSITORY / "lock", tmp_path / "lock")
    return tmp_path


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_locks_fit() -> None:
    assert check_locks(REPOSITORY) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_by_hash(lock: str) -> None:
    assert unlocked_lines((REPOSITORY / lock).read_text()) == []


@pytest.mark.parametrize("lock", NPM_LOCKS)
def test_every_package_of_node_is_pinned_by_hash(lock: str) -> None:
    assert unlocked_packages((REPOSITORY / lock).read_text()) == []


def test_every_direct_dependency_says_why() -> None:
    assert unexplained((REPOSITORY / "pyproject.toml").read_text()) == []


def test_a_dependency_changed_without_its_lock_is_found(copied: Path) -> None:
    _replace(copied / "pyproject.toml", '"flask>=3.1', '"flask>=3.0')
    assert len(check_locks(copied)) == len(["run", "dev"])


def test_a_test_dependency_changed_without_its_lock_is_found(copied: Path) -> None:
    _replace(copied / "pyproject.toml", '"pytest>=9.1', '"pytest>=9.0')
    assert [fault.split()[0] for fault in check_locks(copied)] == ["lock/dev.txt"]


def test_another_version_in_the_tests_than_in_the_shop_is_found(copied: Path) -> None:
    _replace(copied / "lock" / "dev.txt", "\nflask==", "\nflask==0.")
    assert "flask==" in check_locks(copied)[0]


def test_another_uv_than_the_required_one_is_found(copied: Path) -> None:
    _replace(copied / "lock" / "uv.txt", "uv==", "uv==0.")
    assert len(check_locks(copied)) == 1


@pytest.mark.parametrize(
    "line",
    ["flask==3", "flask>=3 --hash=sha256:ab", "flask @ https://a.example/flask==3 --hash=sha256:ab"],
)
def test_an_unpinned_line_is_found(line: str) -> None:
    assert unlocked_lines(f"# comment\n{line}\n")


def test_an_npm_package_without_a_hash_or_with_an_address_is_found() -> None:
    packages = {
        "": {},
        "a": {"version": "1"},
        "b": {"integrity": "sha512-ab", "resolved": "https://a.example/b"},
    }
    assert unlocked_packages(json.dumps({"packages": packages})) == ["a", "b"]


def test_a_dependency_without_a_reason_is_found() -> None:
    table = 'dependencies = [\n    "flask>=3", # the doors\n    "requests",\n    "babel>=2", #\n]\n'
    assert unexplained(table) == ['"requests",', '"babel>=2", #']
