"""What a processor that hangs does to the worker: whoever waits for it holds up nobody else."""

from pathlib import Path

import pytest

from checkout.store import discrepancies, facts, ledger, mailboxes, payments
from checkout.store.mailboxes import MessageState
from tests.town import Customer, Town, open_town, wait_for

pytestmark = pytest.mark.parametrize("ready_url", ["sqlite"], indirect=True)

HANG_SECONDS = 60  # longer than the shop waits for any answer


def is_read(town: Town, customer: Customer) -> bool:
    """An event of this customer's payment was dealt with."""
    with town.store.read() as tx:
        [payment] = payments.of_order(tx, customer.order_id)
        return any(one.state is MessageState.DONE for one in mailboxes.of_payment(tx, payment.id))


def nobody_has_given_up(town: Town) -> bool:
    """No event was put off: whoever asked about one waits for the answer still."""
    with town.store.read() as tx:
        return all(one.reason is None for one in mailboxes.newest(tx, limit=50))


def taken_back(town: Town, customer: Customer) -> bool:
    """Money of this customer's payment was taken back."""
    with town.store.read() as tx:
        [payment] = payments.of_order(tx, customer.order_id)
        return any(fact.kind == "reversed" for fact in facts.of_payment(tx, payment.id))


def test_a_question_that_hangs_keeps_no_other_payments_events_waiting(tmp_path: Path, ready_url: str) -> None:
    with open_town(tmp_path / "town", ready_url) as town:
        town.serve()
        slow, quick = town.customer().orders(), town.customer().orders()
        town.emulator.order_fault("hang", "get", times=1, seconds=HANG_SECONDS)
        slow.pays()
        wait_for(lambda: town.emulator.faults()[0]["struck"], what="the hang")
        quick.pays()
        wait_for(lambda: is_read(town, quick), what="the other event")
        assert nobody_has_given_up(town)
        assert not is_read(town, slow)
        town.settled(quick.order_id)


def test_money_sent_back_at_the_processors_own_site_is_booked(tmp_path: Path, ready_url: str) -> None:
    with open_town(tmp_path / "town", ready_url) as town:
        town.serve()
        customer = town.customer().orders().pays()
        customer.comes_back()
        town.settled(customer.order_id)
        [capture] = town.emulator.captures()
        town.emulator.refund(str(capture["id"]), {"currency_code": "EUR", "value": "3.80"})
        town.settled(customer.order_id, "partially refunded")
        town.emulator.reverse(str(capture["id"]))
        wait_for(lambda: taken_back(town, customer), what="the reversal")
        assert town.order_state(customer.order_id) == "partially refunded", "a reversal is no refund of ours"
        with town.store.read() as tx:
            assert list(ledger.faults(tx)) == []
            [payment] = payments.of_order(tx, customer.order_id)
            assert sum(fact.kind == "refunded" for fact in facts.of_payment(tx, payment.id)) == 2
            assert {one.kind for one in discrepancies.of_payment(tx, payment.id)} == {"reversed"}
