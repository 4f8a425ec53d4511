"""The part of the control client that is about the account: its money, reports, disputes and events."""

from collections.abc import Mapping
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]


class AccountControl:
    """What the control API can do with the account, one method each."""

    def call(
        self, method: str, path: str, body: Json | None = None, query: Mapping[str, str] | None = None
    ) -> Json:
        """Make a control call and return its JSON; the whole client knows how."""
        raise NotImplementedError

    def statement(self) -> Json:
        """Return merchant_id, position {currency: {total, available, withheld}}, by_kind, movements (how many)."""
        return self.call("GET", "/control/statement")

    def account_settings(self, **wanted: object) -> Json:
        """Change report_lag_seconds, reports_authorized or dispute_due_days; return them all."""
        return self.call("POST", "/control/account/settings", dict(wanted))

    def payout(self, currency: str, value: str | None = None) -> Json:
        """Send all that is available, or a value, to the merchant's bank; return the movement."""
        return self._account("payout", currency=currency, value=value)

    def deposit(self, currency: str, value: str) -> Json:
        """Bring money from the merchant's bank; return the movement."""
        return self._account("deposit", currency=currency, value=value)

    def charge_fee(self, currency: str, value: str, **more: object) -> Json:
        """Charge a fee of no payment; a `code` and `reference_id` may be given. Return the movement."""
        return self._account("fee", currency=currency, value=value, **more)

    def adjust(self, currency: str, value: str, **more: object) -> Json:
        """Correct the balance by a signed value; a `code` and `reference_id` may be given."""
        return self._account("adjustment", currency=currency, value=value, **more)

    def hold(self, currency: str, value: str, capture_id: str | None = None) -> Json:
        """Withhold a reserve, or for a dispute where a capture is named; return the movement."""
        return self._account("hold", currency=currency, value=value, capture_id=capture_id)

    def release(
        self, currency: str, value: str, capture_id: str | None = None, hold_id: str | None = None
    ) -> Json:
        """Give withheld money free, under the id of its hold where one is named; return the movement."""
        return self._account("release", currency=currency, value=value, capture_id=capture_id, id=hold_id)

    def convert(self, currency: str, value: str, to: str, rate: str) -> list[Json]:
        """Change money into another currency; return both movements."""
        return list(self._account("convert", currency=currency, value=value, to=to, rate=rate)["movements"])

    def make_payments(
        self,
        count: int,
        *,
        currency: str = "EUR",
        days: float = 30,
        seed: int = 0,
        prefix: str = "bulk-",
    ) -> Json:
        """Write many payments of no order into the book, numbered behind the prefix and spread over past days."""
        return self._account("bulk", count=count, currency=currency, days=days, seed=seed, prefix=prefix)

    def distort_report(self, kind: str, transaction_id: str | None = None, **more: object) -> Json:
        """Let the report be wrong about a row: omit, duplicate, unknown, amount, fee, currency, status and so on."""
        return self._post("reports/distort", {"kind": kind, "transaction_id": transaction_id, **more})

    def distortions(self) -> list[Json]:
        """Return what the reports were ordered to get wrong."""
        return list(self.call("GET", "/control/reports/distort")["distortions"])

    def clear_distortions(self) -> None:
        """Let the reports be right again."""
        self.call("DELETE", "/control/reports/distort")

    def disputes(self, **wanted: str) -> list[Json]:
        """Return all disputes in full with their capture_id, oldest first, chosen by their fields."""
        found = self.call("GET", "/control/disputes")["disputes"]
        return [entry for entry in found if all(entry.get(k) == v for k, v in wanted.items())]

    def open_dispute(self, capture_id: str, **wanted: object) -> Json:
        """Let a buyer dispute a capture; reason, value, channel, stage, status, due_days, message can be given."""
        return self._post("disputes", {"capture_id": capture_id, **wanted})

    def escalate_dispute(self, dispute_id: str) -> Json:
        """Let the buyer make a claim of an inquiry."""
        return self._dispute(dispute_id, "escalate")

    def buyer_message(self, dispute_id: str, message: str | None = None) -> Json:
        """Let the buyer write to the merchant."""
        return self._dispute(dispute_id, "buyer-message", {"message": message} if message else {})

    def accept_offer(self, dispute_id: str) -> Json:
        """Let the buyer take what the merchant offers."""
        return self._dispute(dispute_id, "accept-offer")

    def deny_offer(self, dispute_id: str) -> Json:
        """Let the buyer refuse what the merchant offers."""
        return self._dispute(dispute_id, "deny-offer")

    def return_item(self, dispute_id: str) -> Json:
        """Let the buyer send the goods back, where that was agreed."""
        return self._dispute(dispute_id, "return-item")

    def review_dispute(self, dispute_id: str) -> Json:
        """Let PayPal, or the bank, begin to look at it."""
        return self._dispute(dispute_id, "review")

    def ask_evidence(self, dispute_id: str, of: str = "seller") -> Json:
        """Let PayPal ask the seller or the buyer for evidence."""
        return self._dispute(dispute_id, "ask-evidence", {"of": of})

    def resolve_dispute(self, dispute_id: str, outcome: str = "RESOLVED_SELLER_FAVOUR") -> Json:
        """Close a dispute with any of PayPal's outcomes, and what it does to the money."""
        return self._dispute(dispute_id, "resolve", {"outcome": outcome})

    def cancel_dispute(self, dispute_id: str) -> Json:
        """Let the buyer take the complaint back."""
        return self._dispute(dispute_id, "cancel")

    def dispute_says(self, dispute_id: str, **words: str | None) -> Json:
        """Make PayPal say any word as status, stage, reason, outcome or channel; None says the true one again."""
        return self._dispute(dispute_id, "say", dict(words))

    def limit_account(self, action: str = "ADDED") -> Json:
        """Send CUSTOMER.ACCOUNT-LIMITATION.ADDED, ESCALATED, LIFTED or UPDATED; return the event."""
        return self._post("account/limitation", {"action": action})

    def revoke_consent(self, kind: str = "partner") -> Json:
        """Send MERCHANT.PARTNER-CONSENT.REVOKED or (`authorization`) IDENTITY.AUTHORIZATION-CONSENT.REVOKED."""
        return self._post("account/consent-revoked", {"kind": kind})

    def send_event(self, event_type: str, resource: Json | None = None, **more: object) -> Json:
        """Send an event of any name and shape; resource_type, resource_version, summary may be given."""
        return self._post("events", {"event_type": event_type, "resource": resource or {}, **more})

    def _account(self, action: str, **wanted: object) -> Json:
        return self._post(f"account/{action}", {k: v for k, v in wanted.items() if v is not None})

    def _dispute(self, dispute_id: str, action: str, wish: Json | None = None) -> Json:
        return self._post(f"disputes/{dispute_id}/{action}", wish or {})

    def _post(self, path: str, wish: Json) -> Json:
        return self.call("POST", f"/control/{path}", wish)
