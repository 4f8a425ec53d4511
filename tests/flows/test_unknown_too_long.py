"""A capture whose outcome stays unknown is shown to a person, and asked about until it is known."""

from checkout.domain.orders import OrderState
from checkout.domain.standing import PaymentState
from checkout.flows.settling import UNKNOWN_TOO_LONG
from checkout.store import discrepancies
from checkout.store.discrepancies import Discrepancy
from tests.scripted_processor import LOSE_ANSWER, Operation
from tests.small_shop import SmallShop


def alarms(shop: SmallShop) -> list[Discrepancy]:
    """What a person sees of captures in limbo."""
    with shop.house.store.read() as tx:
        return [one for one in discrepancies.open_ones(tx) if one.kind == UNKNOWN_TOO_LONG]


def test_a_capture_unknown_for_a_quarter_of_an_hour_is_a_discrepancy_until_it_is_known(
    shop: SmallShop,
) -> None:
    placed, _ = shop.approved()
    shop.processor.plan(Operation.CAPTURE, LOSE_ANSWER)
    shop.come_back(placed)
    shop.processor.is_down(down=True)
    for _ in range(14):
        shop.sweep_on(1, minutes=1)
    assert alarms(shop) == []
    for _ in range(10):
        shop.sweep_on(1, minutes=1)
    assert [one.kind for one in alarms(shop)] == [UNKNOWN_TOO_LONG]
    assert shop.standing(placed).state is PaymentState.UNKNOWN
    shop.processor.is_down(down=False)
    shop.sweep_on(6)
    assert shop.state(placed) is OrderState.PAID
    assert alarms(shop) == []


def test_a_capture_that_is_known_in_time_alarms_nobody(shop: SmallShop) -> None:
    placed, _ = shop.approved()
    shop.come_back(placed)
    for _ in range(20):
        shop.sweep_on(1, minutes=1)
    assert shop.state(placed) is OrderState.PAID
    assert alarms(shop) == []
