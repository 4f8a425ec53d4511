"""The doors of Disputes v1: list, show, change, and what a merchant can answer."""

import base64
import binascii
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from checkout.processors.paypal.emulator.answering import Answer, Subjects, emulator, perform
from checkout.processors.paypal.emulator.bodies import parsed
from checkout.processors.paypal.emulator.dispute_records import Dispute
from checkout.processors.paypal.emulator.dispute_rules import Action, malformed
from checkout.processors.paypal.emulator.dispute_views import PATH, STATES, dispute_state
from checkout.processors.paypal.emulator.orders import Twist
from checkout.processors.paypal.emulator.refusals import ENVELOPES, Json, NamedRefusalError, Operation

PAGE_SIZE, PAGE_SIZE_MAX = 10, 50
DAYS_BACK = timedelta(days=180)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.IGNORECASE)
DISPUTE_STATES = frozenset(STATES.values()) | {"APPEALABLE"}
# These carry files, and PayPal takes nothing else for them.
ONLY_MULTIPART = frozenset({Action.PROVIDE_EVIDENCE, Action.APPEAL})
MULTIPART = "multipart/"
BUYERS = ("accept-offer", "deny-offer")

disputes_api = Blueprint("disputes", __name__, url_prefix=PATH)


@disputes_api.get("")
def disputes() -> Response:
    """List disputes, the newest first, a page at a time."""

    def act(_: Twist) -> Answer:
        world = emulator()
        now = world.clock.now()
        world.disputes.expire_due()
        size, first = _page_size(), _first()
        found = list(_chosen(now))
        links = [_page_link("self", first), _page_link("first", 0)]
        if first + size < len(found):
            links.append(_page_link("next", first + size))
        items = [world.dispute_views.summary(dispute, now) for dispute in found[first : first + size]]
        return Answer(200, {"items": items, "links": links})

    return perform(Operation.DISPUTES, act)


@disputes_api.route("/<dispute_id>", methods=["GET", "PATCH"])
def dispute(dispute_id: str) -> Response:
    """Show one dispute, or change how the buyer can reach the merchant."""

    def act(_: Twist) -> Answer:
        world, found = emulator(), _known(dispute_id)
        if request.method == "PATCH":
            world.dispute_answers.patch(found, parsed(request.get_data()))
            return Answer(204)
        return Answer(200, world.dispute_views.full(found, world.clock.now()))

    return perform(Operation.DISPUTES, act, subject=lambda: _subject(dispute_id))


@disputes_api.post("/<dispute_id>/<action>")
def answer(dispute_id: str, action: str) -> Response:
    """Do something about a dispute; the answer only links to it."""

    def act(_: Twist) -> Answer:
        world, found = emulator(), _known(dispute_id)
        if action in BUYERS:
            # These are the buyer's, and the caller is the merchant.
            detail = {"issue": "PERMISSION_DENIED", "description": "You do not have the correct permissions."}
            raise NamedRefusalError(403, *ENVELOPES[403], [detail])
        asked = next((known for known in Action if known.path() == action), None)
        if asked is None:
            raise NamedRefusalError(404, *ENVELOPES[404])
        body, files = _sent(asked)
        world.dispute_answers.act(asked, found, body, files)
        return Answer(200, {"links": [world.dispute_views.link(found)]})

    return perform(Operation.DISPUTES, act, subject=lambda: _subject(dispute_id))


def _known(dispute_id: str) -> Dispute:
    world = emulator()
    world.disputes.expire_due()
    found = world.disputes.get(dispute_id)
    if found is None:
        detail = {"field": "id", "value": dispute_id, "location": "path", "issue": "INVALID_RESOURCE_ID"}
        raise NamedRefusalError(404, *ENVELOPES[404], [detail])
    return found


def _subject(dispute_id: str) -> Subjects:
    found = emulator().disputes.get(dispute_id)
    if found is None:
        return {}
    capture = found.capture
    return {
        "capture_id": capture.id,
        "order_id": capture.order_id,
        "custom_id": capture.custom_id,
        "invoice_id": capture.invoice_id,
    }


def _sent(action: Action) -> tuple[Json, list[str]]:
    """Return the body, and the names of the files with it: plain JSON, or a form with JSON called `input`."""
    if not (request.mimetype or "").startswith(MULTIPART):
        if action in ONLY_MULTIPART or (request.mimetype and request.mimetype != "application/json"):
            raise NamedRefusalError(415, *ENVELOPES[415])
        return _json_object(request.get_data()), []
    raw = request.form.get("input", "").encode()
    files = []
    for name, file in request.files.items(multi=True):
        if name == "input":
            raw = file.read()
        else:
            files.append(file.filename or "")
    return _json_object(raw), files


def _json_object(raw: bytes) -> Json:
    body = parsed(raw) if raw else {}
    if not isinstance(body, dict):
        raise malformed("/", "MALFORMED_REQUEST_JSON", "The request JSON is not well formed.")
    return body


def _chosen(now: datetime) -> Iterator[Dispute]:
    given = request.args
    transaction = given.get("disputed_transaction_id")
    if transaction is not None and "start_time" in given:
        raise malformed(
            "start_time",
            "INVALID_REQUEST",
            "Either start_time or disputed_transaction_id, not both.",
            "query",
        )
    start, after, before = (
        _time(name, now) for name in ("start_time", "update_time_after", "update_time_before")
    )
    states = given["dispute_state"].split(",") if "dispute_state" in given else None
    if states is not None and not set(states) <= DISPUTE_STATES:
        raise malformed("dispute_state", "INVALID_DISPUTE_STATE", "The dispute state is not valid.", "query")
    for found in emulator().disputes.all():
        if (
            (transaction is None or transaction == found.capture.id)
            and (start is None or found.created >= start)
            and (after is None or found.updated >= after)
            and (before is None or found.updated <= before)
            and (states is None or dispute_state(found, now) in states)
        ):
            yield found


def _time(name: str, now: datetime) -> datetime | None:
    text = request.args.get(name, "").replace(" ", "+")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.upper()).astimezone(UTC) if TIME.fullmatch(text) else None
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise malformed(name, "INVALID_START_TIME_FORMAT", "The time is not in the correct format.", "query")
    if moment > now and name == "start_time":
        raise malformed(name, "DATE_CAN_NOT_BE_IN_FUTURE", "The specified time is in the future.", "query")
    if moment < now - DAYS_BACK:
        raise malformed(name, "INVALID_START_TIME_RANGE", "The time is outside the allowed range.", "query")
    return moment


def _page_size() -> int:
    text = request.args.get("page_size", str(PAGE_SIZE))
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= PAGE_SIZE_MAX:
        raise malformed(
            "page_size", "INVALID_PAGE_SIZE", "The page size is outside the allowed range.", "query"
        )
    return int(text)


def _first() -> int:
    token = request.args.get("next_page_token")
    if token is None:
        return 0
    try:
        return int(base64.b64decode(token, validate=True))
    except (ValueError, binascii.Error):
        raise malformed("next_page_token", "INVALID_PAGE_TOKEN", "The token is not valid.", "query") from None


def _page_link(rel: str, first: int) -> Json:
    kept = {name: value for name, value in request.args.items() if name != "next_page_token"}
    if first:
        kept["next_page_token"] = base64.b64encode(str(first).encode()).decode()
    query = f"?{urlencode(kept)}" if kept else ""
    return emulator().views.link(f"{PATH}{query}", rel)
