"""The merchant's page: what the account holds, what is disputed, and buttons for what can happen to both."""

from collections.abc import Callable, Collection
from http import HTTPStatus

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from checkout.processors.paypal.emulator.account import SenselessWishError
from checkout.processors.paypal.emulator.answering import emulator
from checkout.processors.paypal.emulator.control_disputes import known, run_dispute_action
from checkout.processors.paypal.emulator.dispute_records import (
    Channel,
    Dispute,
    Outcome,
    Reason,
    Stage,
    Status,
)
from checkout.processors.paypal.emulator.dispute_wish import dispute_wish
from checkout.processors.paypal.emulator.emulator import Emulator
from checkout.processors.paypal.emulator.money import CURRENCIES
from checkout.processors.paypal.emulator.notices import CONSENT_EVENTS, LIMITATIONS
from checkout.processors.paypal.emulator.refunds import GIVEN, NotReversedError
from checkout.processors.paypal.emulator.refusals import NamedRefusalError, RefusedError

PATH = "/control/merchant"
ROWS_MAX = 100
MOVES = ("payout", "deposit", "fee", "adjustment", "hold", "release")
DISPUTE_PREFIX = "dispute-"

merchant_pages = Blueprint("merchant_page", __name__)


@merchant_pages.get(PATH)
def merchant() -> Response:
    """Show what the account holds and what is disputed."""
    return _shown()


@merchant_pages.post(PATH)
def act() -> BaseResponse:
    """Do what a button says and show everything again."""
    world, action = emulator(), request.form.get("action", "")
    try:
        with world.lock:
            waiting = _actions(world).get(action)
            if action.startswith(DISPUTE_PREFIX):
                _about_dispute(world, action.removeprefix(DISPUTE_PREFIX))
            elif waiting is None:
                return _shown(f"There is no button called {action!r}.", HTTPStatus.BAD_REQUEST)
            else:
                waiting()
    except (SenselessWishError, RefusedError, NamedRefusalError, NotReversedError) as error:
        return _shown(str(error), HTTPStatus.BAD_REQUEST)
    world.deliveries.wake()
    return redirect(PATH, HTTPStatus.SEE_OTHER)


def _actions(world: Emulator) -> dict[str, Callable[[], object]]:
    treasury, form = world.treasury, request.form
    wish = {name: value for name in ("currency", "value") if (value := form.get(name))}
    return {
        "payout": lambda: treasury.payout(wish),
        "deposit": lambda: treasury.deposit(wish),
        "fee": lambda: treasury.fee(wish),
        "adjustment": lambda: treasury.adjustment(wish),
        "hold": lambda: treasury.hold(wish),
        "release": lambda: treasury.release(wish),
        "limit": lambda: world.notices.limitation(_chosen("limitation", LIMITATIONS)),
        "revoke": lambda: world.notices.consent_revoked(_chosen("consent", CONSENT_EVENTS)),
        "dispute": lambda: _open(world),
    }


def _chosen(name: str, among: Collection[str]) -> str:
    given = request.form.get(name, "")
    if given not in among:
        raise SenselessWishError(f"{name} must be one of {', '.join(among)}, not {given!r}.")
    return given


def _open(world: Emulator) -> None:
    form = request.form
    capture = world.captures.get(form.get("capture_id", ""))
    wish = {name: value for name in ("reason", "channel", "value") if (value := form.get(name))}
    world.disputes.open(dispute_wish(capture, wish))


def _about_dispute(world: Emulator, action: str) -> None:
    outcome = {"outcome": request.form.get("outcome", "")} if action == "resolve" else {}
    run_dispute_action(world, known(world, request.form.get("id", "")), action, outcome)


def dispute_buttons(dispute: Dispute) -> list[tuple[str, str]]:
    """Return what buyer, bank and PayPal can do about a dispute now: the action, and its words."""
    if dispute.status is Status.RESOLVED:
        return []
    buttons = [("cancel", "Buyer gives up"), ("ask-evidence", "Ask for evidence"), ("review", "Review")]
    if dispute.stage is Stage.INQUIRY:
        buttons = [("escalate", "Buyer escalates"), ("buyer-message", "Buyer writes"), *buttons]
    offer = dispute.offer
    if offer is not None and dispute.status is Status.WAITING_FOR_BUYER:
        if offer.returning:
            buttons.append(("return-item", "Buyer returns goods"))
        else:
            buttons += [("accept-offer", "Buyer accepts"), ("deny-offer", "Buyer declines")]
    return buttons


def _shown(problem: str | None = None, status: HTTPStatus = HTTPStatus.OK) -> Response:
    world = emulator()
    with world.lock:
        world.disputes.expire_due()
        disputes = world.disputes.all()[:ROWS_MAX]
        page = render_template(
            "merchant.html",
            problem=problem,
            statement=world.treasury.statement(),
            settings=world.treasury.settings,
            disputes=[(dispute, dispute_buttons(dispute)) for dispute in disputes],
            captures=[capture for capture in world.captures.all() if capture.status in GIVEN][-ROWS_MAX:],
            distortions=len(world.reports.distortions.all()),
            currencies=sorted(CURRENCIES),
            primary=world.treasury.primary,
            moves=MOVES,
            reasons=list(Reason),
            channels=list(Channel),
            outcomes=list(Outcome),
            limitations=list(LIMITATIONS),
            consents=list(CONSENT_EVENTS),
        )
    return make_response(page, status)
