"""Disputes as the JSON that PayPal answers and sends in events."""

from datetime import datetime

from checkout.processors.paypal.emulator.clock import zulu_with_milliseconds
from checkout.processors.paypal.emulator.dispute_records import LOST, Dispute, Status
from checkout.processors.paypal.emulator.dispute_rules import allowed_actions, response_options
from checkout.processors.paypal.emulator.records import CaptureStatus, RefundKind, RefundStatus
from checkout.processors.paypal.emulator.refusals import Json
from checkout.processors.paypal.emulator.views import PAYER_NAME, Views

PATH = "/v1/customer/disputes"
STATES = {
    Status.OPEN: "OPEN_INQUIRIES",
    Status.WAITING_FOR_BUYER: "REQUIRED_OTHER_PARTY_ACTION",
    Status.WAITING_FOR_SELLER: "REQUIRED_ACTION",
    Status.UNDER_REVIEW: "UNDER_PAYPAL_REVIEW",
    Status.RESOLVED: "RESOLVED",
    Status.OTHER: "OPEN_INQUIRIES",
}
MERCHANT_NAME = "Emulated Shop"


class DisputeViews:
    """Builds them; a word a test makes PayPal say stands in place of the true one."""

    def __init__(self, views: Views) -> None:
        """Take what builds links."""
        self._views = views

    def link(self, dispute: Dispute, rel: str = "self") -> Json:
        """Build the link to a dispute."""
        return self._views.link(f"{PATH}/{dispute.id}", rel)

    def summary(self, dispute: Dispute, now: datetime) -> Json:
        """Build what the list shows of a dispute."""
        body = {**self._head(dispute), "dispute_state": dispute_state(dispute, now)}
        return {**body, **_due_dates(dispute), "links": [self.link(dispute)]}

    def full(self, dispute: Dispute, now: datetime) -> Json:
        """Build all there is of a dispute, with links to just what may be done now."""
        actions = allowed_actions(dispute, now)
        head = self._head(dispute)
        body: Json = {
            **{name: head[name] for name in ("dispute_id", "create_time", "update_time")},
            "disputed_transactions": [_transaction(dispute)],
            **head,
        }
        outcome = dispute.said.get("outcome") or dispute.outcome
        if outcome is not None:
            body["dispute_outcome"] = {"outcome_code": str(outcome)}
            refunded = dispute.refunded or dispute.taken
            if refunded is not None and dispute.outcome in LOST:
                body["dispute_outcome"]["amount_refunded"] = refunded.body()
        lists = (
            ("adjudications", dispute.adjudications),
            ("money_movements", dispute.money_movements),
            ("messages", dispute.messages),
            ("evidences", dispute.evidences),
            ("supporting_info", dispute.supporting),
        )
        body |= {name: list(entries) for name, entries in lists if entries}
        body |= {**_due_dates(dispute), "offer": _offer(dispute)}
        if dispute.status is not Status.RESOLVED:
            body["refund_details"] = {"allowed_refund_amount": dispute.amount.body()}
        if dispute.communication is not None:
            body["communication_details"] = dispute.communication
        options = response_options(dispute, actions)
        if options:
            body["allowed_response_options"] = options
        body["links"] = [self.link(dispute)]
        path = f"{PATH}/{dispute.id}"
        body["links"] += [
            self._views.link(f"{path}/{action.path()}", action.value, "POST") for action in actions
        ]
        return body

    def _head(self, dispute: Dispute) -> Json:
        said = dispute.said
        return {
            "dispute_id": dispute.id,
            "create_time": zulu_with_milliseconds(dispute.created),
            "update_time": zulu_with_milliseconds(dispute.updated),
            "reason": said.get("reason", dispute.reason.value),
            "status": said.get("status", dispute.status.value),
            "dispute_amount": dispute.amount.body(),
            "dispute_life_cycle_stage": said.get("stage", dispute.stage.value),
            "dispute_channel": said.get("channel", dispute.channel.value),
        }


def dispute_state(dispute: Dispute, now: datetime) -> str:
    """Return how the dispute looks from the merchant's side."""
    resolved = dispute.status is Status.RESOLVED
    return "APPEALABLE" if resolved and allowed_actions(dispute, now) else STATES[dispute.status]


def _transaction(dispute: Dispute) -> Json:
    capture = dispute.capture
    body: Json = {
        # Not the merchant's: the buyer's own id for the same payment.
        "buyer_transaction_id": capture.id[::-1],
        "seller_transaction_id": capture.id,
        "create_time": zulu_with_milliseconds(capture.created),
        "transaction_status": _transaction_status(dispute),
        "gross_amount": capture.amount.body(),
    }
    if capture.invoice_id:
        body["invoice_number"] = capture.invoice_id
    if capture.custom_id:
        body["custom"] = capture.custom_id
    return {
        **body,
        "buyer": {"name": f"{PAYER_NAME['given_name']} {PAYER_NAME['surname']}"},
        "seller": {
            "email": capture.payee.email,
            "merchant_id": capture.payee.merchant_id,
            "name": MERCHANT_NAME,
        },
    }


def _transaction_status(dispute: Dispute) -> str:
    if dispute.hold_id is not None:
        return "HELD"
    capture = dispute.capture
    done = [refund for refund in capture.refunds if refund.status is RefundStatus.COMPLETED]
    if any(refund.kind is RefundKind.REVERSAL for refund in done):
        return "REVERSED"
    return "DENIED" if capture.status is CaptureStatus.DECLINED else capture.status.value


def _due_dates(dispute: Dispute) -> Json:
    dates = {
        "buyer_response_due_date": dispute.buyer_due,
        "seller_response_due_date": dispute.seller_due,
    }
    return {name: zulu_with_milliseconds(due) for name, due in dates.items() if due is not None}


def _offer(dispute: Dispute) -> Json:
    body: Json = {"buyer_requested_amount": dispute.amount.body()}
    if dispute.offer is not None:
        body["offer_type"] = dispute.offer.type.value
        if dispute.offer.amount is not None:
            body["seller_offered_amount"] = dispute.offer.amount.body()
    if dispute.offers:
        body["history"] = list(dispute.offers)
    return body
