"""What can go wrong at the API: one stable code for each, what happened, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from checkout.domain import errors, keys, refund_errors
from checkout.flows.endpoints import EndpointDisabledError
from checkout.flows.repeating import StillInFlightError
from checkout.senders.addresses import EndpointRefusedError

RETRY_SECONDS = 30
IN_FLIGHT_SECONDS = 2


class Code(StrEnum):
    """The stable name of a problem. A program may rely on it; on no other word of an answer's text."""

    KEY_MISSING = "key_missing"
    KEY_UNKNOWN = "key_unknown"
    KEY_OVER = "key_over"
    KEY_OF_OTHER_MODE = "key_of_other_mode"
    SCOPE_MISSING = "scope_missing"
    NO_SUCH_ADDRESS = "no_such_address"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    BODY_UNREADABLE = "body_unreadable"
    BODY_NOT_JSON = "body_not_json"
    BODY_TOO_LARGE = "body_too_large"
    REQUEST_INVALID = "request_invalid"
    CURSOR_INVALID = "cursor_invalid"
    CARD_NUMBER = "card_number"
    IDEMPOTENCY_KEY_MISSING = "idempotency_key_missing"
    IDEMPOTENCY_KEY_INVALID = "idempotency_key_invalid"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    REQUEST_IN_FLIGHT = "request_in_flight"
    ORDER_CLOSED = "order_closed"
    PAYMENT_UNDER_WAY = "payment_under_way"
    MONEY_RESERVED = "money_reserved"
    AMOUNT_NOT_PAYABLE = "amount_not_payable"
    CURRENCY_NOT_TAKEN = "currency_not_taken"
    INPUT_REFUSED = "input_refused"
    NOTHING_TO_REFUND = "nothing_to_refund"
    MORE_THAN_IS_LEFT = "more_than_is_left"
    PAYMENT_DISPUTED = "payment_disputed"
    TOO_OLD_TO_REFUND = "too_old_to_refund"
    REFUND_IMPOSSIBLE = "refund_impossible"
    ENDPOINT_REFUSED = "endpoint_refused"
    ENDPOINT_DISABLED = "endpoint_disabled"
    FAULT = "fault"
    PROCESSOR_REFUSED = "processor_refused"
    PROCESSOR_UNAVAILABLE = "processor_unavailable"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of problem. `holds` says that a repeat with the same key gets the same answer for a day."""

    status: int
    title: str
    happened: str
    do: str
    retry_seconds: int | None = None

    @property
    def holds(self) -> bool:
        """It was decided by how things stand, so it is the answer; not by chance or a passing trouble."""
        return self.status < 500 and self.retry_seconds is None  # noqa: PLR2004 -- the server's own troubles


NEW_KEY = "Use a new key for a new request, and repeat a key only with the very same request."

PROBLEMS: Final[dict[Code, Problem]] = {
    Code.KEY_MISSING: Problem(
        401,
        "No API key was sent",
        "The request has no `Authorization` header, or one that is not `Bearer` and a key.",
        "Send `Authorization: Bearer dck_…`. `checkout keys create` makes a key, and shows it once.",
    ),
    Code.KEY_UNKNOWN: Problem(
        401,
        "This API key is not known",
        "The shop never gave out this key.",
        "Check that the key is complete and that the address is your shop's.",
    ),
    Code.KEY_OVER: Problem(
        401,
        "This API key opens nothing any more",
        "The key was revoked, or it was replaced and the time is over in which both held.",
        "Use the key that took its place, or make a new one: `checkout keys create`.",
    ),
    Code.KEY_OF_OTHER_MODE: Problem(
        401,
        "This API key is of the other mode",
        "A sandbox key was sent to a live shop, or a live key to a sandbox. Nothing was done.",
        "Live and sandbox are two shops with data of their own. Use the key, and the address, of the one you mean.",
    ),
    Code.SCOPE_MISSING: Problem(
        403,
        "This API key may not do that",
        "The key was made without the scope that this door needs; `detail` names it.",
        "Make a key with that scope. Give each program only the scopes that it needs.",
    ),
    Code.NO_SUCH_ADDRESS: Problem(
        404,
        "There is no such address",
        "No door of the API has this path.",
        "Compare it with the list at `/v1/docs`.",
    ),
    Code.NOT_FOUND: Problem(
        404,
        "There is no such thing",
        "The address is right, but the shop has nothing by this id.",
        "Check the id, and that it is of this shop and mode.",
    ),
    Code.METHOD_NOT_ALLOWED: Problem(
        405,
        "This method is not for this address",
        "The address exists, but not with this method; the `Allow` header lists those it has.",
        "Compare it with the list at `/v1/docs`.",
    ),
    Code.BODY_UNREADABLE: Problem(
        400,
        "The request could not be read",
        "The body is no JSON object in UTF-8, or the request is broken in another way. Nothing was done.",
        "Send one JSON object. A JSON library writes it right; text put together by hand often is not.",
    ),
    Code.BODY_NOT_JSON: Problem(
        415,
        "The body is not said to be JSON",
        "The body came with another `Content-Type`. Nothing was done.",
        "Send `Content-Type: application/json`.",
    ),
    Code.BODY_TOO_LARGE: Problem(
        413,
        "The request is too large",
        "It has more than 64 KiB or 600 values, or its address is too long. Nothing was done.",
        "Send less at once.",
    ),
    Code.REQUEST_INVALID: Problem(
        422,
        "Something in the request is not as it must be",
        "`errors` has one entry for each place: a JSON pointer into the body, or the name of a parameter.",
        "Mend each of them. Unknown fields are refused too, so that a typing error is not passed over.",
    ),
    Code.CURSOR_INVALID: Problem(
        400,
        "This cursor is none of ours",
        "The `cursor` was changed, cut off, or given out by another list.",
        "Send `next_cursor` as it came, or begin again without a cursor.",
    ),
    Code.CARD_NUMBER: Problem(
        422,
        "The request holds a card number",
        "Something in it looks like a payment card's number. It was neither kept nor logged, and nothing was done.",
        "Never ask customers for card numbers: they are entered only on the payment processor's own page. If it is"
        " something else, such as a reference of your own, write it with letters.",
    ),
    Code.IDEMPOTENCY_KEY_MISSING: Problem(
        400,
        "An Idempotency-Key is needed here",
        "The request makes an order or moves money, and has no `Idempotency-Key` header: should its answer be lost,"
        " nobody could tell a repeat from a second order.",
        "Make a random key (a UUID) for each thing you want done, keep it, and send it with every repeat.",
    ),
    Code.IDEMPOTENCY_KEY_INVALID: Problem(
        400,
        "This Idempotency-Key cannot be used",
        "A key has 1 to 255 printable ASCII characters.",
        "A UUID is best.",
    ),
    Code.IDEMPOTENCY_KEY_REUSED: Problem(
        422,
        "This Idempotency-Key was used for something else",
        "The key came before with another address or body. Nothing was done.",
        NEW_KEY,
    ),
    Code.REQUEST_IN_FLIGHT: Problem(
        409,
        "The first request with this key is not answered yet",
        "Another request with the same `Idempotency-Key` is being worked on.",
        "Repeat it after the seconds in `Retry-After`, with the same key; you get the first one's answer.",
        retry_seconds=IN_FLIGHT_SECONDS,
    ),
    Code.ORDER_CLOSED: Problem(
        409,
        "The order is past that",
        "The order is paid, cancelled, expired or refunded; `detail` says which. Nothing was changed.",
        "Look at the order. Money that came in goes back by a refund.",
    ),
    Code.PAYMENT_UNDER_WAY: Problem(
        409,
        "A payment is being confirmed",
        "The processor has not said yet what became of a payment for this order. Nothing was changed.",
        "Wait for the outcome: look at the order in a minute, or let the shop's webhook tell you.",
    ),
    Code.MONEY_RESERVED: Problem(
        409,
        "Money is reserved for the order",
        "The customer's money is reserved, so the order is not closed.",
        "Take the money or let it go first: `checkout reservations`.",
    ),
    Code.AMOUNT_NOT_PAYABLE: Problem(
        422,
        "The processor cannot be asked for this amount exactly",
        "Its decimals for the currency cannot say it, as with half a forint. Amounts are never rounded.",
        "Choose an amount that fits.",
    ),
    Code.CURRENCY_NOT_TAKEN: Problem(
        422,
        "This currency cannot be paid here",
        "ISO 4217 does not list it, or the processor takes no payments in it.",
        "Use another currency.",
    ),
    Code.INPUT_REFUSED: Problem(
        422,
        "That could not be used",
        "Each value is well formed, but together they are not possible; `detail` says why. Nothing was done.",
        "Mend what `detail` names.",
    ),
    Code.NOTHING_TO_REFUND: Problem(
        409,
        "There is nothing to give back",
        "No money of this payment is with the shop: it was never taken, or not as it was due.",
        "Look at the payment's state. Refund the payment that brought the money.",
    ),
    Code.MORE_THAN_IS_LEFT: Problem(
        409,
        "More is asked for than is left",
        "Of each capture no more goes back than was taken, less what went, is going or is in dispute.",
        "`detail` says how much is left. Ask for no more, or leave the amount out to give back all of it.",
    ),
    Code.PAYMENT_DISPUTED: Problem(
        409,
        "The payment is in dispute",
        "A refund beside an open dispute could send the money twice.",
        "Answer the dispute, or wait until it is closed.",
    ),
    Code.TOO_OLD_TO_REFUND: Problem(
        409,
        "The payment is too old to be given back",
        "The processor refunds nothing after its time limit.",
        "Send the money another way, such as a bank transfer, and note it on the order.",
    ),
    Code.REFUND_IMPOSSIBLE: Problem(
        409,
        "This cannot be given back",
        "Nothing was sent and nothing is reserved; `detail` says why.",
        "Look at the payment and its refunds.",
    ),
    Code.ENDPOINT_REFUSED: Problem(
        422,
        "Nothing is sent to this address",
        "An endpoint must be a public https address; `detail` says what is wrong with this one.",
        "Give an address that the internet reaches, with a certificate of its own.",
    ),
    Code.ENDPOINT_DISABLED: Problem(
        409,
        "The endpoint is disabled",
        "Nothing is sent to it, so nothing can be sent again.",
        "Enable it first: `PATCH /v1/endpoints/…` with `is_enabled` true.",
    ),
    Code.FAULT: Problem(
        500,
        "Something went wrong on our side",
        "It is no fault of the request, and it has been noted under `request_id`. Something may have been done.",
        "Repeat the request with the same `Idempotency-Key`: what was done already is not done again.",
    ),
    Code.PROCESSOR_REFUSED: Problem(
        502,
        "The payment processor refused",
        "It would not do what it was asked for. No money was moved by this.",
        "`detail` has its reason. `checkout doctor` says whether something is wrong with the account.",
    ),
    Code.PROCESSOR_UNAVAILABLE: Problem(
        503,
        "The payment processor does not answer",
        "What it was asked for may or may not have happened; the shop goes on asking until it knows.",
        "Repeat the request with the same `Idempotency-Key` after the seconds in `Retry-After`.",
        retry_seconds=RETRY_SECONDS,
    ),
    Code.UNAVAILABLE: Problem(
        503,
        "The shop is not available right now",
        "Its database does not answer. Nothing was changed.",
        "Repeat the request with the same `Idempotency-Key` after the seconds in `Retry-After`.",
        retry_seconds=RETRY_SECONDS,
    ),
}

BY_ERROR: Final[dict[type[Exception], Code]] = {
    keys.KeyMissingError: Code.KEY_MISSING,
    keys.KeyUnknownError: Code.KEY_UNKNOWN,
    keys.KeyOverError: Code.KEY_OVER,
    keys.KeyOfOtherModeError: Code.KEY_OF_OTHER_MODE,
    keys.ScopeMissingError: Code.SCOPE_MISSING,
    errors.NotFoundError: Code.NOT_FOUND,
    errors.KeyUsedOtherwiseError: Code.IDEMPOTENCY_KEY_REUSED,
    refund_errors.OtherRequestError: Code.IDEMPOTENCY_KEY_REUSED,
    StillInFlightError: Code.REQUEST_IN_FLIGHT,
    errors.OrderClosedError: Code.ORDER_CLOSED,
    errors.PaymentUnderWayError: Code.PAYMENT_UNDER_WAY,
    errors.MoneyReservedError: Code.MONEY_RESERVED,
    errors.AmountDoesNotFitError: Code.AMOUNT_NOT_PAYABLE,
    errors.CurrencyNotTakenError: Code.CURRENCY_NOT_TAKEN,
    errors.UnknownCurrencyError: Code.CURRENCY_NOT_TAKEN,
    errors.CardNumberError: Code.CARD_NUMBER,
    errors.BadInputError: Code.INPUT_REFUSED,
    refund_errors.OtherCurrencyError: Code.INPUT_REFUSED,
    refund_errors.NothingToRefundError: Code.NOTHING_TO_REFUND,
    refund_errors.MoreThanIsLeftError: Code.MORE_THAN_IS_LEFT,
    refund_errors.DisputedError: Code.PAYMENT_DISPUTED,
    refund_errors.TooOldToRefundError: Code.TOO_OLD_TO_REFUND,
    refund_errors.RefundImpossibleError: Code.REFUND_IMPOSSIBLE,
    EndpointRefusedError: Code.ENDPOINT_REFUSED,
    EndpointDisabledError: Code.ENDPOINT_DISABLED,
    errors.ProcessorUnavailableError: Code.PROCESSOR_UNAVAILABLE,
    errors.ProcessorRefusedError: Code.PROCESSOR_REFUSED,
    errors.StoreUnavailableError: Code.UNAVAILABLE,
}

BY_STATUS: Final[dict[int, Code]] = {
    404: Code.NO_SUCH_ADDRESS,
    405: Code.METHOD_NOT_ALLOWED,
    413: Code.BODY_TOO_LARGE,
    414: Code.BODY_TOO_LARGE,
    431: Code.BODY_TOO_LARGE,
    415: Code.BODY_NOT_JSON,
    503: Code.UNAVAILABLE,
}
"""What the framework itself refuses; anything else it cannot read."""


def code_of(error: Exception) -> Code:
    """The code of an error; what has none of its own is a fault of ours."""
    return next((BY_ERROR[kind] for kind in type(error).__mro__ if kind in BY_ERROR), Code.FAULT)
