"""What the merchant does about a dispute by the API: each checks that it may be done now, and does it.

Guarded by the emulator's lock; nothing here sleeps, sends or knows HTTP. All raise `NamedRefusalError`.
"""

from collections.abc import Callable, Sequence

from checkout.processors.paypal.emulator.clock import Clock
from checkout.processors.paypal.emulator.dispute_records import Dispute, OfferType, Outcome, Status
from checkout.processors.paypal.emulator.dispute_rules import (
    ACKNOWLEDGEMENTS,
    Action,
    checked_amount,
    checked_documents,
    checked_evidences,
    checked_offer,
    claim_types,
    malformed,
    require,
    text,
    unprocessable,
)
from checkout.processors.paypal.emulator.disputes import Disputes
from checkout.processors.paypal.emulator.money import Money
from checkout.processors.paypal.emulator.refunds import Refunds
from checkout.processors.paypal.emulator.refusals import Json

Answering = Callable[[Dispute, Json, Sequence[str]], None]
ADJUDICATIONS = {"BUYER_FAVOR": Outcome.BUYER_FAVOUR, "SELLER_FAVOR": Outcome.SELLER_FAVOUR}
EVIDENCE_OF = {"BUYER_EVIDENCE": False, "SELLER_EVIDENCE": True}
COMMUNICATION_PATHS = ("/communication_details", "/communication_detail")


class DisputeAnswers:
    """The actions of the API, by name; each takes the dispute, the body, and the names of the files."""

    def __init__(self, clock: Clock, disputes: Disputes, refunds: Refunds) -> None:
        """Take the disputes and what says whether there is money for refunds."""
        self._clock = clock
        self._disputes = disputes
        self._refunds = refunds
        self.actions: dict[Action, Answering] = {
            Action.SEND_MESSAGE: self._send_message,
            Action.MAKE_OFFER: self._make_offer,
            Action.ESCALATE: self._escalate,
            Action.ACCEPT_CLAIM: self._accept_claim,
            Action.PROVIDE_EVIDENCE: self._provide_evidence,
            Action.ACKNOWLEDGE_RETURN_ITEM: self._acknowledge_return_item,
            Action.PROVIDE_SUPPORTING_INFO: self._provide_supporting_info,
            Action.APPEAL: self._appeal,
            Action.REQUIRE_EVIDENCE: self._require_evidence,
            Action.ADJUDICATE: self._adjudicate,
        }

    def act(self, action: Action, dispute: Dispute, body: Json, files: Sequence[str]) -> None:
        """Do what was asked."""
        require(action, dispute, self._clock.now())
        self.actions[action](dispute, body, files)

    def patch(self, dispute: Dispute, operations: object) -> None:
        """Set how the buyer can reach the merchant; nothing else of a dispute can be changed."""
        if not isinstance(operations, list) or not operations:
            raise malformed("/", "INVALID_PATCH", "A patch is an array of operations.")
        for operation in operations:
            match operation:
                case {"op": "add" | "replace", "path": str(path), "value": {"note": str(note), **rest}} if (
                    path in COMMUNICATION_PATHS
                ):
                    email = rest.get("email", dispute.capture.payee.email)
                    dispute.communication = {"email": str(email), "note": note}
                case _:
                    raise unprocessable(
                        "INVALID_PATCH", "Only communication_details can be added or replaced."
                    )
        self._disputes.changed(dispute)

    def _send_message(self, dispute: Dispute, body: Json, files: Sequence[str]) -> None:
        self._disputes.say(dispute, "SELLER", text(body, "message"), checked_documents(files))
        self._disputes.move(dispute, Status.WAITING_FOR_BUYER)

    def _make_offer(self, dispute: Dispute, body: Json, _: Sequence[str]) -> None:
        note = text(body, "note")
        kind, amount = checked_offer(
            dispute, body.get("offer_type"), body.get("offer_amount"), "offer_amount"
        )
        self._disputes.propose(dispute, kind, amount, note)

    def _escalate(self, dispute: Dispute, body: Json, _: Sequence[str]) -> None:
        self._disputes.say(dispute, "SELLER", text(body, "note"))
        self._disputes.escalate(dispute, Status.UNDER_REVIEW)

    def _accept_claim(self, dispute: Dispute, body: Json, files: Sequence[str]) -> None:
        note = text(body, "note")
        checked_documents(files)
        kind = body.get("accept_claim_type", "REFUND")
        if kind not in claim_types(dispute):
            raise unprocessable("INVALID_ACCEPT_CLAIM_TYPE", "The refund type is not valid for this dispute.")
        amount = self._claimed(dispute, body, str(kind))
        if self._refunds.insufficient_funds:
            raise unprocessable("INSUFFICIENT_FUNDS", "Your account has insufficient funds for this claim.")
        if kind == "REFUND_WITH_RETURN":
            self._disputes.propose(dispute, OfferType.REFUND_WITH_RETURN, amount, note)
        elif amount.value < dispute.amount.value:
            self._disputes.propose(dispute, OfferType.REFUND, amount, note)
        else:
            self._disputes.settle(dispute, amount, body.get("invoice_id"))

    def _claimed(self, dispute: Dispute, body: Json, kind: str) -> Money:
        if kind != "PARTIAL_REFUND":
            if body.get("refund_amount") is not None:
                raise unprocessable(
                    "AMOUNT_SHOULD_NOT_BE_PASSED",
                    "You cannot specify the refund amount in an accept claim call.",
                )
            return dispute.amount
        return checked_amount(dispute, body.get("refund_amount"), "refund_amount")

    def _provide_evidence(self, dispute: Dispute, body: Json, files: Sequence[str]) -> None:
        self._submit(dispute, body, files)
        self._disputes.move(dispute, Status.UNDER_REVIEW)

    def _appeal(self, dispute: Dispute, body: Json, files: Sequence[str]) -> None:
        evidences = checked_evidences(body)
        documents = checked_documents(files)
        self._disputes.appeal(dispute)
        self._keep(dispute, evidences, documents)

    def _submit(self, dispute: Dispute, body: Json, files: Sequence[str]) -> None:
        self._keep(dispute, checked_evidences(body), checked_documents(files))

    def _keep(self, dispute: Dispute, evidences: list[Json], documents: list[Json]) -> None:
        for number, evidence in enumerate(evidences):
            kept = {**evidence, "documents": documents} if documents and number == 0 else evidence
            self._disputes.submit(dispute, kept, "SUBMITTED_BY_SELLER")

    def _acknowledge_return_item(self, dispute: Dispute, body: Json, files: Sequence[str]) -> None:
        kind, documents = body.get("acknowledgement_type", "ITEM_RECEIVED"), checked_documents(files)
        if kind not in ACKNOWLEDGEMENTS:
            raise malformed(
                "/acknowledgement_type",
                "INVALID_ACKNOWLEDGEMENT_TYPE",
                "The acknowledgement type is not valid.",
            )
        offer = dispute.offer
        if kind == "ITEM_RECEIVED" and offer is not None and offer.amount is not None:
            self._disputes.settle(dispute, offer.amount)
            return
        note = str(body.get("note") or kind)
        self._keep(dispute, [{"evidence_type": "STATUS_OF_MERCHANDISE", "notes": note}], documents)
        self._disputes.move(dispute, Status.UNDER_REVIEW)

    def _provide_supporting_info(self, dispute: Dispute, body: Json, files: Sequence[str]) -> None:
        documents = checked_documents(files)
        info: Json = {"source": "SUBMITTED_BY_SELLER", "dispute_life_cycle_stage": dispute.stage.value}
        if documents:
            info["documents"] = documents
        if not documents or body.get("notes") is not None:
            info["notes"] = text(body, "notes")
        dispute.supporting.append(info)
        self._disputes.changed(dispute)

    def _require_evidence(self, dispute: Dispute, body: Json, _: Sequence[str]) -> None:
        wanted = body.get("action")
        if wanted not in EVIDENCE_OF:
            raise malformed("/action", "INVALID_ACTION", f"action must be one of {', '.join(EVIDENCE_OF)}.")
        self._disputes.ask_evidence(dispute, of_seller=EVIDENCE_OF[str(wanted)])

    def _adjudicate(self, dispute: Dispute, body: Json, _: Sequence[str]) -> None:
        wanted = body.get("adjudication_outcome")
        if wanted not in ADJUDICATIONS:
            known = ", ".join(ADJUDICATIONS)
            raise malformed("/adjudication_outcome", "INVALID_OUTCOME", f"It must be one of {known}.")
        self._disputes.adjudicate(dispute, ADJUDICATIONS[str(wanted)])
