"""A client for the emulator's control API, for tests, the demo and the bench."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import requests

from checkout.processors.paypal.emulator.control_account_client import AccountControl
from checkout.processors.paypal.emulator.control_payments_client import PaymentsControl

Json: TypeAlias = dict[str, Any]
TIMEOUT_SECONDS = (3.05, 60.0)


class ControlFailedError(Exception):
    """The emulator refused a control call; the message is its own."""


class EmulatorControl(AccountControl, PaymentsControl):
    """Everything the control API can do, one method each; threads may share it."""

    def __init__(self, base_url: str) -> None:
        """Take the emulator's address, such as `http://127.0.0.1:40123`."""
        self.base_url = base_url.rstrip("/")

    def call(
        self, method: str, path: str, body: Json | None = None, query: Mapping[str, str] | None = None
    ) -> Json:
        """Make a control call and return its JSON.

        Raises `ControlFailedError` when the emulator refuses it.
        """
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(
                method, f"{self.base_url}{path}", json=body, params=query, timeout=TIMEOUT_SECONDS
            )
        if not answer.ok:
            raise ControlFailedError(f"{method} {path} was answered {answer.status_code}: {_said(answer)}")
        parsed: Json = answer.json()
        return parsed

    def settings(self) -> Json:
        """Return what `set_settings` changes, and client_id, client_secret, merchant, certificate_url."""
        return self.call("GET", "/control/settings")

    def set_latency(self, latency_ms: int) -> None:
        """Let every API call take this long."""
        self.call("POST", "/control/settings", {"latency_ms": latency_ms})

    def set_settings(self, **wanted: object) -> Json:
        """Change latency_ms, insufficient_funds, held_currencies (None for all) or primary_currency."""
        return self.call("POST", "/control/settings", dict(wanted))

    def issuer(self) -> str:
        """Return the issuer's certificate as PEM text."""
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(f"{self.base_url}/control/issuer", timeout=TIMEOUT_SECONDS)
            answer.raise_for_status()
            return answer.text

    def account(self) -> Json:
        """Return the truth: accounts, balances {currency: {gross, fee, net}} of our merchant, movements."""
        return self.call("GET", "/control/account")

    def movements(self, **wanted: str) -> list[Json]:
        """Return the book's movements, chosen by their fields, as in `movements(custom_id="abc")`."""
        return [m for m in self.account()["movements"] if all(m[k] == v for k, v in wanted.items())]

    def now(self) -> str:
        """Return the emulator's time."""
        return str(self.call("GET", "/control/clock")["now"])

    def advance(self, seconds: float, *, deliver: bool = False) -> str:
        """Move the clock; with `deliver`, wait until what became due was sent. Return the new time."""
        wish = {"advance_seconds": seconds, "deliver": deliver}
        return str(self.call("POST", "/control/clock", wish)["now"])

    def order_fault(self, kind: str, operation: str | None = None, **more: object) -> Json:
        """Order a fault: times or rate, match, effect and its own parameters; see docs/emulator.md."""
        wish: Json = {"kind": kind, "operation": operation, **more}
        return self.call("POST", "/control/faults", wish)

    def faults(self) -> list[Json]:
        """Return all ordered faults and how often each struck."""
        return list(self.call("GET", "/control/faults")["faults"])

    def clear_faults(self) -> None:
        """Forget all faults."""
        self.call("DELETE", "/control/faults")

    def calls(self, **wanted: str) -> list[Json]:
        """Return the API calls that came in, chosen by their fields, as in `calls(operation="capture")`."""
        return list(self.call("GET", "/control/calls", query=wanted)["calls"])

    def clear_calls(self) -> None:
        """Forget all calls."""
        self.call("DELETE", "/control/calls")

    def deliveries(self) -> list[Json]:
        """Return all deliveries: event_type, order_id, status, fault, attempts [{time, status, error}]."""
        return list(self.call("GET", "/control/deliveries")["deliveries"])

    def pause_deliveries(self) -> None:
        """Send no webhooks by itself until `resume_deliveries`."""
        self.call("POST", "/control/deliveries/pause")

    def resume_deliveries(self) -> None:
        """Send webhooks again."""
        self.call("POST", "/control/deliveries/resume")

    def flush_deliveries(self, timeout_seconds: float = 30.0) -> list[Json]:
        """Send everything that waits (paused, late and held too), wait for it, return what is still open."""
        wish = {"timeout_seconds": timeout_seconds}
        return list(self.call("POST", "/control/deliveries/flush", wish)["open"])

    def settle_deliveries(self, timeout_seconds: float = 30.0) -> list[Json]:
        """Wait until nothing due is unsent; return what is still open (retries to come)."""
        wish = {"timeout_seconds": timeout_seconds}
        return list(self.call("POST", "/control/deliveries/settle", wish)["open"])

    def resend(self, event_id: str) -> None:
        """Send an event again under a new transmission id."""
        self.call("POST", "/control/deliveries/resend", {"event_id": event_id})

    def events(self) -> list[Json]:
        """Return all event bodies, oldest first."""
        return list(self.call("GET", "/control/events")["events"])

    def orders(self) -> list[Json]:
        """Return all orders, oldest first, expired ones too."""
        return list(self.call("GET", "/control/orders")["orders"])

    def order(self, order_id: str) -> Json:
        """Return one order with expired, cancelled, declines, capturing, expires, return_url, cancel_url."""
        return self.call("GET", f"/control/orders/{order_id}")

    def open_link(self, order_id: str) -> Json:
        """Let the payer open the link, and do nothing else."""
        return self.call("POST", f"/control/orders/{order_id}/open")

    def approve(self, order_id: str, instrument: str = "balance") -> Json:
        """Let the payer approve with balance, declined_card, declined_capture or pending:REASON."""
        return self.call("POST", f"/control/orders/{order_id}/approve", {"instrument": instrument})

    def cancel(self, order_id: str) -> Json:
        """Let the payer turn back."""
        return self.call("POST", f"/control/orders/{order_id}/cancel")

    def expire(self, order_id: str) -> Json:
        """Let the order expire now."""
        return self.call("POST", f"/control/orders/{order_id}/expire")

    def register_webhook(self, url: str, event_types: list[str] | None = None) -> str:
        """Register an address for all events, or some; return the webhook's id."""
        wish: Json = {"url": url, "event_types": event_types or ["*"]}
        return str(self.call("POST", "/control/webhook", wish)["id"])

    def token_requests(self) -> int:
        """Return how often a token was asked for."""
        return int(self.call("GET", "/control/tokens")["requests"])

    def revoke_token(self) -> None:
        """Make the current token worthless; calls with it get 401 invalid_token."""
        self.call("DELETE", "/control/tokens")

    def reset(self) -> None:
        """Forget everything but keys and certificates: orders, webhooks, faults, calls, the moved clock."""
        self.call("POST", "/control/reset")


def _said(answer: requests.Response) -> str:
    try:
        return str(answer.json()["error"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:500]
