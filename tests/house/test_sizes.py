"""Sizes as a ratchet: what is over the limit today is written down, may shrink, and may never grow."""

import ast
from collections.abc import Iterable, Mapping

from tests.house.source import Source, repository_files, source

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50
MEASURED = (".css", ".html", ".js", ".mjs", ".py", ".sh")

# What is over a limit, and its size in lines. An entry is lowered or removed when it can be; none is added.
OVERSIZED: Mapping[str, int] = {}


def sizes(file: Source) -> dict[str, tuple[int, int]]:
    """Give the size and the limit of the file and of each function in it, in lines, by place."""
    measured = {str(file.path): (len(file.lines), FILE_LINES_MAX)}
    if file.path.suffix != ".py":
        return measured
    for node in ast.walk(file.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            place = f"{file.path}:{node.name}"
            # Two functions of one name in one file: the longer speaks for both.
            measured[place] = max(measured.get(place, (0, 0)), (lines, FUNCTION_LINES_MAX))
    return measured


def size_faults(files: Iterable[Source], oversized: Mapping[str, int]) -> list[str]:
    """Give whatever is larger than its limit or its entry, and each entry that no longer says the truth."""
    faults = []
    measured = {place: size for file in files for place, size in sizes(file).items()}
    for place, (lines, limit) in measured.items():
        allowed = oversized.get(place, limit)
        if lines > max(allowed, limit):
            faults.append(f"{place} has {lines} lines of {allowed}: something in it wants its own name")
    for place, allowed in oversized.items():
        lines, limit = measured.get(place, (0, 0))
        if lines <= limit:
            faults.append(f"{place} keeps its limit now: remove its entry")
        elif lines < allowed:
            faults.append(f"{place} has shrunk to {lines}: lower its entry")
    return faults


def _function(lines: int) -> str:
    return "def f() -> None:\n" + "    pass\n" * (lines - 1)


def test_nothing_is_larger_than_it_may_be() -> None:
    files = [file for file in repository_files() if file.path.suffix in MEASURED]
    assert size_faults(files, OVERSIZED) == []


def test_a_long_function_is_found() -> None:
    assert size_faults([source("a.py", _function(FUNCTION_LINES_MAX))], {}) == []
    assert size_faults([source("a.py", _function(FUNCTION_LINES_MAX + 1))], {})


def test_a_long_file_is_found() -> None:
    assert size_faults([source("a.html", "\n" * FILE_LINES_MAX)], {}) == []
    assert size_faults([source("a.html", "\n" * (FILE_LINES_MAX + 1))], {})


def test_an_exception_may_not_grow() -> None:
    assert size_faults([source("a.py", _function(60))], {"a.py:f": 60}) == []
    assert size_faults([source("a.py", _function(61))], {"a.py:f": 60})


def test_an_exception_that_has_shrunk_must_be_lowered_and_one_that_fits_removed() -> None:
    assert "lower" in size_faults([source("a.py", _function(59))], {"a.py:f": 60})[0]
    assert "remove" in size_faults([source("a.py", _function(50))], {"a.py:f": 60})[0]
    assert "remove" in size_faults([], {"a.py:f": 60})[0]
