"""Faults that can be ordered: which exist, what they need, and which call or delivery gets which."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from threading import Lock

from checkout.processors.paypal.emulator.identifiers import Identifiers
from checkout.processors.paypal.emulator.money import CURRENCIES
from checkout.processors.paypal.emulator.records import PENDING_REASONS
from checkout.processors.paypal.emulator.refusals import ENVELOPES, Json, Operation, issue_text

CALLS = frozenset(Operation) - {Operation.WEBHOOKS}
TAKING_CALLS = frozenset({Operation.CAPTURE, Operation.CAPTURE_AUTHORIZATION})
APPROVED_CALLS = TAKING_CALLS | {Operation.AUTHORIZE}
SHOWING_CALLS = frozenset(
    {Operation.GET, Operation.GET_AUTHORIZATION, Operation.GET_CAPTURE, Operation.GET_REFUND}
)
MONEY_CALLS = APPROVED_CALLS | SHOWING_CALLS | {Operation.CREATE}
DELIVERIES = frozenset({Operation.WEBHOOKS})
COMMON = frozenset({"operation", "kind", "times", "rate", "match", "effect"})
HANG_SECONDS = 5.0
DRIP_SECONDS = 0.05
LATE_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Kind:
    """Where a kind of fault fits, whether the call takes effect all the same, and its own parameters."""

    operations: frozenset[Operation]
    effect: bool = True
    parameters: frozenset[str] = frozenset()


KINDS: dict[str, Kind] = {
    "lost_answer": Kind(CALLS),
    "lost_request": Kind(CALLS, effect=False),
    "status": Kind(CALLS, effect=False, parameters=frozenset({"status", "retry_after"})),
    "issue": Kind(CALLS, effect=False, parameters=frozenset({"issue"})),
    "hang": Kind(CALLS, parameters=frozenset({"seconds", "after_effect"})),
    "slow_drip": Kind(CALLS, parameters=frozenset({"seconds"})),
    "html": Kind(CALLS, parameters=frozenset({"status"})),
    "empty": Kind(CALLS, parameters=frozenset({"status"})),
    "truncated": Kind(CALLS),
    "yaml": Kind(CALLS),
    "bad_json": Kind(CALLS),
    "py_reduce": Kind(CALLS, parameters=frozenset({"command"})),
    "redirect": Kind(CALLS, effect=False, parameters=frozenset({"location"})),
    "replay_other": Kind(frozenset({Operation.CREATE})),
    "wrong_amount": Kind(MONEY_CALLS, parameters=frozenset({"less", "more", "applies_to"})),
    "wrong_currency": Kind(MONEY_CALLS, parameters=frozenset({"currency", "applies_to"})),
    "wrong_payee": Kind(MONEY_CALLS, parameters=frozenset({"payee", "applies_to"})),
    "wrong_custom_id": Kind(MONEY_CALLS, parameters=frozenset({"custom_id", "applies_to"})),
    "decline": Kind(APPROVED_CALLS),
    "declined_capture": Kind(APPROVED_CALLS),
    "pending": Kind(APPROVED_CALLS),
    "refund_pending": Kind(frozenset({Operation.REFUND})),
    "duplicate": Kind(DELIVERIES, parameters=frozenset({"copies", "same_transmission_id"})),
    "late": Kind(DELIVERIES, parameters=frozenset({"seconds"})),
    "reorder": Kind(DELIVERIES, parameters=frozenset({"group"})),
    "lose": Kind(DELIVERIES),
    "forge_signature": Kind(DELIVERIES, parameters=frozenset({"amount"})),
    "forge_body_same_crc": Kind(DELIVERIES, parameters=frozenset({"amount"})),
}


class UnknownFaultError(ValueError):
    """A fault was ordered that does not exist or lacks something; the message names what would be right."""


@dataclass(slots=True)
class Fault:
    """One ordered fault: `times` still to come, or a `rate` by which it strikes."""

    id: int
    operation: Operation
    kind: str
    detail: str
    effect: bool
    times: int | None
    rate: float | None
    match: dict[str, str]
    parameters: Json = field(default_factory=dict)
    struck: int = 0

    def name(self) -> str:
        """Return the kind as it was ordered: `pending:ECHECK`."""
        return f"{self.kind}:{self.detail}" if self.detail else self.kind

    def seconds(self, default: float) -> float:
        """Return how long it takes, in seconds."""
        return float(self.parameters.get("seconds", default))

    def body(self) -> Json:
        """Build the JSON object the control API shows."""
        return {
            "id": self.id,
            "operation": self.operation.value,
            "kind": self.name(),
            "effect": self.effect,
            "times": self.times,
            "rate": self.rate,
            "match": self.match,
            "struck": self.struck,
            **self.parameters,
        }


class Faults:
    """The ordered faults, oldest first; has its own lock because calls and deliveries both ask."""

    def __init__(self, identifiers: Identifiers) -> None:
        """Take the generator whose seed decides the rates."""
        self._identifiers = identifiers
        self._lock = Lock()
        self._faults: list[Fault] = []
        self._last_id = 0

    def order(self, wish: Json) -> Fault:
        """Order a fault.

        Raises `UnknownFaultError` when the wish names an operation, kind or parameter that does not exist.
        """
        fault = fault_from(wish)
        with self._lock:
            self._last_id += 1
            fault.id = self._last_id
            self._faults.append(fault)
        return fault

    def take(self, operation: Operation, subject: Mapping[str, str | None]) -> Fault | None:
        """Return the oldest fault that strikes this call or delivery, and count it as used."""
        with self._lock:
            for fault in self._faults:
                if self._strikes(fault, operation, subject):
                    fault.struck += 1
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None

    def _strikes(self, fault: Fault, operation: Operation, subject: Mapping[str, str | None]) -> bool:
        if fault.times is not None and fault.times <= 0:
            return False
        anything = fault.operation is Operation.ANY and operation is not Operation.WEBHOOKS
        if not anything and fault.operation is not operation:
            return False
        if operation not in KINDS[fault.kind].operations:
            return False
        if any(subject.get(name) != value for name, value in fault.match.items()):
            return False
        return fault.rate is None or self._identifiers.chance(fault.rate)

    def all(self) -> list[Json]:
        """Return every ordered fault, the used-up ones too, with how often it struck."""
        with self._lock:
            return [fault.body() for fault in self._faults]

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._faults.clear()


def fault_from(wish: Json) -> Fault:
    """Read an order for a fault and check every part of it.

    Raises `UnknownFaultError`.
    """
    kind, _, detail = str(wish.get("kind", "")).partition(":")
    if kind not in KINDS:
        raise UnknownFaultError(f"There is no fault of the kind {kind!r}. There are: {', '.join(KINDS)}.")
    operation = _operation(wish.get("operation"), kind)
    extra = wish.keys() - COMMON - KINDS[kind].parameters
    if extra:
        allowed = ", ".join(sorted(KINDS[kind].parameters)) or "none of its own"
        raise UnknownFaultError(
            f"{kind} does not know {', '.join(sorted(extra))}. Its parameters are: {allowed}."
        )
    _check_detail(kind, detail)
    parameters = {name: wish[name] for name in KINDS[kind].parameters if name in wish}
    _check_parameters(kind, operation, parameters)
    times, rate = _frequency(wish)
    match = wish.get("match") or {}
    if not isinstance(match, dict):
        raise UnknownFaultError('`match` must be an object, such as {"custom_id": "abc"}.')
    effect = bool(wish.get("effect", KINDS[kind].effect))
    return Fault(0, operation, kind, detail, effect, times, rate, match, parameters)


def _operation(name: object, kind: str) -> Operation:
    allowed = KINDS[kind].operations
    (alone,) = allowed if len(allowed) == 1 else (Operation.CAPTURE,)
    fallback = Operation.CAPTURE if Operation.CAPTURE in allowed else alone
    try:
        operation = Operation(str(name)) if name is not None else fallback
    except ValueError:
        operation = None
    if operation is None or (operation not in allowed and operation is not Operation.ANY):
        raise UnknownFaultError(f"{kind} fits the operations {', '.join(sorted(allowed))}, not {name!r}.")
    return operation


def _check_detail(kind: str, detail: str) -> None:
    if kind == "pending":
        if detail not in PENDING_REASONS:
            raise UnknownFaultError(
                f"pending needs a reason, as in pending:ECHECK; one of {', '.join(PENDING_REASONS)}."
            )
    elif detail:
        raise UnknownFaultError(f"Only pending takes a reason after a colon; {kind}:{detail} means nothing.")


def _check_parameters(kind: str, operation: Operation, parameters: Json) -> None:
    if kind == "issue":
        try:
            issue_text(operation, str(parameters.get("issue")))
        except LookupError as error:
            raise UnknownFaultError(str(error)) from None
    if kind == "status" and parameters.setdefault("status", 500) not in ENVELOPES:
        raise UnknownFaultError(f"status can be {', '.join(map(str, ENVELOPES))}.")
    if kind == "wrong_amount" and not {"less", "more"} & parameters.keys():
        raise UnknownFaultError('wrong_amount needs "less" or "more", as in {"less": "1.00"}.')
    if kind == "wrong_currency" and parameters.setdefault("currency", "USD") not in CURRENCIES:
        raise UnknownFaultError(
            f"wrong_currency needs a currency PayPal has: {', '.join(sorted(CURRENCIES))}."
        )
    if parameters.get("applies_to", "money") not in ("money", "answer"):
        raise UnknownFaultError('applies_to is "money" (what really happens) or "answer" (what is said).')
    for name in {"less", "more", "amount", "seconds", "copies", "group"} & parameters.keys():
        try:
            Decimal(str(parameters[name]))
        except InvalidOperation:
            raise UnknownFaultError(f"{name} must be a number, not {parameters[name]!r}.") from None


def _frequency(wish: Json) -> tuple[int | None, float | None]:
    times, rate = wish.get("times"), wish.get("rate")
    if rate is not None and not (isinstance(rate, int | float) and 0 <= rate <= 1):
        raise UnknownFaultError("`rate` must be a number from 0 to 1.")
    if times is not None and not (isinstance(times, int) and times >= 1):
        raise UnknownFaultError("`times` must be a whole number from 1.")
    return (1 if times is None and rate is None else times), rate
