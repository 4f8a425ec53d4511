"""Whole rooms: every processor's folder is complete, tests mirror the code, and names say what is inside."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from tests.house.source import repository_files

PROCESSOR_PARTS = ("client", "translate", "signature", "adapter", "emulator")
# Such a name tells nothing, so everything fits in: there a room begins to fill with what belongs elsewhere.
EMPTY_NAMES = frozenset(
    ("common", "data", "helper", "helpers", "info", "manager", "managers", "misc", "util", "utils")
)
CODE = ("checkout", "webhooks", "tests")


def processors(paths: Iterable[PurePosixPath]) -> set[str]:
    """Give the processors' names: their folders'."""
    depth = 4  # checkout/processors/<name>/<file>
    inside = [path.parts for path in paths if path.is_relative_to("checkout/processors")]
    return {parts[2] for parts in inside if len(parts) >= depth}


def missing_parts(paths: Iterable[PurePosixPath]) -> list[str]:
    """Give each part that a processor's folder, or the folder of its tests, lacks."""
    present = set(paths)
    folders = {parent for path in present for parent in path.parents}
    faults = []
    for name in sorted(processors(present)):
        room, tests = PurePosixPath("checkout/processors", name), PurePosixPath("tests/processors", name)
        for part in PROCESSOR_PARTS:
            if room / f"{part}.py" not in present and room / part not in folders:
                faults.append(f"{room} has no {part}")
            tested = any(path.parent == tests and path.match(f"test_{part}*.py") for path in present)
            if not tested and tests / part not in folders:
                faults.append(f"{tests} has no test_{part}.py")
    return faults


def untested_rooms(paths: Iterable[PurePosixPath]) -> list[str]:
    """Give each package without a folder of tests: for checkout/flows that is tests/flows."""
    names = [path.parts for path in paths if path.suffix == ".py"]
    rooms = {parts[1] for parts in names if parts[0] == "checkout" and parts[2:]}
    rooms |= {parts[0] for parts in names if parts[0] == "webhooks"}
    tested = {parts[1] for parts in names if parts[0] == "tests" and parts[-1].startswith("test_")}
    return [f"tests/{room} is missing" for room in sorted(rooms - tested)]


def empty_names(paths: Iterable[PurePosixPath]) -> list[str]:
    """Give each path in the code that has an empty name, also as a part of a longer one."""
    return [
        f"{path} is named for nothing"
        for path in paths
        if path.parts[0] in CODE
        and any(EMPTY_NAMES & set(PurePosixPath(part).stem.lower().split("_")) for part in path.parts)
    ]


def _paths(*names: str) -> list[PurePosixPath]:
    return [PurePosixPath(name) for name in names]


def test_every_processor_folder_is_whole() -> None:
    assert missing_parts(file.path for file in repository_files()) == []


def test_every_room_has_its_tests() -> None:
    assert untested_rooms(file.path for file in repository_files()) == []


def test_every_file_is_named_for_what_it_holds() -> None:
    assert empty_names(file.path for file in repository_files()) == []


def test_a_processor_without_a_signature_is_found() -> None:
    room, tests = "checkout/processors/stripe", "tests/processors/stripe"
    parts = [part for part in PROCESSOR_PARTS if part != "signature"]
    paths = _paths(*(f"{room}/{part}.py" for part in parts), *(f"{tests}/test_{part}.py" for part in parts))
    assert missing_parts(paths) == [f"{room} has no signature", f"{tests} has no test_signature.py"]


def test_a_part_may_be_a_folder() -> None:
    room, tests = "checkout/processors/stripe", "tests/processors/stripe"
    parts = [part for part in PROCESSOR_PARTS if part != "emulator"]
    paths = _paths(*(f"{room}/{part}.py" for part in parts), *(f"{tests}/test_{part}.py" for part in parts))
    assert (
        missing_parts([*paths, *_paths(f"{room}/emulator/app.py", f"{tests}/emulator/test_pages.py")]) == []
    )


def test_a_room_without_tests_is_found() -> None:
    paths = _paths("checkout/flows/__init__.py", "checkout/web/__init__.py", "tests/web/test_order.py")
    assert untested_rooms(paths) == ["tests/flows is missing"]


def test_an_empty_name_is_found() -> None:
    bad = _paths("checkout/utils.py", "checkout/form_helpers.py", "tests/data/a.json", "webhooks/info/a.py")
    assert len(empty_names(bad)) == len(bad)
    assert empty_names(_paths("checkout/store/database.py", "docs/data.md", "checkout/informing.py")) == []
