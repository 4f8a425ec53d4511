"""Each of PayPal's refusals leads to one reaction of ours."""

import csv
from pathlib import Path

import pytest

from checkout.domain.errors import ProcessorRefusedError, ProcessorUnavailableError, Reaction
from checkout.processors.paypal.documents import Object
from checkout.processors.paypal.reactions import REACTIONS, reaction_to, refusal
from checkout.processors.paypal.wire import ErrorAnswerError
from tests.processors.paypal.samples import SPACED_CARD

BY_SPECIFICATION = {
    "our_bug": Reaction.OUR_BUG,
    "operator_account": Reaction.OPERATOR,
    "operator_capture": Reaction.OPERATOR,
    "operator_refund": Reaction.OPERATOR,
    "show_customer_other_method": Reaction.OTHER_METHOD,
    "fetch_and_continue": Reaction.READ_AND_GO_ON,
    "new_order": Reaction.START_AGAIN,
    "retry_same_request_id": Reaction.REPEAT_LATER,
    "wait_for_webhook": Reaction.WAIT,
}
REDIRECT_AGAIN = {Reaction.BACK_TO_PAYER, Reaction.NOT_APPROVED, Reaction.OTHER_INSTRUMENT}
"""The customer goes to the same link; told apart is whether they must choose anew or have not agreed."""
BEYOND_SPECIFICATION = {
    "CURRENCY_NOT_SUPPORTED",
    "RATE_LIMIT_REACHED",
    "INTERNAL_SERVER_ERROR",
    "INTERNAL_SERVICE_ERROR",
    "RESOURCE_CONFLICT",
    "RESOURCE_NOT_FOUND",
    "WEBHOOK_NUMBER_LIMIT_EXCEEDED",
    "WEBHOOK_URL_ALREADY_EXISTS",
    "AUTHENTICATION_FAILURE",
    "NOT_AUTHORIZED",
    "INVALID_CLIENT",
    "INVALID_TOKEN",
    "UNAUTHORIZED_CLIENT",
}
"""Names of errors, and issues that were recorded but are in no list."""
OF_DISPUTES = {
    "ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE",
    "AMOUNT_SHOULD_NOT_BE_PASSED",
    "INSUFFICIENT_FUNDS",
    "INVALID_ACCEPT_CLAIM_TYPE",
    "INVALID_ACKNOWLEDGEMENT_TYPE",
    "INVALID_EVIDENCE_FILE",
    "INVALID_OFFER_TYPE",
    "INVALID_REFUND_AMOUNT",
    "MISSING_EVIDENCE_TYPE",
    "MISSING_REFUND_ID",
    "MISSING_TRACKING_INFO",
}
"""The specification of disputes lists no issues; these are in PayPal's reference of their errors."""


def answered(document: Object, status: int = 422) -> ErrorAnswerError:
    return ErrorAnswerError(status, document, "f0debug1")


def test_every_issue_of_paypals_lists_has_the_reaction_they_ask_for(shared: Path) -> None:
    rows = list(csv.DictReader((shared / "facts/paypal_issues.csv").open()))
    for row in rows:
        found = reaction_to(row["issue"], int(row["http_status"]))
        if row["reaction"] == "redirect_again":
            assert found in REDIRECT_AGAIN, row["issue"]
        else:
            assert found is BY_SPECIFICATION[row["reaction"]], row["issue"]
    assert set(REACTIONS) - {row["issue"] for row in rows} == BEYOND_SPECIFICATION | OF_DISPUTES
    assert len(rows) > 400


@pytest.mark.parametrize("reaction", [one for one in Reaction if one is not Reaction.REPEAT_LATER])
def test_a_known_refusal_says_that_nothing_happened(reaction: Reaction) -> None:
    issue = next((issue for issue, found in REACTIONS.items() if found is reaction), "NEVER_SEEN")
    error = refusal("capture", answered({"name": "UNPROCESSABLE_ENTITY", "details": [{"issue": issue}]}))
    assert isinstance(error, ProcessorRefusedError)
    assert (error.issue, error.reaction, error.debug_id) == (issue, reaction, "f0debug1")


@pytest.mark.parametrize("issue", [one for one, found in REACTIONS.items() if found is Reaction.REPEAT_LATER])
def test_what_may_be_repeated_is_unknown_until_it_is(issue: str) -> None:
    error = refusal("capture", answered({"details": [{"issue": issue}]}))
    assert isinstance(error, ProcessorUnavailableError)
    assert issue in error.why


def test_an_issue_nobody_has_seen_is_our_bug_unless_the_status_says_who_must_act() -> None:
    assert reaction_to("NEVER_SEEN", 422) is Reaction.OUR_BUG
    assert reaction_to("NEVER_SEEN", 403) is Reaction.OPERATOR
    assert reaction_to("NEVER_SEEN", 429) is Reaction.REPEAT_LATER
    assert reaction_to("NEVER_SEEN", 500) is Reaction.REPEAT_LATER
    assert reaction_to("CARD_SOMETHING_NEW") is Reaction.OTHER_METHOD
    assert reaction_to("CARD_NUMBER_REQUIRED") is Reaction.OUR_BUG


def test_of_several_issues_the_one_that_leaves_things_unknown_decides() -> None:
    several: Object = {
        "details": [{"issue": "INVALID_STRING_LENGTH"}, {"issue": "PREVIOUS_REQUEST_IN_PROGRESS"}]
    }
    assert isinstance(refusal("capture", answered(several)), ProcessorUnavailableError)
    happened: Object = {"details": [{"issue": "INVALID_STRING_LENGTH"}, {"issue": "ORDER_ALREADY_CAPTURED"}]}
    error = refusal("capture", answered(happened))
    assert isinstance(error, ProcessorRefusedError)
    assert error.reaction is Reaction.READ_AND_GO_ON


def test_the_text_of_a_refusal_decides_nothing() -> None:
    document: Object = {"details": [{"issue": "NEVER_SEEN", "description": "ORDER_ALREADY_CAPTURED"}]}
    error = refusal("capture", answered(document))
    assert isinstance(error, ProcessorRefusedError)
    assert error.reaction is Reaction.OUR_BUG


def test_an_issue_that_is_no_word_is_not_repeated_in_our_messages() -> None:
    error = refusal("capture", answered({"details": [{"issue": SPACED_CARD}]}))
    assert "4111" not in str(error)
