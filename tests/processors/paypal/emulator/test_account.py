"""The merchant's money beyond payments: what there is, what is withheld, what goes in and out."""

import time
from decimal import Decimal

import pytest

from checkout.processors.paypal.emulator.control_client import ControlFailedError, EmulatorControl
from tests.processors.paypal.emulator.caller import Caller
from tests.processors.paypal.emulator.paying import paid


def euros(emulator: EmulatorControl) -> dict[str, str]:
    position: dict[str, str] = emulator.statement()["position"]["EUR"]
    return position


def test_the_statement_says_what_there_is_and_what_it_is_made_of(
    api: Caller, emulator: EmulatorControl
) -> None:
    capture_id = paid(api, emulator)
    api.refund(capture_id, {"amount": {"currency_code": "EUR", "value": "3.80"}})
    assert emulator.statement() == {
        "merchant_id": "MERCHANTEMU22",
        "position": {"EUR": {"total": "19.27", "available": "19.27", "withheld": "0.00"}},
        "by_kind": {
            "EUR": {
                "capture": {"gross": "23.80", "fee": "0.80", "count": 1},
                "refund": {"gross": "-3.80", "fee": "-0.07", "count": 1},
            }
        },
        "movements": 2,
    }


def test_money_goes_in_and_out_under_its_own_ids_and_codes(emulator: EmulatorControl) -> None:
    made = [
        emulator.deposit("EUR", "100.00"),
        emulator.charge_fee("EUR", "1.50"),
        emulator.adjust("EUR", "-2.25", code="T1200"),
        emulator.payout("EUR", "50"),
        emulator.payout("EUR"),
    ]
    assert [movement["code"] for movement in made] == ["T0300", "T0107", "T1200", "T0400", "T0400"]
    assert [movement["gross"] for movement in made] == ["100.00", "-1.50", "-2.25", "-50.00", "-46.25"]
    assert len({movement["id"] for movement in made}) == 5
    assert euros(emulator) == {"total": "0.00", "available": "0.00", "withheld": "0.00"}


def test_a_hold_changes_what_is_available_and_nothing_else(emulator: EmulatorControl) -> None:
    emulator.deposit("EUR", "100.00")
    before = emulator.account()["balances"]
    hold = emulator.hold("EUR", "30.00")
    assert (hold["code"], hold["gross"]) == ("T2103", "-30.00")
    assert euros(emulator) == {"total": "100.00", "available": "70.00", "withheld": "30.00"}
    with pytest.raises(ControlFailedError, match=r"Only 70\.00 EUR"):
        emulator.payout("EUR", "70.01")
    release = emulator.release("EUR", "30.00", hold_id=hold["id"])
    assert (release["code"], release["id"]) == ("T2104", hold["id"])
    assert euros(emulator) == {"total": "100.00", "available": "100.00", "withheld": "0.00"}
    assert emulator.account()["balances"] == before


def test_a_hold_for_a_dispute_names_the_capture(api: Caller, emulator: EmulatorControl) -> None:
    capture_id = paid(api, emulator)
    held, freed = (
        emulator.hold("EUR", "5.00", capture_id),
        emulator.release("EUR", "5.00", capture_id),
    )
    assert [movement["code"] for movement in (held, freed)] == ["T1110", "T1111"]
    assert {held["reference_id"], freed["capture_id"]} == {capture_id}


def test_a_conversion_is_two_movements_with_one_reference(emulator: EmulatorControl) -> None:
    emulator.deposit("USD", "100.00")
    paid_away, received = emulator.convert("USD", "100.00", "HUF", "395.3")
    assert (paid_away["gross"], received["gross"]) == ("-100.00", "39530.00")
    assert [movement["code"] for movement in (paid_away, received)] == ["T0201", "T0201"]
    assert paid_away["reference_id"] == received["reference_id"]
    assert emulator.statement()["position"]["HUF"]["available"] == "39530.00"


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("payout", {"currency": "EUR"}),
        ("payout", {"currency": "EUR", "value": "-1"}),
        ("deposit", {"currency": "ABC", "value": "1"}),
        ("deposit", {"currency": "EUR", "value": "0.001"}),
        ("deposit", {"currency": "JPY", "value": "1.5"}),
        ("fee", {"currency": "EUR", "value": "much"}),
        ("adjustment", {"currency": "EUR", "value": "0"}),
        ("adjustment", {"currency": "EUR", "value": "NaN"}),
        ("hold", {}),
        ("convert", {"currency": "EUR", "value": "1", "to": "EUR", "rate": "1"}),
        ("bulk", {"count": 0}),
        ("bulk", {"count": 1, "days": 0}),
        ("burn", {}),
        ("limitation", {"action": "ENJOYED"}),
        ("consent-revoked", {"kind": "none"}),
        ("settings", {"report_lag_seconds": -1}),
        ("settings", {"reports_authorized": "no"}),
        ("settings", {"colour": "red"}),
    ],
)
def test_what_makes_no_sense_moves_nothing(
    emulator: EmulatorControl, action: str, body: dict[str, object]
) -> None:
    with pytest.raises(ControlFailedError, match="answered 400"):
        emulator.call("POST", f"/control/account/{action}", body)
    assert emulator.statement()["movements"] == 0


def test_many_payments_are_made_at_once_and_the_same_for_the_same_seed(emulator: EmulatorControl) -> None:
    emulator.make_payments(500, days=10, seed=3, prefix="load-")
    first = emulator.movements()
    assert [movement["custom_id"] for movement in first] == [f"load-{number}" for number in range(500)]
    assert {movement["code"] for movement in first} == {"T0006"}
    assert first[0]["time"] < first[-1]["time"] < emulator.now()
    total = sum(Decimal(movement["net"]) for movement in first)
    assert Decimal(euros(emulator)["total"]) == total
    emulator.reset()
    emulator.make_payments(500, days=10, seed=3, prefix="load-")
    assert [movement["id"] for movement in emulator.movements()] == [movement["id"] for movement in first]


def test_the_statement_is_quick_however_much_happened(emulator: EmulatorControl) -> None:
    emulator.make_payments(20_000, days=365)
    started = time.perf_counter()
    assert emulator.statement()["movements"] == 20_000
    assert time.perf_counter() - started < 0.5


def test_a_reset_forgets_what_was_set_too(emulator: EmulatorControl) -> None:
    emulator.account_settings(report_lag_seconds=0, reports_authorized=False, dispute_due_days=1)
    emulator.distort_report("omit", "A" * 17)
    emulator.reset()
    assert emulator.account_settings() == {
        "report_lag_seconds": 10_800,
        "reports_authorized": True,
        "dispute_due_days": 10,
    }
    assert emulator.distortions() == []
