"""Answers that no database column could hold, and failures that must not repeat what a customer typed."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from checkout.domain.facts import FactKind
from checkout.processors.paypal.answers import UnreadableAnswerError, read_order
from checkout.processors.paypal.documents import Object
from checkout.processors.paypal.translate import facts_of
from tests.small_shop import SmallShop

PAYEE_MAX = 64
"""As the column of facts is wide."""


def captured(value: str = "23.80", capture_id: str = "3C679366HH908993F", payee: str = "OURS") -> Object:
    """An order with one capture."""
    amount: Object = {"currency_code": "EUR", "value": value}
    capture: Object = {"id": capture_id, "status": "COMPLETED", "amount": amount, "custom_id": "shop-1"}
    unit: Object = {
        "amount": amount,
        "custom_id": "shop-1",
        "payee": {"merchant_id": payee},
        "payments": {"captures": [capture]},
    }
    return {"id": "5O190127TN364715T", "status": "COMPLETED", "purchase_units": [unit]}


def test_a_capture_is_read() -> None:
    assert FactKind.CAPTURED in {one.kind for one in facts_of(read_order(captured()))}


@pytest.mark.parametrize("order", [captured(value="-23.80"), captured(capture_id="A" * 65)])
def test_money_below_nothing_and_endless_ids_are_no_answer(order: Object) -> None:
    with pytest.raises(UnreadableAnswerError):
        facts_of(read_order(order))


def test_an_endless_payee_fits_its_column_and_is_not_ours() -> None:
    for fact in facts_of(read_order(captured(payee="OURS" + "X" * 200))):
        assert fact.payee is None or (len(fact.payee) <= PAYEE_MAX and fact.payee != "OURS")


def test_a_failed_statement_does_not_repeat_its_values(shop: SmallShop) -> None:
    wrong = text("insert into contacts (order_id, email) values (:id, :email)")
    with pytest.raises(IntegrityError) as raised, shop.house.store.begin() as tx:
        tx.execute(wrong, {"id": "none", "email": "jane@example.com"})
    if shop.house.store.is_sqlite:  # PostgreSQL itself repeats the row, so faults are logged by type alone
        assert "jane@example.com" not in str(raised.value)
    assert "[SQL parameters hidden" in str(raised.value)
