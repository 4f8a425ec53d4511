"""Every command that a message, a page or a document names is one that can be typed so."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import PurePosixPath

import click
import pytest

from tests.house.source import Source, repository_files, source
from webhooks.commands.main import root

QUOTED = re.compile(r"`checkout ([^`]+)`")
WHOLE = re.compile(r"checkout ([a-z][^`]*)")
FENCED = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
TYPED = re.compile(r"^\s*(?:\$ )?checkout (.+)$", re.MULTILINE)
FILLED_IN = "FILLED-IN"
"""What stands for whatever a message fills in."""
LEFT_OUT = "…"
BEHIND = re.compile(r"[|>&;]")
"""Where a shell's line goes on with something else."""


def named_in(file: Source) -> Iterator[str]:
    """What stands behind `checkout` wherever a file names a command."""
    if file.path.suffix == ".py":
        for text in _texts(file.text):
            yield from QUOTED.findall(text)
            yield from WHOLE.findall(text) if WHOLE.fullmatch(text) else ()
        return
    yield from (" ".join(said.split()) for said in QUOTED.findall(file.text))
    for block in FENCED.findall(file.text):
        yield from (BEHIND.split(said)[0] for said in TYPED.findall(block.replace("\\\n", " ")))


def faults_of(said: str) -> list[str]:
    """What is wrong with one: a name alone needs no options, anything more must be whole."""
    typed = said.split()
    words = shlex.split(" ".join(word for word in typed if word != LEFT_OUT), comments=True)
    command: click.Command = root
    context = click.Context(root, info_name="checkout")
    while words and isinstance(command, click.Group):
        if words[0] == FILLED_IN or words[0].startswith("-"):
            return []
        found = command.get_command(context, words[0])
        if found is None:
            return [f"there is no {words[0]!r}"]
        context = click.Context(found, info_name=words.pop(0), parent=context)
        command = found
    return _faults(command, context, words, is_whole=LEFT_OUT not in typed) if words else []


def _faults(command: click.Command, context: click.Context, words: list[str], *, is_whole: bool) -> list[str]:
    try:
        options, rest, _ = command.make_parser(context).parse_args(words)
    except click.UsageError as wrong:
        return [wrong.format_message()]
    missing = [
        f"{one.opts[0]} is missing"
        for one in command.params
        if one.required and is_whole and not isinstance(options.get(str(one.name)), str | tuple)
    ]
    return [*missing, *(f"{word!r} is too much" for word in rest)]


def _texts(code: str) -> Iterator[str]:
    """Every text of a module, its pieces joined; what is filled in by a word of its own."""
    inside: set[int] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.JoinedStr):
            inside |= {id(one) for one in node.values}
            yield "".join(
                one.value if isinstance(one, ast.Constant) and isinstance(one.value, str) else FILLED_IN
                for one in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node.value


def _is_read(path: PurePosixPath) -> bool:
    """What operators read; the decisions tell of their own day."""
    if path.suffix == ".md":
        return path.parts[0] in {"README.md", "docs"} and "decisions" not in path.parts
    return path.suffix in {".py", ".html"} and path.parts[0] in {"checkout", "webhooks"}


def test_every_command_that_is_named_can_be_typed_so() -> None:
    faults = [
        f"{file.path} names `checkout {said}`: {fault}"
        for file in repository_files()
        if _is_read(file.path)
        for said in named_in(file)
        for fault in faults_of(said)
    ]
    assert faults == [], "\n".join(faults)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("disputes settle PP-D-1", "there is no 'settle'"),
        ("disputes accept PP-D-1", "--note is missing"),
        ("disputes accept --note Sorry", "dispute is missing"),
        ("orders show ONE TWO", "'TWO' is too much"),
        ("orders show ONE --loudly", "No such option '--loudly'"),
    ],
)
def test_a_command_that_is_not_whole_is_found(said: str, fault: str) -> None:
    (found,) = faults_of(said)
    assert found.startswith(fault)


def test_a_name_alone_and_what_is_left_out_are_no_faults() -> None:
    for said in ("disputes accept", "disputes", "products add … --capture-later", f"{FILLED_IN} --all"):
        assert faults_of(said) == [], said


def test_commands_are_found_in_messages_and_documents() -> None:
    code = 'said = f"Do `checkout orders " f"show {order.id}` now"\n'
    assert list(named_in(source("checkout/a.py", code))) == [f"orders show {FILLED_IN}"]
    text = "Do `checkout orders\nlist`:\n\n```sh\ncheckout db backup FILE | cat\n```\n"
    assert [one.strip() for one in named_in(source("docs/a.md", text))] == ["orders list", "db backup FILE"]
