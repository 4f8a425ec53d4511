"""Orders, authorizations, captures and refunds as the JSON that PayPal answers."""

from checkout.processors.paypal.emulator.clock import pacific, zulu
from checkout.processors.paypal.emulator.money import money_from
from checkout.processors.paypal.emulator.records import (
    OPEN_AUTHORIZATION,
    REVIEWED,
    Authorization,
    AuthorizationStatus,
    Capture,
    CaptureStatus,
    Conversion,
    Order,
    OrderStatus,
    Refund,
    RefundKind,
    RefundStatus,
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
            step = order.intent.value.lower()
            links.append(self.link(f"{path}/{step}", step, "POST"))
        return links

    def order_minimal(self, order: Order) -> Json:
        """Build what `Prefer: return=minimal` gets."""
        return {"id": order.id, "status": order.status.value, "links": self.order_links(order)}

    def order_captured(self, order: Order) -> Json:
        """Build the minimal answer to a capture or authorization, which names what was made all the same."""
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
        body: Json = {"id": order.id, "intent": order.intent.value, "status": order.status.value}
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
        if unit.captures or unit.authorizations:
            body["payments"] = self._payments(unit)
        return body

    def _payments(self, unit: Unit) -> Json:
        payments: Json = {}
        if unit.authorizations:
            payments["authorizations"] = [self.authorization(made) for made in unit.authorizations]
        if unit.captures:
            payments["captures"] = [self.capture(capture) for capture in unit.captures]
        refunds = [self.refund(capture, refund) for capture in unit.captures for refund in capture.refunds]
        if refunds:
            payments["refunds"] = refunds
        return payments

    def authorization_minimal(self, made: Authorization) -> Json:
        """Build what `Prefer: return=minimal` gets of an authorization."""
        return {"id": made.id, "status": made.status.value, "links": self._authorization_links(made)}

    def authorization(self, made: Authorization) -> Json:
        """Build an authorization as an order holds it."""
        body: Json = {"id": made.id, "status": made.status.value}
        if made.status is AuthorizationStatus.PENDING:
            body["status_details"] = {"reason": REVIEWED}
        body["amount"] = made.amount.body()
        body.update(_references(made))
        body["seller_protection"] = _protection(withheld=made.status is AuthorizationStatus.DENIED)
        body["expiration_time"] = zulu(made.expires)
        body["links"] = self._authorization_links(made)
        body["create_time"] = zulu(made.created)
        body["update_time"] = zulu(made.updated)
        return body

    def authorization_resource(self, made: Authorization) -> Json:
        """Build an authorization as it is answered alone and sent in events."""
        return {
            **self.authorization(made),
            "payee": made.payee.body(),
            "supplementary_data": {"related_ids": {"order_id": made.order_id}},
        }

    def _authorization_links(self, made: Authorization) -> list[Json]:
        path = f"/v2/payments/authorizations/{made.id}"
        steps: tuple[str, ...] = ()
        if made.status in OPEN_AUTHORIZATION:
            # Source: Payments v2 2.5: a reauthorization is neither voided nor reauthorized itself.
            steps = ("capture",) if made.original else ("capture", "void", "reauthorize")
        return [
            self.link(path, "self"),
            *(self.link(f"{path}/{step}", step, "POST") for step in steps),
            self.link(f"/v2/checkout/orders/{made.order_id}", "up"),
        ]

    def capture_minimal(self, capture: Capture) -> Json:
        """Build what `Prefer: return=minimal` gets of a capture."""
        return {"id": capture.id, "status": capture.status.value, "links": self._capture_links(capture)}

    def capture(self, capture: Capture) -> Json:
        """Build a capture as an order holds it; while PENDING it has no breakdown."""
        body: Json = {"id": capture.id, "status": capture.status.value}
        if capture.reason is not None:
            body["status_details"] = {"reason": capture.reason}
        body["amount"] = capture.amount.body()
        body["final_capture"] = capture.final
        body["seller_protection"] = _protection(
            withheld=capture.status is CaptureStatus.DECLINED or capture.reason == "UNILATERAL"
        )
        if capture.status is not CaptureStatus.PENDING:
            body["seller_receivable_breakdown"] = _receivable(capture)
        body.update(_references(capture))
        body["links"] = self._capture_links(capture)
        body["create_time"] = zulu(capture.created)
        body["update_time"] = zulu(capture.updated)
        return body

    def _capture_links(self, capture: Capture) -> list[Json]:
        path = f"/v2/payments/captures/{capture.id}"
        above = f"/v2/checkout/orders/{capture.order_id}"
        if capture.authorization_id is not None:
            above = f"/v2/payments/authorizations/{capture.authorization_id}"
        return [
            self.link(path, "self"),
            self.link(f"{path}/refund", "refund", "POST"),
            self.link(above, "up"),
        ]

    def capture_resource(self, capture: Capture) -> Json:
        """Build a capture as it is answered alone and sent in events: with its payee and its order's id."""
        related = {"order_id": capture.order_id}
        if capture.authorization_id is not None:
            related["authorization_id"] = capture.authorization_id
        return {
            **self.capture(capture),
            "payee": capture.payee.body(),
            "supplementary_data": {"related_ids": related},
        }

    def refund_minimal(self, capture: Capture, refund: Refund) -> Json:
        """Build what `Prefer: return=minimal` gets of a refund."""
        return {"id": refund.id, **_refund_state(refund), "links": self._refund_links(capture, refund)}

    def refund(self, capture: Capture, refund: Refund) -> Json:
        """Build a refund or a reversal; the capture it belongs to is named in the link `up` alone."""
        body: Json = {"id": refund.id, "amount": refund.amount.body()}
        if refund.note is not None:
            body["note_to_payer"] = refund.note
        body.update(_references(refund))
        body["seller_payable_breakdown"] = _payable(refund)
        body.update(_refund_state(refund))
        body["links"] = self._refund_links(capture, refund)
        body["create_time"] = pacific(refund.created)
        body["update_time"] = pacific(refund.updated)
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


def _protection(*, withheld: bool) -> Json:
    if withheld:
        return {"status": "NOT_ELIGIBLE"}
    return {"status": "ELIGIBLE", "dispute_categories": ["ITEM_NOT_RECEIVED", "UNAUTHORIZED_TRANSACTION"]}


def _references(record: Authorization | Capture | Refund) -> Json:
    both = (("invoice_id", record.invoice_id), ("custom_id", record.custom_id))
    return {name: value for name, value in both if value is not None}


def _receivable(capture: Capture) -> Json:
    net = capture.amount.with_value(capture.amount.value - capture.fee.value)
    body: Json = {
        "gross_amount": capture.amount.body(),
        "paypal_fee": capture.fee.body(),
        "net_amount": net.body(),
    }
    if capture.conversion is not None:
        body["receivable_amount"] = capture.conversion.received.body()
        body["exchange_rate"] = _rate(capture.conversion)
    return body


def _payable(refund: Refund) -> Json:
    net = refund.amount.with_value(refund.amount.value - refund.fee_returned.value)
    body: Json = {
        "gross_amount": refund.amount.body(),
        "paypal_fee": refund.fee_returned.body(),
        "net_amount": net.body(),
        "total_refunded_amount": refund.refunded_total.body(),
    }
    if refund.conversion is not None:
        paid = refund.conversion.paid.body()
        body["net_amount_in_receivable_currency"] = paid
        body["net_amount_breakdown"] = [
            {
                "payable_amount": paid,
                "converted_amount": refund.conversion.received.body(),
                "exchange_rate": _rate(refund.conversion),
            }
        ]
    return body


def _rate(conversion: Conversion) -> Json:
    return {
        "source_currency": conversion.paid.currency,
        "target_currency": conversion.received.currency,
        "value": f"{conversion.rate.normalize():f}",
    }


def _refund_state(refund: Refund) -> Json:
    body: Json = {"status": refund.status.value}
    waited = refund.kind is RefundKind.REFUND and refund.status in (RefundStatus.PENDING, RefundStatus.FAILED)
    if waited:
        body["status_details"] = {"reason": "ECHECK"}
    return body
