"""Reserved money on the command line: listed by its end, taken in parts, let go."""

import pytest

from tests.commands.conftest import Terminal


@pytest.fixture
def reserved(terminal: Terminal) -> tuple[Terminal, str]:
    """A terminal, and the number of an order for which money is reserved."""
    terminal.says("products", "add", "Chair", "100.00", "EUR", "--id", "chair", "--capture-later")
    return terminal, terminal.order("chair", approve="balance")


def test_what_is_reserved_is_listed_with_its_ends(reserved: tuple[Terminal, str]) -> None:
    terminal, number = reserved
    (one,) = terminal.reads("reservations", "list")
    assert (one["order_id"], one["left"]) == (number, {"minor": 10000, "currency": "EUR"})
    assert one["honoured_until"] < one["until"]
    assert number in terminal.says("reservations", "list")
    assert terminal.reads("orders", "show", number)["state"] == "authorized"
    first_line = terminal.says("orders", "show", number).splitlines()[0]
    assert first_line.endswith(f" Take it: `checkout reservations capture {number}`.")
    assert terminal.reads("ledger", "balance") == []


def test_it_is_taken_in_parts_and_the_last_lets_the_rest_go(reserved: tuple[Terminal, str]) -> None:
    terminal, number = reserved
    said = terminal.says("reservations", "capture", number, "--amount", "30.00", "--more-later")
    assert said == "capture: done.\nStill reserved: EUR 70.00.\n"
    assert "EUR 70.00 may still be taken" in terminal.fails(
        "reservations", "capture", number, "--amount", "70.01"
    )
    said = terminal.says("reservations", "capture", number, "--amount", "50", "--let-rest-go")
    assert said == "capture: done.\nLet go for good: EUR 20.00.\n"
    assert "No money is reserved" in terminal.fails("reservations", "capture", number)
    balances = {one["account"]: one["balance"]["minor"] for one in terminal.reads("ledger", "balance")}
    assert balances["sales"] == -8000
    assert terminal.reads("reservations", "list") == []
    assert terminal.reads("ledger", "verify")["true"]


def test_of_a_part_nothing_is_taken_before_it_is_said_what_becomes_of_the_rest(
    reserved: tuple[Terminal, str],
) -> None:
    terminal, number = reserved
    part = ("reservations", "capture", number, "--amount", "10.00")
    said = terminal.fails(*part)
    for words in ("the other EUR 90.00", "--more-later", "--let-rest-go"):
        assert words in said
    assert "choose one" in terminal.fails(*part, "--more-later", "--let-rest-go", code=2)
    assert terminal.reads("reservations", "list")[0]["left"]["minor"] == 10000
    # All of it leaves no rest, however it is said.
    whole = terminal.says("reservations", "capture", number, "--amount", "100.00")
    assert whole == "capture: done.\n"


def test_it_is_let_go_and_then_nothing_is_there_to_take(reserved: tuple[Terminal, str]) -> None:
    terminal, number = reserved
    assert f"reservations release {number}" in terminal.fails("orders", "cancel", number)
    assert terminal.says("reservations", "release", number) == "void: done.\n"
    assert "No money is reserved" in terminal.fails("reservations", "release", number)
    assert "is cancelled" in terminal.says("orders", "cancel", number)


def test_making_sure_again_too_soon_is_refused_with_when(reserved: tuple[Terminal, str]) -> None:
    terminal, number = reserved
    result = terminal.run("reservations", "renew", number)
    assert result.exit_code == 1
    assert "only from the fourth day" in result.stdout
    assert "Still reserved: EUR 100.00." in result.stdout


def test_nothing_reserved_is_said(terminal: Terminal) -> None:
    assert terminal.says("reservations", "list") == "Nothing is reserved.\n"
    assert "No money is reserved" in terminal.fails(
        "reservations", "capture", terminal.order(approve="balance")
    )
    assert "There is no order" in terminal.fails("reservations", "release", "AAAA-BBBB-CCCC")
