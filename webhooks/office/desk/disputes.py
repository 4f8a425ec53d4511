"""Doors of disputes: what customers contest, by when it must be answered, and the answers."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from flask import flash, make_response, redirect, render_template, request, url_for

from checkout.domain.dispute_answers import DOCUMENTS_BYTES_MAX, EvidenceKind, EvidenceTooLargeError, Way
from checkout.domain.disputes import DisputeStatus
from checkout.domain.errors import (
    BadInputError,
    CardNumberError,
    CheckoutError,
    NotAnAmountError,
    NotFoundError,
)
from checkout.domain.intents import DISPUTE_ANSWERS, Outcome
from checkout.domain.roles import Right
from checkout.flows import disputing
from checkout.flows.dispute_words import (
    OUTCOME_WORDS,
    STAGE_WORDS,
    STATUS_WORDS,
    WAITS_FOR_US,
    answer_text,
    left_text,
)
from checkout.flows.evidence import Policy, attached_documents, shop_documents
from checkout.store import disputes as table
from checkout.store import payments, timelines
from checkout.web.guard import FILE_DOORS
from checkout.web.plain_text import main_text
from checkout.web.till import till
from webhooks.office.desk.dispute_forms import FORMS, AppealForm, EvidenceForm, answer_of
from webhooks.office.desk.listing import asked_word, order_address, ways
from webhooks.office.frame import current, door, office

if TYPE_CHECKING:
    from flask.blueprints import BlueprintSetupState
    from werkzeug.wrappers import Response
    from wtforms import Form

    from checkout.domain.dispute_answers import Document
    from checkout.store.disputes import DisputeRow
    from checkout.store.payments import PaymentRow

EVIDENCE_BODY_BYTES_MAX = DOCUMENTS_BYTES_MAX + 256 * 1024
"""The files, what is typed beside them, and what a browser puts between."""


class Show(StrEnum):
    """Which disputes a list shows."""

    WAITING = "waiting for you"
    OPEN = "open"
    OVER = "over"


STATUSES = {
    Show.WAITING: WAITS_FOR_US,
    Show.OPEN: frozenset(DisputeStatus) - {DisputeStatus.RESOLVED},
}
MEANINGS = {
    Way.EVIDENCE: "Send evidence that you are right",
    Way.MESSAGE: "Write to the customer",
    Way.OFFER: "Make an offer",
    Way.ACKNOWLEDGE: "Say how the goods came back",
    Way.APPEAL: "Have it looked at again",
    Way.ACCEPT: "Give in",
}


@door("/disputes", needs=Right.SEE)
def disputes() -> str:
    """Disputes by their deadline; those that are over by their last change."""
    house, show = till().house, asked_word("show", Show) or Show.OPEN
    after = request.args.get("after", "")
    with house.store.read() as tx:
        over = show is Show.OVER
        found = (
            table.resolved(tx, after=after) if over else table.by_deadline(tx, STATUSES[show], after=after)
        )
        known = payments.by_ids(tx, [one.payment_id for one in found.rows])
    return render_template(
        "office/desk/disputes.html",
        found=[(one, known[one.payment_id].order_id, *_words(one)) for one in found.rows],
        show=show,
        shows=list(Show),
        ways=ways("disputes", found, "show"),
    )


@door("/disputes/<word:name>", needs=Right.SEE)
def dispute(name: str) -> str:
    """One dispute, and the answers it allows."""
    return _page(name)


@door("/disputes/<word:name>/accept", needs=Right.MONEY, methods=["POST"], step_up=True)
def accept_dispute(name: str) -> Response:
    """Give in: the customer gets the money back."""
    return _answer(name, Way.ACCEPT)


@door("/disputes/<word:name>/offer", needs=Right.MONEY, methods=["POST"], step_up=True)
def offer_in_dispute(name: str) -> Response:
    """Offer something, which sends money where the customer takes it."""
    return _answer(name, Way.OFFER)


@door("/disputes/<word:name>/acknowledge", needs=Right.MONEY, methods=["POST"], step_up=True)
def acknowledge_return(name: str) -> Response:
    """Say how goods came back; that they did gives the money back."""
    return _answer(name, Way.ACKNOWLEDGE)


@door("/disputes/<word:name>/message", needs=Right.MONEY, methods=["POST"])
def message_in_dispute(name: str) -> Response:
    """Write to the customer, by the processor."""
    return _answer(name, Way.MESSAGE)


@door("/disputes/<word:name>/evidence", needs=Right.MONEY, methods=["POST"])
def give_evidence(name: str) -> Response:
    """Send evidence, with files."""
    return _answer(name, Way.EVIDENCE)


@door("/disputes/<word:name>/appeal", needs=Right.MONEY, methods=["POST"])
def appeal_dispute(name: str) -> Response:
    """Have a lost dispute looked at again, with files."""
    return _answer(name, Way.APPEAL)


ACTIONS = {
    Way.EVIDENCE: "office.give_evidence",
    Way.MESSAGE: "office.message_in_dispute",
    Way.OFFER: "office.offer_in_dispute",
    Way.ACKNOWLEDGE: "office.acknowledge_return",
    Way.APPEAL: "office.appeal_dispute",
    Way.ACCEPT: "office.accept_dispute",
}


@office.record_once
def take_files(state: BlueprintSetupState) -> None:
    """Let the two doors that take files take more than the till's own forms ever hold."""
    doors = state.app.config.setdefault(FILE_DOORS, {})
    doors |= dict.fromkeys((ACTIONS[Way.EVIDENCE], ACTIONS[Way.APPEAL]), EVIDENCE_BODY_BYTES_MAX)


def _answer(name: str, way: Way) -> Response:
    form = FORMS[way](request.form)
    if not form.validate():
        return _again(name, way, form, form.complaints())
    house, found = till().house, _known(name)
    try:
        refund = disputing.refund_of(house, name) if _proves_refund(form) else ""
        currency = found.amount.currency if found.amount else ""
        wanted = answer_of(form, currency, documents=_documents(found, form), refund=refund)
        answered = disputing.answer(house, name, wanted, by=current().actor.name, actor=current().actor)
    except (BadInputError, NotAnAmountError, EvidenceTooLargeError, CardNumberError) as wrong:
        return _again(name, way, form, [("", str(wrong))])
    except CheckoutError as refused:
        flash(str(refused), "bad")
        return redirect(url_for("office.dispute", name=name), 303)
    flash(
        answer_text(answered.outcome, answered.issue), "good" if answered.outcome is Outcome.DONE else "bad"
    )
    return redirect(url_for("office.dispute", name=name), 303)


def _again(name: str, way: Way, form: Form, complaints: list[tuple[str, str]]) -> Response:
    return make_response(_page(name, {way: form}, complaints), 422)


def _page(
    name: str, typed: dict[Way, Form] | None = None, complaints: list[tuple[str, str]] | None = None
) -> str:
    house, found = till().house, _known(name)
    with house.store.read() as tx:
        payment = payments.by_id(tx, found.payment_id)
        asked = [
            one
            for one in timelines.intents_of(tx, found.payment_id)
            if one.operation in set(map(str, DISPUTE_ANSWERS))
        ]
    forms = {
        way: (typed or {}).get(way) or form(prefix="") for way, form in FORMS.items() if way in found.allows
    }
    _, reason, left = _words(found)
    return render_template(
        "office/desk/dispute.html",
        dispute=found,
        order=(payment.order_id, order_address(payment.order_id)) if payment else None,
        reason=reason,
        left=left,
        words={"status": STATUS_WORDS, "stage": STAGE_WORDS, "outcome": OUTCOME_WORDS},
        answers=asked,
        forms=forms,
        meanings=MEANINGS,
        actions=ACTIONS,
        typed=set(typed or {}),
        complaints=complaints or [],
    )


def _words(one: DisputeRow) -> tuple[str, str, str]:
    """How it stands, why, and how much time is left."""
    house = till().house
    stands = STATUS_WORDS[one.status] if one.is_open else OUTCOME_WORDS[one.outcome]
    left = left_text(one.due_at, house.clock()) if one.is_open else ""
    return stands, disputing.plain_reason(house, one.processor, one.reason), left


def _known(name: str) -> DisputeRow:
    with till().house.store.read() as tx:
        found = table.by_id(tx, name)
    if found is None:
        raise NotFoundError("dispute", name)
    return found


def _proves_refund(form: Form) -> bool:
    return isinstance(form, EvidenceForm) and form.kind.data == EvidenceKind.REFUND


def _documents(found: DisputeRow, form: Form) -> tuple[Document, ...]:
    """The operator's own files and the shop's records, where the form has any."""
    if not isinstance(form, EvidenceForm | AppealForm):
        return ()
    files = [file for file in request.files.getlist("files") if file.filename]
    documents = attached_documents((str(file.filename), file.read()) for file in files)
    if not form.records.data:
        return documents
    policy = Policy(
        f"{till().house.shop.base_url}/privacy",
        main_text(render_template("privacy.html")),
        till().house.clock(),
    )
    return documents + shop_documents(
        till().house, _payment(found), policy=policy, carrier=form.carrier.data, tracking=form.tracking.data
    )


def _payment(found: DisputeRow) -> PaymentRow:
    with till().house.store.read() as tx:
        payment = payments.by_id(tx, found.payment_id)
    if payment is None:
        raise NotFoundError("payment", found.payment_id)
    return payment
