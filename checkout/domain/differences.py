"""How what the processor says of a payment differs from what is due."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from checkout.domain.errors import Reaction
from checkout.domain.facts import Fact, FactKind
from checkout.domain.intents import DISPUTE_ANSWERS, Intent, Operation, Outcome
from checkout.domain.sent_back import Return, ReturnState, returns
from checkout.domain.terms import Terms, counts

if TYPE_CHECKING:
    from collections.abc import Iterable


class Difference(StrEnum):
    """How what the processor says differs from what is due. Each becomes a discrepancy that a person sees."""

    OPENED_DIFFERS = "opened differs"
    LESS_CAPTURED = "less captured"
    MORE_CAPTURED = "more captured"
    OTHER_CURRENCY = "other currency"
    OTHER_PAYEE = "other payee"
    PAYEE_NOT_TOLD = "payee not told"
    OTHER_REFERENCE = "other reference"
    CAPTURED_TWICE = "captured twice"
    UNRECOGNISED = "unrecognised"
    REFUSED = "refused for the operator"
    REFUND_FAILED = "refund failed"
    REFUND_DENIED = "refund denied"
    """Told as done, and also as failed or cancelled."""
    REVERSED = "reversed"
    MORE_SENT_BACK = "more sent back"


OF_ONE_MOVEMENT = frozenset({Difference.REFUND_FAILED, Difference.REFUND_DENIED, Difference.REVERSED})
"""Each is about one movement, and may come again with another."""

OF_SUMS = frozenset({Difference.MORE_CAPTURED, Difference.CAPTURED_TWICE, Difference.MORE_SENT_BACK})
"""Each is about a sum: another sum is another difference, and takes the place of the one before."""

MAY_END = OF_SUMS | {Difference.REFUND_DENIED}
"""What later news may show to be none any more."""


def differences(terms: Terms, told: frozenset[Fact], asked: list[Intent]) -> frozenset[Difference]:
    """Every difference there is; none where all is as it is due."""
    back = returns(told, terms.amount.currency)
    found = _capture_sums(terms, told, asked, back) | _sent_back_differences(terms, told, back)
    if any(opened_otherwise(fact, terms) for fact in told if fact.kind is FactKind.OPENED):
        found.add(Difference.OPENED_DIFFERS)
    for captured in captures(told):
        found |= _capture_differences(captured, terms)
    if any(fact.kind is FactKind.UNRECOGNISED for fact in told):
        found.add(Difference.UNRECOGNISED)
    if any(_needs_a_person(intent) for intent in asked):
        found.add(Difference.REFUSED)
    return frozenset(found)


def occasions(difference: Difference, terms: Terms, told: Iterable[Fact]) -> list[str]:
    """What tells one time of a difference from the next: the movements' ids, or the sum; else it comes once."""
    facts = frozenset(told)
    back = returns(facts, terms.amount.currency)
    match difference:
        case Difference.REFUND_FAILED:
            return [one.subject for one in back if one.state is ReturnState.FAILED]
        case Difference.REFUND_DENIED:
            return [one.subject for one in back if _is_denied(one, terms)]
        case Difference.REVERSED:
            return [one.subject for one in back if one.is_reversal]
        case Difference.MORE_SENT_BACK:
            return [str(sum(one.amount.minor for one in _done(back)))]
        case Difference.MORE_CAPTURED:
            return [str(_counted_minor(terms, captures(facts)))]
        case Difference.CAPTURED_TWICE:
            return [str(len(captures(facts)))]
        case _:
            return [""]


def captures(told: Iterable[Fact]) -> list[Fact]:
    """One fact for each capture; of several that contradict each other always the same one."""
    return one_of_each(fact for fact in told if fact.kind is FactKind.CAPTURED)


def one_of_each(facts: Iterable[Fact]) -> list[Fact]:
    """One fact for each subject; of several that contradict each other always the same one."""
    return list({fact.subject: fact for fact in sorted(facts, key=repr, reverse=True)}.values())


def opened_otherwise(opened: Fact, terms: Terms) -> bool:
    """True where the processor opened something else than we asked for."""
    other_payee = opened.payee not in {None, terms.payee}
    return opened.amount != terms.amount or opened.names != terms.names or other_payee


def _needs_a_person(intent: Intent) -> bool:
    """What a person asked for and was refused is told to that person; the rest waits for somebody to look."""
    return intent.operation not in {Operation.REFUND, *DISPUTE_ANSWERS} and intent.reaction in {
        Reaction.OPERATOR,
        Reaction.OUR_BUG,
    }


def _capture_sums(
    terms: Terms, told: frozenset[Fact], asked: list[Intent], back: list[Return]
) -> set[Difference]:
    found: set[Difference] = set()
    taken = captures(told)
    counted = _counted_minor(terms, taken)
    wanted, times = terms.amount.minor, 1
    if terms.capture_later:
        done = [one for one in asked if one.operation is Operation.CAPTURE and _may_have_been(one)]
        wanted, times = sum(one.amount_minor for one in done), max(len(done), 1)
    if taken and counted < wanted and not (terms.capture_later and _some_are_open(told, asked)):
        found.add(Difference.LESS_CAPTURED)
    # What was given back is too much no longer; what a bank took back is nobody's decision here.
    refunded = sum(one.amount.minor for one in _done(back) if not one.is_reversal)
    if counted - refunded > wanted:
        found.add(Difference.MORE_CAPTURED)
    if len(taken) > times:
        found.add(Difference.CAPTURED_TWICE)
    return found


def _counted_minor(terms: Terms, taken: list[Fact]) -> int:
    return sum(fact.amount.minor for fact in taken if fact.amount is not None and counts(fact, terms))


def _done(back: list[Return]) -> list[Return]:
    return [one for one in back if one.state is ReturnState.COMPLETED]


def _may_have_been(intent: Intent) -> bool:
    return intent.outcome in {Outcome.ASKED, Outcome.UNKNOWN, Outcome.DONE}


def _some_are_open(told: frozenset[Fact], asked: list[Intent]) -> bool:
    """A capture of a reservation is on its way, held for review, or came to nothing by itself."""
    known = {fact.word("invoice") for fact in told if fact.kind is FactKind.CAPTURED}
    wanted = {one.invoice for one in asked if one.operation is Operation.CAPTURE and _may_have_been(one)}
    return bool(wanted - known)


def _capture_differences(captured: Fact, terms: Terms) -> set[Difference]:
    found: set[Difference] = set()
    if captured.amount is None or captured.amount.currency != terms.amount.currency:
        found.add(Difference.OTHER_CURRENCY)
    if captured.payee is None:
        found.add(Difference.PAYEE_NOT_TOLD)
    elif captured.payee != terms.payee:
        found.add(Difference.OTHER_PAYEE)
    if captured.names != terms.names:
        found.add(Difference.OTHER_REFERENCE)
    return found


def _is_denied(one: Return, terms: Terms) -> bool:
    """Told as done, and as come to nothing.

    What nobody here asked for may be a reversal: of one that was undone the processor tells that it is
    cancelled, and nothing more until its report says what it was.
    """
    is_ours = (one.invoice or "").startswith(f"{terms.names}-")
    return ReturnState.FAILED in one.denials or (is_ours and ReturnState.CANCELLED in one.denials)


def _sent_back_differences(terms: Terms, told: frozenset[Fact], back: list[Return]) -> set[Difference]:
    found: set[Difference] = set()
    if any(one.state is ReturnState.FAILED for one in back):
        found.add(Difference.REFUND_FAILED)
    if any(_is_denied(one, terms) for one in back):
        found.add(Difference.REFUND_DENIED)
    if any(one.is_reversal for one in back):
        found.add(Difference.REVERSED)
    again = [fact for fact in told if fact.kind is FactKind.RETURNED]
    came = sum(
        fact.amount.minor
        for fact in [*captures(told), *again]
        if fact.amount is not None and fact.amount.currency == terms.amount.currency
    )
    if sum(one.amount.minor for one in _done(back)) > came:
        found.add(Difference.MORE_SENT_BACK)
    return found
