"""PayPal's transaction reports and balances as the house's report rows; an allow-list of fields, pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from checkout.domain.cards import holds_card_number
from checkout.domain.reports import Balances, ReportPage, ReportRow, RowStatus
from checkout.processors.paypal.answers import Amount, UnreadableAnswerError
from checkout.processors.paypal.reading import clean, read_time, signed_money, usable_id
from checkout.processors.paypal.shapes import reader_of
from checkout.processors.paypal.tcodes import t_code

if TYPE_CHECKING:
    from checkout.processors.paypal.documents import Json, Object

PAGE_SIZE = 500
"""The most PayPal gives at once. Source: Transaction Search v1 1.9, `page_size`."""

_CODE = re.compile(r"[A-Z][0-9A-Z]{1,7}", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9._,-]{1,127}", re.ASCII)
"""What a name of ours looks like; a sentence, a person's name or an address matches it not."""
_SHOWN_MAX = 40
_STATUSES = {
    "S": RowStatus.DONE,
    "P": RowStatus.PENDING,
    "D": RowStatus.DENIED,
    "V": RowStatus.UNDONE,
}
"""Source: Transaction Search v1 1.9, `transaction_status`."""


class _Info(msgspec.Struct, frozen=True):
    """The fields of `transaction_info` that are read. Nothing else of a row is looked at: it is about people."""

    transaction_id: str | None = None
    paypal_reference_id: str | None = None
    transaction_event_code: str | None = None
    transaction_initiation_date: str | None = None
    transaction_amount: Amount | None = None
    fee_amount: Amount | None = None
    transaction_status: str | None = None
    ending_balance: Amount | None = None
    invoice_id: str | None = None
    custom_field: str | None = None


class _Detail(msgspec.Struct, frozen=True):
    transaction_info: _Info


class _Balance(msgspec.Struct, frozen=True):
    total_balance: Amount


_read_detail, _read_balance = reader_of(_Detail), reader_of(_Balance)


def query(start: datetime, end: datetime, page: int) -> dict[str, str]:
    """What one page is asked for by: both ends are meant, seconds are required, and nothing about payers."""
    return {
        "start_date": _time_text(start),
        "end_date": _time_text(end),
        "fields": "transaction_info",
        "balance_affecting_records_only": "Y",
        "page_size": str(PAGE_SIZE),
        "page": str(page),
    }


def balances_query(at: datetime | None) -> dict[str, str]:
    """What the balances are asked for by; without a time, as far as the reports have come."""
    return {} if at is None else {"as_of_time": _time_text(at)}


def read_page(document: Object) -> ReportPage:
    """A page of rows; raises UnreadableAnswerError where it is none.

    A row by itself that cannot be read is told beside the others, so that it keeps none of them back.
    """
    refreshed = read_time(_text(document.get("last_refreshed_datetime")))
    details, total, pages = (
        document.get(name) for name in ("transaction_details", "total_items", "total_pages")
    )
    if refreshed is None or not isinstance(total, int) or not isinstance(pages, int):
        raise UnreadableAnswerError("a report that does not say how long it is and how far it has come")
    if details is not None and not isinstance(details, list):
        raise UnreadableAnswerError("a report without its rows")
    rows, unread = [], []
    for detail in details or ():
        try:
            rows.append(read_row(detail))
        except (UnreadableAnswerError, msgspec.ValidationError) as unreadable:
            unread.append(f"{_shown(detail)}: {unreadable}"[:200])
    return ReportPage(tuple(rows), pages, total, refreshed, tuple(unread))


def read_row(detail: Json) -> ReportRow:
    """One row; raises UnreadableAnswerError or msgspec.ValidationError."""
    info = _read_detail(detail).transaction_info
    at = read_time(info.transaction_initiation_date)
    code = info.transaction_event_code or ""
    if at is None or info.transaction_amount is None or not _CODE.fullmatch(code):
        raise UnreadableAnswerError("it has no time, no amount or no code")
    amount = signed_money(info.transaction_amount.value, info.transaction_amount.currency_code)
    return ReportRow(
        subject=usable_id(info.transaction_id, "a row"),
        code=code,
        at=at.replace(microsecond=0),
        kind=t_code(code).kind,
        amount_minor=amount.minor,
        currency=amount.currency,
        status=_STATUSES.get(info.transaction_status or "", RowStatus.UNKNOWN),
        fee_minor=_beside(info.fee_amount, amount.currency, "fee"),
        of=_matching(_ID, info.paypal_reference_id),
        names=_name(info.custom_field),
        invoice=_name(info.invoice_id),
        balance_minor=_balance(info.ending_balance, amount.currency),
    )


def read_balances(document: Object) -> Balances:
    """The balances; raises UnreadableAnswerError."""
    refreshed = read_time(_text(document.get("last_refresh_time")))
    listed = document.get("balances", document.get("balance"))
    found = [listed] if isinstance(listed, dict) else listed
    if refreshed is None or not isinstance(found, list):
        raise UnreadableAnswerError("balances that do not say of when they are")
    at = read_time(_text(document.get("as_of_time"))) or refreshed
    totals: dict[str, int] = {}
    for one in found:
        total = _read_balance(one).total_balance
        amount = signed_money(total.value, total.currency_code)
        totals[amount.currency] = totals.get(amount.currency, 0) + amount.minor
    return Balances(min(at, refreshed), totals)


def _beside(amount: Amount | None, currency: str, what: str) -> int | None:
    """An amount of the same currency as the row's."""
    if amount is None:
        return None
    found = signed_money(amount.value, amount.currency_code)
    if found.currency != currency:
        raise UnreadableAnswerError(f"its {what} is in another currency, {found}")
    return found.minor


def _balance(amount: Amount | None, currency: str) -> int | None:
    """What the account held after it; only where it is told in the row's own currency, as it is no more than that."""
    if amount is None or amount.currency_code != currency:
        return None
    return signed_money(amount.value, amount.currency_code).minor


def _name(text: str | None) -> str | None:
    """A name a program chose. Others on the account may put anything there, so only what may be one is kept."""
    found = _matching(_NAME, text)
    return None if found is None or holds_card_number(found) else found


def _matching(pattern: re.Pattern[str], text: str | None) -> str | None:
    return text if text and pattern.fullmatch(text) else None


def _shown(detail: Json) -> str:
    info = detail.get("transaction_info") if isinstance(detail, dict) else None
    named = info.get("transaction_id") if isinstance(info, dict) else None
    return f"row {(clean(_text(named)) or 'without an id')[:_SHOWN_MAX]}"


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _time_text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
