"""The part of the control client that is about payments: captures, refunds, authorizations."""

from collections.abc import Mapping
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]


class PaymentsControl:
    """What the control API can do with payments, one method each."""

    def call(
        self, method: str, path: str, body: Json | None = None, query: Mapping[str, str] | None = None
    ) -> Json:
        """Make a control call and return its JSON; the whole client knows how."""
        raise NotImplementedError

    def captures(self, **wanted: str) -> list[Json]:
        """Return all captures with their refunds, chosen by their fields."""
        return self._listed("captures", wanted)

    def complete(self, capture_id: str) -> Json:
        """Let a pending capture complete."""
        return self._capture(capture_id, "complete")

    def decline(self, capture_id: str) -> Json:
        """Let a pending capture be denied."""
        return self._capture(capture_id, "decline")

    def accept(self, capture_id: str) -> Json:
        """Let the merchant take a payment that waits for just that."""
        return self._capture(capture_id, "accept")

    def deny(self, capture_id: str) -> Json:
        """Let the merchant refuse a payment that waits for just that."""
        return self._capture(capture_id, "deny")

    def refund(self, capture_id: str, amount: Json | None = None) -> Json:
        """Refund from the dashboard: all that is left, or {currency_code, value}."""
        return self._capture(capture_id, "refund", {"amount": amount} if amount else {})

    def reverse(self, capture_id: str, value: str | None = None, *, chargeback: bool = False) -> Json:
        """Let PayPal, or with `chargeback` a bank, take the money back: all that is left, or a value."""
        wish: Json = {"chargeback": chargeback}
        return self._capture(capture_id, "reverse", {**wish, "value": value} if value else wish)

    def cancel_reversal(self, capture_id: str) -> Json:
        """Give the merchant back what the latest reversal took."""
        return self._capture(capture_id, "cancel-reversal")

    def refunds(self, **wanted: str) -> list[Json]:
        """Return all refunds and reversals with kind and capture_id, chosen by their fields."""
        return self._listed("refunds", wanted)

    def complete_refund(self, refund_id: str) -> Json:
        """Let a pending refund complete."""
        return self.call("POST", f"/control/refunds/{refund_id}/complete")

    def fail_refund(self, refund_id: str) -> Json:
        """Let a pending refund fail; the money stays with the merchant."""
        return self.call("POST", f"/control/refunds/{refund_id}/fail")

    def cancel_refund(self, refund_id: str) -> Json:
        """Let a pending refund be cancelled; the money stays with the merchant."""
        return self.call("POST", f"/control/refunds/{refund_id}/cancel")

    def authorizations(self, **wanted: str) -> list[Json]:
        """Return all authorizations with captured, captures, original, replaced_by, expired, honoured_until."""
        return self._listed("authorizations", wanted)

    def approve_authorization(self, authorization_id: str) -> Json:
        """End the review of an authorization: the money can be captured."""
        return self.call("POST", f"/control/authorizations/{authorization_id}/approve")

    def deny_authorization(self, authorization_id: str) -> Json:
        """End the review of an authorization: the money cannot be had."""
        return self.call("POST", f"/control/authorizations/{authorization_id}/deny")

    def void_authorization(self, authorization_id: str) -> Json:
        """Void an authorization from the dashboard."""
        return self.call("POST", f"/control/authorizations/{authorization_id}/void")

    def expire_authorization(self, authorization_id: str) -> Json:
        """Let an authorization expire now."""
        return self.call("POST", f"/control/authorizations/{authorization_id}/expire")

    def _capture(self, capture_id: str, action: str, wish: Json | None = None) -> Json:
        return self.call("POST", f"/control/captures/{capture_id}/{action}", wish)

    def _listed(self, name: str, wanted: Mapping[str, str]) -> list[Json]:
        found = self.call("GET", f"/control/{name}")[name]
        return [entry for entry in found if all(entry.get(k) == v for k, v in wanted.items())]
