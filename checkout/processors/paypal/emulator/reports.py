"""Transaction search and balances: what PayPal's reports say of the book, hours late, and wrong where ordered.

Guarded by the emulator's lock; nothing here sleeps, sends or knows HTTP.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from checkout.processors.paypal.emulator.account import Treasury, position_view
from checkout.processors.paypal.emulator.book import Book, Movement, MovementKind
from checkout.processors.paypal.emulator.captures import Captures
from checkout.processors.paypal.emulator.clock import Clock
from checkout.processors.paypal.emulator.identifiers import Identifiers
from checkout.processors.paypal.emulator.ledger import Ledger, Position
from checkout.processors.paypal.emulator.money import Money
from checkout.processors.paypal.emulator.records import Capture, CaptureStatus, Refund, RefundStatus
from checkout.processors.paypal.emulator.refusals import Json
from checkout.processors.paypal.emulator.report_rows import (
    DENIED,
    PENDING,
    REVERSED,
    SUCCESS,
    UNKNOWN,
    Distortions,
    Roller,
    Row,
    code_of,
    made_up_movement,
    other_groups,
    transaction_info,
)

# Source: PayPal's transaction search guide: 10,000 items a query.
ITEMS_MAX = 10_000
WITHOUT_EFFECT = {
    CaptureStatus.PENDING: PENDING,
    CaptureStatus.DECLINED: DENIED,
}
REFUNDS_WITHOUT_EFFECT = {RefundStatus.PENDING: PENDING, RefundStatus.FAILED: DENIED}


class TooManyItemsError(Exception):
    """The query finds more than PayPal lists; `total` is how many."""

    def __init__(self, total: int) -> None:
        """Keep how many there are."""
        super().__init__(f"{total} items are more than {ITEMS_MAX}.")
        self.total = total


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a search; None narrows nothing."""

    transaction_id: str | None = None
    code: str | None = None
    status: str | None = None
    currency: str | None = None
    amounts: tuple[Decimal, Decimal] | None = None

    def plain(self) -> bool:
        """Return whether nothing is narrowed: only then are the balances after each row told."""
        return self == Filters()

    def fit(self, movement: Movement, status: str) -> bool:
        """Return whether a row is wanted."""
        value = movement.gross.value
        return (
            self.transaction_id in (None, movement.id)
            and self.currency in (None, movement.gross.currency)
            and self.code in (None, code_of(movement))
            and self.status in (None, status)
            and (self.amounts is None or self.amounts[0] <= value <= self.amounts[1])
        )


@dataclass(frozen=True, slots=True)
class Query:
    """One search, already checked."""

    start: datetime
    end: datetime
    filters: Filters = field(default_factory=Filters)
    only_balance_affecting: bool = True
    fields: frozenset[str] = frozenset({"transaction_info"})
    page: int = 1
    page_size: int = 100


@dataclass(frozen=True, slots=True)
class Found:
    """A page of rows as JSON, and how many there are in all."""

    details: list[Json]
    total: int


class Reports:
    """Answers from the default merchant's ledger as far as reports have come."""

    def __init__(
        self,
        clock: Clock,
        identifiers: Identifiers,
        book: Book,
        treasury: Treasury,
        captures: Captures,
    ) -> None:
        """Take the book, and the captures whose state says more than it does."""
        self._clock = clock
        self._identifiers = identifiers
        self._book = book
        self._treasury = treasury
        self._captures = captures
        self.distortions = Distortions()

    def refreshed(self) -> datetime:
        """Return up to which second, that included, the reports know everything."""
        lag = timedelta(seconds=self._treasury.settings.report_lag_seconds)
        return (self._clock.now() - lag).replace(microsecond=0)

    def distort(self, wish: Json) -> Json:
        """Let the report be wrong about a row, or make one up."""
        if wish.get("kind") != UNKNOWN:
            return self.distortions.order(wish)
        transaction_id = str(wish.get("transaction_id") or self._identifiers.transaction_id())
        made_up = made_up_movement(wish, transaction_id, self._treasury.merchant_id, self.refreshed())
        return self.distortions.make_up(made_up, wish)

    def search(self, query: Query) -> Found:
        """Return one page of what happened in a span of time, the oldest first.

        Raises `TooManyItemsError`.
        """
        ledger = self._book.ledger(self._treasury.merchant_id)
        end = whole_second(min(query.end, self.refreshed()))
        low, high = ledger.span(query.start, end)
        first, size = (query.page - 1) * query.page_size, query.page_size
        if query.filters.plain() and query.only_balance_affecting and not self.distortions.structural:
            total = high - low
            places = range(min(low + first, high), min(low + first + size, high))
            rows = [self._row(ledger.rows[place], place) for place in places]
        else:
            chosen = self._chosen(ledger, query, (low, high), end)
            total, page = len(chosen), chosen[first : first + size]
            rows = [self._row(ledger.rows[at], at) if isinstance(at, int) else at for at in page]
        if total > ITEMS_MAX:
            raise TooManyItemsError(total)
        roller = Roller(ledger) if query.filters.plain() else None
        return Found([self._detail(row, query, roller) for row in rows], total)

    def _chosen(self, ledger: Ledger, query: Query, span: tuple[int, int], end: datetime) -> list[int | Row]:
        filters = query.filters
        chosen: list[int | Row] = []
        for place in range(*span):
            movement = ledger.rows[place]
            status = self._status(movement) if filters.status is not None else SUCCESS
            if filters.fit(movement, status):
                copies = self.distortions.copies(movement) if self.distortions.structural else 1
                chosen += [place] * copies
        others = [
            row
            for row in self._rows_beyond(only_balance_affecting=query.only_balance_affecting)
            if query.start <= row.movement.time <= end and filters.fit(row.movement, row.status)
        ]
        if others:
            chosen += others
            chosen.sort(key=lambda at: ledger.rows[at].time if isinstance(at, int) else at.movement.time)
        return chosen

    def _rows_beyond(self, *, only_balance_affecting: bool) -> Iterator[Row]:
        """Yield the rows that are in no ledger: made up, or of what has not changed a balance."""
        yield from self.distortions.made_up
        if only_balance_affecting:
            return
        for capture in self._captures.all():
            if capture.payee.merchant_id != self._treasury.merchant_id:
                continue
            if capture.status in WITHOUT_EFFECT:
                status = WITHOUT_EFFECT[capture.status]
                yield Row(_waiting_capture(capture), status, capture.updated, None)
            for refund in capture.refunds:
                if refund.status in REFUNDS_WITHOUT_EFFECT:
                    status = REFUNDS_WITHOUT_EFFECT[refund.status]
                    yield Row(_waiting_refund(capture, refund), status, refund.updated, None)

    def _row(self, movement: Movement, place: int) -> Row:
        status = self._status(movement)
        capture = self._captures.get(movement.capture_id) if status == REVERSED else None
        return Row(movement, status, capture.updated if capture else movement.time, place)

    def _status(self, movement: Movement) -> str:
        # What was made in bulk belongs to no order, and nothing of it ever goes back.
        if movement.kind is not MovementKind.CAPTURE or not movement.order_id:
            return SUCCESS
        gone = self._captures.get(movement.capture_id).status is CaptureStatus.REFUNDED
        return REVERSED if gone else SUCCESS

    def _detail(self, row: Row, query: Query, roller: Roller | None) -> Json:
        held = None
        if roller is not None and row.place is not None:
            held = roller.after(row.place, row.movement.gross.currency)
        body: Json = {}
        if "transaction_info" in query.fields:
            body["transaction_info"] = transaction_info(row, self._treasury.merchant_id, held)
            self.distortions.apply(row.movement, body["transaction_info"])
        return body | other_groups(row, query.fields)

    def balances(self, moment: datetime, currency: str | None) -> list[Json]:
        """Return what the merchant had at a time, as far as the reports have come."""
        ledger = self._book.ledger(self._treasury.merchant_id)
        primary = self._treasury.primary
        held = ledger.at(whole_second(min(moment, self.refreshed())))
        names = sorted({primary, *held}, key=lambda name: (name != primary, name))
        chosen = names if currency is None else [name for name in names if name == currency]
        return [_balance(name, held.get(name, Position()), primary=name == primary) for name in chosen]

    def clear(self) -> None:
        """Be truthful again."""
        self.distortions.clear()


def whole_second(moment: datetime) -> datetime:
    """Return the end of a second: times are told without fractions, so one that is named is meant as a whole."""
    return moment.replace(microsecond=999_999)


def _balance(currency: str, held: Position, *, primary: bool) -> Json:
    amounts = {
        f"{name}_balance": {"currency_code": currency, "value": value}
        for name, value in position_view(currency, held).items()
    }
    return {"currency": currency, "primary": primary, **amounts}


def _waiting_capture(capture: Capture) -> Movement:
    return Movement(
        time=capture.created,
        kind=MovementKind.CAPTURE,
        id=capture.id,
        capture_id=capture.id,
        order_id=capture.order_id,
        merchant_id=capture.payee.merchant_id,
        gross=capture.amount,
        fee=_none(capture.amount),
        custom_id=capture.custom_id,
        invoice_id=capture.invoice_id,
    )


def _waiting_refund(capture: Capture, refund: Refund) -> Movement:
    return Movement(
        time=refund.created,
        kind=MovementKind.REFUND,
        id=refund.id,
        capture_id=capture.id,
        order_id=capture.order_id,
        merchant_id=capture.payee.merchant_id,
        gross=refund.amount.with_value(-refund.amount.value),
        fee=_none(refund.amount),
        custom_id=refund.custom_id,
        invoice_id=refund.invoice_id,
    )


def _none(amount: Money) -> Money:
    return amount.with_value(Decimal(0))
