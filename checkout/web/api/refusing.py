"""Answers a problem as `application/problem+json`, whatever went wrong under the API's addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, request
from werkzeug.exceptions import HTTPException

from checkout.domain.cards import holds_card_number
from checkout.domain.errors import CardNumberError
from checkout.flows.complaints import UNKNOWN_FIELD, complaint
from checkout.web import request_log
from checkout.web.api.problems import BY_STATUS, PROBLEMS, Code, code_of
from checkout.web.api.shapes import Shape
from checkout.web.till import till

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

ROOT = "/v1"
PROBLEM_JSON = "application/problem+json"
PLACES_MAX = 50


class Place(Shape):
    """Where something is wrong: `pointer` into the body (RFC 6901), or `parameter` of the address."""

    pointer: str | None
    parameter: str | None
    detail: str


class ProblemBody(Shape):
    """What went wrong (RFC 9457). `code` is stable; `type` leads to the page about it."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: Code
    request_id: str
    errors: list[Place]


class RefusedError(Exception):
    """A request that is refused at the door."""

    def __init__(self, code: Code, detail: str = "", places: Sequence[Place] = ()) -> None:
        self.code, self.detail, self.places = code, detail, list(places)
        super().__init__(code)


def is_ours() -> bool:
    """The request came to the API, and is answered as a program reads."""
    return request.path == ROOT or request.path.startswith(f"{ROOT}/")


def answer(error: Exception) -> Response:
    """The problem that an error is."""
    match error:
        case RefusedError():
            return problem(error.code, error.detail, error.places)
        case CardNumberError():
            return problem(Code.CARD_NUMBER, str(error), list(_card_places()))
        case HTTPException():
            return _http(error)
    code = code_of(error)
    if code is Code.FAULT:
        request_log.log_fault(error, request_log.request_id())
        return problem(code)
    return problem(code, str(error))


def problem(code: Code, detail: str = "", places: Sequence[Place] = ()) -> Response:
    """One problem, in words for whoever reads it and a code for the program."""
    known, request_id = PROBLEMS[code], request_log.request_id()
    body = ProblemBody(
        type=f"{till().house.shop.base_url}{ROOT}/problems/{code}",
        title=known.title,
        status=known.status,
        detail=detail or known.happened,
        instance=f"urn:request:{request_id}",
        code=code,
        request_id=request_id,
        errors=list(places)[:PLACES_MAX],
    )
    response = Response(body.model_dump_json(), known.status, content_type=PROBLEM_JSON)
    if known.retry_seconds is not None:
        response.headers["Retry-After"] = str(known.retry_seconds)
    if known.status == 401:  # noqa: PLR2004 -- who are you?
        response.headers["WWW-Authenticate"] = 'Bearer realm="checkout"'
    return response


def places_of(wrong: ValidationError, *, in_body: bool) -> list[Place]:
    """Each place that is wrong, without what stood there."""
    return [
        Place(
            pointer=_pointer(found["loc"]) if in_body else None,
            parameter=None if in_body else str(found["loc"][0]) if found["loc"] else None,
            detail=_detail(found, in_body=in_body),
        )
        for found in wrong.errors(include_input=False, include_url=False)
    ]


def _detail(found: ErrorDetails, *, in_body: bool) -> str:
    said = complaint(found)
    if said != UNKNOWN_FIELD:
        return said
    return f"{UNKNOWN_FIELD}; {ROOT}/docs lists them" if in_body else "is not a parameter here"


def _pointer(place: tuple[int | str, ...]) -> str:
    """The way to a place; none where a name on it is itself a card number."""
    way = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in place)
    return "" if holds_card_number(way) else way


def _http(error: HTTPException) -> Response:
    response = problem(BY_STATUS.get(error.code or 500, Code.BODY_UNREADABLE))
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _card_places() -> Iterator[Place]:
    """Where in the request the guard, or a flow behind it, found a card number."""
    for name, value in request.args.items(multi=True):
        if holds_card_number(value, label=name):
            yield Place(pointer=None, parameter=name[:80], detail="looks like a card number")
    waiting: list[tuple[tuple[int | str, ...], object]] = [((), request.get_json(silent=True))]
    while waiting:
        place, said = waiting.pop()
        if isinstance(said, dict):
            waiting.extend(((*place, key), inner) for key, inner in said.items())
        elif isinstance(said, list):
            waiting.extend(((*place, index), inner) for index, inner in enumerate(said))
        elif holds_card_number(str(said), label=str(place[-1]) if place else ""):
            yield Place(pointer=_pointer(place), parameter=None, detail="looks like a card number")
