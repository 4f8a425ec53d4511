"""The adapter asks, checks what it is answered, and tells only what it knows."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import responses

from checkout.domain.differences import Difference
from checkout.domain.errors import (
    CannotAuthenticateError,
    CurrencyNotTakenError,
    NotAuthenticError,
    ProcessorRefusedError,
    ProcessorUnavailableError,
    Reaction,
)
from checkout.domain.facts import FactKind
from checkout.domain.money import Money
from checkout.domain.processor import Answer, Processor, TellsByWebhook
from checkout.domain.standing import fold
from checkout.domain.terms import Terms
from checkout.processors.paypal.adapter import PayPal
from checkout.processors.paypal.settings import PayPalEnvironment
from tests.processors.paypal.certifying import deliver
from tests.processors.paypal.loopback import Asked, Loopback, Piece, json_answer, loopback, token_answer
from tests.processors.paypal.samples import (
    EUR,
    NAMES,
    PAYEE,
    REFERENCE,
    capture,
    captured,
    opening,
    order,
    paypal,
    question,
    settings,
)

Script = dict[str, list[dict[str, Any] | tuple[int, dict[str, Any]]]]
"""Answers by method, in order; the last is repeated. `LINK` in them becomes a link to this very server."""


class Scripted:
    """A PayPal that answers by a script, and remembers what it was asked."""

    def __init__(self, script: Script) -> None:
        self.script = {method: list(answers) for method, answers in script.items()}
        self.server: Loopback | None = None

    def __call__(self, asked: Asked) -> Iterable[Piece]:
        if asked.path == "/v1/oauth2/token":
            return [token_answer()]
        answers = self.script[asked.method]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        status, document = answer if isinstance(answer, tuple) else (200, answer)
        assert self.server is not None
        return [json_answer(document, status).replace(b"http://LINKHOST:99999", self.server.url.encode())]


LINK = "http://LINKHOST:99999/checkoutnow?token=5O190127TN364715T"


def padded(document: dict[str, Any], server: Loopback) -> dict[str, Any]:
    """The document with its links to the server itself."""
    for link in document.get("links", []):
        link["href"] = link["href"].replace("http://LINKHOST:99999", server.url)
    return document


def ask(call: str, script: Script) -> tuple[Answer, Loopback]:
    """Let the adapter call a PayPal that answers by a script."""
    handler = Scripted(script)
    with loopback(handler) as server:
        handler.server = server
        for answers in handler.script.values():
            for answer in answers:
                padded(answer[1] if isinstance(answer, tuple) else answer, server)
        adapter = paypal(server.url)
        if call == "open":
            return adapter.open_payment(opening()), server
        return getattr(adapter, call)(question()), server


def issue(name: str, status: int = 422) -> tuple[int, dict[str, Any]]:
    return status, {"name": "UNPROCESSABLE_ENTITY", "details": [{"issue": name}]}


def kinds(answer: Answer) -> list[FactKind]:
    return [fact.kind for fact in answer.facts]


def test_the_adapter_is_a_processor_that_tells_by_webhook() -> None:
    adapter: Processor = paypal("http://127.0.0.1:9")
    assert isinstance(adapter, TellsByWebhook)
    assert (adapter.name, adapter.title, adapter.payee) == ("paypal", "PayPal", PAYEE)
    assert adapter.hand_over_hosts == {"127.0.0.1:9"}


def test_an_opened_payment_is_told_with_its_link_and_debug_id() -> None:
    answer, server = ask("open", {"POST": [(201, order("PAYER_ACTION_REQUIRED", LINK))]})
    assert kinds(answer) == [FactKind.OPENED]
    assert answer.hand_over_url == LINK.replace("http://LINKHOST:99999", server.url)
    assert answer.debug_id == "f0debug1"
    assert server.paths("GET") == []


def test_a_minimal_answer_to_opening_is_completed_by_reading() -> None:
    minimal = {"id": REFERENCE, "status": "CREATED", "links": [{"href": LINK, "rel": "approve"}]}
    answer, server = ask("open", {"POST": [(201, minimal)], "GET": [order("CREATED")]})
    assert kinds(answer) == [FactKind.OPENED]
    assert answer.hand_over_url == LINK.replace("http://LINKHOST:99999", server.url)


@pytest.mark.parametrize(
    "unit",
    [
        {"amount": {"currency_code": "EUR", "value": "5.00"}},
        {"amount": {"currency_code": "USD", "value": "23.80"}},
        {"custom_id": "shop-o9.9"},
        {"payee": {"merchant_id": "ZZZZZZZZZZZZZ"}},
    ],
)
def test_a_replay_that_answers_of_something_else_is_a_difference(unit: dict[str, Any]) -> None:
    answer, _ = ask("open", {"POST": [(200, order("PAYER_ACTION_REQUIRED", LINK, **unit))]})
    standing = fold(Terms(NAMES, EUR, PAYEE), answer.facts, [])
    assert Difference.OPENED_DIFFERS in standing.differences


@pytest.mark.parametrize(
    "href", ["https://evil.example/checkoutnow", "http://127.0.0.1:1/", "https://www.paypal.com/x"]
)
def test_a_link_to_another_host_is_never_handed_out(href: str) -> None:
    hostile = order("PAYER_ACTION_REQUIRED", href)
    with pytest.raises(ProcessorRefusedError) as raised:
        ask("open", {"POST": [(201, hostile)], "GET": [hostile]})
    assert raised.value.reaction is Reaction.OUR_BUG


def test_a_replay_of_a_payment_that_is_approved_already_needs_no_link() -> None:
    answer, _ = ask("open", {"POST": [order("APPROVED")]})
    assert (answer.hand_over_url, kinds(answer)) == (None, [FactKind.OPENED, FactKind.APPROVED])


def test_an_amount_that_does_not_fit_is_refused_before_anything_is_asked() -> None:
    adapter = paypal("http://127.0.0.1:9")
    with pytest.raises(CurrencyNotTakenError):
        adapter.check_amount(Money(1000, "KWD"))
    with pytest.raises(CurrencyNotTakenError):
        adapter.open_payment(opening(amount=Money(1000, "KWD")))
    adapter.check_amount(Money(1, "EUR"))


def test_a_capture_that_tells_everything_is_not_read_again() -> None:
    answer, server = ask("capture", {"POST": [(201, captured())]})
    assert FactKind.CAPTURED in kinds(answer)
    assert server.paths("GET") == []


@pytest.mark.parametrize(
    "short",
    [
        {"id": REFERENCE, "status": "COMPLETED"},
        captured(payee=None),
        captured(capture(custom_id=None), custom_id=None),
        captured(capture(amount=None)),
        order("COMPLETED"),
    ],
)
def test_a_capture_that_tells_too_little_is_read_again(short: dict[str, Any]) -> None:
    answer, server = ask("capture", {"POST": [(201, short)], "GET": [captured()]})
    assert len(server.paths("GET")) == 1
    standing = fold(Terms(NAMES, EUR, PAYEE), answer.facts, [])
    assert (standing.captured, standing.differences) == (EUR, frozenset())


def test_a_capture_that_tells_too_little_and_cannot_be_read_is_unknown() -> None:
    with pytest.raises(ProcessorUnavailableError):
        ask("capture", {"POST": [(201, captured(payee=None))], "GET": [(500, {})]})
    with pytest.raises(ProcessorUnavailableError):
        ask("capture", {"POST": [(201, captured(payee=None))], "GET": [issue("INVALID_RESOURCE_ID", 404)]})


@pytest.mark.parametrize("call", ["capture", "inquire"])
def test_another_orders_answer_is_never_taken_for_this_one(call: str) -> None:
    other = captured() | {"id": "ANOTHERORDER00000"}
    with pytest.raises(ProcessorUnavailableError, match="ANOTHERORDER00000"):
        ask(call, {"POST": [(201, other)], "GET": [other]})


@pytest.mark.parametrize(
    "already", ["ORDER_ALREADY_CAPTURED", "ORDER_ALREADY_COMPLETED", "ORDER_COMPLETED_OR_VOIDED"]
)
def test_that_it_happened_already_is_success_if_its_state_says_so(already: str) -> None:
    answer, _ = ask("capture", {"POST": [issue(already)], "GET": [captured()]})
    assert FactKind.CAPTURED in kinds(answer)


def test_that_it_happened_already_is_not_believed_without_its_state() -> None:
    with pytest.raises(ProcessorRefusedError) as raised:
        ask("capture", {"POST": [issue("ORDER_ALREADY_CAPTURED")], "GET": [order("APPROVED")]})
    assert raised.value.reaction is Reaction.READ_AND_GO_ON
    with pytest.raises(ProcessorUnavailableError):
        ask("capture", {"POST": [issue("ORDER_ALREADY_CAPTURED")], "GET": [(503, {})]})
    with pytest.raises(ProcessorUnavailableError):
        ask("capture", {"POST": [issue("ORDER_ALREADY_CAPTURED")], "GET": [issue("PERMISSION_DENIED", 403)]})


@pytest.mark.parametrize(
    ("name", "reaction"),
    [
        ("INSTRUMENT_DECLINED", Reaction.OTHER_INSTRUMENT),
        ("ORDER_NOT_APPROVED", Reaction.NOT_APPROVED),
        ("PAYER_ACTION_REQUIRED", Reaction.BACK_TO_PAYER),
        ("TRANSACTION_REFUSED", Reaction.OTHER_METHOD),
        ("PAYEE_ACCOUNT_RESTRICTED", Reaction.OPERATOR),
        ("SOMETHING_NEW", Reaction.OUR_BUG),
    ],
)
def test_a_refused_capture_says_what_to_do(name: str, reaction: Reaction) -> None:
    with pytest.raises(ProcessorRefusedError) as raised:
        ask("capture", {"POST": [issue(name)]})
    assert (raised.value.issue, raised.value.reaction) == (name, reaction)


@pytest.mark.parametrize("said", [issue("INVALID_RESOURCE_ID", 404), (404, {"name": "RESOURCE_NOT_FOUND"})])
def test_a_payment_paypal_has_forgotten_is_expired_and_no_error(said: tuple[int, dict[str, Any]]) -> None:
    answer, _ = ask("inquire", {"GET": [said]})
    (fact,) = answer.facts
    assert (fact.kind, fact.reference) == (FactKind.EXPIRED, REFERENCE)


def test_no_other_refusal_to_tell_is_taken_for_expiry() -> None:
    for said in (
        issue("PERMISSION_DENIED", 403),
        issue("SOMETHING_NEW", 404),
        (401, {"error": "invalid_token"}),
    ):
        with pytest.raises(ProcessorRefusedError):
            ask("inquire", {"GET": [said]})
    with pytest.raises(ProcessorUnavailableError):
        ask("inquire", {"GET": [(503, {"name": "RESOURCE_NOT_FOUND"})]})


def test_inquiring_tells_the_same_facts_as_capturing() -> None:
    by_capture, _ = ask("capture", {"POST": [(201, captured())]})
    by_inquiry, _ = ask("inquire", {"GET": [captured()]})
    assert {fact.key for fact in by_capture.facts} == {fact.key for fact in by_inquiry.facts}


@pytest.mark.parametrize("reference", ["x", "a/b", "", "ABC\0", "A" * 37])
def test_an_order_id_that_is_none_is_no_answer(reference: str) -> None:
    with pytest.raises(ProcessorUnavailableError):
        ask("open", {"POST": [(201, order("PAYER_ACTION_REQUIRED", LINK) | {"id": reference})]})


def test_a_delivery_nobody_signed_is_refused_before_any_connection_is_opened() -> None:
    with loopback(lambda _: []) as server:
        adapter = paypal(server.url)
        for body in (b"", b"{}", b"null", b'{"id":"A","event_type":"X"}'):
            with pytest.raises(NotAuthenticError):
                adapter.authenticate(body, deliver(body).headers)
            with pytest.raises(NotAuthenticError):
                adapter.authenticate(body, {})
    assert server.asked == []


def test_a_certificate_that_cannot_be_had_now_is_asked_for_again() -> None:
    with loopback(lambda _: []) as server:
        url = f"{server.url}/v1/notifications/certs/CERT-1"
        body = b'{"id":"A","event_type":"X"}'
        with pytest.raises(CannotAuthenticateError):
            paypal(server.url).authenticate(body, deliver(body, url=url).headers)


def recorded(folder: Path, name: str) -> tuple[int, dict[str, Any], dict[str, str]]:
    """A real answer of PayPal's sandbox: status, body, headers."""
    answer = json.loads((folder / "facts/samples/paypal-exchange" / name).read_text())["response"]
    wanted = ("Content-Type", "Paypal-Debug-Id")
    headers = {key: ", ".join(values) for key, values in answer["headers"].items() if key in wanted}
    return answer["status"], answer["body"], headers


API = "https://api-m.sandbox.paypal.com"
ORDERS = f"{API}/v2/checkout/orders"


@pytest.fixture
def sandbox() -> Iterator[tuple[PayPal, responses.RequestsMock]]:
    """Give the adapter for PayPal's sandbox, and a network that holds only what a test puts there."""
    given = settings("", environment=PayPalEnvironment.SANDBOX)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as network:
        network.post(f"{API}/v1/oauth2/token", json={"access_token": "A21", "expires_in": 31000})
        yield PayPal(given, lambda: datetime.now(UTC)), network


def test_recorded_real_answers_are_opened_read_and_captured(
    shared: Path, sandbox: tuple[PayPal, responses.RequestsMock]
) -> None:
    adapter, network = sandbox
    status, created, headers = recorded(shared, "POST_v2_checkout_orders.201.5.json")
    network.post(ORDERS, status=status, json=created, headers=headers)
    status, approved, headers = recorded(shared, "GET_v2_checkout_orders_ID.200.1.json")
    network.get(f"{ORDERS}/{approved['id']}", status=status, json=approved, headers=headers)
    status, taken, headers = recorded(shared, "POST_v2_checkout_orders_ID_capture.201.1.json")
    network.post(f"{ORDERS}/{taken['id']}/capture", status=status, json=taken, headers=headers)

    opened = adapter.open_payment(opening(amount=Money(1000, "EUR")))
    assert opened.hand_over_url == f"https://www.sandbox.paypal.com/checkoutnow?token={created['id']}"
    assert kinds(opened) == [FactKind.OPENED, FactKind.APPROVED]
    held = adapter.capture(question(reference=taken["id"]))
    assert held.debug_id == "045a0cf469ece"
    (pending,) = [fact for fact in held.facts if fact.kind is FactKind.PENDING]
    assert pending.reason == "RECEIVING_PREFERENCE_MANDATES_MANUAL_ACTION"


def test_a_recorded_real_refusal_is_our_bug_with_its_debug_id(
    shared: Path, sandbox: tuple[PayPal, responses.RequestsMock]
) -> None:
    adapter, network = sandbox
    status, refused, headers = recorded(shared, "POST_v2_checkout_orders.400.json")
    network.post(ORDERS, status=status, json=refused, headers=headers)
    with pytest.raises(ProcessorRefusedError) as raised:
        adapter.open_payment(opening())
    assert (raised.value.issue, raised.value.reaction) == ("INVALID_PARAMETER_SYNTAX", Reaction.OUR_BUG)
    assert raised.value.debug_id == "acdae0b9e083b"


def test_every_sample_of_an_order_is_answered_unless_a_part_of_it_is_none(
    shared: Path, sandbox: tuple[PayPal, responses.RequestsMock]
) -> None:
    adapter, network = sandbox
    files = sorted((shared / "facts/samples/paypal-api").glob("GET_v2_checkout_orders_ID.200*.json"))
    for file in files:
        document = json.loads(file.read_text())
        network.upsert("GET", f"{ORDERS}/{document['id']}", json=document)
        payments = document["purchase_units"][0].get("payments", {})
        if any(False in payments.get(name, []) for name in ("captures", "authorizations")):
            with pytest.raises(ProcessorUnavailableError, match="Expected `object`"):
                adapter.inquire(question(reference=document["id"]))
        else:
            answer = adapter.inquire(question(reference=document["id"]))
            assert kinds(answer)[0] is FactKind.OPENED
    assert len(files) >= 8
