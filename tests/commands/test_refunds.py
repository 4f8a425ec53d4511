"""Giving money back on the command line: all, a part, the same request twice, and by two people."""

from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.domain.money import Money
from checkout.domain.refund_errors import AskedJustNowError
from checkout.flows import refunding
from checkout.flows.asking import ask
from checkout.flows.refunding import RefundWish
from tests.commands.conftest import Terminal


def balances(terminal: Terminal) -> dict[str, int]:
    """The ledger's balances by account."""
    return {one["account"]: one["balance"]["minor"] for one in terminal.reads("ledger", "balance")}


def test_all_that_is_left_or_a_part_goes_back_and_is_listed(either_terminal: Terminal) -> None:
    terminal = either_terminal
    number = terminal.order(approve="balance")
    said = terminal.says("refunds", "give", number, "--amount", "5.00", "--by", "ann", "--note", "Sorry!")
    assert "EUR 5.00" in said
    assert "sent back" in said
    assert terminal.reads("orders", "show", number)["state"] == "partially_refunded"
    (rest,) = terminal.reads("refunds", "give", number, "--by", "ann")
    assert (rest["amount"]["minor"], rest["outcome"], rest["arrived"]) == (1880, "done", "completed")
    assert terminal.reads("orders", "show", number)["state"] == "refunded"
    shown = terminal.says("orders", "show", number)
    assert "  order is paid\n" in shown, "what it is now is no event of the day it was paid"
    assert "order is refunded\n" not in shown
    listed = terminal.reads("refunds", "list", "--order", number)
    assert [(one["amount"]["minor"], one["wished_by"]) for one in listed] == [(500, "ann"), (1880, "ann")]
    newest_first = [one["refund"] for one in reversed(listed)]
    assert [one["refund"] for one in terminal.reads("refunds", "list")] == newest_first
    assert [one["refund"] for one in terminal.reads("refunds", "list", "--limit", "1")] == newest_first[:1]
    assert "There are no such refunds" in terminal.says("refunds", "list", "--waiting")
    assert balances(terminal)["refunds"] == 2380
    assert terminal.reads("ledger", "verify")["true"]


REFUSED: dict[tuple[str, ...], str] = {
    ("--amount", "23.81"): "EUR 23.80 is left",
    ("--amount", "0.00"): "more than nothing",
    ("--amount", "-1.00"): "write it as digits",
    ("--amount", "5.001"): "5.001",
    ("--amount", "five"): "five",
    ("--by", " "): "Say who",
    ("--note", "x" * 256): "at most 255 characters",
    ("--capture", "NOBODYS"): "nothing to give back",
}


def test_what_cannot_be_given_back_is_said_and_nothing_moves(terminal: Terminal) -> None:
    number = terminal.order(approve="balance")
    before = terminal.emulator.refunds()
    for arguments, said in REFUSED.items():
        assert said in terminal.fails("refunds", "give", number, *arguments)
    assert "refunds" not in balances(terminal)
    assert terminal.emulator.refunds() == before


def test_an_order_without_money_and_one_that_is_not_there_are_said(terminal: Terminal) -> None:
    assert "No money came in" in terminal.fails("refunds", "give", terminal.order())
    assert "There is no" in terminal.fails("refunds", "give", "AAAA-BBBB-CCCC")
    assert "There is no refund 'R1'" in terminal.fails("refunds", "approve", "R1", "--by", "bob")


def test_the_same_key_is_the_same_refund_and_never_another_one(terminal: Terminal) -> None:
    number = terminal.order(approve="balance")
    give = ("refunds", "give", number, "--amount", "5.00", "--key", "ticket-7")
    (first,) = terminal.reads(*give)
    (again,) = terminal.reads(*give)
    assert first == again
    assert balances(terminal)["refunds"] == 500
    other = terminal.fails("refunds", "give", number, "--amount", "6.00", "--key", "ticket-7")
    assert "was used before for another refund" in other


def test_the_same_amount_is_sent_twice_only_where_a_second_refund_is_meant(terminal: Terminal) -> None:
    number = terminal.order(approve="balance")
    give = ("refunds", "give", number, "--amount", "5.00")
    (first,) = terminal.reads(*give)
    refused = terminal.fails(*give)
    assert f"{first['refund']}, done" in refused
    assert "`--again`" in refused
    assert balances(terminal)["refunds"] == 500
    terminal.says(*give, "--again")
    terminal.says(*give, "--key", "another")
    terminal.says("refunds", "give", number, "--amount", "5.01")
    assert balances(terminal)["refunds"] == 2001
    house = terminal.house()
    later = replace(house, clock=lambda: house.clock() + timedelta(minutes=11))
    wish = RefundWish(f"{number}-1", Money(100, "EUR"), "ann", again=False)
    for clock in (house, later):
        refunding.ask_refund(clock, wish)
    with pytest.raises(AskedJustNowError):
        refunding.ask_refund(later, wish)
    house.store.close()


def test_a_refund_made_on_paypals_own_pages_is_listed_with_its_order(terminal: Terminal) -> None:
    number = terminal.order(approve="balance")
    terminal.says("refunds", "give", number, "--amount", "5.00", "--by", "ann")
    capture = next(
        one["subject"]
        for one in terminal.reads("orders", "show", number)["payments"][0]["facts"]
        if one["kind"] == "captured"
    )
    terminal.emulator.refund(capture, {"currency_code": "EUR", "value": "3.80"})
    house = terminal.house()
    ask(house, f"{number}-1", learned_from="test")
    house.store.close()
    ours, theirs = terminal.reads("refunds", "list", "--order", number)
    assert (ours["amount"]["minor"], ours["wished_by"]) == (500, "ann")
    assert ours.keys() == theirs.keys()
    assert (theirs["refund"], theirs["amount"]["minor"], theirs["arrived"]) == (None, 380, "completed")
    assert "at PayPal" in terminal.says("refunds", "list", "--order", number)


def test_above_the_limit_a_second_person_agrees_or_gives_it_up(terminal: Terminal) -> None:
    terminal.set(REFUND_APPROVAL_ABOVE="5.00 EUR")
    number = terminal.order(approve="balance")
    assert "sent back" in terminal.says("refunds", "give", number, "--amount", "5.00", "--by", "ann")
    (waits,) = terminal.reads("refunds", "give", number, "--amount", "5.01", "--by", "ann")
    assert (waits["outcome"], waits["said"]) == ("to_approve", "waits for a second person")
    assert balances(terminal)["refunds"] == 500
    assert [one["refund"] for one in terminal.reads("refunds", "list", "--waiting")] == [waits["refund"]]
    listed = terminal.reads("refunds", "list")
    assert [one["outcome"] for one in listed] == ["to_approve", "done"], "what waits is at the top"
    assert "somebody else must approve" in terminal.fails(
        "refunds", "approve", waits["refund"], "--by", "ann"
    )
    (agreed,) = terminal.reads("refunds", "approve", waits["refund"], "--by", "bob")
    assert (agreed["outcome"], agreed["agreed_by"]) == ("done", "bob")
    assert balances(terminal)["refunds"] == 1001
    (second,) = terminal.reads("refunds", "give", number, "--by", "ann")
    (withdrawn,) = terminal.reads("refunds", "withdraw", second["refund"], "--by", "ann")
    assert withdrawn["said"] == "given up"
    assert "does not wait" in terminal.fails("refunds", "approve", second["refund"], "--by", "bob")
    assert balances(terminal)["refunds"] == 1001


def test_a_refund_that_paypal_refuses_exits_1_with_why(terminal: Terminal) -> None:
    terminal.set(REFUND_APPROVAL_ABOVE="10.00 EUR")
    number = terminal.order(approve="balance")
    issue = "REFUND_FAILED_INSUFFICIENT_FUNDS"
    terminal.emulator.order_fault("issue", "refund", issue=issue, times=2)
    refused = terminal.run("refunds", "give", number, "--amount", "5.00", "--by", "ann")
    assert refused.exit_code == 1
    assert "the balance at PayPal is too low" in refused.stdout
    (waits,) = terminal.reads("refunds", "give", number, "--by", "ann")
    refused = terminal.run("refunds", "approve", waits["refund"], "--by", "bob")
    assert refused.exit_code == 1
    assert "refused, nothing was sent" in refused.stdout
    terminal.emulator.clear_faults()
    assert "sent back" in terminal.says("refunds", "give", number, "--amount", "10.00")


def test_a_lost_answer_is_unknown_and_listed_until_a_sweep_finds_it(terminal: Terminal) -> None:
    number = terminal.order(approve="balance")
    terminal.emulator.order_fault("lost_answer", "refund", times=3)
    assert "do not refund again" in terminal.says("refunds", "give", number, "--amount", "5.00")
    terminal.emulator.clear_faults()
    (waits,) = terminal.reads("refunds", "list", "--waiting")
    assert waits["outcome"] == "unknown"
    terminal.says("sweep", "--everything")
    assert terminal.reads("refunds", "list", "--waiting") == []
    assert terminal.reads("refunds", "list")[0]["arrived"] == "completed"
    assert balances(terminal)["refunds"] == 500
