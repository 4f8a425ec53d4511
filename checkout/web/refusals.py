"""What each error means at a door: one table of statuses, and the page that tells the customer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from flask import Flask, Response, make_response, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from checkout.domain import errors, link_errors
from checkout.web import request_log
from checkout.web.api import refusing
from checkout.web.forms import OrderForm
from checkout.web.till import till

RETRY_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Refusal:
    """A page that says what happened and what to do. `may_send_again` offers to repeat a form as it was."""

    status: int
    heading: str
    explanation: str
    retry_seconds: int | None = None
    incident: str | None = None
    may_send_again: bool = False


NOT_FOUND = Refusal(
    404,
    "Page not found",
    "If you typed or pasted the address, check that it is complete. If the address is right, the product or"
    " order it names is not available any more.",
)
TOO_MANY = Refusal(
    429,
    "Too many tries",
    "Wait a few minutes before you try again. No money was taken by what you just did.",
    retry_seconds=120,
)
FAULT = Refusal(
    500,
    "Something went wrong on our side",
    "It is not your fault, and it has been noted. If you were paying, look at your order's page before you"
    " try again, so that you do not pay twice.",
)
UNAVAILABLE = Refusal(
    503,
    "The shop is not available right now",
    "Nothing was changed and no money was taken by what you just did. Please try again in a minute.",
    retry_seconds=RETRY_SECONDS,
    may_send_again=True,
)
ORDER_UNAVAILABLE = Refusal(
    503,
    "Your order cannot be shown right now",
    "Nothing is lost. If you have just paid, do not pay again: in a minute this page shows how your payment"
    " stands.",
    retry_seconds=RETRY_SECONDS,
)
CARD_NUMBER = Refusal(
    422,
    "Do not enter a card number here",
    "What you sent looks like a card number, so it was refused and not kept. Card numbers are entered only"
    " on the payment processor's own page, never in this shop.",
)

LINK_UNUSABLE = Refusal(
    422,
    "This link cannot be used",
    "The shop made it with a mistake, so nothing was ordered. Ask the shop for another, and tell them this:",
)

BY_ERROR: Final[dict[type[Exception], Refusal]] = {
    errors.NotFoundError: NOT_FOUND,
    errors.NotForSaleError: Refusal(
        404,
        "This is not for sale any more",
        "The shop withdrew it after you opened its page. Nothing was ordered and no money was taken by what you"
        " just did.",
    ),
    link_errors.LinkBrokenError: Refusal(
        400,
        "This link is not complete",
        "Something in it is missing or was changed on its way, so nothing was ordered. Copy the whole link"
        " again, or ask whoever sent it for another.",
    ),
    link_errors.LinkTooLongError: Refusal(
        414, "This link is too long", "It cannot be read, so nothing was ordered. Ask the shop for another."
    ),
    link_errors.LinkExpiredError: Refusal(
        410,
        "This link is not good any more",
        "It was good for a time that is over. Nothing was ordered and no money was taken by what you just did."
        " Ask the shop for another.",
    ),
    link_errors.LinkWithdrawnError: Refusal(
        410,
        "The shop has withdrawn this link",
        "Nothing was ordered and no money was taken by what you just did. Ask the shop for another.",
    ),
    link_errors.LinkUnusableError: LINK_UNUSABLE,
    link_errors.LinkPaidError: Refusal(
        409,
        "This has been paid already",
        "What this link is for was paid, by you or by somebody else who has it, and it takes no second payment."
        " No money was taken by what you just did. Whoever paid has a receipt by mail.",
    ),
    errors.OrderClosedError: Refusal(
        409, "This order takes no payment any more", "No money was taken by what you just did."
    ),
    errors.PaymentUnderWayError: Refusal(
        409,
        "Your payment is still being confirmed",
        "Do not pay again. The page of your order will show the outcome.",
    ),
    errors.TooManyAttemptsError: TOO_MANY,
    errors.CardNumberError: CARD_NUMBER,
    errors.BadInputError: Refusal(
        422, "That could not be used", "Go back, check what you entered, and try again."
    ),
    errors.AmountDoesNotFitError: Refusal(
        422, "This amount cannot be paid here", "Nothing was ordered and no money was taken."
    ),
    errors.CurrencyNotTakenError: Refusal(
        422, "This currency cannot be paid here", "Nothing was ordered and no money was taken."
    ),
    errors.StoreUnavailableError: UNAVAILABLE,
    errors.ProcessorUnavailableError: Refusal(
        503,
        "The payment processor does not answer",
        "Your order is kept. Look at its page before you try again, so that you do not pay twice.",
        retry_seconds=RETRY_SECONDS,
    ),
    errors.ProcessorRefusedError: Refusal(
        502, "The payment processor refused", "No money was taken. Your order is kept; try again later."
    ),
}

BY_STATUS: Final[dict[int, Refusal]] = {
    400: Refusal(400, "We could not read that", "Go back and try again. Nothing was changed."),
    404: NOT_FOUND,
    405: Refusal(405, "That is not possible here", "Go back and use the links and buttons on the page."),
    408: Refusal(408, "That took too long", "Nothing was changed. Please try again."),
    413: Refusal(
        413, "That is too much text", "What you sent is larger than this shop takes. Nothing was changed."
    ),
    415: Refusal(
        415, "We could not read that", "This shop takes only what its own forms send. Nothing was changed."
    ),
    422: Refusal(422, "That could not be used", "Go back, check what you entered, and try again."),
    429: TOO_MANY,
    500: FAULT,
    503: UNAVAILABLE,
}


def hang_up(app: Flask) -> None:
    """Answer every error of an app with a page in its own style."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(errors.CheckoutError, _ours)
    app.register_error_handler(Exception, _fault)


def page_of(refusal: Refusal) -> Response:
    """The page of a refusal: what was typed to send again, or the way to the order, where that can help."""
    again = _typed() if refusal.may_send_again and request.method == "POST" else {}
    order = _order_address()
    response = make_response(
        render_template("refused.html", refusal=refusal, again=again, order=order), refusal.status
    )
    if refusal.retry_seconds is not None:
        response.headers["Retry-After"] = str(refusal.retry_seconds)
        if request.method == "GET":
            response.headers["Refresh"] = str(refusal.retry_seconds)
    return response


def _order_address() -> str | None:
    """The page of the order that was acted upon, if one was."""
    acted = request.endpoint in {"order.pay", "order.cancel", "order.receipt"} and request.view_args
    return url_for("order.show", token=request.view_args["token"]) if acted and request.view_args else None


def _typed() -> dict[str, str]:
    known = {*OrderForm()._fields, "key"}
    return {name: value for name, value in request.form.items() if name in known}


def _http(error: HTTPException) -> Response:
    if refusing.is_ours():
        return refusing.answer(error)
    status = error.code or 500
    if status < 400 and error.response is None:  # noqa: PLR2004 -- a redirect of the router
        return make_response(error.get_response())
    response = page_of(BY_STATUS.get(status, replace(BY_STATUS[400], status=status)))
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _ours(error: errors.CheckoutError) -> Response:
    if refusing.is_ours():
        return refusing.answer(error)
    refusal = next((BY_ERROR[kind] for kind in type(error).__mro__ if kind in BY_ERROR), None)
    if refusal is UNAVAILABLE and request.blueprint == "order":
        refusal = ORDER_UNAVAILABLE
    return _fault(error) if refusal is None else page_of(refusal)


def _fault(fault: Exception) -> Response:
    if refusing.is_ours():
        return refusing.answer(fault)
    incident = till().house.mint(8)
    request_log.log_fault(fault, incident)
    refusal = replace(FAULT, incident=incident)
    try:
        return page_of(refusal)
    except Exception as broken:  # noqa: BLE001 -- a template of the shop's own may be what is at fault
        request_log.log_fault(broken, incident)
        return _plain(refusal)


def _plain(refusal: Refusal) -> Response:
    """The same words without any page around them."""
    said = f"{refusal.heading}\n\n{refusal.explanation}\n\nReference: {refusal.incident}\n"
    return Response(said, refusal.status, content_type="text/plain; charset=utf-8")
