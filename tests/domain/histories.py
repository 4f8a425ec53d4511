"""Histories of a payment for property tests: those that can really happen, and those that cannot."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from checkout.domain.errors import Reaction
from checkout.domain.facts import Fact, FactKind
from checkout.domain.money import Money
from checkout.domain.standing import Intent, Operation, Outcome, Terms

DUE = Money(2380, "EUR")
PAYEE = "OURS"
NAMES = "shop-ORDER-1"
TERMS = Terms(NAMES, DUE, PAYEE)
REFERENCE = "REF1"
START = datetime(2026, 11, 22, 12, tzinfo=UTC)

History = tuple[list[Fact], list[Intent]]


def fact(kind: FactKind, subject: str = REFERENCE, **other: object) -> Fact:
    """A fact as it should be, but for what is given."""
    told: dict[str, object] = {"amount": None, "payee": None, "names": None, "reason": None}
    if kind in {FactKind.OPENED, FactKind.CAPTURED, FactKind.REFUNDED, FactKind.PENDING, FactKind.DECLINED}:
        told |= {"amount": DUE, "payee": PAYEE, "names": NAMES}
    return Fact(kind, REFERENCE, subject, **(told | other))  # type: ignore[arg-type]


def intent(
    operation: Operation, outcome: Outcome, attempt: int = 1, reaction: Reaction | None = None
) -> Intent:
    """An operation asked for."""
    issue = "SOME_ISSUE" if outcome is Outcome.REFUSED else None
    key = f"{operation}:{attempt}"
    return Intent(operation, attempt, key, outcome, START + timedelta(minutes=attempt), issue, reaction)


OPENED = intent(Operation.OPEN, Outcome.DONE)
SAME_LINK = (Reaction.BACK_TO_PAYER, Reaction.OTHER_INSTRUMENT, Reaction.NOT_APPROVED)


@st.composite
def real_histories(draw: st.DrawFn) -> History:
    """What can really happen: opened, perhaps approved, refused some times, then one capture or an end."""
    facts, intents = [fact(FactKind.OPENED)], [OPENED]
    if not draw(st.booleans()):
        facts += draw(st.sampled_from([[], [fact(FactKind.EXPIRED)], [fact(FactKind.VOIDED)]]))
        return facts, intents
    facts.append(fact(FactKind.APPROVED))
    refusals = draw(st.lists(st.sampled_from(SAME_LINK), max_size=3))
    intents += [
        intent(Operation.CAPTURE, Outcome.REFUSED, number, reaction)
        for number, reaction in enumerate(refusals, 1)
    ]
    last = len(refusals) + 1
    end = draw(st.sampled_from(["asked", "unknown", "captured", "pending", "declined", "refused", "none"]))
    if end in {"asked", "unknown"}:
        intents.append(intent(Operation.CAPTURE, Outcome(end), last))
        if draw(st.booleans()):
            facts.append(fact(FactKind.EXPIRED))
    elif end == "refused":
        reaction = draw(st.sampled_from([Reaction.OTHER_METHOD, Reaction.START_AGAIN, Reaction.OPERATOR]))
        intents.append(intent(Operation.CAPTURE, Outcome.REFUSED, last, reaction))
    elif end != "none":
        intents.append(intent(Operation.CAPTURE, draw(st.sampled_from(list(Outcome)[:3])), last))
        facts += draw(_captured(end))
    return facts, intents


@st.composite
def _captured(draw: st.DrawFn, end: str) -> list[Fact]:
    facts: list[Fact] = []
    if end == "pending" or draw(st.booleans()):
        facts.append(fact(FactKind.PENDING, "CAP1", reason=draw(st.sampled_from(["ECHECK", None]))))
    if end == "declined":
        facts.append(fact(FactKind.DECLINED, "CAP1"))
    if end == "captured":
        facts.append(fact(FactKind.CAPTURED, "CAP1"))
        parts = draw(st.lists(st.integers(1, 700), max_size=3))
        facts += [
            fact(FactKind.REFUNDED, f"REFUND{number}", amount=Money(part, "EUR"))
            for number, part in enumerate(parts)
        ]
    return facts


any_fact = st.builds(
    Fact,
    kind=st.sampled_from(FactKind),
    reference=st.sampled_from([REFERENCE, "REF2"]),
    subject=st.sampled_from([REFERENCE, "CAP1", "CAP2"]),
    amount=st.none() | st.builds(Money, st.integers(0, 9999), st.sampled_from(["EUR", "USD", "JPY"])),
    payee=st.sampled_from([None, PAYEE, "OTHER"]),
    names=st.sampled_from([None, NAMES, "other-1"]),
    reason=st.sampled_from([None, "ECHECK", "WORD"]),
)

any_intent = st.builds(
    intent,
    operation=st.sampled_from(Operation),
    outcome=st.sampled_from(Outcome),
    attempt=st.integers(1, 10),
    reaction=st.sampled_from([None, *Reaction]),
)

any_histories = st.tuples(
    st.lists(any_fact, max_size=8),
    st.lists(any_intent, max_size=5, unique_by=lambda one: (one.operation, one.attempt)),
)
"""Also what cannot happen: two references, captures of other currencies, refusals without a reason."""
