"""What somebody meets who knows nothing yet: help, typos, an empty folder, and never a traceback."""

import resource
import subprocess
import sys
from pathlib import Path

import click
import pytest
from stdnum import luhn

from tests.commands.conftest import Terminal
from webhooks.commands.main import COMMANDS, root


def every_command(
    group: click.Group = root, path: tuple[str, ...] = ()
) -> list[tuple[tuple[str, ...], click.Command]]:
    """Give every command with its path."""
    context = click.Context(group)
    found: list[tuple[tuple[str, ...], click.Command]] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        found.append(((*path, name), command))
        if isinstance(command, click.Group):
            found += every_command(command, (*path, name))
    return found


EVERY_COMMAND = every_command()
REPOSITORY = Path(__file__).parent.parent.parent


@pytest.mark.parametrize(
    ("path", "command"), EVERY_COMMAND, ids=[" ".join(path) for path, _ in EVERY_COMMAND]
)
def test_every_command_says_what_it_is_for(
    empty_terminal: Terminal, path: tuple[str, ...], command: click.Command
) -> None:
    said = empty_terminal.says(*path, "--help")
    assert command.help
    assert all(option.help for option in command.params if isinstance(option, click.Option))
    assert command.help.split(".")[0].split()[0] in said


@pytest.mark.parametrize(
    "path", [(), *(path for path, command in EVERY_COMMAND if isinstance(command, click.Group))], ids=" ".join
)
def test_each_command_is_listed_in_one_whole_line_of_a_terminal(
    empty_terminal: Terminal, path: tuple[str, ...]
) -> None:
    empty_terminal.set(COLUMNS="80")
    listed = empty_terminal.says(*path, "--help").partition("\nCommands:\n")[2].splitlines()
    commands = [known for known, _ in EVERY_COMMAND if known[:-1] == path]
    assert sorted(line.split()[0] for line in listed) == sorted(known[-1] for known in commands)
    assert all(line[-1] in ".?" and not line.endswith("..") for line in listed)
    assert max(map(len, listed)) <= 80


def processor_seconds(*arguments: str) -> float:
    """Give what a run of Python takes of the processor."""

    def used() -> float:
        spent = resource.getrusage(resource.RUSAGE_CHILDREN)
        return spent.ru_utime + spent.ru_stime

    before = used()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True, cwd=REPOSITORY)
    return used() - before


def test_help_comes_at_once() -> None:
    ours, least = zip(
        *(
            (processor_seconds("-m", "webhooks", "--help"), processor_seconds("-c", "import click"))
            for _ in range(3)
        ),
        strict=True,
    )
    # 0.15 s and 0.06 s, on a machine of 2026; a web framework alone would be another 0.4 s.
    assert min(ours) < 5 * min(least)


def test_help_loads_no_framework() -> None:
    ask = "import sys; from webhooks.commands.main import root; root(['--help'], standalone_mode=False); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", ask], check=True, capture_output=True, text=True, cwd=REPOSITORY
    ).stdout.split()
    assert not {"flask", "sqlalchemy", "dbos", "granian", "paypalserversdk", "pydantic"} & set(loaded)


def test_no_arguments_show_the_help(empty_terminal: Terminal) -> None:
    for path in [
        (),
        ("products",),
        ("orders",),
        ("inbox",),
        ("ledger",),
        ("db",),
        ("paypal",),
        ("emulator",),
    ]:
        result = empty_terminal.run(*path)
        assert result.exit_code in {0, 2}
        assert "Usage: checkout" in result.output


def test_a_typo_names_what_was_probably_meant(empty_terminal: Terminal) -> None:
    assert "Did you mean 'products'?" in empty_terminal.fails("product", code=2)
    assert "Did you mean 'show'?" in empty_terminal.fails("orders", "shwo", code=2)
    assert "Did you mean" not in empty_terminal.fails("xyzzy", code=2)


def test_the_wrong_folder_is_named_and_left_as_it_is(empty_terminal: Terminal) -> None:
    reading = [("orders", "list"), ("ledger", "verify"), ("inbox", "list"), ("sweep",), ("products", "list")]
    for command in reading:
        said = empty_terminal.fails(*command)
        assert f"There is no database at {empty_terminal.folder}/var/checkout.db" in said
    assert list(empty_terminal.folder.iterdir()) == []


def test_wrong_settings_are_named_without_their_values(empty_terminal: Terminal) -> None:
    empty_terminal.set(ORDER_HOURS="soonish", LOG_LEVEL="LOUD")
    said = empty_terminal.fails("orders", "list")
    assert "ORDER_HOURS" in said
    assert "LOG_LEVEL" in said
    assert "soonish" not in said
    assert "LOUD" not in said


def test_a_database_address_that_is_none_is_said(empty_terminal: Terminal) -> None:
    empty_terminal.set(DATABASE_URL="mysql://shop@localhost/shop")
    assert "use sqlite:///a/file or postgresql://" in empty_terminal.fails("orders", "list")


def test_a_database_that_is_down_is_said(empty_terminal: Terminal) -> None:
    empty_terminal.set(DATABASE_URL="postgresql://shop:word@127.0.0.1:9/shop")
    said = empty_terminal.fails("orders", "list")
    assert "database is not reachable" in said
    assert "word" not in said


@pytest.mark.parametrize("place", ["title", "id", "order", "option", "split"])
def test_a_card_number_is_refused_anywhere_on_the_line_and_never_repeated(
    terminal: Terminal, place: str
) -> None:
    digits = "4" + "0" * 13 + "7"
    number = digits + luhn.calc_check_digit(digits)
    line = {
        "title": ("products", "add", f"Tea {number}", "2.00", "EUR"),
        "id": ("products", "withdraw", number),
        "order": ("orders", "show", number),
        "option": (f"--{number}",),
        "split": ("orders", "show", number[:4], number[4:8], number[8:12], number[12:]),
    }[place]
    result = terminal.run(*line)
    assert result.exit_code == 2
    assert "card number" in result.stderr
    assert number not in result.output
    assert number[8:] not in result.output


def test_every_command_of_the_root_can_be_imported() -> None:
    assert {path[0] for path, _ in EVERY_COMMAND} == set(COMMANDS)
