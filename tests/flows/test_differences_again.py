"""A difference that comes a second time is shown a second time, and the same one never twice."""

from dataclasses import replace

import pytest

from checkout.domain.facts import Fact, FactKind, words
from checkout.domain.money import Money
from checkout.flows.ordering import Placed
from checkout.store import discrepancies
from checkout.store.discrepancies import Discrepancy
from tests.flows.test_settling import captured, tell
from tests.scripted_processor import PAYEE
from tests.small_shop import SmallShop

pytestmark = pytest.mark.parametrize("ready_url", ["sqlite"], indirect=True)


def shown(shop: SmallShop, kind: str) -> list[Discrepancy]:
    """What is open of a kind."""
    with shop.house.store.read() as tx:
        return discrepancies.open_ones(tx, kind=kind)


def decide(shop: SmallShop, kind: str) -> None:
    """A person has looked at the only one of a kind."""
    (one,) = shown(shop, kind)
    with shop.house.store.begin() as tx:
        assert discrepancies.resolve(tx, one.processor, one.key, "Seen.", at=shop.clock(), by="kim")


def back(placed_at: str, kind: FactKind, subject: str, minor: int = 500) -> Fact:
    """A movement back."""
    return Fact(kind, placed_at, subject, Money(minor, "EUR"), PAYEE)


def paid(shop: SmallShop, **other: object) -> tuple[Placed, str]:
    """An order that was paid, as it was due but for what is given."""
    placed, reference = shop.begin()
    tell(shop, placed, captured(shop, placed, **other))
    return placed, reference


@pytest.mark.parametrize(
    ("fact", "kind"), [(FactKind.REVERSED, "reversed"), (FactKind.REFUND_FAILED, "refund failed")]
)
def test_each_movement_of_a_payment_is_shown_once(shop: SmallShop, fact: FactKind, kind: str) -> None:
    placed, reference = paid(shop)
    tell(shop, placed, back(reference, fact, "BACK1"))
    decide(shop, kind)
    tell(shop, placed, back(reference, fact, "BACK1"))
    assert shown(shop, kind) == []
    tell(shop, placed, back(reference, fact, "BACK2"))
    tell(shop, placed, back(reference, fact, "BACK2"))
    assert [one.subject for one in shown(shop, kind)] == ["BACK2"]


@pytest.mark.parametrize("denied", [FactKind.REFUND_FAILED, FactKind.REFUND_CANCELLED])
@pytest.mark.parametrize("first", ["done", "denied"])
def test_a_refund_told_as_done_and_as_come_to_nothing_is_shown_and_stays_booked(
    shop: SmallShop, denied: FactKind, first: str
) -> None:
    placed, _ = paid(shop)
    told = [ours(shop, placed, kind) for kind in (FactKind.REFUNDED, denied)]
    for fact in told if first == "done" else reversed(told):
        tell(shop, placed, fact)
    assert [one.subject for one in shown(shop, "refund denied")] == ["BACK1"]
    assert shop.standing(placed).refunded == Money(500, "EUR")


def test_what_nobody_asked_for_and_is_cancelled_may_be_a_reversal_that_was_undone(shop: SmallShop) -> None:
    placed, reference = paid(shop)
    for kind in (FactKind.REFUNDED, FactKind.REFUND_CANCELLED):
        tell(shop, placed, back(reference, kind, "BACK1"))
    assert shown(shop, "refund denied") == []


def test_a_denial_that_a_reversal_explains_later_is_over(shop: SmallShop) -> None:
    placed, reference = paid(shop)
    for kind in (FactKind.REFUNDED, FactKind.REFUND_FAILED):
        tell(shop, placed, back(reference, kind, "BACK1"))
    assert len(shown(shop, "refund denied")) == 1
    tell(shop, placed, back(reference, FactKind.REVERSED, "BACK1"))
    assert shown(shop, "refund denied") == []


def ours(shop: SmallShop, placed: Placed, kind: FactKind) -> Fact:
    """The same of a refund that we asked for."""
    payment = shop.payments(placed)[-1]
    about = words(invoice=f"{payment.terms.names}-R1")
    return replace(back(str(payment.reference), kind, "BACK1"), words=about)


def test_a_refund_that_a_reversal_overtook_is_no_contradiction(shop: SmallShop) -> None:
    placed, reference = paid(shop)
    tell(shop, placed, back(reference, FactKind.REFUND_CANCELLED, "BACK1"))
    tell(shop, placed, *(back(reference, kind, "BACK1") for kind in (FactKind.REFUNDED, FactKind.REVERSED)))
    assert shown(shop, "refund denied") == []


def test_a_greater_sum_is_shown_anew_and_takes_the_place_of_the_one_before(shop: SmallShop) -> None:
    placed, _ = paid(shop, amount=Money(3000, "EUR"))
    decide(shop, "more captured")
    tell(shop, placed, captured(shop, placed, subject="CAP2", amount=Money(100, "EUR")))
    assert len(shown(shop, "more captured")) == len(shown(shop, "order overpaid")) == 1
    tell(shop, placed, captured(shop, placed, subject="CAP3", amount=Money(100, "EUR")))
    for kind in ("more captured", "order overpaid", "captured twice"):
        (one,) = shown(shop, kind)
        assert one.key.endswith(":3" if kind == "captured twice" else ":3200")


def test_more_sent_back_is_shown_again_by_another_sum(shop: SmallShop) -> None:
    placed, reference = paid(shop)
    tell(shop, placed, back(reference, FactKind.REFUNDED, "BACK1", 2380))
    tell(shop, placed, back(reference, FactKind.REVERSED, "BACK2", 2380))
    decide(shop, "more sent back")
    tell(shop, placed, captured(shop, placed))
    assert shown(shop, "more sent back") == []
    tell(shop, placed, back(reference, FactKind.REVERSED, "BACK3", 1))
    assert len(shown(shop, "more sent back")) == 1


def test_what_went_back_is_too_much_no_longer(shop: SmallShop) -> None:
    placed, reference = paid(shop, amount=Money(3000, "EUR"))
    assert shop.differences(placed) == {"more captured", "order overpaid"}
    tell(shop, placed, back(reference, FactKind.REFUNDED, "BACK1", 600))
    assert shop.differences(placed) == {"more captured", "order overpaid"}
    tell(shop, placed, back(reference, FactKind.REFUNDED, "BACK2", 20))
    assert shop.differences(placed) == set()
