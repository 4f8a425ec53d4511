"""Runs one API call: who asks, which fault strikes, how long it takes, what is done and answered."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal

from flask import Request, Response, current_app, g, request

from checkout.processors.paypal.emulator.bodies import parsed
from checkout.processors.paypal.emulator.book import Account
from checkout.processors.paypal.emulator.calls import Call
from checkout.processors.paypal.emulator.clock import zulu
from checkout.processors.paypal.emulator.emulator import Emulator
from checkout.processors.paypal.emulator.faults import HANG_SECONDS, Fault
from checkout.processors.paypal.emulator.garbling import garble
from checkout.processors.paypal.emulator.orders import STRAIGHT, Twist
from checkout.processors.paypal.emulator.refusals import (
    Finding,
    Json,
    NamedRefusalError,
    Operation,
    RefusedError,
    issue_texts,
    refusal_answer,
)
from checkout.processors.paypal.emulator.server import WIRE, Wire
from checkout.processors.paypal.emulator.tokens import InvalidTokenError

Subjects = dict[str, str | None]


@dataclass(slots=True)
class Answer:
    """A status, a JSON body (None for none), and extra headers."""

    status: int
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)


Act = Callable[[Twist], Answer]


@dataclass(frozen=True, slots=True)
class Steps:
    """What a call does: marks itself as under way, acts, and unmarks itself."""

    begin: Callable[[], object] | None
    act: Act
    end: Callable[[], object] | None

    @contextmanager
    def under_way(self, world: Emulator) -> Iterator[None]:
        """Mark the call as under way for as long as the block lasts."""
        if self.begin is not None:
            with world.lock:
                self.begin()
        try:
            yield
        finally:
            if self.end is not None:
                with world.lock:
                    self.end()


def emulator() -> Emulator:
    """Return the emulator the current application belongs to."""
    found = current_app.extensions["emulator"]
    assert isinstance(found, Emulator)  # noqa: S101 -- put there by create_app
    return found


def perform(
    operation: Operation,
    act: Act,
    *,
    subject: Callable[[], Subjects] | None = None,
    begin: Callable[[], object] | None = None,
    end: Callable[[], object] | None = None,
    authenticated: bool = True,
) -> Response:
    """Run one call and build its answer, faults and all.

    `act` does what was asked and is called with the lock held. `begin` runs before the latency has passed, so
    that a second call can meet the first one under way, and `end` after it, whatever happened. `subject` says
    what the call is about, for faults that match.
    """
    world = emulator()
    debug_id = world.identifiers.debug_id()
    g.debug_id = debug_id
    try:
        if authenticated:
            with world.lock:
                world.tokens.check(request.headers.get("Authorization", ""))
        with world.lock:
            about = subject() if subject else {}
        fault = world.faults.take(operation, {**about, **_request_subject(request)})
        answer = _act(world, operation, Steps(begin, act, end), fault)
    except InvalidTokenError:
        fault, answer = None, _invalid_token()
    except NamedRefusalError as refusal:
        fault, answer = None, named_answer(refusal, debug_id)
    return _answered(world, operation, answer, fault, debug_id)


def _request_subject(asked: Request) -> Subjects:
    return {"request_id": asked.headers.get("PayPal-Request-Id"), "path": asked.path, "method": asked.method}


def _act(world: Emulator, operation: Operation, steps: Steps, fault: Fault | None) -> Answer:
    try:
        effect = fault is None or fault.effect
        if not effect:
            _pass_time(world, fault, before=True)
            return Answer(204)
        with steps.under_way(world):
            _pass_time(world, fault, before=True)
            answer = _effect(world, operation, steps.act, fault)
        _pass_time(world, fault, before=False)
    except RefusedError as refused:
        return Answer(*refusal_answer(operation, refused, g.debug_id, world.settings.base_url))
    except NamedRefusalError as refusal:
        return named_answer(refusal, g.debug_id)
    return answer


def _effect(world: Emulator, operation: Operation, act: Act, fault: Fault | None) -> Answer:
    mocked = _mocked_issue(operation)
    if mocked is not None:
        raise RefusedError(Finding(mocked))
    with world.lock:
        return act(twist_of(world, fault))


def _pass_time(world: Emulator, fault: Fault | None, *, before: bool) -> None:
    hanging = fault is not None and fault.kind == "hang"
    after_effect = bool(fault and fault.parameters.get("after_effect"))
    if before and world.latency_ms:
        time.sleep(world.latency_ms / 1000)
    if hanging and fault is not None and after_effect is not before:
        time.sleep(fault.seconds(HANG_SECONDS))


def twist_of(world: Emulator, fault: Fault | None) -> Twist:
    """Return how a fault bends what really happens; a fault of the answer alone bends nothing."""
    if fault is None or fault.parameters.get("applies_to", "money") != "money":
        return STRAIGHT
    if fault.kind in ("replay_other", "refund_pending"):
        return Twist(
            replays_other=fault.kind == "replay_other", refund_pending=fault.kind == "refund_pending"
        )
    if fault.kind in ("decline", "declined_capture", "pending"):
        return Twist(instrument=fault.name())
    if not fault.kind.startswith("wrong_"):
        return STRAIGHT
    payee = fault.parameters.get("payee")
    return Twist(
        less=Decimal(str(fault.parameters.get("less", 0))),
        more=Decimal(str(fault.parameters.get("more", 0))),
        currency=fault.parameters.get("currency"),
        payee=_payee(world, payee) if fault.kind == "wrong_payee" else None,
        custom_id=fault.parameters.get("custom_id", "wrong") if fault.kind == "wrong_custom_id" else None,
    )


def _payee(world: Emulator, email: object) -> Account:
    return world.book.account_by_email(str(email)) if email else world.book.accounts()[1]


def _mocked_issue(operation: Operation) -> str | None:
    """Return the issue a caller asks to be answered with, by PayPal's header for negative tests."""
    header = request.headers.get("PayPal-Mock-Response")
    if not header:
        return None
    try:
        issue = str(json.loads(header)["mock_application_codes"])
    except (ValueError, KeyError, TypeError):
        return None
    return issue if (operation, issue) in issue_texts() else None


def _invalid_token() -> Answer:
    body = {"error": "invalid_token", "error_description": "Token signature verification failed"}
    return Answer(401, body, {"WWW-Authenticate": 'Bearer realm="invalid_token"'})


def named_answer(refusal: NamedRefusalError, debug_id: str) -> Answer:
    """Build the answer of a refusal that has its own name."""
    if refusal.name == "invalid_client":
        return Answer(401, {"error": refusal.name, "error_description": refusal.message})
    body: Json = {"name": refusal.name, "message": refusal.message, "debug_id": debug_id}
    if refusal.details:
        body["details"] = refusal.details
    return Answer(refusal.status, body)


def _answered(
    world: Emulator, operation: Operation, answer: Answer, fault: Fault | None, debug_id: str
) -> Response:
    wire = request.environ.get(WIRE) or Wire()
    response = Response(_encoded(answer.body), answer.status, content_type="application/json")
    response.headers.extend({**answer.headers, "PayPal-Debug-Id": debug_id, "Cache-Control": "no-store"})
    if fault is not None:
        response = garble(fault, operation, response, wire, world.settings.base_url)
        response.headers["PayPal-Debug-Id"] = debug_id
    world.calls.add(
        Call(
            time=zulu(world.clock.now()),
            operation=operation.value,
            method=request.method,
            path=request.path,
            query=request.query_string.decode("latin-1"),
            request_id=request.headers.get("PayPal-Request-Id"),
            prefer=request.headers.get("Prefer"),
            body=_logged_body(operation),
            status=response.status_code,
            answered=not wire.cut,
            fault=fault.name() if fault else None,
            debug_id=debug_id,
        )
    )
    return response


def _encoded(body: object) -> bytes:
    return b"" if body is None else json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def _logged_body(operation: Operation) -> object:
    if operation is Operation.TOKEN:
        return {"grant_type": request.form.get("grant_type")}
    return parsed(request.get_data())
