"""Through the door: in whatever order and however often facts arrive, payment, disputes and books end the same."""

import random
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkout.domain.accounts import Side
from checkout.domain.facts import Fact, FactKind, Words
from checkout.domain.intents import Operation
from checkout.domain.money import Money
from checkout.domain.terms import Terms
from checkout.flows import paying
from checkout.flows.ordering import Wish, place_in
from checkout.flows.settling import attempts_of, settle
from checkout.store import chain, disputes, intents, ledger, payments
from checkout.store.orders import Contact
from checkout.store.payments import PaymentRow
from tests.domain.histories import NAMES, History, real_terms_and_histories
from tests.scripted_processor import PAYEE
from tests.small_shop import SmallShop, open_shop

OURS = ("of", "authorization", "dispute")
"""Words that name another thing at the processor."""


SET = re.compile(r"frozenset\(\{([^}]*)\}\)")
"""A set as it is printed, its members in no fixed order."""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Iterator[SmallShop]:
    """One shop for all histories: each has an order of its own."""
    file = tmp_path_factory.mktemp("order") / "shop.db"
    shutil.copy(sqlite_with_tables, file)
    opened = open_shop(f"sqlite:///{file}")
    yield opened
    opened.house.store.close()


@dataclass(frozen=True)
class Ended:
    """What a history came to, without the names that only this payment has."""

    standing: str
    booked: dict[tuple[str, str], int]
    disputes: str
    state: str


NUMBERS = count(100)


def lived(shop: SmallShop, terms: Terms, history: History, chance: random.Random | None) -> Ended:
    """Let the facts of a history in, all at once, or in any order, some more than once."""
    payment = begun(shop, capture_later=terms.capture_later)
    tag = f"<{next(NUMBERS)}>"
    facts = [mine(told, payment, tag) for told in history[0] if told.kind is not FactKind.OPENED]
    with shop.house.store.begin() as tx:
        for asked in history[1]:
            if asked.operation is not Operation.OPEN:
                invoice = (asked.invoice or "").replace(NAMES, payment.terms.names) or None
                subject = f"{tag}{asked.subject}" if asked.subject else None
                key = f"{tag}{asked.key}"
                own = replace(asked, key=key, invoice=invoice, subject=subject)
                intents.add(tx, payment.id, own, Money(asked.amount_minor, "EUR"))
    for told in batches(facts, chance):
        with shop.house.store.begin() as tx:
            settle(tx, shop.house, payment, told, learned_from="test")
    return ended(shop, payment, tag)


def batches(facts: list[Fact], chance: random.Random | None) -> list[list[Fact]]:
    """The facts as they arrive."""
    if chance is None:
        return [facts]
    again = facts + chance.sample(facts, len(facts) // 2)
    chance.shuffle(again)
    cuts = [0, *sorted(chance.sample(range(len(again) + 1), min(4, len(again)))), len(again)]
    return [again[start:end] for start, end in pairwise(cuts)]


def begun(shop: SmallShop, *, capture_later: bool) -> PaymentRow:
    """A payment that is open at the processor."""
    wish = Wish("tea", 1, Contact("a@example.com"), shop.house.mint(20), capture_later)
    with shop.house.store.begin() as tx:
        order, _ = place_in(tx, shop.house, wish)
    paying.hand_over(shop.house, order.token)
    with shop.house.store.read() as tx:
        return payments.of_order(tx, order.id)[0]


def mine(told: Fact, payment: PaymentRow, tag: str) -> Fact:
    """The fact as it would be of this payment."""
    reference = str(payment.reference)
    of_payment = told.subject == told.reference
    return replace(
        told,
        reference=reference,
        subject=reference if of_payment else f"{tag}{told.subject}",
        payee=PAYEE if told.payee else None,
        names=payment.terms.names if told.names else None,
        words=renamed(told.words, payment, tag),
    )


def renamed(said: Words, payment: PaymentRow, tag: str) -> Words:
    return tuple(
        (name, f"{tag}{text}" if name in OURS else text.replace(NAMES, payment.terms.names))
        for name, text in said
    )


def ended(shop: SmallShop, payment: PaymentRow, tag: str) -> Ended:
    """All that is derived of the payment."""
    with shop.house.store.read() as tx:
        standing = attempts_of(tx, payment.order_id)[0].standing
        kept = disputes.of_payment(tx, payment.id)
        row = payments.by_id(tx, payment.id)
        booked: Counter[tuple[str, str]] = Counter()
        for account, side, amount in ledger.entries_of_payment(tx, payment.id):
            booked[account, amount.currency] += amount.minor if side is Side.DEBIT else -amount.minor
    assert row is not None

    def plain(value: object) -> str:
        text = SET.sub(lambda found: ", ".join(sorted(found[1].split(", "))), repr(value))
        for name in (tag, payment.terms.names, payment.id, str(payment.reference)):
            text = text.replace(name, "")
        return text

    return Ended(plain(standing), dict(booked), plain(kept), row.state)


@settings(max_examples=20)
@given(real_terms_and_histories, st.randoms(use_true_random=False))
def test_no_order_and_no_repetition_changes_what_a_payment_comes_to(
    kept: SmallShop, story: tuple[Terms, History], chance: random.Random
) -> None:
    terms, history = story
    assert lived(kept, terms, history, chance) == lived(kept, terms, history, None)


def test_the_books_of_all_of_them_are_true(kept: SmallShop) -> None:
    assert kept.faults() == []
    with kept.house.store.read() as tx:
        assert chain.verify(tx).broken_at is None
