"""Today: what needs a person, and what came in, in figures and bars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flask import render_template, url_for

from checkout.domain.money import Money
from checkout.domain.roles import Right
from checkout.flows.attention import Matter, Waiting, what_waits
from checkout.flows.takings import recent_takings
from checkout.web.till import till
from webhooks.health import silent_processors
from webhooks.office.desk.listing import titled
from webhooks.office.frame import DOORS, door, holds

if TYPE_CHECKING:
    from checkout.flows.house import House
    from checkout.flows.takings import Day, Takings

LINKS: Final[dict[Matter, tuple[str, str]]] = {
    Matter.HALT: ("office.processors", ""),
    Matter.DISPUTE: ("office.disputes", ""),
    Matter.UNKNOWN: ("office.orders", "?needs=person"),
    Matter.DISCREPANCY: ("office.discrepancies", ""),
    Matter.TO_APPROVE: ("office.refunds_to_approve", ""),
    Matter.RESERVATION: ("office.reservations", ""),
    Matter.PARKED: ("office.inbox", "?state=parked"),
    Matter.SILENCE: ("office.processors", ""),
    Matter.MAIL: ("office.outbox", ""),
    Matter.ENDPOINT: ("office.endpoints", ""),
    Matter.NOTICE: ("office.deliveries", ""),
}
"""Where each matter is dealt with: the endpoint of its list, and what narrows it down."""

TITLES: Final[dict[Matter, tuple[str, str]]] = {
    Matter.HALT: ("thing that stands still", "things that stand still"),
    Matter.DISPUTE: ("dispute waits for your answer", "disputes wait for your answer"),
    Matter.UNKNOWN: ("outcome is not known", "outcomes are not known"),
    Matter.DISCREPANCY: ("open discrepancy", "open discrepancies"),
    Matter.TO_APPROVE: ("refund to approve", "refunds to approve"),
    Matter.RESERVATION: ("reservation about to lapse", "reservations about to lapse"),
    Matter.PARKED: ("event that was given up", "events that were given up"),
    Matter.SILENCE: ("processor sends no webhooks", "processors send no webhooks"),
    Matter.MAIL: ("mail that is not sent", "mails that are not sent"),
    Matter.ENDPOINT: ("endpoint of the shop is not told", "endpoints of the shop are not told"),
    Matter.NOTICE: ("notice to the shop that is late", "notices to the shop that are late"),
}
"""What one of it is called, and several."""

PERIODS: Final = ((1, "Today"), (7, "7 days"), (30, "30 days"))

BAR, GAP, HEIGHT = 14, 6, 120
"""Widths of a bar and what is between two, and the height of the chart, in its own units."""


@dataclass(frozen=True, slots=True)
class Card:
    """One matter as it is shown."""

    waiting: Waiting
    title: str
    address: str | None


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of a chart: where it stands, how high it is, and what it says."""

    x: int
    y: int
    height: int
    title: str
    taken: Money
    refunded: Money
    taken_back: Money
    fees: Money


@dataclass(frozen=True, slots=True)
class Chart:
    """The last days in one currency, as bars and as figures."""

    takings: Takings
    bars: list[Bar]
    highest: Money

    @property
    def width(self) -> int:
        """The whole chart's, in its own units."""
        return len(self.bars) * (BAR + GAP)

    @property
    def figures(self) -> list[tuple[str, tuple[Money, Money, Money, Money]]]:
        """Money in, refunds, what was taken back, and fees of each period."""
        return [(title, self.takings.over(days)) for days, title in PERIODS]


@door("/today", needs=Right.SEE)
def today() -> str:
    """What needs a person first, then the figures."""
    house = till().house
    waiting = [*what_waits(house), *_silence(house)]
    order = list(Matter)
    waiting.sort(key=lambda one: order.index(one.matter))
    return render_template(
        "office/today.html",
        cards=[_card(one) for one in waiting],
        charts=[_chart(one) for one in recent_takings(house)],
        now=house.clock(),
        bar=BAR,
        height=HEIGHT,
    )


def _silence(house: House) -> list[Waiting]:
    silent = silent_processors(house)
    named = tuple(
        f"{titled(one.processor)}: money came in {one.untold} times in the last hours, and no webhook told of it"
        for one in silent
    )
    since = min((one.last_webhook for one in silent if one.last_webhook), default=None)
    return [Waiting(Matter.SILENCE, len(silent), since, named)] if silent else []


def _card(waiting: Waiting) -> Card:
    endpoint, narrowed = LINKS[waiting.matter]
    known = DOORS.get(endpoint)
    # Whoever may not go there reads what waits all the same, and knows whom to ask.
    may_go = known is not None and known.needs is not None and holds(known.needs)
    address = url_for(endpoint) + narrowed if may_go else None
    one, several = TITLES[waiting.matter]
    return Card(waiting, one if waiting.count == 1 else several, address)


def _chart(takings: Takings) -> Chart:
    highest = max(*(day.taken for day in takings.days), 1)
    bars = [_bar(place, day, takings.currency, highest) for place, day in enumerate(takings.days)]
    return Chart(takings, bars, Money(highest, takings.currency))


def _bar(place: int, day: Day, currency: str, highest: int) -> Bar:
    # A day on which anything came in has a bar that can be seen.
    height = max(round(day.taken * HEIGHT / highest), 2 if day.taken > 0 else 0)
    sums = (Money(minor, currency) for minor in (day.taken, day.refunded, day.taken_back, day.fees))
    return Bar(place * (BAR + GAP), HEIGHT - height, height, f"{day.start.day} {day.start:%B}", *sums)
