"""Orders, captures and refunds as the JSON that PayPal answers."""

from checkout.processors.paypal.emulator.clock import pacific, zulu
from checkout.processors.paypal.emulator.money import money_from
from checkout.processors.paypal.emulator.records import (
    Capture,
    CaptureStatus,
    Order,
    OrderStatus,
    Refund,
    Unit,
)
from checkout.processors.paypal.emulator.refusals import Json

# The one payer there is. Nobody's data: the addresses are reserved for examples.
PAYER_ID = "BUYEREMU2TEST"
PAYER_NAME: Json = {"given_name": "Test", "surname": "Buyer"}
PAYER_EMAIL = "buyer@buyer.example"
PAYER_ADDRESS: Json = {"country_code": "DE"}
COPIED_TEXTS = ("description", "custom_id", "invoice_id", "soft_descriptor")


class Views:
    """Builds answers; knows the address its links begin with."""

    def __init__(self, base_url: str) -> None:
        """Take the address of the emulator, without a slash at its end."""
        self.base_url = base_url

    def link(self, path: str, rel: str, method: str = "GET") -> Json:
        """Build one link."""
        return {"href": f"{self.base_url}{path}", "rel": rel, "method": method}

    def order_links(self, order: Order) -> list[Json]:
        """Build an order's links: to the payer `payer-action` with a payment source, else `approve`."""
        path = f"/v2/checkout/orders/{order.id}"
        payer_path = f"/checkoutnow?token={order.id}"
        links = [self.link(path, "self")]
        if order.status is OrderStatus.PAYER_ACTION_REQUIRED:
            links.append(self.link(payer_path, "payer-action"))
        elif order.status is OrderStatus.CREATED:
            links.append(self.link(payer_path, "approve"))
        if order.status in (OrderStatus.CREATED, OrderStatus.APPROVED):
            links.append(self.link(path, "update", "PATCH"))
            links.append(self.link(f"{path}/capture", "capture", "POST"))
        return links

    def order_minimal(self, order: Order) -> Json:
        """Build what `Prefer: return=minimal` gets."""
        return {"id": order.id, "status": order.status.value, "links": self.order_links(order)}

    def order_captured(self, order: Order) -> Json:
        """Build the minimal answer to a capture, which names the captures all the same."""
        units = [
            {"reference_id": unit.body.get("reference_id", "default"), "payments": self._payments(unit)}
            for unit in order.units
        ]
        return {
            "id": order.id,
            "status": order.status.value,
            **_paid_by(order),
            "purchase_units": units,
            "links": self.order_links(order),
        }

    def order(self, order: Order) -> Json:
        """Build the whole representation."""
        body: Json = {"id": order.id, "intent": "CAPTURE", "status": order.status.value}
        body.update(_paid_by(order))
        body["purchase_units"] = [self._unit(order, unit) for unit in order.units]
        body["create_time"] = zulu(order.created)
        if order.status is OrderStatus.COMPLETED:
            body["update_time"] = zulu(order.updated)
        body["links"] = self.order_links(order)
        return body

    def _unit(self, order: Order, unit: Unit) -> Json:
        source = unit.body
        amount: Json = money_from(source["amount"]).body()
        if source["amount"].get("breakdown"):
            amount["breakdown"] = {
                name: money_from(part).body() for name, part in source["amount"]["breakdown"].items()
            }
        body: Json = {"reference_id": source.get("reference_id", "default"), "amount": amount}
        body["payee"] = _payee(unit, order)
        body.update({name: source[name] for name in COPIED_TEXTS if source.get(name) is not None})
        if source.get("items"):
            body["items"] = [_item(item) for item in source["items"]]
        if unit.captures:
            body["payments"] = self._payments(unit)
        return body

    def _payments(self, unit: Unit) -> Json:
        payments: Json = {"captures": [self.capture(capture) for capture in unit.captures]}
        refunds = [self.refund(capture, refund) for capture in unit.captures for refund in capture.refunds]
        if refunds:
            payments["refunds"] = refunds
        return payments

    def capture(self, capture: Capture) -> Json:
        """Build a capture as an order holds it; while PENDING it has no breakdown."""
        path = f"/v2/payments/captures/{capture.id}"
        body: Json = {"id": capture.id, "status": capture.status.value}
        if capture.reason is not None:
            body["status_details"] = {"reason": capture.reason}
        body["amount"] = capture.amount.body()
        body["final_capture"] = True
        body["seller_protection"] = _protection(capture)
        if capture.status is not CaptureStatus.PENDING:
            net = capture.amount.with_value(capture.amount.value - capture.fee.value)
            body["seller_receivable_breakdown"] = {
                "gross_amount": capture.amount.body(),
                "paypal_fee": capture.fee.body(),
                "net_amount": net.body(),
            }
        for name, value in (("invoice_id", capture.invoice_id), ("custom_id", capture.custom_id)):
            if value is not None:
                body[name] = value
        body["links"] = [
            self.link(path, "self"),
            self.link(f"{path}/refund", "refund", "POST"),
            self.link(f"/v2/checkout/orders/{capture.order_id}", "up"),
        ]
        body["create_time"] = zulu(capture.created)
        body["update_time"] = zulu(capture.updated)
        return body

    def capture_resource(self, capture: Capture) -> Json:
        """Build a capture as it is answered alone and sent in events: with its payee and its order's id."""
        return {
            **self.capture(capture),
            "payee": capture.payee.body(),
            "supplementary_data": {"related_ids": {"order_id": capture.order_id}},
        }

    def refund_minimal(self, capture: Capture, refund: Refund) -> Json:
        """Build what `Prefer: return=minimal` gets of a refund."""
        return {"id": refund.id, "status": "COMPLETED", "links": self._refund_links(capture, refund)}

    def refund(self, capture: Capture, refund: Refund) -> Json:
        """Build a refund or a reversal; the capture it belongs to is named in the link `up` alone."""
        net = refund.amount.with_value(refund.amount.value - refund.fee_returned.value)
        body: Json = {"id": refund.id, "amount": refund.amount.body()}
        optional = (
            ("note_to_payer", refund.note),
            ("invoice_id", refund.invoice_id),
            ("custom_id", refund.custom_id),
        )
        body.update({name: value for name, value in optional if value is not None})
        body["seller_payable_breakdown"] = {
            "gross_amount": refund.amount.body(),
            "paypal_fee": refund.fee_returned.body(),
            "net_amount": net.body(),
            "total_refunded_amount": refund.refunded_total.body(),
        }
        body["status"] = "COMPLETED"
        body["links"] = self._refund_links(capture, refund)
        body["create_time"] = body["update_time"] = pacific(refund.created)
        return body

    def _refund_links(self, capture: Capture, refund: Refund) -> list[Json]:
        return [
            self.link(f"/v2/payments/refunds/{refund.id}", "self"),
            self.link(f"/v2/payments/captures/{capture.id}", "up"),
        ]


def _paid_by(order: Order) -> Json:
    if order.status in (OrderStatus.APPROVED, OrderStatus.COMPLETED):
        return {"payment_source": _wallet(), "payer": _payer()}
    return {"payment_source": {"paypal": {}}} if order.with_source else {}


def _wallet() -> Json:
    return {
        "paypal": {
            "email_address": PAYER_EMAIL,
            "account_id": PAYER_ID,
            "account_status": "VERIFIED",
            "name": dict(PAYER_NAME),
            "address": dict(PAYER_ADDRESS),
        }
    }


def _payer() -> Json:
    return {
        "name": dict(PAYER_NAME),
        "email_address": PAYER_EMAIL,
        "payer_id": PAYER_ID,
        "address": dict(PAYER_ADDRESS),
    }


def _payee(unit: Unit, order: Order) -> Json:
    # PayPal knows one payee for each unit: where money went elsewhere, the unit says so.
    body = (unit.captures[-1].payee if unit.captures else unit.payee).body()
    if unit.payee_by_email and not unit.captures:
        # Who is behind an address is told only once there is a payment.
        del body["merchant_id"]
    if order.context.get("brand_name"):
        body["display_data"] = {"brand_name": order.context["brand_name"]}
    return body


def _item(item: Json) -> Json:
    body: Json = {
        "name": item["name"],
        "unit_amount": money_from(item["unit_amount"]).body(),
        "quantity": str(item["quantity"]),
    }
    if item.get("tax") is not None:
        body["tax"] = money_from(item["tax"]).body()
    body.update({name: item[name] for name in ("description", "sku", "category") if item.get(name)})
    return body


def _protection(capture: Capture) -> Json:
    if capture.status is CaptureStatus.DECLINED or capture.reason == "UNILATERAL":
        return {"status": "NOT_ELIGIBLE"}
    return {"status": "ELIGIBLE", "dispute_categories": ["ITEM_NOT_RECEIVED", "UNAUTHORIZED_TRANSACTION"]}
