"""Endpoints: where the shop is told what happened, and how each has fared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from checkout.domain.deliveries import DeliveryState
from checkout.domain.errors import NotFoundError
from checkout.domain.happenings import HappeningType
from checkout.domain.keys import Scope
from checkout.flows import endpoints as flow
from checkout.flows.said import Asked, Text
from checkout.store import deliveries, endpoints
from checkout.web.api import cursors
from checkout.web.api.doors import Call, door
from checkout.web.api.problems import Code
from checkout.web.api.shapes import (
    AskedMoment,
    Empty,
    Id,
    Listing,
    Moment,
    Nothing,
    Page,
    Shape,
    Worded,
)

if TYPE_CHECKING:
    from checkout.flows.endpoints import Made
    from checkout.store.deliveries import DeliveryRow
    from checkout.store.endpoints import EndpointRow

LIST = "deliveries"
URL_MAX = 500
Types = Annotated[
    list[Annotated[str, Field(max_length=40)]],
    Field(max_length=40, description="Types of events; everything, where empty.", examples=[["order.paid"]]),
]
Url = Annotated[str, Field(max_length=URL_MAX, examples=["https://shop.example/hooks"])]
Description = Annotated[Text, Field(max_length=flow.DESCRIPTION_MAX)]


class EndpointWish(Asked):
    """Where to tell the shop, and what of."""

    url: Url
    types: Types = Field(default_factory=list)
    description: Description = ""


class EndpointChange(Asked):
    """What to change; what is left out stays."""

    url: Url | None = None
    types: Types | None = None
    description: Description | None = None
    is_enabled: bool | None = None


class Endpoint(Shape):
    """Where the shop is told, and how it fares."""

    id: str
    url: str
    types: list[str]
    description: str
    is_enabled: bool
    disabled_why: str | None
    failing_since: Moment | None
    earlier_secret_until: Moment | None
    created_at: Moment
    created_by: str


class EndpointMade(Endpoint):
    """An endpoint with its secret, which is shown now and never again."""

    secret: str


class EndpointList(Shape):
    """Every endpoint. There are never many."""

    data: list[Endpoint]


class Delivery(Shape):
    """One event for one endpoint."""

    event_id: str
    type: Annotated[HappeningType, Worded()]
    state: Annotated[DeliveryState, Worded()]
    attempts: int
    next_attempt_at: Moment | None
    created_at: Moment
    delivered_at: Moment | None


class DeliveryPage(Page):
    """Deliveries, those of the newest events first."""

    data: list[Delivery]


class DeliveryListing(Listing):
    """Which deliveries."""

    state: Annotated[DeliveryState, Worded()] | None = None


class ResendWish(Asked):
    """What to send again: one event, or what happened from a time on."""

    event_id: Id | None = None
    since: AskedMoment | None = None
    until: AskedMoment | None = None
    delivered_too: Annotated[bool, Field(description="Also what it has taken already.")] = False

    @model_validator(mode="after")
    def _one_or_a_span(self) -> ResendWish:
        if (self.event_id is None) == (self.since is None):
            message = "name one event by event_id, or give since"
            raise ValueError(message)
        return self


class Resent(Shape):
    """How many are sent."""

    sent: int
    next_since: Annotated[
        Moment | None,
        Field(description="Where a span is too long for one request: ask again with this as `since`."),
    ]


@door(
    "POST /endpoints",
    scope=Scope.ENDPOINTS_WRITE,
    asks=EndpointWish,
    answers=EndpointMade,
    status=201,
    refuses=(Code.ENDPOINT_REFUSED, Code.INPUT_REFUSED),
)
def create_endpoint(call: Call, wish: EndpointWish) -> EndpointMade:
    """Tell the shop at an address from now on. Its secret is shown once, here."""
    made = flow.add(call.house, call.actor, url=wish.url, types=wish.types, description=wish.description)
    return _made(made)


@door("GET /endpoints/<word:endpoint_id>", scope=Scope.ENDPOINTS_READ, asks=Nothing, answers=Endpoint)
def get_endpoint(call: Call, _asked: Nothing, endpoint_id: str) -> Endpoint:
    """One endpoint."""
    return Endpoint(**_endpoint(_known(call, endpoint_id)))


@door("GET /endpoints", scope=Scope.ENDPOINTS_READ, asks=Nothing, answers=EndpointList)
def list_endpoints(call: Call, _asked: Nothing) -> EndpointList:
    """Every endpoint."""
    with call.house.store.read() as tx:
        found = endpoints.all_of(tx)
    return EndpointList(data=[Endpoint(**_endpoint(one)) for one in found])


@door(
    "PATCH /endpoints/<word:endpoint_id>",
    scope=Scope.ENDPOINTS_WRITE,
    asks=EndpointChange,
    answers=Endpoint,
    refuses=(Code.ENDPOINT_REFUSED, Code.INPUT_REFUSED),
)
def update_endpoint(call: Call, change: EndpointChange, endpoint_id: str) -> Endpoint:
    """Change an endpoint, or disable and enable it. What waited meanwhile is sent when it is enabled."""
    flow.change(
        call.house,
        call.actor,
        endpoint_id,
        url=change.url,
        types=change.types,
        description=change.description,
    )
    if change.is_enabled is not None:
        (flow.enable if change.is_enabled else flow.disable)(call.house, call.actor, endpoint_id)
    return Endpoint(**_endpoint(_known(call, endpoint_id)))


@door(
    "DELETE /endpoints/<word:endpoint_id>",
    scope=Scope.ENDPOINTS_WRITE,
    asks=Nothing,
    answers=None,
    status=204,
)
def remove_endpoint(call: Call, _asked: Nothing, endpoint_id: str) -> None:
    """Forget an endpoint's address and secrets, for good."""
    flow.remove(call.house, call.actor, endpoint_id)


@door(
    "POST /endpoints/<word:endpoint_id>/rotate-secret",
    scope=Scope.ENDPOINTS_WRITE,
    asks=Empty,
    answers=EndpointMade,
)
def rotate_endpoint_secret(call: Call, _asked: Empty, endpoint_id: str) -> EndpointMade:
    """Give an endpoint a new secret, shown once, here. For 24 hours the one before signs too."""
    return _made(flow.rotate(call.house, call.actor, endpoint_id))


@door(
    "GET /endpoints/<word:endpoint_id>/deliveries",
    scope=Scope.ENDPOINTS_READ,
    asks=DeliveryListing,
    answers=DeliveryPage,
)
def list_deliveries(call: Call, asked: DeliveryListing, endpoint_id: str) -> DeliveryPage:
    """What was and is to be delivered to an endpoint, those of the newest events first."""
    _known(call, endpoint_id)
    before = cursors.place(LIST, asked)
    with call.house.store.read() as tx:
        found = deliveries.newest(
            tx,
            limit=asked.limit + 1,
            endpoint_id=endpoint_id,
            state=asked.state,
            before=before[0] if before else None,
        )
    shown, cursor = cursors.page(LIST, found, asked.limit, lambda one: (one.happening_id,))
    return DeliveryPage(data=[_delivery(one) for one in shown], next_cursor=cursor)


@door(
    "POST /endpoints/<word:endpoint_id>/resend",
    scope=Scope.ENDPOINTS_WRITE,
    asks=ResendWish,
    answers=Resent,
    refuses=(Code.ENDPOINT_DISABLED, Code.INPUT_REFUSED),
)
def resend_events(call: Call, wish: ResendWish, endpoint_id: str) -> Resent:
    """Send one event again, or what happened in a span of time, under the ids they always had.

    One request goes through some ten thousand events of a span; `next_since` says from when on to ask for the rest.
    """
    if wish.event_id is not None:
        flow.resend(call.house, call.actor, endpoint_id, wish.event_id)
        return Resent(sent=1, next_since=None)
    assert wish.since is not None  # noqa: S101 -- a wish has one of both
    done = flow.resend_span(
        call.house, call.actor, endpoint_id, wish.since, wish.until, delivered_too=wish.delivered_too
    )
    return Resent(sent=done.sent, next_since=done.next_since)


def _known(call: Call, endpoint_id: str) -> EndpointRow:
    with call.house.store.read() as tx:
        found = endpoints.by_id(tx, endpoint_id)
    if found is None:
        raise NotFoundError("endpoint", endpoint_id)
    return found


def _made(made: Made) -> EndpointMade:
    return EndpointMade(**_endpoint(made.endpoint), secret=made.secret)


def _endpoint(row: EndpointRow) -> dict[str, object]:
    return {
        "id": row.id,
        "url": row.url,
        "types": list(row.types),
        "description": row.description,
        "is_enabled": row.disabled_at is None,
        "disabled_why": row.disabled_why,
        "failing_since": row.failing_since,
        "earlier_secret_until": row.earlier_until,
        "created_at": row.created_at,
        "created_by": row.created_by,
    }


def _delivery(row: DeliveryRow) -> Delivery:
    return Delivery(
        event_id=row.name,
        type=row.type,
        state=row.state,
        attempts=row.attempts,
        next_attempt_at=row.due_at,
        created_at=row.created_at,
        delivered_at=row.delivered_at,
    )
