"""Histories of a payment for property tests: those that can really happen, and those that cannot."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from checkout.domain.disputes import DisputeOutcome, DisputeStage, DisputeStatus
from checkout.domain.errors import Reaction
from checkout.domain.facts import Fact, FactKind, Words, words
from checkout.domain.intents import Intent, Operation, Outcome
from checkout.domain.money import Money
from checkout.domain.terms import Terms

DUE = Money(2380, "EUR")
PAYEE = "OURS"
NAMES = "shop-ORDER-1"
TERMS = Terms(NAMES, DUE, PAYEE)
LATER = Terms(NAMES, DUE, PAYEE, capture_later=True)
REFERENCE = "REF1"
START = datetime(2026, 11, 22, 12, tzinfo=UTC)

History = tuple[list[Fact], list[Intent]]

_OF_MONEY = {
    FactKind.OPENED,
    FactKind.CAPTURED,
    FactKind.REFUNDED,
    FactKind.PENDING,
    FactKind.DECLINED,
    FactKind.AUTHORIZED,
    FactKind.AUTHORIZATION_PENDING,
    FactKind.AUTHORIZATION_DENIED,
    FactKind.AUTHORIZATION_VOIDED,
    FactKind.AUTHORIZATION_EXPIRED,
    FactKind.REFUND_PENDING,
    FactKind.REFUND_FAILED,
    FactKind.REFUND_CANCELLED,
    FactKind.REVERSED,
}


def fact(kind: FactKind, subject: str = REFERENCE, **other: object) -> Fact:
    """A fact as it should be, but for what is given."""
    told: dict[str, object] = {"amount": None, "payee": None, "names": None, "reason": None}
    if kind in _OF_MONEY:
        told |= {"amount": DUE, "payee": PAYEE, "names": NAMES}
    return Fact(kind, REFERENCE, subject, **(told | other))  # type: ignore[arg-type]


def intent(
    operation: Operation,
    outcome: Outcome,
    attempt: int = 1,
    reaction: Reaction | None = None,
    **more: object,
) -> Intent:
    """An operation asked for."""
    issue = "SOME_ISSUE" if outcome is Outcome.REFUSED else None
    key = f"{operation}:{attempt}"
    at = START + timedelta(minutes=attempt)
    return Intent(operation, attempt, key, outcome, at, issue, reaction, **more)  # type: ignore[arg-type]


OPENED = intent(Operation.OPEN, Outcome.DONE)
SAME_LINK = (Reaction.BACK_TO_PAYER, Reaction.OTHER_INSTRUMENT, Reaction.NOT_APPROVED)


def at(minutes: int) -> datetime:
    """So long after the beginning."""
    return START + timedelta(minutes=minutes)


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
        asked = st.sampled_from([Outcome.ASKED, Outcome.UNKNOWN, Outcome.DONE])
        intents.append(intent(Operation.CAPTURE, draw(asked), last))
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
        facts += draw(captured_money())
    return facts


@st.composite
def captured_money(
    draw: st.DrawFn, capture: str = "CAP1", amount: Money = DUE, told: Words = ()
) -> list[Fact]:
    """A capture and all that may follow: fee, exchange, what goes back, what is contested, what is withheld."""
    facts = [fact(FactKind.CAPTURED, capture, amount=amount, happened_at=START, words=told)]
    if draw(st.booleans()):
        facts.append(fact(FactKind.FEE, capture, amount=Money(35, amount.currency)))
    if draw(st.integers(0, 3)) == 0:
        rate = words(rate="1.1")
        facts.append(fact(FactKind.EXCHANGED, capture, amount=amount, into=Money(2600, "USD"), words=rate))
    parts = draw(st.lists(st.integers(1, amount.minor // 4), max_size=3))
    for number, part in enumerate(parts):
        facts += draw(_went_back(f"{capture}-R{number}", capture, Money(part, amount.currency)))
    if draw(st.integers(0, 2)) == 0:
        facts += draw(_contested(f"PP-D-{capture}", capture, amount))
    if draw(st.integers(0, 2)) == 0:
        facts += draw(_withheld(capture, amount))
    return facts


_ENDS = [
    *(FactKind.REFUNDED, FactKind.REFUND_PENDING, FactKind.REFUND_FAILED, FactKind.REFUND_CANCELLED),
    *(FactKind.REVERSED, FactKind.RETURNED),
]


@st.composite
def _went_back(draw: st.DrawFn, subject: str, capture: str, amount: Money) -> list[Fact]:
    """One movement back, with every end it can have: the money taken back may come to us again."""
    end = draw(st.sampled_from(_ENDS))
    of = words(of=capture, invoice=f"shop-{subject}")
    facts = []
    if end is FactKind.REFUND_PENDING or draw(st.booleans()):
        facts.append(fact(FactKind.REFUND_PENDING, subject, amount=amount, words=of))
    if end in {FactKind.REFUND_FAILED, FactKind.REFUND_CANCELLED}:
        facts.append(fact(end, subject, amount=amount, words=of))
    if end in {FactKind.REFUNDED, FactKind.REVERSED, FactKind.RETURNED}:
        facts.append(fact(FactKind.REFUNDED, subject, amount=amount, words=of))
        facts.append(fact(FactKind.FEE_RETURNED, subject, amount=Money(1, amount.currency)))
    if end in {FactKind.REVERSED, FactKind.RETURNED}:
        facts.append(fact(FactKind.REVERSED, subject, amount=amount, words=words(of=capture)))
    if end is FactKind.RETURNED:
        again = words(of=subject, code="T1202")
        facts.append(fact(FactKind.RETURNED, f"{subject}-B", amount=amount, words=again, happened_at=START))
    return facts


@st.composite
def _contested(draw: st.DrawFn, dispute: str, capture: str, amount: Money) -> list[Fact]:
    """A dispute through some of its states; one that was lost may say what it cost."""
    states = draw(
        st.lists(
            st.tuples(
                st.sampled_from(DisputeStatus), st.sampled_from(DisputeStage), st.sampled_from(DisputeOutcome)
            ),
            min_size=1,
            max_size=4,
        )
    )
    facts = [
        disputed(dispute, capture, amount, minutes=draw(st.integers(0, 3)), said=said) for said in states
    ]
    if draw(st.integers(0, 3)) == 0:
        cost = words(of=f"{capture}-R0", dispute=dispute)
        facts.append(fact(FactKind.DISPUTE_LOST, dispute, amount=Money(1, amount.currency), words=cost))
    return facts


def disputed(
    dispute: str,
    capture: str,
    amount: Money | None,
    *,
    minutes: int,
    said: tuple[DisputeStatus, DisputeStage, DisputeOutcome],
) -> Fact:
    """How a dispute stood at one moment."""
    status, stage, outcome = said
    told = words(
        of=capture,
        status=status,
        stage=stage,
        outcome=outcome,
        due=at(minutes + 60 * 24 * 7).isoformat(),
        allows="provide-evidence accept-claim",
    )
    when, reason = at(minutes), "MERCHANDISE_OR_SERVICE_NOT_RECEIVED"
    return fact(FactKind.DISPUTED, dispute, amount=amount, words=told, happened_at=when, reason=reason)


@st.composite
def _withheld(draw: st.DrawFn, capture: str, amount: Money) -> list[Fact]:
    """Money of it that the processor holds back for a time."""
    account = draw(st.sampled_from(["held", "disputes held"]))
    part = Money(draw(st.integers(1, amount.minor)), amount.currency)
    facts = [_row(FactKind.HELD, capture, part, account, "T1110", 1)]
    if draw(st.booleans()):
        facts.append(_row(FactKind.RELEASED, capture, part, account, "T1111", 2))
    return facts


def _row(kind: FactKind, of: str, amount: Money, account: str, code: str, minutes: int) -> Fact:
    told = words(of=of, account=account, code=code)
    return fact(kind, f"{of}-H", amount=amount, words=told, happened_at=at(minutes))


UNTIL = words(until=(START + timedelta(days=29)).isoformat())


@st.composite
def reservations(draw: st.DrawFn) -> History:
    """Money reserved first, by LATER: taken in parts, made sure of again, let go, run out, denied."""
    facts, intents = [fact(FactKind.OPENED), fact(FactKind.APPROVED)], [OPENED]
    begun = draw(st.sampled_from(["asked", "unknown", "refused", "reserved", "pending", "denied"]))
    if begun in {"asked", "unknown", "refused"}:
        reaction = Reaction.OTHER_INSTRUMENT if begun == "refused" else None
        return facts, [*intents, intent(Operation.AUTHORIZE, Outcome(begun), 1, reaction)]
    intents.append(intent(Operation.AUTHORIZE, Outcome.DONE))
    if begun in {"pending", "denied"}:
        facts.append(fact(FactKind.AUTHORIZATION_PENDING, "AUTH1", reason="PENDING_REVIEW"))
        if begun == "denied":
            facts.append(fact(FactKind.AUTHORIZATION_DENIED, "AUTH1"))
        return facts, intents
    facts.append(fact(FactKind.AUTHORIZED, "AUTH1", words=UNTIL, happened_at=START))
    for number, part in enumerate(draw(st.lists(st.integers(4, 790), max_size=3)), 1):
        told, asked = draw(_part_taken(number, Money(part, "EUR")))
        facts, intents = facts + told, [*intents, asked]
    end = draw(st.sampled_from([None, FactKind.AUTHORIZATION_VOIDED, FactKind.AUTHORIZATION_EXPIRED]))
    if end is not None:
        facts.append(fact(end, "AUTH1", words=UNTIL))
    return facts, intents


@st.composite
def _part_taken(draw: st.DrawFn, number: int, part: Money) -> tuple[list[Fact], Intent]:
    """One capture of a reservation: done, held, declined, or not known."""
    invoice, final = f"{NAMES}-C{number}", draw(st.booleans())
    named = words(invoice=invoice, authorization="AUTH1", final="yes" if final else None)
    came = draw(st.sampled_from(["captured", "captured", "pending", "declined", "unknown"]))
    facts: list[Fact] = []
    if came == "captured":
        facts = draw(captured_money(f"CAP{number}", part, named))
    elif came != "unknown":
        kind = FactKind.PENDING if came == "pending" else FactKind.DECLINED
        facts = [fact(kind, f"CAP{number}", amount=part, words=named)]
    outcome = Outcome.UNKNOWN if came == "unknown" else Outcome.DONE
    asked = intent(
        Operation.CAPTURE,
        outcome,
        number,
        amount_minor=part.minor,
        subject="AUTH1",
        invoice=invoice,
        final=final,
    )
    return facts, asked


_ANY_WORDS: list[Words] = [
    (),
    words(of="CAP1", invoice="shop-ORDER-1-R1"),
    words(of="CAP2"),
    words(authorization="AUTH1", invoice="shop-ORDER-1-C1"),
    words(authorization="AUTH1", final="yes"),
    UNTIL,
    words(of="CAP1", status="waiting for us", stage="inquiry", due=at(9).isoformat()),
    words(of="CAP1", status="resolved", stage="chargeback", outcome="lost"),
    words(account="held", code="T1503"),
    words(account="fees", code="T0100", direction="in"),
    words(debit="adjustments", credit="suspense", action="book"),
]
_ANY_MONEY = st.builds(Money, st.integers(0, 9999), st.sampled_from(["EUR", "USD", "JPY"]))

any_fact = st.builds(
    Fact,
    kind=st.sampled_from(FactKind),
    reference=st.sampled_from([REFERENCE, "REF2"]),
    subject=st.sampled_from([REFERENCE, "CAP1", "CAP2", "AUTH1"]),
    amount=st.none() | _ANY_MONEY,
    payee=st.sampled_from([None, PAYEE, "OTHER"]),
    names=st.sampled_from([None, NAMES, "other-1"]),
    reason=st.sampled_from([None, "ECHECK", "WORD"]),
    happened_at=st.sampled_from([None, START, at(5)]),
    into=st.none() | _ANY_MONEY,
    words=st.sampled_from(_ANY_WORDS),
)

any_intent = st.builds(
    intent,
    operation=st.sampled_from(Operation),
    outcome=st.sampled_from(Outcome),
    attempt=st.integers(1, 10),
    reaction=st.sampled_from([None, *Reaction]),
    amount_minor=st.sampled_from([0, 500, 2380]),
    subject=st.sampled_from([None, "CAP1", "CAP2", "AUTH1"]),
    invoice=st.sampled_from([None, "shop-ORDER-1-R1", "shop-ORDER-1-C1"]),
)

any_histories = st.tuples(
    st.lists(any_fact, max_size=8),
    st.lists(any_intent, max_size=5, unique_by=lambda one: (one.operation, one.attempt)),
)
"""Also what cannot happen: two references, captures of other currencies, refusals without a reason."""

real_terms_and_histories = st.one_of(
    st.tuples(st.just(TERMS), real_histories()), st.tuples(st.just(LATER), reservations())
)
"""What can really happen, by either way to pay, with the terms it happened under."""

terms_and_histories = st.one_of(
    real_terms_and_histories, st.tuples(st.sampled_from([TERMS, LATER]), any_histories)
)
