"""A door of the API: described where it is made, so that what it takes and answers is checked and published."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any, TypeVar

from flask import Response, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import UnsupportedMediaType

from checkout.domain.actors import NAME_MAX, Actor, Way
from checkout.domain.errors import CheckoutError
from checkout.domain.keys import Scope, ScopeMissingError, name_of_program
from checkout.domain.texts import in_letters
from checkout.flows import keys, repeating
from checkout.flows.house import House
from checkout.flows.repeating import Begun, Kept
from checkout.flows.said import Asked
from checkout.store.api_answers import Request
from checkout.store.api_keys import KeyRow
from checkout.web.api import refusing
from checkout.web.api.problems import PROBLEMS, Code, code_of
from checkout.web.api.refusing import RefusedError
from checkout.web.api.shapes import Parameters, Shape
from checkout.web.till import till

JSON = "application/json"
REPEATED = "Idempotent-Replayed"
KEY_HEADER = "Idempotency-Key"
KEY_LENGTH_MAX = 255
NOTHING_TO_SAY = 204


class Keyed(StrEnum):
    """Whether a door wants an Idempotency-Key."""

    NO = "no"
    MAY = "may"
    MUST = "must"


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks, and by which key of theirs. `request_key` is None where no Idempotency-Key came."""

    house: House
    key: KeyRow
    request_key: str | None

    @property
    def actor(self) -> Actor:
        """The name that is kept with what they do."""
        return Actor(name_of_program(self.key.name)[:NAME_MAX], Way.API)

    @property
    def single(self) -> str:
        """What makes a thing single that this request makes: the program's own key, or a fresh one."""
        return f"api-{self.request_key or self.house.mint(32)}"


Run = Callable[..., Shape | None]


@dataclass(frozen=True, slots=True)
class Also:
    """Another status that a door answers, where what it says makes it so."""

    status: int
    when: Callable[[Any], bool]
    about: str


@dataclass(frozen=True, slots=True)
class Door:
    """All that is known of a door."""

    method: str
    path: str
    run: Run
    scope: Scope | None
    asks: type[Asked | Parameters]
    answers: type[Shape] | None
    status: int
    keyed: Keyed
    refuses: tuple[Code, ...]
    also: Also | None

    @property
    def name(self) -> str:
        """The name of its function, which no other door has."""
        return self.run.__name__

    @property
    def has_body(self) -> bool:
        """It takes a body."""
        return issubclass(self.asks, Asked)

    @property
    def about(self) -> str:
        """What it does, as its function says."""
        return (self.run.__doc__ or "").strip()


DOORS: list[Door] = []
"""Every door, in the order they were made."""

_Run = TypeVar("_Run", bound=Run)


def door(
    route: str,
    *,
    asks: type[Asked | Parameters],
    answers: type[Shape] | None,
    scope: Scope | None = None,
    status: int = 200,
    keyed: Keyed | None = None,
    refuses: tuple[Code, ...] = (),
    also: Also | None = None,
) -> Callable[[_Run], _Run]:
    """Make a function the door of a route (`GET /orders`). Its docstring is what the description says of it."""
    method, _, path = route.partition(" ")
    chosen = keyed or (Keyed.MAY if method == "POST" else Keyed.NO)

    def made(run: _Run) -> _Run:
        DOORS.append(Door(method, path, run, scope, asks, answers, status, chosen, refuses, also))
        return run

    return made


def respond(its: Door, **parts: str) -> Response:
    """Answer one request at a door. What it raises is answered where the application answers its errors."""
    key = _authenticated(its)
    call = Call(till().house, key, _request_key(its, key))
    asked = _asked(its)
    if call.request_key is None:
        return _answer(its, call, asked, parts)
    return _once(its, call, asked, parts)


def _authenticated(its: Door) -> KeyRow:
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    key = keys.known(till().house, text.strip() if kind.lower() == "bearer" else None)
    if its.scope is not None and its.scope not in key.scopes:
        raise ScopeMissingError(its.scope)
    return key


def _request_key(its: Door, key: KeyRow) -> str | None:
    """A digest of the caller's own key, so that nothing of theirs is kept with it."""
    if its.keyed is Keyed.NO:
        return None
    said = request.headers.get(KEY_HEADER)
    if said is None:
        if its.keyed is Keyed.MUST:
            raise RefusedError(Code.IDEMPOTENCY_KEY_MISSING)
        return None
    if not 1 <= len(said) <= KEY_LENGTH_MAX or not said.isascii() or not said.isprintable():
        raise RefusedError(Code.IDEMPOTENCY_KEY_INVALID)
    return digest_of(key.family, said)


def _asked(its: Door) -> BaseModel:
    if its.has_body and request.args:
        unknown = [
            refusing.Place(pointer=None, parameter=name[:80], detail="is not a parameter here")
            for name in request.args
        ]
        raise RefusedError(Code.REQUEST_INVALID, places=unknown)
    try:
        if its.has_body:
            return its.asks.model_validate_json(_body())
        return its.asks.model_validate(_parameters())
    except ValidationError as wrong:
        if any(one["type"] == "json_invalid" for one in wrong.errors(include_input=False)):
            raise RefusedError(Code.BODY_UNREADABLE) from None
        places = refusing.places_of(wrong, in_body=its.has_body)
        raise RefusedError(Code.REQUEST_INVALID, places=places) from None


def _body() -> bytes:
    # A form has been read already by the card guard, so only its length tells of it.
    if request.content_length and request.mimetype != JSON:
        raise UnsupportedMediaType
    return request.get_data() or b"{}"


def _parameters() -> dict[str, str]:
    """What the address asks; a name twice is refused, as nobody could say which is meant."""
    twice = [name for name in request.args if len(request.args.getlist(name)) > 1]
    if twice:
        places = [
            refusing.Place(pointer=None, parameter=name[:80], detail="came more than once") for name in twice
        ]
        raise RefusedError(Code.REQUEST_INVALID, places=places)
    return request.args.to_dict()


def _answer(its: Door, call: Call, asked: BaseModel, parts: dict[str, str]) -> Response:
    shape = its.run(call, asked, **parts)
    if shape is None:
        return Response(status=NOTHING_TO_SAY)
    status = its.also.status if its.also and its.also.when(shape) else its.status
    return Response(shape.model_dump_json(), status, content_type=JSON)


def _once(its: Door, call: Call, asked: BaseModel, parts: dict[str, str]) -> Response:
    """The same, once for each key: its first answer is kept, where it holds, and given again."""
    begun = repeating.take_up(call.house, _request(call, asked))
    if isinstance(begun, Kept):
        return Response(begun.body, begun.status, {**begun.headers, REPEATED: "true"})
    try:
        response = _answer(its, call, asked, parts)
        holds = True
    except CheckoutError as refused:
        response, holds = refusing.answer(refused), PROBLEMS[code_of(refused)].holds
    except BaseException:
        repeating.release(call.house, begun)
        raise
    _keep(call.house, begun, response, holds=holds)
    return response


def _keep(house: House, begun: Begun, response: Response, *, holds: bool) -> None:
    if not holds:
        repeating.release(house, begun)
        return
    headers = {"Content-Type": response.headers.get("Content-Type", JSON)}
    repeating.finish(house, begun, Kept(response.status_code, headers, response.get_data(as_text=True)))


def _request(call: Call, asked: BaseModel) -> Request:
    said = json.dumps(asked.model_dump(mode="json"), sort_keys=True)
    return Request(
        family=call.key.family,
        request_key=str(call.request_key),
        asked=f"{request.method} {request.path}"[:200],
        body_digest=sha256(said.encode()).hexdigest(),
    )


def digest_of(*said: str) -> str:
    """An unguessable name made of a text, in letters, so that it never looks like a card's number."""
    return in_letters(json.dumps(said))
