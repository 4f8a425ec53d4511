"""An order is paid when exactly what is due is ours, and never before."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.errors import BadInputError
from checkout.domain.money import MINOR_MAX, Money
from checkout.domain.orders import CLOSED, Line, OrderState, order_state, total
from checkout.domain.standing import PaymentState, Standing

DUE = Money(2380, "EUR")
closings = st.sampled_from([None, *CLOSED])


def standing(captured: int, refunded: int = 0, currency: str = "EUR") -> Standing:
    """A payment with so much captured and given back."""
    state = PaymentState.CAPTURED if captured else PaymentState.DECLINED
    return Standing(state, Money(captured, currency), Money(refunded, currency))


RESERVED = Standing(PaymentState.AUTHORIZED, Money(0, "EUR"), Money(0, "EUR"))

payments = st.lists(
    st.builds(
        standing, st.sampled_from([0, 1, 1190, 2379, 2380, 2381]), currency=st.sampled_from(["EUR", "USD"])
    ),
    max_size=4,
)


@given(payments, closings)
def test_paid_exactly_when_what_is_captured_equals_what_is_due(
    attempts: list[Standing], closed: OrderState | None
) -> None:
    captured = sum(one.captured.minor for one in attempts if one.captured.currency == "EUR")
    state = order_state(DUE, closed, attempts)
    assert (state is OrderState.PAID) is (captured == 2380 and closed is None)
    assert (state is OrderState.PAID_LATE) is (captured == 2380 and closed is not None)
    assert (state is OrderState.OVERPAID) is (captured > 2380)
    assert (state is OrderState.PARTIALLY_PAID) is (0 < captured < 2380)
    if captured == 0:
        assert state is (closed or OrderState.AWAITING_PAYMENT)


@pytest.mark.parametrize("closed", [None, *sorted(CLOSED)])
def test_reserved_money_is_said_and_is_not_paid(closed: OrderState | None) -> None:
    assert order_state(DUE, closed, [RESERVED]) is (closed or OrderState.AUTHORIZED)
    assert order_state(DUE, closed, [standing(0), RESERVED]) is (closed or OrderState.AUTHORIZED)
    assert order_state(Money(2380, "USD"), closed, [RESERVED]) is (closed or OrderState.AWAITING_PAYMENT)
    partly = replace(RESERVED, state=PaymentState.CAPTURED, captured=Money(1, "EUR"))
    assert order_state(DUE, closed, [partly]) is OrderState.PARTIALLY_PAID


@given(payments, closings, st.randoms(use_true_random=False))
def test_the_order_of_attempts_does_not_matter(
    attempts: list[Standing], closed: OrderState | None, chance: object
) -> None:
    shuffled = list(attempts)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert order_state(DUE, closed, shuffled) is order_state(DUE, closed, attempts)


@pytest.mark.parametrize(
    ("captured", "refunded", "state"),
    [
        (2380, 1, OrderState.PARTIALLY_REFUNDED),
        (2380, 2380, OrderState.REFUNDED),
        (2380, 2381, OrderState.REFUNDED),
        (100, 50, OrderState.PARTIALLY_REFUNDED),
        (0, 50, OrderState.AWAITING_PAYMENT),
    ],
)
def test_money_given_back_is_said(captured: int, refunded: int, state: OrderState) -> None:
    assert order_state(DUE, None, [standing(captured, refunded)]) is state


def test_every_order_state_can_be_reached() -> None:
    reached = {
        order_state(DUE, closed, [standing(captured, refunded)])
        for closed in (None, *CLOSED)
        for captured in (0, 1, 2380, 2381)
        for refunded in (0, 1, 2380)
    } | {order_state(DUE, None, [RESERVED])}
    assert reached == set(OrderState)


@given(
    st.lists(
        st.builds(
            Line, st.just("Tea"), st.integers(1, 999), st.builds(Money, st.integers(1, 10**9), st.just("JPY"))
        ),
        min_size=1,
        max_size=9,
    )
)
def test_a_total_is_the_exact_sum_of_its_lines(lines: list[Line]) -> None:
    assert total(lines) == Money(sum(line.quantity * line.unit_price.minor for line in lines), "JPY")


@pytest.mark.parametrize("quantity", [0, -1, 1000])
def test_a_quantity_that_nobody_can_buy_is_refused(quantity: int) -> None:
    with pytest.raises(BadInputError, match="between 1 and 999"):
        Line("Tea", quantity, DUE)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [Line("Tea", 1, Money(0, "EUR"))],
        [Line("Tea", 1, Money(-1, "EUR"))],
        [Line("Tea", 2, Money(MINOR_MAX, "EUR"))],
        [Line("Tea", 1, Money(1, "EUR")), Line("Tea", 1, Money(1, "USD"))],
    ],
)
def test_a_total_that_cannot_be_paid_is_refused(lines: list[Line]) -> None:
    with pytest.raises(BadInputError):
        total(lines)
    assert total([Line("Tea", 1, Money(MINOR_MAX, "EUR"))]).minor == MINOR_MAX
