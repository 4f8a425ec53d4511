"""A database belongs to one mode for good: the first start stamps it, and the other mode never opens it."""

from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from checkout.domain.modes import Mode, OtherModeError
from checkout.flows import modes
from checkout.flows.house import House
from tests.small_shop import SmallShop


@dataclass
class Real:
    """A processor that takes real money, or says that it does not."""

    moves_real_money: bool


def house_with(shop: SmallShop, *processors: object) -> House:
    named = {str(number): one for number, one in enumerate(processors)}
    return replace(shop.house, processors=cast("dict[str, Any]", named))


def test_the_first_start_decides_and_the_other_mode_is_refused_in_one_sentence(shop: SmallShop) -> None:
    live, trial = (
        house_with(shop, Real(moves_real_money=True)),
        house_with(shop, Real(moves_real_money=False)),
    )
    assert modes.claim(live) is Mode.LIVE
    assert modes.claim(live) is Mode.LIVE
    with pytest.raises(OtherModeError, match="PAYPAL_ENVIRONMENT") as refused:
        modes.claim(trial)
    assert "\n" not in str(refused.value)
    assert modes.claim(live) is Mode.LIVE


def test_a_processor_that_knows_no_real_money_is_for_trials(shop: SmallShop) -> None:
    assert modes.claim(shop.house) is Mode.SANDBOX
    with pytest.raises(OtherModeError):
        modes.claim(house_with(shop, Real(moves_real_money=True)))


def test_a_shop_that_is_switched_off_decides_nothing_and_is_what_it_was(shop: SmallShop) -> None:
    off = house_with(shop)
    assert modes.claim(off) is Mode.SANDBOX
    assert modes.claim(house_with(shop, Real(moves_real_money=True))) is Mode.LIVE
    assert modes.claim(off, at_least=Mode.SANDBOX) is Mode.LIVE


def test_processors_of_both_modes_are_refused(shop: SmallShop) -> None:
    both = house_with(shop, Real(moves_real_money=True), Real(moves_real_money=False))
    with pytest.raises(OtherModeError):
        modes.claim(both)
