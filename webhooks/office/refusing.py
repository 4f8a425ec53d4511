"""What an error means in the back office: operators read what it says, in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import make_response, render_template
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from checkout.domain import errors
from checkout.flows.passwords import TooManyAtOnceError
from checkout.web import request_log
from checkout.web.refusals import BY_ERROR
from checkout.web.till import till

if TYPE_CHECKING:
    from flask import Blueprint, Response

WORDS: Final[dict[int, tuple[str, str]]] = {
    400: (
        "We could not read that",
        "Nothing was changed. Go back, load the page again and repeat what you did.",
    ),
    403: (
        "You may not do this",
        "Your role does not hold the right for it. Nothing was changed. An admin can give you another role.",
    ),
    404: ("There is no such page", "Check that the address is complete, or look for it from the menu."),
    405: ("That is not possible here", "Go back and use the links and buttons of the page."),
    409: ("That cannot be done now", "Nothing was changed."),
    413: ("That is too much", "What you sent is larger than this page takes. Nothing was changed."),
    422: ("That could not be used", "Nothing was changed. Go back and check what you entered."),
    500: (
        "Something went wrong on our side",
        "It has been noted. Look whether it took effect before you repeat it.",
    ),
    502: ("The payment processor refused", "Look at what it says before you try again."),
    503: ("Not available right now", "Try again in a minute."),
}
"""A heading and what to do, by status."""
FORGED: Final = (
    "This form is not from your session any more",
    (
        "Nothing was changed. You may have signed in again in another window: go back, load the page again,"
        " and repeat what you did."
    ),
)
CONFLICT: Final = 409
"""What a known error means that has no status of its own: the state of things does not allow it."""


def hang_up(doors: Blueprint) -> None:
    """Answer every error of the office's doors with a page of its own."""
    doors.register_error_handler(HTTPException, _http)
    doors.register_error_handler(errors.CheckoutError, _ours)
    doors.register_error_handler(Exception, _fault)


def refusal(status: int, *, heading: str = "", said: str = "", incident: str = "") -> Response:
    """A page that says what happened and what to do; without words of its own, what the status means."""
    usual_heading, usual = WORDS.get(status, WORDS[400])
    page = render_template(
        "office/refused.html", heading=heading or usual_heading, said=said or usual, incident=incident
    )
    return make_response(page, status)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400 and error.response is None:  # noqa: PLR2004 -- a redirect of the router
        return make_response(error.get_response())
    if isinstance(error, CSRFError):
        heading, said = FORGED
        return refusal(status, heading=heading, said=said)
    response = refusal(status)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _ours(error: errors.CheckoutError) -> Response:
    if isinstance(error, TooManyAtOnceError):
        return refusal(503, said=str(error))
    known = next((BY_ERROR[kind] for kind in type(error).__mro__ if kind in BY_ERROR), None)
    return refusal(known.status if known else CONFLICT, said=str(error))


def _fault(fault: Exception) -> Response:
    incident = till().house.mint(8)
    request_log.log_fault(fault, incident)
    return refusal(500, incident=incident)
