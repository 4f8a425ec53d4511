"""The forms by which a dispute is answered, each made into an answer of our own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wtforms import (
    BooleanField,
    Form,
    MultipleFileField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length

from checkout.domain.dispute_answers import (
    TEXT_MAX,
    Acceptance,
    Acknowledgement,
    Appeal,
    Arrival,
    ClaimEnd,
    Evidence,
    EvidenceKind,
    Message,
    Offer,
    OfferKind,
    Way,
)
from checkout.domain.money import Money
from webhooks.office.forms import OfficeForm

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum

    from checkout.domain.dispute_answers import Answer, Document

SHORT_MAX = 80


def _choices(words: type[StrEnum]) -> list[SelectChoice]:
    return [SelectChoice(str(word), str(word).capitalize()) for word in words]


def _words(label: str, missing: str = "") -> TextAreaField:
    checks = [Length(max=TEXT_MAX, message=f"At most {TEXT_MAX} characters are taken.")]
    return TextAreaField(label, validators=[InputRequired(missing), *checks] if missing else checks)


def _short(label: str) -> StringField:
    return StringField(
        label, validators=[Length(max=SHORT_MAX, message=f"At most {SHORT_MAX} characters are taken.")]
    )


class AcceptForm(OfficeForm):
    """Give in."""

    end = SelectField("What the customer gets", choices=_choices(ClaimEnd))
    amount = _short("Amount")
    note = _words("Your words to the customer", "Say something to the customer.")


class OfferForm(OfficeForm):
    """Propose something."""

    kind = SelectField("What you offer", choices=_choices(OfferKind))
    amount = _short("Amount")
    note = _words("Your words to the customer", "Say something to the customer.")


class EvidenceForm(OfficeForm):
    """Show that you are right."""

    kind = SelectField("What it proves", choices=_choices(EvidenceKind))
    carrier = _short("Carrier")
    tracking = _short("Tracking number")
    note = _words("Your words")
    files = MultipleFileField("Pictures or PDF files of your own")
    records = BooleanField("Send what the shop itself has of the order too", default=True)


class AppealForm(OfficeForm):
    """Have it looked at again."""

    carrier = _short("Carrier")
    tracking = _short("Tracking number")
    note = _words("Why it should be looked at again", "Say why it should be looked at again.")
    files = MultipleFileField("Pictures or PDF files of your own")
    records = BooleanField("Send what the shop itself has of the order too", default=True)


class MessageForm(OfficeForm):
    """Write to the customer."""

    text = _words("Your message", "Write something.")


class AcknowledgeForm(OfficeForm):
    """Say how goods came back."""

    arrival = SelectField("How the goods came back", choices=_choices(Arrival))
    note = _words("Your words")


FORMS: Mapping[Way, type[OfficeForm]] = {
    Way.EVIDENCE: EvidenceForm,
    Way.MESSAGE: MessageForm,
    Way.OFFER: OfferForm,
    Way.ACKNOWLEDGE: AcknowledgeForm,
    Way.APPEAL: AppealForm,
    Way.ACCEPT: AcceptForm,
}


def answer_of(form: Form, currency: str, *, documents: tuple[Document, ...] = (), refund: str = "") -> Answer:
    """What a valid form says. Raises BadInputError or NotAnAmountError for an amount that is none."""
    match form:
        case AcceptForm():
            return Acceptance(form.note.data, ClaimEnd(form.end.data), _money(form.amount.data, currency))
        case OfferForm():
            return Offer(OfferKind(form.kind.data), form.note.data, _money(form.amount.data, currency))
        case EvidenceForm():
            kind = EvidenceKind(form.kind.data)
            return Evidence(kind, form.note.data, form.carrier.data, form.tracking.data, refund, documents)
        case AppealForm():
            kind = EvidenceKind.DELIVERY if form.tracking.data else EvidenceKind.OTHER
            told = (form.note.data, form.carrier.data, form.tracking.data)
            return Appeal(Evidence(kind, *told, documents=documents))
        case MessageForm():
            return Message(form.text.data)
        case AcknowledgeForm():
            return Acknowledgement(Arrival(form.arrival.data), form.note.data)
    raise TypeError(form)


def _money(typed: str, currency: str) -> Money | None:
    return Money.typed(typed, currency) if typed.strip() else None
