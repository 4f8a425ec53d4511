"""Disputes and what becomes of them: opened, escalated, answered, missed, resolved, appealed.

Guarded by the emulator's lock; nothing here sleeps, sends or knows HTTP.
"""

from datetime import datetime, timedelta

from checkout.processors.paypal.emulator.account import SenselessWishError, Treasury
from checkout.processors.paypal.emulator.captures import Emit, capture_subject
from checkout.processors.paypal.emulator.clock import Clock, zulu_with_milliseconds
from checkout.processors.paypal.emulator.dispute_money import DisputeMoney
from checkout.processors.paypal.emulator.dispute_records import (
    APPEALS,
    LOST,
    Dispute,
    Offer,
    OfferType,
    Outcome,
    Reason,
    Stage,
    Status,
)
from checkout.processors.paypal.emulator.dispute_views import DisputeViews
from checkout.processors.paypal.emulator.dispute_wish import DisputeWish
from checkout.processors.paypal.emulator.events import EventType
from checkout.processors.paypal.emulator.identifiers import Identifiers
from checkout.processors.paypal.emulator.money import Money
from checkout.processors.paypal.emulator.records import Capture, CaptureStatus
from checkout.processors.paypal.emulator.refusals import Json

# Source: PayPal's disputes guide: an inquiry that nobody escalates within 20 days is closed.
INQUIRY_PERIOD = timedelta(days=20)
# PayPal's guide to appeals: within ten days.
APPEAL_PERIOD = timedelta(days=10)
# What PayPal asks the merchant for, by what the buyer says.
REQUESTED = {
    Reason.NOT_RECEIVED: "PROOF_OF_FULFILLMENT",
    Reason.NOT_AS_DESCRIBED: "PROOF_OF_FULFILLMENT",
    Reason.CREDIT_NOT_PROCESSED: "PROOF_OF_REFUND",
}


class Disputes:
    """All disputes."""

    def __init__(
        self,
        clock: Clock,
        identifiers: Identifiers,
        treasury: Treasury,
        money: DisputeMoney,
        views: DisputeViews,
        emit: Emit,
    ) -> None:
        """Take what disputes need; `emit` makes an event and sends it on its way."""
        self._clock = clock
        self._identifiers = identifiers
        self._treasury = treasury
        self._views = views
        self._emit = emit
        self.money = money
        self._disputes: dict[str, Dispute] = {}
        self._open: dict[str, Dispute] = {}

    def all(self) -> list[Dispute]:
        """Return every dispute, the newest first."""
        return list(self._disputes.values())[::-1]

    def get(self, dispute_id: str) -> Dispute | None:
        """Return one dispute."""
        return self._disputes.get(dispute_id)

    def open(self, wish: DisputeWish) -> Dispute:
        """Let the buyer complain."""
        dispute = self.drafted(wish, self._identifiers.dispute_id())
        self._disputes[dispute.id] = self._open[dispute.id] = dispute
        dispute.capture.disputed = True
        if dispute.stage is not Stage.INQUIRY:
            self.money.hold(dispute)
        self._tell(EventType.DISPUTE_CREATED, dispute)
        return dispute

    def drafted(self, wish: DisputeWish, dispute_id: str) -> Dispute:
        """Build a dispute as it begins, without keeping it."""
        now = self._clock.now()
        dispute = Dispute(
            id=dispute_id,
            capture=wish.capture,
            amount=wish.amount,
            reason=wish.reason,
            channel=wish.channel,
            stage=wish.stage,
            status=wish.status,
            created=now,
            updated=now,
            inquiry_ends=now + INQUIRY_PERIOD,
        )
        self._set_due(dispute, wish.due_days)
        self.say(dispute, "BUYER", wish.message)
        self.submit(dispute, {"evidence_type": "CREATE", "notes": wish.message}, "SUBMITTED_BY_BUYER")
        if dispute.status is Status.WAITING_FOR_SELLER:
            self._request(dispute, "SELLER")
        return dispute

    def _set_due(self, dispute: Dispute, days: float | None = None) -> None:
        """Say by when the party that has to act must do so."""
        allowed = self._treasury.settings.dispute_due_days if days is None else days
        due = self._clock.now() + timedelta(days=allowed)
        dispute.seller_due = due if dispute.status is Status.WAITING_FOR_SELLER else None
        dispute.buyer_due = due if dispute.status is Status.WAITING_FOR_BUYER else None

    def say(self, dispute: Dispute, party: str, content: str, documents: list[Json] | None = None) -> None:
        """Keep a message of one party."""
        message = {"posted_by": party, "time_posted": self._now(), "content": content}
        dispute.messages.append({**message, "documents": documents} if documents else message)

    def submit(self, dispute: Dispute, evidence: Json, source: str) -> None:
        """Keep an evidence that was handed in or is asked for."""
        kept = {**evidence, "source": source, "date": self._now()}
        dispute.evidences.append({**kept, "dispute_life_cycle_stage": dispute.stage.value})

    def _request(self, dispute: Dispute, party: str) -> None:
        wanted = REQUESTED.get(dispute.reason, "OTHER")
        self.submit(dispute, {"evidence_type": wanted}, f"REQUESTED_FROM_{party}")

    def record_offer(self, dispute: Dispute, actor: str, event: str, note: str | None = None) -> None:
        """Keep what happened to an offer."""
        entry: Json = {"offer_time": self._now(), "actor": actor, "event_type": event}
        if dispute.offer is not None:
            entry["offer_type"] = dispute.offer.type.value
            if dispute.offer.amount is not None:
                entry["offer_amount"] = dispute.offer.amount.body()
        if note:
            entry["notes"] = note
        dispute.offers.append({**entry, "dispute_life_cycle_stage": dispute.stage.value})

    def move(self, dispute: Dispute, status: Status) -> None:
        """Let somebody else be the one to act, and tell."""
        dispute.status = status
        self._set_due(dispute)
        self.changed(dispute)

    def changed(self, dispute: Dispute) -> None:
        """Tell that something about a dispute changed."""
        dispute.updated = self._clock.now()
        self._tell(EventType.DISPUTE_UPDATED, dispute)

    def escalate(self, dispute: Dispute, status: Status) -> None:
        """Make a claim of an inquiry: from now on the money is withheld."""
        dispute.stage = Stage.CHARGEBACK
        self.money.hold(dispute)
        if status is Status.WAITING_FOR_SELLER:
            self._request(dispute, "SELLER")
        self.move(dispute, status)

    def ask_evidence(self, dispute: Dispute, *, of_seller: bool) -> None:
        """Let PayPal ask one party for evidence."""
        self._request(dispute, "SELLER" if of_seller else "BUYER")
        self.move(dispute, Status.WAITING_FOR_SELLER if of_seller else Status.WAITING_FOR_BUYER)

    def propose(self, dispute: Dispute, kind: OfferType, amount: Money | None, note: str) -> None:
        """Let the merchant offer something, which the buyer may take or not."""
        dispute.offer = Offer(kind, amount)
        self.record_offer(dispute, "SELLER", "PROPOSED", note)
        self.move(dispute, Status.WAITING_FOR_BUYER)

    def accept_offer(self, dispute: Dispute) -> None:
        """Let the buyer take what is offered; goods that are to come back come back first."""
        offer = _proposed(dispute)
        self.record_offer(dispute, "BUYER", "ACCEPTED")
        if offer.type is OfferType.REFUND_WITH_RETURN:
            offer.returning = True
            self.move(dispute, Status.WAITING_FOR_BUYER)
        elif offer.amount is None:
            self.resolve(dispute, Outcome.SELLER_FAVOUR)
        else:
            self.settle(dispute, offer.amount)

    def deny_offer(self, dispute: Dispute) -> None:
        """Let the buyer refuse what is offered."""
        _proposed(dispute)
        self.record_offer(dispute, "BUYER", "DENIED")
        self.move(dispute, Status.WAITING_FOR_SELLER)

    def return_item(self, dispute: Dispute) -> None:
        """Let the buyer send the goods back, which the merchant then acknowledges."""
        if dispute.offer is None or not dispute.offer.returning:
            raise SenselessWishError(f"Nothing is to be sent back in dispute {dispute.id}.")
        dispute.offer.returned = True
        self.move(dispute, Status.WAITING_FOR_SELLER)

    def settle(self, dispute: Dispute, amount: Money, invoice_id: str | None = None) -> None:
        """Refund the buyer and close the dispute in the buyer's favour."""
        self._close(dispute, Outcome.BUYER_FAVOUR)
        self.money.release(dispute)
        self.money.refund(dispute, amount, invoice_id)
        self._tell(EventType.DISPUTE_RESOLVED, dispute)

    def resolve(self, dispute: Dispute, outcome: Outcome) -> None:
        """Close a dispute, with what its outcome does to the money."""
        self._close(dispute, outcome)
        self.money.release(dispute)
        if outcome in LOST:
            if dispute.taken is None:
                self.money.take(dispute)
            if dispute.stage in APPEALS:
                dispute.appeal_until = self._clock.now() + APPEAL_PERIOD
        else:
            self.money.give_back(dispute)
            if outcome is Outcome.WITH_PAYOUT:
                self.money.pay_out(dispute)
        self._tell(EventType.DISPUTE_RESOLVED, dispute)

    def _close(self, dispute: Dispute, outcome: Outcome) -> None:
        dispute.status, dispute.outcome = Status.RESOLVED, outcome
        dispute.updated, dispute.seller_due, dispute.buyer_due = self._clock.now(), None, None
        self._open.pop(dispute.id, None)
        dispute.capture.disputed = any(other.capture is dispute.capture for other in self._open.values())

    def appeal(self, dispute: Dispute) -> None:
        """Let PayPal, or the bank, look at a lost dispute again, one stage higher."""
        dispute.stage, dispute.appeal_until, dispute.outcome = APPEALS[dispute.stage], None, None
        self._open[dispute.id] = dispute
        dispute.capture.disputed = True
        self.move(dispute, Status.UNDER_REVIEW)

    def adjudicate(self, dispute: Dispute, outcome: Outcome) -> None:
        """Decide a dispute as PayPal's people do."""
        kind = "RECOVER_FROM_SELLER" if outcome in LOST else "DENY_BUYER"
        dispute.adjudications.append(
            {
                "type": kind,
                "adjudication_time": self._now(),
                "reason": "DECISION_BASED_ON_AVAILABLE_INFORMATION",
                "dispute_life_cycle_stage": dispute.stage.value,
            }
        )
        self.resolve(dispute, outcome)

    def expire_due(self) -> None:
        """Close what nobody answered in time: against who was to answer, and inquiries that just end."""
        now = self._clock.now()
        for dispute in list(self._open.values()):
            if _missed(dispute.seller_due, now):
                self.resolve(dispute, Outcome.BUYER_FAVOUR)
            elif _missed(dispute.buyer_due, now):
                self.resolve(dispute, Outcome.SELLER_FAVOUR)
            elif dispute.stage is Stage.INQUIRY and now > dispute.inquiry_ends:
                self.resolve(dispute, Outcome.CANCELED_BY_BUYER)

    def notice_refund(self, capture: Capture) -> None:
        """Close the disputes of a payment that was given back in full, as PayPal does by itself."""
        if capture.status is not CaptureStatus.REFUNDED:
            return
        for dispute in list(self._open.values()):
            if dispute.capture is capture:
                self._close(dispute, Outcome.BUYER_FAVOUR)
                dispute.refunded = dispute.amount
                self.money.release(dispute)
                self._tell(EventType.DISPUTE_RESOLVED, dispute)

    def _tell(self, kind: EventType, dispute: Dispute) -> None:
        resource = self._views.full(dispute, self._clock.now())
        self._emit(kind, resource, capture_subject(dispute.capture), dispute.amount)

    def _now(self) -> str:
        return zulu_with_milliseconds(self._clock.now())

    def clear(self) -> None:
        """Forget all disputes."""
        self._disputes.clear()
        self._open.clear()


def _missed(due: datetime | None, now: datetime) -> bool:
    return due is not None and now > due


def _proposed(dispute: Dispute) -> Offer:
    if dispute.offer is None or dispute.status is not Status.WAITING_FOR_BUYER or dispute.offer.returning:
        raise SenselessWishError(
            f"Nothing is offered in dispute {dispute.id} that could be taken or refused."
        )
    return dispute.offer
