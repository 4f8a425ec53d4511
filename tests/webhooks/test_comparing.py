"""The report against our facts, both ways: lost messages heal, what only the report tells is booked."""

from datetime import timedelta

import pytest

from checkout.domain.accounts import Account
from checkout.domain.corrections import Action
from checkout.domain.facts import Fact, FactKind, words
from checkout.domain.money import Money
from checkout.domain.reports import ReportRow, RowKind
from checkout.flows.asking import ask
from checkout.flows.settling import settle_account
from checkout.store.discrepancies import Discrepancy
from tests.processors.paypal.emulator.caller import euro
from tests.webhooks.paypal_shop import PayPalShop
from webhooks.reconcile.reports import reconcile
from webhooks.reconcile.resolving import Decision, resolve
from webhooks.reconcile.runs import Wanted


def test_what_agrees_is_silent(paypal_shop: PayPalShop) -> None:
    paypal_shop.paid()
    paypal_shop.paid("book")
    outcome = paypal_shop.reconcile()
    assert (outcome.compared, outcome.found, outcome.booked) == (2, 0, 0)
    assert paypal_shop.open_differences() == []
    assert paypal_shop.held() == paypal_shop.at_paypal()


def test_money_that_nobody_told_of_is_found_and_counted(paypal_shop: PayPalShop) -> None:
    """No webhook, no sweep: what PayPal did by itself is known once its report is read."""
    refunded, taken, charged_back = paypal_shop.paid(), paypal_shop.paid(), paypal_shop.paid()
    paypal_shop.emulator.refund(paypal_shop.capture_of(refunded), euro("3.80"))
    paypal_shop.emulator.reverse(paypal_shop.capture_of(taken), "5.00")
    paypal_shop.emulator.reverse(paypal_shop.capture_of(charged_back), chargeback=True)
    outcome = paypal_shop.reconcile()
    assert (outcome.lost_and_found, outcome.found) == (3, 0)
    assert "refunded" in paypal_shop.kinds(refunded)
    assert "reversed" not in paypal_shop.kinds(refunded)
    assert "reversed" in paypal_shop.kinds(taken)
    assert "reversed" in paypal_shop.kinds(charged_back)
    assert paypal_shop.held() == paypal_shop.at_paypal()
    assert paypal_shop.faults() == []
    assert {one.kind for one in paypal_shop.open_differences()} == {"reversed"}


def test_a_refund_taken_for_ours_is_told_to_be_a_reversal(paypal_shop: PayPalShop) -> None:
    placed = paypal_shop.paid()
    paypal_shop.emulator.reverse(paypal_shop.capture_of(placed), "5.00")
    ask(paypal_shop.house, paypal_shop.payment(placed).id, learned_from="sweep")
    assert "reversed" not in paypal_shop.kinds(placed)
    outcome = paypal_shop.reconcile()
    assert (outcome.booked, outcome.found) == (1, 0)
    assert "reversed" in paypal_shop.kinds(placed)
    assert paypal_shop.balances()["reversals", "EUR"] == 500


def test_what_only_the_report_tells_is_booked(paypal_shop: PayPalShop) -> None:
    placed = paypal_shop.paid()
    capture, emulator = paypal_shop.capture_of(placed), paypal_shop.emulator
    emulator.deposit("EUR", "100.00")
    emulator.charge_fee("EUR", "1.50")
    emulator.adjust("EUR", "-2.25")
    emulator.payout("EUR", "50")
    hold = emulator.hold("EUR", "10.00")
    emulator.hold("EUR", "5.00", capture)
    emulator.release("EUR", "4.00", hold_id=hold["id"])
    emulator.convert("EUR", "20.00", "USD", "1.08")
    outcome = paypal_shop.reconcile()
    assert outcome.found == 0, [(one.kind, one.ours, one.theirs) for one in paypal_shop.open_differences()]
    balances = paypal_shop.balances()
    assert balances["payouts", "EUR"] == -5000
    assert balances["held", "EUR"] == 600
    assert balances["disputes held", "EUR"] == 500
    assert balances["adjustments", "EUR"] == 225
    assert balances["fees", "EUR"] == 80 + 150
    assert (balances["exchange", "EUR"], balances["exchange", "USD"]) == (2000, -2160)
    assert "held" in paypal_shop.kinds(placed)
    assert paypal_shop.held() == paypal_shop.at_paypal()
    assert paypal_shop.faults() == []
    before = balances
    again = paypal_shop.reconcile(hours=1)
    assert (again.booked, again.found) == (0, 0)
    assert paypal_shop.balances() == before


def test_a_reversal_that_was_undone_before_we_asked_moves_nothing_in_the_end(paypal_shop: PayPalShop) -> None:
    placed = paypal_shop.paid()
    capture = paypal_shop.capture_of(placed)
    paypal_shop.emulator.reverse(capture)
    paypal_shop.emulator.cancel_reversal(capture)
    outcome = paypal_shop.reconcile()
    assert outcome.found == 0, [(one.kind, one.ours, one.theirs) for one in paypal_shop.open_differences()]
    assert "reversal returned" in paypal_shop.kinds(placed)
    assert paypal_shop.balances()["processor", "EUR"] == 2300
    assert paypal_shop.held() == paypal_shop.at_paypal()


def test_money_in_a_currency_that_is_not_held_agrees_after_its_exchange(paypal_shop: PayPalShop) -> None:
    paypal_shop.emulator.set_settings(held_currencies=["EUR"])
    placed = paypal_shop.paid("book")
    paypal_shop.emulator.refund(paypal_shop.capture_of(placed), {"currency_code": "USD", "value": "2.00"})
    kept = paypal_shop.paid("book")
    capture = paypal_shop.capture_of(kept)
    paypal_shop.emulator.reverse(capture)
    paypal_shop.emulator.cancel_reversal(capture)
    outcome = paypal_shop.reconcile()
    assert outcome.found == 0, [(one.kind, one.ours, one.theirs) for one in paypal_shop.open_differences()]
    assert paypal_shop.held() == paypal_shop.at_paypal()
    assert paypal_shop.faults() == []


def test_an_exchange_that_the_report_has_not_is_shown_decided_and_agrees(paypal_shop: PayPalShop) -> None:
    paypal_shop.emulator.set_settings(held_currencies=["EUR"])
    seen, missed = paypal_shop.paid("book"), paypal_shop.paid("book")
    capture = paypal_shop.capture_of(missed)
    _omit_exchanges(paypal_shop, capture)
    paypal_shop.reconcile()
    missing = _missing_there(paypal_shop)
    assert [(one.subject, (one.ours or "").split()[:2]) for one in missing] == [
        (capture, ["exchanged", "USD"]),
        (capture, ["exchanged", "EUR"]),
    ]
    assert paypal_shop.capture_of(seen) not in {one.subject for one in paypal_shop.open_differences()}
    before = paypal_shop.balances()
    for one in missing:
        resolve(paypal_shop.house, one.id, Decision(Action.ADOPT, "PayPal shows none either", "Ada"))
    after = paypal_shop.balances()
    assert after["sales", "USD"] == before["sales", "USD"], "the payment itself stays"
    for currency in ("USD", "EUR"):
        assert after["exchange", currency] == before["exchange", currency] // 2
    assert paypal_shop.faults() == []


@pytest.mark.parametrize("side", ["EUR", "USD"])
def test_one_side_of_an_exchange_is_missed_by_itself(paypal_shop: PayPalShop, side: str) -> None:
    capture = _exchanged(paypal_shop)
    for row in _exchanges_of(paypal_shop, capture):
        if row.currency == side:
            paypal_shop.emulator.distort_report("status", row.subject, value="D")
    paypal_shop.reconcile()
    (only,) = _missing_there(paypal_shop)
    assert (only.ours or "").startswith(f"exchanged {side}")
    resolve(paypal_shop.house, only.id, Decision(Action.ADOPT, "PayPal took it back", "Ada"))
    exchanged = {
        of: minor for (account, of), minor in paypal_shop.balances().items() if account == "exchange"
    }
    assert set(exchanged) == {"EUR", "USD"} - {side}


def test_an_exchange_and_then_its_payment_are_each_taken_back_once(paypal_shop: PayPalShop) -> None:
    capture = _exchanged(paypal_shop)
    left, _ = _exchanges_of(paypal_shop, capture)
    paypal_shop.emulator.distort_report("omit", left.subject)
    paypal_shop.reconcile()
    (missing,) = _missing_there(paypal_shop)
    resolve(paypal_shop.house, missing.id, Decision(Action.ADOPT, "PayPal shows none either", "Ada"))
    paypal_shop.emulator.distort_report("omit", capture)
    paypal_shop.reconcile(hours=1)
    (missing,) = _missing_there(paypal_shop)
    assert (missing.ours or "").startswith("captured")
    resolve(paypal_shop.house, missing.id, Decision(Action.ADOPT, "nor the payment", "Ada"))
    assert paypal_shop.balances() == {}


def test_an_exchange_whose_payment_is_missed_too_has_not_healed(paypal_shop: PayPalShop) -> None:
    capture = _exchanged(paypal_shop)
    _omit_exchanges(paypal_shop, capture)
    paypal_shop.reconcile()
    paypal_shop.emulator.distort_report("omit", capture)
    paypal_shop.reconcile(hours=1)
    assert len(_missing_there(paypal_shop)) == 3


def test_where_the_fee_took_all_no_exchange_is_missed(paypal_shop: PayPalShop) -> None:
    paypal_shop.emulator.set_settings(held_currencies=["EUR"])
    paypal_shop.paid("cent")
    assert paypal_shop.reconcile().found == 0, [one.ours for one in paypal_shop.open_differences()]


def _missing_there(shop: PayPalShop) -> list[Discrepancy]:
    return [one for one in shop.open_differences() if one.kind == "missing there"]


def _exchanged(shop: PayPalShop) -> str:
    """The capture of a payment whose money PayPal exchanged."""
    shop.emulator.set_settings(held_currencies=["EUR"])
    return shop.capture_of(shop.paid("book"))


def _omit_exchanges(shop: PayPalShop, capture: str) -> None:
    for row in _exchanges_of(shop, capture):
        shop.emulator.distort_report("omit", row.subject)


def _exchanges_of(shop: PayPalShop, capture: str) -> list[ReportRow]:
    """Both rows that PayPal's report has of what was exchanged for a capture."""
    shop.move(hours=4)
    end = shop.clock().replace(microsecond=0)
    rows = shop.house.processors["paypal"].report_page(end - timedelta(days=1), end, 1).rows  # type: ignore[attr-defined]
    exchanges = [row for row in rows if row.kind is RowKind.EXCHANGE and row.of == capture]
    assert len(exchanges) == 2
    return exchanges


def test_an_exchange_that_comes_into_the_report_later_heals(paypal_shop: PayPalShop) -> None:
    capture = _exchanged(paypal_shop)
    _omit_exchanges(paypal_shop, capture)
    paypal_shop.reconcile()
    assert "missing there" in {one.kind for one in paypal_shop.open_differences()}
    paypal_shop.emulator.clear_distortions()
    paypal_shop.reconcile(hours=1)
    assert paypal_shop.open_differences() == []


def test_another_program_on_the_account_is_shown_and_not_booked(paypal_shop: PayPalShop) -> None:
    paypal_shop.paid()
    paypal_shop.emulator.make_payments(3, days=0.1)
    outcome = paypal_shop.reconcile()
    assert outcome.found == 3
    assert {one.kind for one in paypal_shop.open_differences()} == {"unknown movement"}
    assert paypal_shop.balances()["processor", "EUR"] == 2300
    assert paypal_shop.reconcile(hours=1).found == 0


def test_what_the_account_held_before_the_shop_is_one_difference(paypal_shop: PayPalShop) -> None:
    paypal_shop.emulator.deposit("EUR", "100.00")
    paypal_shop.move(days=40)
    paypal_shop.paid()
    outcome = paypal_shop.reconcile()
    assert outcome.found == 1
    (only,) = paypal_shop.open_differences()
    assert (only.kind, only.subject) == ("balance differs", "EUR")
    assert only.ours is not None
    assert only.ours.startswith("EUR 23.00")


def test_a_balance_that_differs_again_after_it_agreed_is_shown_again(paypal_shop: PayPalShop) -> None:
    paypal_shop.emulator.deposit("EUR", "100.00")
    paypal_shop.move(days=40)
    paypal_shop.paid()
    paypal_shop.reconcile()
    (first,) = paypal_shop.open_differences()
    resolve(paypal_shop.house, first.id, Decision(Action.IGNORE, "looked at by hand, agreed", "Ada"))
    for _ in range(2):
        assert paypal_shop.reconcile(days=1).found == 0, "what persists was decided"
    _move_in_the_books(paypal_shop, 10000)
    assert paypal_shop.reconcile(days=1).found == 0
    _move_in_the_books(paypal_shop, -10000)
    assert paypal_shop.reconcile(days=1).found == 1
    (again,) = paypal_shop.open_differences()
    assert (again.kind, again.key) == (first.kind, first.key)
    assert again.id != first.id, "the facts of a decision bear its id"
    resolve(paypal_shop.house, again.id, Decision(Action.ADOPT, "ours was wrong after all", "Ada"))
    assert paypal_shop.held() == paypal_shop.at_paypal()
    assert paypal_shop.reconcile(days=1).found == 0
    assert paypal_shop.open_differences() == []


def test_a_balance_that_a_later_run_reads_first_has_not_healed(paypal_shop: PayPalShop) -> None:
    """Of the first row of a span nobody can tell whether its balance follows from the one before."""
    paypal_shop.paid()
    paypal_shop.move(hours=10)
    wrong = paypal_shop.capture_of(paypal_shop.paid())
    paypal_shop.move(seconds=5)
    paypal_shop.paid()
    paypal_shop.emulator.distort_report("ending_balance", wrong, value="999.00")
    paypal_shop.reconcile(hours=20)
    assert [(one.kind, one.subject) for one in paypal_shop.open_differences()] == [("balance differs", wrong)]
    run = paypal_shop.reconcile(hours=1).run
    assert run.rows == 2, "the span begins with the wrong row"
    assert [(one.kind, one.subject) for one in paypal_shop.open_differences()] == [("balance differs", wrong)]
    paypal_shop.emulator.clear_distortions()
    outcome = reconcile(paypal_shop.house, "paypal", Wanted(start=run.start_at - timedelta(days=1)))
    assert outcome is not None
    assert outcome.healed == 1
    assert paypal_shop.open_differences() == []


def _move_in_the_books(shop: PayPalShop, minor: int) -> None:
    """Something is booked that the report does not tell: so the totals differ by as much less."""
    direction, debit, credit = (
        ("in", Account.PROCESSOR, Account.ADJUSTMENTS)
        if minor > 0
        else ("out", Account.ADJUSTMENTS, Account.PROCESSOR)
    )
    name = f"by-hand-{direction}"
    told = words(action=Action.BOOK, debit=debit, credit=credit)
    fact = Fact(FactKind.RESOLVED, name, name, Money(abs(minor), "EUR"), happened_at=shop.clock(), words=told)
    with shop.store.begin() as tx:
        settle_account(tx, shop.house, "paypal", [fact], learned_from="test")
