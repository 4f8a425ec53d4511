"""PayPal's own client drives the emulator, unpatched but for the address it calls."""

from typing import Any, TypeAlias

import pytest
from paypalserversdk.configuration import Configuration
from paypalserversdk.exceptions.error_exception import ErrorException
from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

from checkout.processors.paypal.emulator.control_client import EmulatorControl
from checkout.processors.paypal.emulator.emulator import CLIENT_ID, CLIENT_SECRET
from tests.processors.paypal.emulator.caller import euro, order_body, tea_body

# The client brings no types.
Client: TypeAlias = Any


class EmulatedConfiguration(Configuration):  # type: ignore[misc]
    """The client's configuration with another address."""

    base_url = ""

    def get_base_uri(self, server: object = None) -> str:
        """Return the emulator's address."""
        del server
        return self.base_url


@pytest.fixture
def client(emulator: EmulatorControl) -> Client:
    EmulatedConfiguration.base_url = emulator.base_url
    credentials = ClientCredentialsAuthCredentials(
        o_auth_client_id=CLIENT_ID, o_auth_client_secret=CLIENT_SECRET
    )
    configuration = EmulatedConfiguration(client_credentials_auth_credentials=credentials)
    return PaypalServersdkClient(config=configuration)


def created(client: Client, body: object, key: str = "create-1") -> Client:
    options = {"body": body, "paypal_request_id": key, "prefer": "return=representation"}
    return client.orders.create_order(options).body


def captured(client: Client, order_id: str) -> Client:
    options = {"id": order_id, "paypal_request_id": "capture-1", "prefer": "return=representation"}
    return client.orders.capture_order(options).body


def test_the_official_client_buys_and_refunds(client: Client, emulator: EmulatorControl) -> None:
    order = created(client, tea_body())
    assert (order.status, order.links[1].rel) == ("PAYER_ACTION_REQUIRED", "payer-action")
    emulator.approve(order.id)
    assert client.orders.get_order({"id": order.id}).body.status == "APPROVED"
    capture = captured(client, order.id).purchase_units[0].payments.captures[0]
    assert (capture.status, capture.amount.value) == ("COMPLETED", "23.80")
    shown = client.payments.get_captured_payment({"capture_id": capture.id}).body
    assert shown.seller_receivable_breakdown.net_amount.value == "23.00"
    wish = {"capture_id": capture.id, "paypal_request_id": "refund-1", "body": {"amount": euro("3.80")}}
    refund = client.payments.refund_captured_payment(wish).body
    assert refund.status == "COMPLETED"
    assert client.payments.get_refund({"refund_id": refund.id}).body.amount.value == "3.80"
    assert emulator.account()["balances"]["EUR"]["gross"] == "20.00"


def test_the_official_client_patches(client: Client, emulator: EmulatorControl) -> None:
    body = order_body()
    del body["payment_source"]
    order = created(client, body)
    path = "/purchase_units/@reference_id=='default'/amount"
    operations = [{"op": "replace", "path": path, "value": euro("9.99")}]
    assert client.orders.patch_order({"id": order.id, "body": operations}).status_code == 204
    emulator.approve(order.id)
    captured(client, order.id)
    assert emulator.account()["balances"]["EUR"]["gross"] == "9.99"


def test_the_official_client_understands_an_error(client: Client) -> None:
    order = created(client, order_body())
    with pytest.raises(ErrorException) as raised:
        captured(client, order.id)
    error = raised.value
    assert (error.response_code, error.details[0].issue) == (422, "ORDER_NOT_APPROVED")
    assert error.debug_id == error.response.headers["PayPal-Debug-Id"]


def test_the_official_client_meets_a_replay(client: Client) -> None:
    first = created(client, order_body("5.00"), "same")
    again = created(client, order_body("17.50"), "same")
    assert (again.id, again.purchase_units[0].amount.value) == (first.id, "5.00")
