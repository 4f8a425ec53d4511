"""PayPal is asked and told about disputes as its specification wants, and nothing is ever sent twice."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checkout.domain.dispute_answers import (
    Acceptance,
    Acknowledgement,
    Answer,
    Appeal,
    Arrival,
    ClaimEnd,
    Document,
    Evidence,
    EvidenceKind,
    Message,
    Offer,
    OfferKind,
    Way,
)
from checkout.domain.disputes import disputes
from checkout.domain.errors import NotFoundError, ProcessorRefusedError, ProcessorUnavailableError, Reaction
from checkout.domain.facts import Fact, FactKind
from checkout.domain.money import Money
from checkout.domain.processor import Question, SettlesDisputes
from checkout.processors.paypal import dispute_calls
from checkout.processors.paypal.emulator.control_client import EmulatorControl
from checkout.processors.paypal.wire import Received
from tests.processors.paypal.emulator.specification import Specification, specification
from tests.processors.paypal.purchasing import Purchase, paypal

ID = "PP-R-ABC-10083215"
PDF = Document("order-o1.pdf", b"%PDF-1.4", "application/pdf")


def enum(strict: Specification, name: str, *path: str) -> list[str]:
    schema = strict.document["components"]["schemas"][f"customer.{name}"]
    for part in path:
        schema = schema[part]
    found: list[str] = schema["enum"]
    return found


@pytest.fixture(scope="session")
def strict(shared: Path) -> Specification:
    """PayPal's specification, to the letter."""
    return specification(shared / "facts/openapi/paypal.strict.json")


class Recorder:
    """A client that keeps what would be sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, Any, list[Any]]] = []

    def write(self, _operation: str, path: str, body: object, key: str | None = None) -> Received:
        assert key is None
        self.sent.append(("json", path, body, []))
        return Received({}, 200, "f0debug")

    def upload(
        self, _operation: str, path: str, body: object, files: list[Any], key: str | None = None
    ) -> Received:
        assert key is None
        self.sent.append(("form", path, body, files))
        return Received({}, 200, "f0debug")


def sent(answer: Answer) -> tuple[str, str, Any, list[Any]]:
    """What PayPal would get."""
    recorder = Recorder()
    assert dispute_calls.answer_dispute(recorder, ID, answer) == "f0debug"  # type: ignore[arg-type]
    ((how, path, body, files),) = recorder.sent
    return how, path.rpartition("/")[2], body, files


def test_each_answer_goes_where_it_belongs() -> None:
    evidence = Evidence(EvidenceKind.OTHER, "It was tea.", documents=(PDF,))
    cases: list[tuple[Answer, str, str]] = [
        (Acceptance("Sorry."), "form", "accept-claim"),
        (evidence, "form", "provide-evidence"),
        (Offer(OfferKind.REFUND, "Half?", Money(1190, "EUR")), "json", "make-offer"),
        (Message("It is on its way."), "form", "send-message"),
        (Appeal(evidence), "form", "appeal"),
        (Acknowledgement(Arrival.DAMAGED), "form", "acknowledge-return-item"),
    ]
    for answer, how, path in cases:
        assert sent(answer)[:2] == (how, path)
    assert (
        sent(evidence)[3] == sent(Appeal(evidence))[3] == [("order-o1.pdf", b"%PDF-1.4", "application/pdf")]
    )


@pytest.mark.parametrize("kind", OfferKind)
def test_an_offer_is_what_the_specification_wants(strict: Specification, kind: OfferKind) -> None:
    amount = None if kind is OfferKind.REPLACEMENT else Money(1190, "EUR")
    body = sent(Offer(kind, "Half?", amount))[2]
    assert strict.named_faults(body, "customer.make_offer") == []
    assert ("offer_amount" in body) == (amount is not None)


@pytest.mark.parametrize("kind", EvidenceKind)
@pytest.mark.parametrize("carrier", ["DHL", "royal mail", "Kim's Bicycle"])
def test_evidence_is_what_the_specification_wants(
    strict: Specification, kind: EvidenceKind, carrier: str
) -> None:
    body = sent(Evidence(kind, "See there.", carrier, "T-1", "REFUND1"))[2]
    assert len(body["evidences"]) == 1
    assert strict.named_faults(body["evidences"][0], "customer.evidence") == []


def test_every_carrier_we_name_is_one_of_paypals(strict: Specification) -> None:
    known = enum(strict, "tracking_info", "properties", "carrier_name")
    assert set(known) > dispute_calls.CARRIERS


@pytest.mark.parametrize("end", ClaimEnd)
def test_a_claim_is_accepted_in_paypals_words(strict: Specification, end: ClaimEnd) -> None:
    amount = Money(500, "EUR") if end is ClaimEnd.PARTIAL else None
    body = sent(Acceptance("Sorry.", end, amount, "shop-o1-1-D1"))[2]
    assert body["accept_claim_type"] in enum(strict, "accept_claim_type")
    assert body.get("refund_amount") == (
        None if amount is None else {"currency_code": "EUR", "value": "5.00"}
    )


@pytest.mark.parametrize("arrival", Arrival)
def test_goods_that_came_back_are_acknowledged_in_paypals_words(
    strict: Specification, arrival: Arrival
) -> None:
    body = sent(Acknowledgement(arrival))[2]
    assert body["acknowledgement_type"] in enum(strict, "acknowledgement_type")


def test_an_id_that_is_none_never_gets_into_an_address() -> None:
    with pytest.raises(NotFoundError):
        dispute_calls.answer_dispute(Recorder(), "../../v2/x", Message("Hello"))  # type: ignore[arg-type]


class Case:
    """A purchase that was paid at the emulator, and its disputes."""

    def __init__(self, purchase: Purchase) -> None:
        self.purchase, self.emulator, self.adapter = purchase, purchase.emulator, purchase.adapter
        self.reference = purchase.approved()
        purchase.capture(self.reference)
        (capture,) = self.emulator.captures(custom_id=purchase.names)
        self.capture = str(capture["id"])

    def disputed(self, **wanted: object) -> str:
        return str(self.emulator.open_dispute(self.capture, **wanted)["dispute_id"])

    def told(self, *dispute_ids: str) -> tuple[Fact, ...]:
        """What is told on asking for disputes."""
        amount, named = self.purchase.terms.amount, frozenset(dispute_ids)
        question = Question(self.purchase.names, self.reference, amount, disputes=named)
        answered = self.adapter.inquire(question)
        kinds = {FactKind.DISPUTED, FactKind.DISPUTE_LOST, FactKind.UNRECOGNISED}
        return tuple(fact for fact in answered.facts if fact.kind in kinds)

    def at_paypal(self, dispute_id: str) -> dict[str, Any]:
        (found,) = self.emulator.disputes(dispute_id=dispute_id)
        return found


@pytest.fixture
def case(purchase: Purchase) -> Case:
    return Case(purchase)


def test_asking_for_a_payment_reads_its_disputes(case: Case) -> None:
    assert isinstance(case.adapter, SettlesDisputes)
    assert case.told() == ()
    first, second = case.disputed(value="10.00"), case.disputed(value="5.00", reason="UNAUTHORISED")
    told = disputes(case.told(first, second))
    assert {one.id: one.amount for one in told} == {first: Money(1000, "EUR"), second: Money(500, "EUR")}
    assert {one.capture for one in told} == {case.capture}


def test_a_forged_hint_adds_nothing(case: Case, emulator: EmulatorControl) -> None:
    other = Case(Purchase(emulator, adapter=case.adapter))
    theirs = other.disputed()
    assert case.told(theirs, "PP-R-NEVER-1", "../../../v2/checkout/orders/X", "x" * 300, "") == ()
    assert [one.id for one in disputes(other.told(theirs))] == [theirs]


def test_a_dispute_that_cannot_be_read_leaves_everything_unknown(case: Case) -> None:
    dispute_id = case.disputed()
    case.emulator.order_fault("html", "disputes", times=3)
    with pytest.raises(ProcessorUnavailableError):
        case.told(dispute_id)
    case.emulator.clear_faults()
    assert case.told(dispute_id)


def test_a_lost_dispute_tells_what_it_cost(case: Case) -> None:
    dispute_id = case.disputed(value="20.00", channel="EXTERNAL")
    case.emulator.resolve_dispute(dispute_id, "RESOLVED_BUYER_FAVOUR")
    told = case.told(dispute_id)
    assert [fact.amount for fact in told if fact.kind is FactKind.DISPUTE_LOST] == [Money(2000, "EUR")]


def test_the_list_is_read_page_by_page(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispute_calls, "PAGE_SIZE", 2)
    opened = {case.disputed(value="1.00") for _ in range(5)}
    assert {one.id for one in case.adapter.list_disputes(None)} == opened
    assert case.adapter.disputed_captures(opened.pop()) == {case.capture}
    assert case.adapter.disputed_captures("PP-R-NEVER-1") == frozenset()
    monkeypatch.setattr(dispute_calls, "PAGES_MAX", 2)
    with pytest.raises(ProcessorUnavailableError, match="more than 2 pages"):
        case.adapter.list_disputes(None)


def test_only_what_changed_since_is_listed(case: Case) -> None:
    old = case.disputed(value="1.00")
    before = datetime.fromisoformat(case.emulator.now())
    case.emulator.advance(3600)
    adapter = paypal(case.emulator)
    new = case.disputed(value="1.00")
    assert [one.id for one in adapter.list_disputes(before + timedelta(minutes=30))] == [new]
    (changed,) = [one for one in adapter.list_disputes(before - timedelta(days=1)) if one.id == old]
    case.emulator.escalate_dispute(old)
    again = {one.id: one.updated_at for one in adapter.list_disputes(before + timedelta(minutes=30))}
    assert set(again) == {old, new}
    assert again[old] != changed.updated_at


def test_a_claim_that_is_accepted_gives_the_money_back(case: Case) -> None:
    dispute_id = case.disputed()
    assert case.adapter.answer_dispute(dispute_id, Acceptance("Sorry.", invoice="shop-o1-1-D1"))
    assert case.at_paypal(dispute_id)["status"] == "RESOLVED"
    (capture,) = case.emulator.captures(custom_id=case.purchase.names)
    assert [refund["invoice_id"] for refund in capture["refunds"]] == ["shop-o1-1-D1"]
    assert not [fact for fact in case.told(dispute_id) if fact.kind is FactKind.DISPUTE_LOST]


def test_evidence_arrives_with_its_documents(case: Case) -> None:
    dispute_id = case.disputed(channel="EXTERNAL")
    wanted = Evidence(EvidenceKind.DELIVERY, "Signed for.", "DHL", "T-1", documents=(PDF,))
    case.adapter.answer_dispute(dispute_id, wanted)
    shown = case.at_paypal(dispute_id)
    assert shown["status"] == "UNDER_REVIEW"
    assert shown["evidences"][-1]["documents"] == [{"name": PDF.name}]
    tracking = shown["evidences"][-1]["evidence_info"]["tracking_info"]
    assert tracking == [{"carrier_name": "DHL", "tracking_number": "T-1"}]


def test_an_inquiry_is_talked_over(case: Case) -> None:
    dispute_id = case.disputed()
    case.adapter.answer_dispute(dispute_id, Message("It is on its way."))
    assert case.at_paypal(dispute_id)["messages"][-1]["content"] == "It is on its way."
    case.emulator.buyer_message(dispute_id)
    case.adapter.answer_dispute(dispute_id, Offer(OfferKind.REFUND, "Half?", Money(1190, "EUR")))
    shown = case.at_paypal(dispute_id)
    assert shown["offer"]["seller_offered_amount"] == {"currency_code": "EUR", "value": "11.90"}


def test_goods_come_back_and_are_acknowledged(case: Case) -> None:
    dispute_id = case.disputed(reason="MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED")
    case.adapter.answer_dispute(dispute_id, Acceptance("Send it back.", ClaimEnd.AFTER_RETURN))
    case.emulator.accept_offer(dispute_id)
    case.emulator.return_item(dispute_id)
    assert Way.ACKNOWLEDGE in disputes(case.told(dispute_id))[0].allows
    case.adapter.answer_dispute(dispute_id, Acknowledgement(Arrival.RECEIVED))
    assert case.at_paypal(dispute_id)["status"] == "RESOLVED"


def test_a_lost_dispute_is_appealed(case: Case) -> None:
    dispute_id = case.disputed(channel="EXTERNAL")
    case.emulator.resolve_dispute(dispute_id, "RESOLVED_BUYER_FAVOUR")
    assert Way.APPEAL in disputes(case.told(dispute_id))[0].allows
    case.adapter.answer_dispute(dispute_id, Appeal(Evidence(EvidenceKind.OTHER, "New proof.")))
    shown = case.at_paypal(dispute_id)
    assert (shown["status"], shown["dispute_life_cycle_stage"]) == ("UNDER_REVIEW", "PRE_ARBITRATION")


@pytest.mark.parametrize(
    ("answer", "issue", "reaction"),
    [
        (
            Acknowledgement(Arrival.RECEIVED),
            "ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE",
            Reaction.READ_AND_GO_ON,
        ),
        (Offer(OfferKind.AFTER_RETURN, "Return it."), "INVALID_OFFER_TYPE", Reaction.OPERATOR),
        (Acceptance("Sorry.", ClaimEnd.AFTER_RETURN), "INVALID_ACCEPT_CLAIM_TYPE", Reaction.OPERATOR),
        (
            Evidence(EvidenceKind.OTHER, documents=(Document("a.txt", b"a", "text/plain"),)),
            "INVALID_EVIDENCE_FILE",
            Reaction.OPERATOR,
        ),
    ],
)
def test_a_refusal_is_known_by_its_issue(case: Case, answer: Answer, issue: str, reaction: Reaction) -> None:
    with pytest.raises(ProcessorRefusedError) as refused:
        case.adapter.answer_dispute(case.disputed(), answer)
    assert (refused.value.issue, refused.value.reaction) == (issue, reaction)


def test_without_money_a_claim_cannot_be_accepted(case: Case) -> None:
    dispute_id = case.disputed()
    case.emulator.set_settings(insufficient_funds=True)
    with pytest.raises(ProcessorRefusedError, match="INSUFFICIENT_FUNDS"):
        case.adapter.answer_dispute(dispute_id, Acceptance("Sorry."))
    case.emulator.set_settings(insufficient_funds=False)


def test_an_answer_is_never_sent_twice_by_itself(case: Case) -> None:
    dispute_id = case.disputed()
    case.emulator.order_fault("lost_request", "disputes", match={"method": "POST"}, times=2)
    with pytest.raises(ProcessorUnavailableError):
        case.adapter.answer_dispute(dispute_id, Message("Hello"))
    asked = [call for call in case.emulator.calls(operation="disputes") if call["method"] == "POST"]
    assert len(asked) == 1
    case.emulator.clear_faults()
