"""A processor that does what a test says, and the page where its customers pay."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from html import escape
from itertools import count
from typing import TYPE_CHECKING

from checkout.domain.errors import ProcessorRefusedError, ProcessorUnavailableError, Reaction
from checkout.domain.facts import Fact, FactKind, Words, words
from checkout.domain.money import Money
from checkout.domain.processor import Answer, Instruction, Opening, Question

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PAYEE = "SHOPSACCOUNT1"
UNTIL = datetime(2026, 12, 21, 12, 0, tzinfo=UTC)
"""So long what is reserved here stays so."""

DOWN = ProcessorUnavailableError("paypal", "a call", "no answer in time")
DECLINED = ProcessorRefusedError("paypal", "capture", "INSTRUMENT_DECLINED", Reaction.OTHER_INSTRUMENT)
CLOSED_ACCOUNT = ProcessorRefusedError("paypal", "open", "PAYEE_ACCOUNT_RESTRICTED", Reaction.OPERATOR)


@dataclass
class ScriptedProcessor:
    """Answers each call as its script says: with facts, or by raising what stands there instead."""

    host: str = "pay.example"
    name: str = "paypal"
    title: str = "PayPal"
    payee: str = PAYEE
    opens: Exception | None = None
    captures: Exception | FactKind = FactKind.CAPTURED
    captured_minor: int | None = None
    reason: str | None = None
    inquires: Exception | None = None
    approved: set[str] = field(default_factory=set)
    openings: dict[str, Opening] = field(default_factory=dict)
    facts: dict[str, list[Fact]] = field(default_factory=dict)
    numbers: Iterable[int] = field(default_factory=lambda: count(1))

    @property
    def hand_over_hosts(self) -> frozenset[str]:
        return frozenset({self.host})

    def warm_up(self) -> None:
        """Be ready always."""

    def check_amount(self, amount: Money) -> None:
        """Take any amount."""

    def open_payment(self, opening: Opening) -> Answer:
        if self.opens is not None:
            raise self.opens
        reference = next((known for known, one in self.openings.items() if one.key == opening.key), None)
        if reference is None:
            reference = f"REF{next(iter(self.numbers))}"
            self.openings[reference] = opening
            self.facts[reference] = [self._fact(FactKind.OPENED, reference, opening)]
        return Answer(tuple(self.facts[reference]), f"http://{self.host}/pay/{reference}")

    def capture(self, question: Question) -> Answer:
        if isinstance(self.captures, Exception):
            raise self.captures
        opening = self.openings[question.reference]
        taken = self._fact(self.captures, f"CAP{question.reference}", opening, question.reference)
        self.facts[question.reference].append(taken)
        return Answer(tuple(self.facts[question.reference]))

    def authorize(self, question: Question) -> Answer:
        opening = self.openings[question.reference]
        made = self._fact(FactKind.AUTHORIZED, f"AUTH{question.reference}", opening, question.reference)
        self.facts[question.reference].append(replace(made, words=words(until=UNTIL.isoformat())))
        return Answer(tuple(self.facts[question.reference]))

    def capture_reserved(self, instruction: Instruction) -> Answer:
        told = words(authorization=instruction.subject, invoice=instruction.invoice, final="yes")
        return self._instructed(FactKind.CAPTURED, f"CAP{instruction.reference}", instruction, told)

    def reauthorize(self, instruction: Instruction) -> Answer:
        again, told = f"{instruction.subject}X", words(until=UNTIL.isoformat())
        return self._instructed(FactKind.AUTHORIZED, again, instruction, told)

    def void(self, instruction: Instruction) -> Answer:
        return self._instructed(FactKind.AUTHORIZATION_VOIDED, instruction.subject, instruction, ())

    def inquire(self, question: Question) -> Answer:
        if self.inquires is not None:
            raise self.inquires
        facts = list(self.facts[question.reference])
        if question.reference in self.approved:
            opening = self.openings[question.reference]
            facts.append(self._fact(FactKind.APPROVED, question.reference, opening))
        return Answer(tuple(facts))

    def _fact(self, kind: FactKind, subject: str, opening: Opening, reference: str | None = None) -> Fact:
        minor = opening.amount.minor
        if kind is FactKind.CAPTURED and self.captured_minor is not None:
            minor = self.captured_minor
        amount = Money(minor, opening.amount.currency)
        return Fact(kind, reference or subject, subject, amount, self.payee, opening.names, self.reason)

    def _instructed(self, kind: FactKind, subject: str, instruction: Instruction, told: Words) -> Answer:
        made = self._fact(kind, subject, self.openings[instruction.reference], instruction.reference)
        self.facts[instruction.reference].append(replace(made, amount=instruction.amount, words=told))
        return Answer(tuple(self.facts[instruction.reference]))

    def payer_page(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        """The page where customers approve or cancel; the way back carries a query, as PayPal's does."""
        reference = environ["PATH_INFO"].rpartition("/")[2]
        opening = self.openings.get(reference)
        if opening is None:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"unknown"]
        if environ["QUERY_STRING"] == "approve":
            self.approved.add(reference)
            back = f"{opening.return_url}?token={reference}&PayerID=QYR5Z8XDVJNXQ"
            start_response("303 See Other", [("Location", back)])
            return []
        leave = escape(f"{opening.cancel_url}?token={reference}")
        page = f"<title>Pay</title><a href='?approve'>Approve</a> <a href='{leave}'>Cancel</a>"
        start_response("200 OK", [("Content-Type", "text/html")])
        return [page.encode()]
