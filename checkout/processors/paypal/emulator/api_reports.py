"""The doors of Transaction Search v1: transactions and balances."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from checkout.processors.paypal.emulator.answering import Answer, emulator, perform
from checkout.processors.paypal.emulator.clock import zulu
from checkout.processors.paypal.emulator.money import CURRENCIES
from checkout.processors.paypal.emulator.orders import Twist
from checkout.processors.paypal.emulator.refusals import ENVELOPES, Json, NamedRefusalError, Operation
from checkout.processors.paypal.emulator.report_rows import FIELD_GROUPS, report_time
from checkout.processors.paypal.emulator.reports import ITEMS_MAX, Filters, Query, TooManyItemsError

# Source: Transaction Search v1 1.9; seconds are required. Offsets are also taken without a colon, as PayPal does.
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)", re.IGNORECASE)
RANGE_MAX = timedelta(days=31)
YEARS_BACK = timedelta(days=3 * 365 + 1)
PAGE_SIZE, PAGE_SIZE_MAX = 100, 500
AMOUNTS = re.compile(r"\[?\s*(-?\d+)\s+TO\s+(-?\d+)\s*\]?", re.IGNORECASE)
CODE = re.compile(r"T\d{4}")
STATUSES = ("D", "P", "S", "V")

reports_api = Blueprint("reports", __name__, url_prefix="/v1/reporting")


@reports_api.get("/transactions")
def transactions() -> Response:
    """List what moved the merchant's money, the oldest first, a page at a time."""

    def act(_: Twist) -> Answer:
        world = emulator()
        _check_permission()
        query = _query()
        refreshed = world.reports.refreshed()
        if query.start > refreshed:
            # As the service does, although its specification has no such answer.
            raise NamedRefusalError(404, "INVALID_REQUEST", "Data for the given start date is not available.")
        try:
            found = world.reports.search(query)
        except TooManyItemsError as error:
            return _too_many(error.total)
        pages = -(-found.total // query.page_size)
        body = {
            "transaction_details": found.details,
            "account_number": world.treasury.merchant_id,
            "start_date": report_time(query.start),
            "end_date": report_time(min(query.end, refreshed)),
            "last_refreshed_datetime": report_time(refreshed),
            "page": query.page,
            "total_items": found.total,
            "total_pages": pages,
            "links": _links(query.page, pages),
        }
        return Answer(200, body)

    return perform(Operation.REPORTS, act)


@reports_api.get("/balances")
def balances() -> Response:
    """Show what the merchant had at a time, by default as far as the reports have come."""

    def act(_: Twist) -> Answer:
        world = emulator()
        _check_permission()
        refreshed, now = world.reports.refreshed(), world.clock.now()
        moment = _date("as_of_time") if "as_of_time" in request.args else refreshed
        if moment > now or moment < now - YEARS_BACK:
            raise _invalid("as_of_time", "As of time must be within the last three years")
        currency = request.args.get("currency_code")
        if currency is not None and currency not in CURRENCIES:
            raise _invalid("currency_code", "Invalid currency code")
        body = {
            "balances": world.reports.balances(moment, currency),
            "account_id": world.treasury.merchant_id,
            "as_of_time": zulu(moment),
            "last_refresh_time": zulu(refreshed),
        }
        return Answer(200, body)

    return perform(Operation.REPORTS, act)


def _check_permission() -> None:
    if not emulator().treasury.settings.reports_authorized:
        detail = {
            "issue": "PERMISSION_DENIED",
            "description": "You do not have permission to access or perform operations on this resource.",
        }
        raise NamedRefusalError(403, *ENVELOPES[403], [detail])


def _too_many(total: int) -> Answer:
    # The name is not in the specification's file; it is in PayPal's reference and in its own client.
    world = emulator()
    body = {
        "name": "RESULTSET_TOO_LARGE",
        "message": "Result set size is greater than the maximum limit. Change the filter criteria and try again.",
        "debug_id": world.identifiers.debug_id(),
        "total_items": total,
        "maximum_items": ITEMS_MAX,
        "links": [],
    }
    return Answer(400, body)


def _query() -> Query:
    now = emulator().clock.now()
    start, end = _date("start_date"), _date("end_date")
    if end < start:
        raise _invalid("end_date", "End date must be after start date")
    if end - start > RANGE_MAX:
        raise _invalid("end_date", "Date range is greater than 31 days")
    if start < now - YEARS_BACK:
        raise _invalid("start_date", "Start date must be within the last three years")
    affecting = request.args.get("balance_affecting_records_only", "Y")
    if affecting not in ("Y", "N"):
        raise _invalid("balance_affecting_records_only", "Value must be Y or N")
    return Query(
        start=start,
        end=end,
        filters=_filters(),
        only_balance_affecting=affecting == "Y",
        fields=_fields(),
        page=_whole_number("page", 1, 2**31 - 1),
        page_size=_whole_number("page_size", PAGE_SIZE, PAGE_SIZE_MAX),
    )


def _filters() -> Filters:
    given = request.args
    status, code, currency = (
        given.get(name) for name in ("transaction_status", "transaction_type", "transaction_currency")
    )
    transaction_id = given.get("transaction_id")
    if transaction_id is not None and not 17 <= len(transaction_id) <= 19:  # noqa: PLR2004 -- as specified
        raise _invalid("transaction_id", "Invalid transaction id")
    if status is not None and status not in STATUSES:
        raise _invalid("transaction_status", "Invalid transaction status")
    if code is not None and not CODE.fullmatch(code):
        raise _invalid("transaction_type", "Invalid transaction type")
    if currency is not None and currency not in CURRENCIES:
        raise _invalid("transaction_currency", "Invalid currency code")
    return Filters(transaction_id, code, status, currency, _amounts(currency))


def _amounts(currency: str | None) -> tuple[Decimal, Decimal] | None:
    text = request.args.get("transaction_amount")
    if text is None:
        return None
    found = AMOUNTS.fullmatch(text.strip())
    if found is None or currency is None:
        # Amounts are in the smallest unit, so they mean nothing without their currency.
        name = "transaction_amount" if found is None else "transaction_currency"
        raise _invalid(name, "Transaction amount is specified as a range, together with its currency")
    parts = Decimal(1) if currency == "JPY" else Decimal(100)
    return Decimal(found[1]) / parts, Decimal(found[2]) / parts


def _fields() -> frozenset[str]:
    names = request.args.get("fields", "transaction_info").split(",")
    if names == ["all"]:
        return frozenset(FIELD_GROUPS)
    unknown = [name for name in names if name not in FIELD_GROUPS]
    if unknown:
        raise _invalid("fields", "Invalid field value")
    return frozenset(names)


def _date(name: str) -> datetime:
    # A plus that was not encoded arrives as a space.
    text = request.args.get(name, "").replace(" ", "+")
    if not text:
        raise _invalid(name, "A required parameter is missing")
    if not DATE.fullmatch(text):
        raise _invalid(name, "Invalid date passed")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _invalid(name, "Invalid date passed") from None


def _whole_number(name: str, otherwise: int, most: int) -> int:
    text = request.args.get(name, str(otherwise))
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= most:
        raise _invalid(name, f"Value must be a number from 1 to {most}")
    return int(text)


def _links(page: int, pages: int) -> list[Json]:
    targets = [("self", page)]
    if page > 1:
        targets += [("first", 1), ("prev", page - 1)]
    if page < pages:
        targets += [("next", page + 1), ("last", pages)]
    kept = {name: value for name, value in request.args.items() if name != "page"}
    path = "/v1/reporting/transactions?"
    return [
        emulator().views.link(f"{path}{urlencode({**kept, 'page': number})}", rel) for rel, number in targets
    ]


def _invalid(name: str, issue: str) -> NamedRefusalError:
    detail = {"field": name, "location": "query", "issue": issue}
    if name in request.args:
        detail["value"] = request.args[name]
    return NamedRefusalError(400, *ENVELOPES[400], [detail])
