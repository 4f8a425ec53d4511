"""Seeds differences of every kind into PayPal's report: each is found, none is made up, each can be decided."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from click.testing import CliRunner

from checkout.domain.accounts import Account
from checkout.domain.comparison import ReportDifference
from checkout.domain.corrections import Action
from checkout.domain.money import Money
from checkout.domain.reports import ReportRow
from checkout.flows.tracing import trace_payment
from checkout.store import discrepancies, facts
from checkout.store.discrepancies import Discrepancy
from tests.proofs.filling import fill, report_rows
from tests.webhooks.paypal_shop import PayPalShop
from webhooks.commands.main import root
from webhooks.reconcile.reports import reconcile
from webhooks.reconcile.resolving import Decision, resolve

PREFIX = "shop-seeded-"
REASON = "seeded by the proof"
DAYS = 20
APART = 4
"""Rows from one that is made wrong to the next: a balance fits between two that are right."""

KINDS = (
    ReportDifference.MISSING_HERE, ReportDifference.MISSING_THERE, ReportDifference.AMOUNT, ReportDifference.FEE,
    ReportDifference.CURRENCY, ReportDifference.STATUS, ReportDifference.DUPLICATE,
    ReportDifference.UNKNOWN_MOVEMENT, ReportDifference.KIND, ReportDifference.BALANCE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of it. All is well where nothing is missed, made up, undecided or unseen."""

    seeded: Counter[str]
    missed: list[tuple[str, str]]
    made_up: list[tuple[str, str]]
    undecided: list[str]
    unseen: list[int]
    faults: list[str]

    @property
    def holds(self) -> bool:
        """Nothing is wrong."""
        return not (self.missed or self.made_up or self.undecided or self.unseen or self.faults)


def prove(
    shop: PayPalShop, size: int, seed: int, variables: dict[str, str], *, typed_max: int | None = None
) -> Proof:
    """Seed, compare, compare again, decide about each from the command line, and compare once more.

    `typed_max` are decided by typing a command, which takes a tenth of a second; the others by what it calls.
    """
    chance = random.Random(seed)
    rows = _stock(shop, size)
    seeded = _seed(shop, rows, size, chance)
    reconcile(shop.house, "paypal")
    found = _open(shop)
    told = {(one.kind, str(one.subject)) for one in found}
    shop.move(hours=1)
    reconcile(shop.house, "paypal")
    made_up = sorted((told | {(one.kind, str(one.subject)) for one in _open(shop)}) - seeded)
    undecided = []
    for number, one in enumerate(found):
        action = _way(one, chance)
        if typed_max is None or number < typed_max:
            undecided += _type(one, action, variables)
        else:
            account = Account.ADJUSTMENTS if action is Action.BOOK else None
            resolve(shop.house, one.id, Decision(action, REASON, "Ada", account))
    shop.move(hours=1)
    reconcile(shop.house, "paypal")
    # What is open now and was not before follows from decisions: a lie that was adopted is one more capture.
    undecided += [
        f"{one.kind} of {one.subject} is open again" for one in _open(shop) if one.id <= found[-1].id
    ]
    return Proof(
        seeded=Counter(kind for kind, _ in seeded),
        missed=sorted(seeded - told),
        made_up=made_up,
        undecided=undecided,
        unseen=[one.id for one in found if not _is_seen(shop, one)],
        faults=shop.faults(),
    )


def _stock(shop: PayPalShop, size: int) -> list[ReportRow]:
    shop.emulator.account_settings(report_lag_seconds=0)
    shop.emulator.make_payments(size * APART + 2 * APART, days=DAYS, seed=size, prefix=PREFIX)
    shop.move(hours=1)
    now = shop.clock().replace(microsecond=0)
    processor = shop.house.processors["paypal"]
    rows = list(report_rows(processor, now - timedelta(days=DAYS + 1), now))  # type: ignore[arg-type]
    fill(shop.store, rows, processor.payee)
    return rows


def _seed(shop: PayPalShop, rows: list[ReportRow], size: int, chance: random.Random) -> set[tuple[str, str]]:
    """Make the report wrong; gives each difference as (kind, id)."""
    places = [APART + APART * number for number in range(size)]
    chance.shuffle(places)
    return {
        _distort(shop, rows[place], KINDS[number % len(KINDS)], chance) for number, place in enumerate(places)
    }


def _distort(shop: PayPalShop, row: ReportRow, kind: str, chance: random.Random) -> tuple[str, str]:
    distort, subject = shop.emulator.distort_report, row.subject
    match kind:
        case ReportDifference.MISSING_THERE:
            distort("omit", subject)
        case ReportDifference.AMOUNT:
            distort("amount", subject, value=_text(row.amount_minor + chance.randint(1, 500)))
        case ReportDifference.FEE:
            distort("fee", subject, value=_text((row.fee_minor or 0) - chance.randint(1, 90)))
        case ReportDifference.CURRENCY:
            distort("currency", subject, value="USD")
        case ReportDifference.STATUS:
            distort("status", subject, value=chance.choice("VDP"))
        case ReportDifference.DUPLICATE:
            distort("duplicate", subject)
        case ReportDifference.KIND:
            distort("code", subject, value=chance.choice(["T1107", "T0400", "T1200"]))
        case ReportDifference.BALANCE:
            distort("ending_balance", subject, value=_text((row.balance_minor or 0) + chance.randint(1, 900)))
        case _:
            named = {"custom_field": row.names} if kind == ReportDifference.MISSING_HERE else {}
            made = distort(
                "unknown",
                None,
                value=_text(chance.randint(100, 9000)),
                currency="EUR",
                time=row.at.isoformat(),
                **named,
            )
            subject = str(made["transaction_id"])
    return kind, subject


def _way(one: Discrepancy, chance: random.Random) -> Action:
    can_be_booked = one.kind not in {ReportDifference.BALANCE, ReportDifference.NAME}
    return chance.choice([Action.ADOPT, Action.IGNORE, *([Action.BOOK] if can_be_booked else [])])


def _type(one: Discrepancy, action: Action, variables: dict[str, str]) -> list[str]:
    """Decide from the command line; what was said where it was refused."""
    arguments = [
        "discrepancies",
        "resolve",
        str(one.id),
        "--as",
        str(action),
        "--reason",
        REASON,
        "--by",
        "Ada",
    ]
    if action is Action.BOOK:
        arguments += ["--account", "adjustments"]
    result = CliRunner().invoke(root, arguments, env=variables, prog_name="checkout")
    if result.exit_code == 0 and re.search("is resolved by Ada", result.output):
        return []
    return [f"{one.kind} as {action}: {result.output} {result.exception!r}"]


def _is_seen(shop: PayPalShop, one: Discrepancy) -> bool:
    """The decision is in the history of its order, or where it is of none, among the account's facts."""
    name = f"discrepancy-{one.id}"
    if one.payment_id is not None:
        return any(fact.subject == name for fact in trace_payment(shop.house, one.payment_id).facts)
    with shop.store.read() as tx:
        return bool(facts.of_subject(tx, "paypal", name))


def _open(shop: PayPalShop) -> list[Discrepancy]:
    with shop.store.read() as tx:
        return discrepancies.open_ones(tx)


def _text(minor: int) -> str:
    return Money(minor, "EUR").decimal_text()
