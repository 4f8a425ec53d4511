"""What stands still, on the command line: why, and going on again."""

from sqlalchemy import text

from checkout.store import halts
from checkout.store.halts import Stops
from tests.commands.conftest import Terminal
from webhooks.invariants import check_on_schedule


def halt(terminal: Terminal, stops: Stops, cause: str) -> None:
    """Let something stand still."""
    house = terminal.house()
    with house.store.begin() as tx:
        halts.begin(tx, "paypal", stops, cause, f"Because of {cause}.", at=house.clock())
    house.store.close()


def test_what_stands_still_is_listed_with_why_and_goes_on_once_somebody_looked(
    either_terminal: Terminal,
) -> None:
    terminal = either_terminal
    assert terminal.says("halts", "list") == "Nothing stands still.\n"
    halt(terminal, Stops.PAYMENTS, "a limitation")
    halt(terminal, Stops.CAPTURES, "strange captures")
    first, second = terminal.reads("halts", "list")
    assert (first["stops"], first["said"]) == ("payments", "Because of a limitation.")
    assert second["cause"] == "strange captures"
    assert "Because of strange captures." in terminal.says("halts", "list")
    assert terminal.says("halts", "end", str(first["id"]), "--by", "kim") == "It goes on again.\n"
    assert [one["id"] for one in terminal.reads("halts", "list")] == [second["id"]]
    assert f"There is no halt {first['id']} that stands" in terminal.fails(
        "halts", "end", str(first["id"]), "--by", "kim"
    )
    assert "halts list" in terminal.fails("halts", "end", "999")
    assert terminal.run("halts", "end", "x").exit_code == 2


def test_ending_a_halt_acknowledges_its_violation_which_stays_to_be_seen(either_terminal: Terminal) -> None:
    number = either_terminal.order()
    house = either_terminal.house()
    with house.store.begin() as tx:
        tx.execute(text("update orders set state = 'paid'"))
    check_on_schedule(house)
    (only,) = either_terminal.reads("halts", "list")
    assert f"order {number}: it " in only["said"]
    either_terminal.says("halts", "end", str(only["id"]), "--by", "kim")
    check_on_schedule(house)
    house.store.close()
    assert either_terminal.says("halts", "list") == "Nothing stands still.\n"
    assert f"4. order {number}: it " in either_terminal.fails("invariants")


def test_reserved_money_is_not_taken_while_captures_stand_still(terminal: Terminal) -> None:
    terminal.says("products", "add", "Chair", "100.00", "EUR", "--id", "chair", "--capture-later")
    number = terminal.order("chair", approve="balance")
    halt(terminal, Stops.CAPTURES, "strange captures")
    said = terminal.fails("reservations", "capture", number)
    assert said.startswith("Error: Captures stand still: Because of strange captures.")
    (only,) = terminal.reads("halts", "list")
    terminal.says("halts", "end", str(only["id"]))
    assert terminal.says("reservations", "capture", number) == "capture: done.\n"
