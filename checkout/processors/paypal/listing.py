"""Reads PayPal's reports, balances and list of events, page by page."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import msgspec

from checkout.domain.errors import (
    NotAuthenticError,
    ProcessorRefusedError,
    ProcessorUnavailableError,
)
from checkout.domain.reports import Balances, ReportPage, ReportsNotAllowedError, TooManyRowsError
from checkout.processors.paypal import events, report
from checkout.processors.paypal.answers import UnreadableAnswerError
from checkout.processors.paypal.reactions import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from checkout.domain.processor import Envelope
    from checkout.processors.paypal.client import PayPalClient
    from checkout.processors.paypal.documents import Json
    from checkout.processors.paypal.wire import Received

EVENTS_AT_ONCE = 100
_EVENTS = "/v1/notifications/webhooks-events"
_TRANSACTIONS = "/v1/reporting/transactions"
_BALANCES = "/v1/reporting/balances"
_NOT_ALLOWED = frozenset({"NOT_AUTHORIZED", "PERMISSION_DENIED"})
_SWITCH_ON = (
    'PayPal does not let this app read its reports ({issue}, debug id {debug_id}). Switch on "Transaction Search"'
    " in PayPal's developer dashboard (Apps & Credentials, your app, Features). It can take up to 9 hours until it"
    " works, as the access token in use keeps its old permissions."
)


class PayPalReportsNotAllowedError(ReportsNotAllowedError):
    """The app lacks PayPal's feature "Transaction Search"."""

    def __init__(self, refused: ProcessorRefusedError) -> None:
        super().__init__(_SWITCH_ON.format(issue=refused.issue, debug_id=refused.debug_id or "none"))


def report_page(client: PayPalClient, start: datetime, end: datetime, page: int) -> ReportPage:
    """One page of the rows from `start` to `end`, both included.

    Raises TooManyRowsError, PayPalReportsNotAllowedError or ProcessorError.
    """
    try:
        received = _read(client, _TRANSACTIONS, report.query(start, end, page))
    except ProcessorRefusedError as refused:
        if refused.issue == "RESULTSET_TOO_LARGE":
            raise TooManyRowsError("PayPal", start, end) from refused
        raise
    try:
        return report.read_page(received.document)
    except UnreadableAnswerError as unreadable:
        raise _unusable("report", unreadable.why, received) from unreadable


def balances(client: PayPalClient, at: datetime | None) -> Balances:
    """What PayPal holds for us. Raises PayPalReportsNotAllowedError or ProcessorError."""
    received = _read(client, _BALANCES, report.balances_query(at))
    try:
        return report.read_balances(received.document)
    except (UnreadableAnswerError, msgspec.ValidationError) as unreadable:
        raise _unusable("report", str(unreadable)[:200], received) from unreadable


def events_between(client: PayPalClient, start: datetime, end: datetime) -> Iterator[Envelope]:
    """Every event from `start` to `end`, the newest first; one that nobody can read is left out.

    PayPal answers over an authenticated connection, yet asking for what an event names costs little, so that
    it stays a hint: `binds_body` is False. It was never transmitted, so its own id stands for that.
    """
    query: dict[str, str] | None = {
        "start_time": _time_text(start),
        # Whole seconds are told: the one that has begun is meant too.
        "end_time": _time_text(end + timedelta(seconds=1)),
        "page_size": str(EVENTS_AT_ONCE),
    }
    seen: set[tuple[tuple[str, str], ...]] = set()
    while query is not None:
        asked = tuple(sorted(query.items()))
        if asked in seen:
            raise ProcessorUnavailableError(NAME, "events list", "its pages lead back to themselves")
        seen.add(asked)
        received = client.read("events list", _EVENTS, query)
        listed = received.document.get("events")
        if not isinstance(listed, list):
            raise _unusable("events list", "a page without events", received)
        for event in listed:
            found = _envelope(event)
            if found is not None:
                yield found
        query = _next_page(received.document.get("links"))


def _read(client: PayPalClient, path: str, query: Mapping[str, str]) -> Received:
    try:
        return client.read("report", path, query)
    except ProcessorRefusedError as refused:
        if refused.issue in _NOT_ALLOWED:
            raise PayPalReportsNotAllowedError(refused) from refused
        raise


def _envelope(event: Json) -> Envelope | None:
    """An event as it would be kept. Its body came inside another, so the digest is of its own canonical form."""
    raw = json.dumps(event, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    try:
        read = events.read_event(raw)
    except NotAuthenticError:
        return None
    return events.envelope(read, raw, str(read["id"]))


def _next_page(links: Json) -> dict[str, str] | None:
    """The query of the link to the next page; the address beside it is never followed."""
    for link in links if isinstance(links, list) else ():
        if isinstance(link, dict) and link.get("rel") == "next" and isinstance(link.get("href"), str):
            return dict(parse_qsl(urlsplit(str(link["href"])).query))
    return None


def _unusable(operation: str, why: str, received: Received) -> ProcessorUnavailableError:
    return ProcessorUnavailableError(NAME, operation, why, received.debug_id)


def _time_text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
