"""Deciding about differences: once, with a reason, and the books follow without ever losing their balance."""

from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.domain.accounts import Account
from checkout.domain.actors import Actor, Way
from checkout.domain.corrections import Action, NothingToBookError
from checkout.domain.errors import BadInputError, CardNumberError, NotFoundError
from checkout.domain.facts import FactKind
from checkout.domain.money import Money
from checkout.domain.refund_errors import MoreThanIsLeftError
from checkout.domain.sent_back import ReturnState
from checkout.flows.asking import ask
from checkout.flows.ordering import Placed
from checkout.flows.refunding import RefundWish, approve, ask_refund, refunds_of
from checkout.flows.settling import attempts_of, settle
from checkout.flows.tracing import trace_payment
from checkout.store import audit
from checkout.store.discrepancies import Discrepancy
from tests.paid_shop import PRICE
from tests.processors.paypal.samples import CARD
from tests.webhooks.paypal_shop import PayPalShop
from webhooks.reconcile import resolving
from webhooks.reconcile.resolving import AlreadyResolvedError, Decision, NotGoneBackError, resolve

pytestmark = pytest.mark.parametrize("ready_url", ["sqlite"], indirect=True)
"""The seeded differences are found and decided on both databases; these are about what is meant."""

REASON = "looked at by hand, agreed"


def only(shop: PayPalShop, kind: str) -> Discrepancy:
    (found,) = (one for one in shop.open_differences() if one.kind == kind)
    return found


def decide(shop: PayPalShop, one: Discrepancy, action: Action, account: Account | None = None) -> Discrepancy:
    return resolve(shop.house, one.id, Decision(action, REASON, "Ada", account))


def distorted(shop: PayPalShop, kind: str, **more: object) -> str:
    """A paid order about which the report says something else; gives its payment."""
    placed = shop.paid()
    shop.emulator.distort_report(kind, shop.capture_of(placed), **more)
    shop.reconcile()
    return shop.payment(placed).id


def test_an_adopted_amount_moves_only_the_difference(paypal_shop: PayPalShop) -> None:
    distorted(paypal_shop, "amount", value="25.00")
    before = paypal_shop.balances()
    one = decide(paypal_shop, only(paypal_shop, "amount differs"), Action.ADOPT)
    after = paypal_shop.balances()
    assert after["processor", "EUR"] - before["processor", "EUR"] == 120
    assert after["sales", "EUR"] - before["sales", "EUR"] == -120
    assert (one.resolved_by, one.resolution) == ("Ada", f"adopt: {REASON}")
    assert paypal_shop.faults() == []


def test_an_adopted_fee_moves_only_the_difference(paypal_shop: PayPalShop) -> None:
    distorted(paypal_shop, "fee", value="-1.00")
    before = paypal_shop.balances()
    decide(paypal_shop, only(paypal_shop, "fee differs"), Action.ADOPT)
    after = paypal_shop.balances()
    assert after["fees", "EUR"] - before["fees", "EUR"] == 20
    assert after["processor", "EUR"] - before["processor", "EUR"] == -20


def test_another_currency_that_is_adopted_takes_the_place_of_ours(paypal_shop: PayPalShop) -> None:
    distorted(paypal_shop, "currency", value="USD")
    decide(paypal_shop, only(paypal_shop, "currency differs"), Action.ADOPT)
    assert paypal_shop.held() == {"EUR": 0, "USD": 2300} or paypal_shop.held() == {"USD": 2300}
    assert paypal_shop.faults() == []


def test_money_that_never_was_is_taken_out_of_the_books(paypal_shop: PayPalShop) -> None:
    distorted(paypal_shop, "omit")
    decide(paypal_shop, only(paypal_shop, "missing there"), Action.ADOPT)
    assert paypal_shop.balances() == {}
    assert paypal_shop.faults() == []


def denied(shop: PayPalShop) -> tuple[Placed, Discrepancy]:
    """A whole refund that PayPal told as done, and later as failed."""
    placed = shop.paid()
    payment = shop.payment(placed)
    ask_refund(shop.house, RefundWish(payment.id, PRICE, "ann"))
    went = next(fact for fact in shop.told(placed) if fact.kind is FactKind.REFUNDED)
    with shop.store.begin() as tx:
        settle(tx, shop.house, payment, [replace(went, kind=FactKind.REFUND_FAILED)], learned_from="test")
    return placed, only(shop, "refund denied")


def test_a_refund_that_never_went_is_taken_back_and_can_be_given_again(paypal_shop: PayPalShop) -> None:
    placed, one = denied(paypal_shop)
    payment = paypal_shop.payment(placed)
    with pytest.raises(MoreThanIsLeftError):
        ask_refund(paypal_shop.house, RefundWish(payment.id, PRICE, "ann", request="again"))
    decide(paypal_shop, one, Action.ADOPT)
    assert "refunds" not in {account for account, _ in paypal_shop.balances()}
    assert paypal_shop.balances()["processor", "EUR"] == 2300
    with paypal_shop.store.read() as tx:
        standing = attempts_of(tx, placed.id)[-1].standing
    assert (standing.refunded.minor, [each.state for each in standing.returns]) == (0, [ReturnState.FAILED])
    (again,) = ask_refund(paypal_shop.house, RefundWish(payment.id, PRICE, "ann", request="again"))
    paypal_shop.emulator.distort_report("omit", str(one.subject))
    paypal_shop.reconcile()
    assert "missing there" not in {each.kind for each in paypal_shop.open_differences()}, "it was decided"
    assert again.issue == "CAPTURE_FULLY_REFUNDED", (
        "it was asked for; the emulator's own account has the first one"
    )
    assert paypal_shop.faults() == []


def test_a_refund_that_went_after_all_stays_booked(paypal_shop: PayPalShop) -> None:
    _, one = denied(paypal_shop)
    before = paypal_shop.balances()
    decide(paypal_shop, one, Action.IGNORE)
    assert paypal_shop.balances() == before


def test_a_loss_is_booked_where_a_person_says(paypal_shop: PayPalShop) -> None:
    distorted(paypal_shop, "omit")
    decide(paypal_shop, only(paypal_shop, "missing there"), Action.BOOK, Account.ADJUSTMENTS)
    balances = paypal_shop.balances()
    assert ("processor", "EUR") not in balances
    assert balances["sales", "EUR"] == -2380
    assert balances["adjustments", "EUR"] == 2380 - 80


def test_a_payment_that_only_the_report_has_is_adopted_as_a_payment(paypal_shop: PayPalShop) -> None:
    placed = paypal_shop.approved()
    names = paypal_shop.payment(placed).terms.names
    paypal_shop.move(minutes=1)
    paypal_shop.emulator.distort_report("unknown", None, value="23.80", currency="EUR", custom_field=names)
    paypal_shop.reconcile()
    decide(paypal_shop, only(paypal_shop, "missing here"), Action.ADOPT)
    assert "captured" in paypal_shop.kinds(placed)
    assert paypal_shop.balances()["processor", "EUR"] == 2380
    again = paypal_shop.reconcile(hours=1)
    assert not [one for one in paypal_shop.open_differences() if one.kind == "missing here"], again


def test_another_programs_money_is_booked_to_an_account(paypal_shop: PayPalShop) -> None:
    paypal_shop.emulator.make_payments(1, days=0.1)
    paypal_shop.reconcile()
    decide(paypal_shop, only(paypal_shop, "unknown movement"), Action.BOOK, Account.ADJUSTMENTS)
    assert paypal_shop.held() == paypal_shop.at_paypal()
    assert paypal_shop.reconcile(hours=5).found == 0
    assert paypal_shop.open_differences() == []


def test_what_waits_in_suspense_goes_to_its_account(paypal_shop: PayPalShop) -> None:
    paypal_shop.emulator.adjust("EUR", "7.00", code="T9900")
    paypal_shop.reconcile()
    assert paypal_shop.balances()["suspense", "EUR"] == -700
    decide(paypal_shop, only(paypal_shop, "unknown movement"), Action.BOOK, Account.ADJUSTMENTS)
    assert paypal_shop.balances() == {("processor", "EUR"): 700, ("adjustments", "EUR"): -700}


def test_what_the_account_held_before_is_adopted_once(paypal_shop: PayPalShop) -> None:
    paypal_shop.emulator.deposit("EUR", "100.00")
    paypal_shop.move(days=40)
    paypal_shop.paid()
    paypal_shop.reconcile()
    decide(paypal_shop, only(paypal_shop, "balance differs"), Action.ADOPT)
    assert paypal_shop.held() == paypal_shop.at_paypal() == {"EUR": 12300}
    assert paypal_shop.reconcile(hours=5).found == 0
    assert paypal_shop.open_differences() == []


def test_what_came_too_much_is_given_back_once(paypal_shop: PayPalShop) -> None:
    payment = distorted(paypal_shop, "amount", value="25.00")
    one = only(paypal_shop, "amount differs")
    decide(paypal_shop, one, Action.REFUND)
    (refund,) = paypal_shop.emulator.refunds()
    assert refund["amount"]["value"] == "1.20"
    assert any(
        fact.subject == f"discrepancy-{one.id}" for fact in trace_payment(paypal_shop.house, payment).facts
    )
    with pytest.raises(AlreadyResolvedError):
        decide(paypal_shop, one, Action.REFUND)
    assert len(paypal_shop.emulator.refunds()) == 1


def test_a_refused_refund_leaves_it_open_and_may_be_tried_again(paypal_shop: PayPalShop) -> None:
    payment = distorted(paypal_shop, "amount", value="25.00")
    one = only(paypal_shop, "amount differs")
    paypal_shop.emulator.order_fault("issue", "refund", issue="REFUND_AMOUNT_EXCEEDED")
    with pytest.raises(NotGoneBackError, match=r"was refused \(REFUND_AMOUNT_EXCEEDED\)"):
        decide(paypal_shop, one, Action.REFUND)
    assert only(paypal_shop, "amount differs") == one
    assert decide(paypal_shop, one, Action.REFUND).resolved_by == "Ada"
    assert [refund["amount"]["value"] for refund in paypal_shop.emulator.refunds()] == ["1.20"]
    assert len(refunds_of(paypal_shop.house, payment)) == 2


def test_an_unknown_refund_leaves_it_open_and_is_not_asked_for_twice(paypal_shop: PayPalShop) -> None:
    payment = distorted(paypal_shop, "amount", value="25.00")
    one = only(paypal_shop, "amount differs")
    paypal_shop.emulator.order_fault("lost_answer", "refund", times=3)
    for _ in range(2):
        with pytest.raises(NotGoneBackError, match="it is asked for"):
            decide(paypal_shop, one, Action.REFUND)
    paypal_shop.emulator.clear_faults()
    ask(paypal_shop.house, payment, learned_from="sweep")
    assert decide(paypal_shop, one, Action.REFUND).resolved_by == "Ada"
    assert len(paypal_shop.emulator.refunds()) == len(refunds_of(paypal_shop.house, payment)) == 1


def test_a_refund_that_waits_for_a_second_person_leaves_it_open(paypal_shop: PayPalShop) -> None:
    payment = distorted(paypal_shop, "amount", value="25.00")
    one = only(paypal_shop, "amount differs")
    limited = replace(paypal_shop.house.shop, approval_above={"EUR": 100})
    paypal_shop.house = replace(paypal_shop.house, shop=limited)
    for _ in range(2):
        with pytest.raises(NotGoneBackError, match=r"checkout refunds approve \S+-R1`"):
            decide(paypal_shop, one, Action.REFUND)
    (waiting,) = refunds_of(paypal_shop.house, payment)
    approve(paypal_shop.house, waiting.name, by="Bob")
    assert decide(paypal_shop, one, Action.REFUND).resolved_by == "Ada"
    assert len(paypal_shop.emulator.refunds()) == 1


def test_a_refund_that_a_decision_asks_for_is_in_the_audit_though_the_decision_must_wait(
    paypal_shop: PayPalShop,
) -> None:
    distorted(paypal_shop, "amount", value="25.00")
    one, ada = only(paypal_shop, "amount differs"), Actor("Ada", Way.OFFICE)
    limited = replace(paypal_shop.house.shop, approval_above={"EUR": 100})
    house = replace(paypal_shop.house, shop=limited)
    with pytest.raises(NotGoneBackError):
        resolve(house, one.id, Decision(Action.REFUND, REASON, "Ada", None, ada))
    with paypal_shop.store.read() as tx:
        (deed,) = audit.newest(tx, limit=9)
    assert (deed.actor, deed.deed.did) == (ada, "asked for refund")
    resolve(house, one.id, Decision(Action.ADOPT, REASON, "Ada", None, ada))
    with paypal_shop.store.read() as tx:
        assert audit.newest(tx, limit=1)[0].deed.did == "decided discrepancy"


@pytest.mark.parametrize("kind", ["more captured", "order overpaid"])
def test_a_refund_of_what_is_overpaid_heals_the_other_and_survives_a_crash_before_the_end(
    paypal_shop: PayPalShop, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than was due came in, by two captures."""
    placed = paypal_shop.paid()
    payment = paypal_shop.payment(placed)
    (first,) = (fact for fact in paypal_shop.told(placed) if fact.kind == "captured")
    assert first.happened_at is not None
    later = first.happened_at + timedelta(seconds=1)
    more = replace(first, subject="CAPTURE2", amount=Money(500, "EUR"), happened_at=later)
    with paypal_shop.store.begin() as tx:
        settle(tx, paypal_shop.house, payment, [more], learned_from="test")
    one = only(paypal_shop, kind)
    with monkeypatch.context() as patch:
        patch.setattr(resolving, "decided_facts", _dies)
        with pytest.raises(RuntimeError):
            decide(paypal_shop, one, Action.REFUND)
    assert decide(paypal_shop, one, Action.REFUND).resolution == f"refund: {REASON}"
    with pytest.raises(AlreadyResolvedError):
        decide(paypal_shop, one, Action.REFUND)
    assert [refund["amount"]["value"] for refund in paypal_shop.emulator.refunds()] == ["5.00"]
    assert {one.kind for one in paypal_shop.open_differences()} == {"captured twice"}


def _dies(*_args: object, **_more: object) -> None:
    raise RuntimeError


def test_a_decision_is_made_once_and_says_by_whom(paypal_shop: PayPalShop) -> None:
    payment = distorted(paypal_shop, "status", value="D")
    one = only(paypal_shop, "status differs")
    decide(paypal_shop, one, Action.IGNORE)
    before = paypal_shop.balances()
    with pytest.raises(AlreadyResolvedError, match=r"by Ada at .*: ignore: looked at"):
        resolve(paypal_shop.house, one.id, Decision(Action.ADOPT, REASON, "Bob"))
    assert paypal_shop.balances() == before
    told = [fact for fact in trace_payment(paypal_shop.house, payment).facts if fact.kind == "resolved"]
    assert [(fact.subject, fact.reason) for fact in told] == [(f"discrepancy-{one.id}", REASON)]
    assert paypal_shop.reconcile(hours=1).found == 0


SENSELESS = (
    (Decision(Action.IGNORE, "too short", "Ada"), BadInputError),
    (Decision(Action.ADOPT, " ", "Ada"), BadInputError),
    (Decision(Action.ADOPT, "x" * 121, "Ada"), BadInputError),
    (Decision(Action.ADOPT, REASON, ""), BadInputError),
    (Decision(Action.ADOPT, f"it was {CARD}", "Ada"), CardNumberError),
    (Decision(Action.ADOPT, "customer@example.org wrote", "Ada"), BadInputError),
    (Decision(Action.BOOK, REASON, "Ada"), BadInputError),
    (Decision(Action.BOOK, REASON, "Ada", Account.ADJUSTMENTS), NothingToBookError),
    (Decision(Action.REFUND, REASON, "Ada"), BadInputError),
)


def test_what_makes_no_sense_changes_nothing(paypal_shop: PayPalShop) -> None:
    placed = paypal_shop.paid()
    paypal_shop.emulator.reverse(paypal_shop.capture_of(placed), "5.00")
    paypal_shop.reconcile()
    one, before = only(paypal_shop, "reversed"), paypal_shop.balances()
    for decision, error in SENSELESS:
        with pytest.raises(error):
            resolve(paypal_shop.house, one.id, decision)
    with pytest.raises(NotFoundError):
        resolve(paypal_shop.house, one.id + 1, Decision(Action.ADOPT, REASON, "Ada"))
    assert paypal_shop.balances() == before
    assert only(paypal_shop, "reversed") == one


def test_what_agrees_again_heals_by_itself_and_may_come_back(paypal_shop: PayPalShop) -> None:
    for kind, more in (
        ("amount", {"value": "25.00"}),
        ("omit", {}),
        ("duplicate", {}),
        ("status", {"value": "P"}),
    ):
        distorted(paypal_shop, kind, **more)
    assert {one.kind for one in paypal_shop.open_differences()} == {
        "amount differs", "missing there", "duplicate", "status differs",
    }  # fmt: skip
    wrong = paypal_shop.emulator.distortions()
    paypal_shop.emulator.clear_distortions()
    assert paypal_shop.reconcile(hours=1).healed == 4
    assert paypal_shop.open_differences() == []
    paypal_shop.emulator.distort_report("amount", wrong[0]["transaction_id"], value="26.00")
    assert paypal_shop.reconcile(hours=1).found == 1
    assert only(paypal_shop, "amount differs").resolved_at is None
