"""No test skips silently: the one reason there may be is that the shared facts are not on this machine."""

import ast

import pytest

from tests.house.source import Source, python_files, source

SKIPS = ("importorskip", "skip", "skipif", "skipIf", "skipTest", "skipUnless", "xfail")
ALLOWED = ("tests/conftest.py", "shared")  # this fixture only


def skips(file: Source) -> list[str]:
    """Give every skip, conditional skip and expected failure in a file of tests, by any spelling."""
    return [
        f"{file.path}:{node.lineno} may skip"
        for part in file.tree.body
        if (str(file.path), getattr(part, "name", "")) != ALLOWED
        for node in ast.walk(part)
        if isinstance(node, ast.Attribute) and node.attr in SKIPS
    ]


def test_no_test_skips() -> None:
    assert [fault for file in python_files("tests") for fault in skips(file)] == []


@pytest.mark.parametrize(
    "text",
    [
        "def test_a():\n    pytest.skip('no database')",
        "@pytest.mark.skipif(True, reason='slow')\ndef test_a(): ...",
        "@pytest.mark.xfail\ndef test_a(): ...",
        "psycopg = pytest.importorskip('psycopg')",
        "pytestmark = pytest.mark.skip",
        "class A(TestCase):\n    def test_a(self): self.skipTest('later')",
    ],
)
def test_a_skip_is_found(text: str) -> None:
    assert skips(source("tests/web/test_order.py", text))


def test_only_the_shared_facts_may_be_missing() -> None:
    text = "def {}(): pytest.skip('missing')"
    assert not skips(source("tests/conftest.py", text.format("shared")))
    assert skips(source("tests/conftest.py", text.format("postgres_server")))
    assert skips(source("tests/web/conftest.py", text.format("shared")))
