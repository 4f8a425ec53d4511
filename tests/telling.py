"""For the tests of what the shop is told: a house that may tell on this machine, and its deliveries one by one."""

from __future__ import annotations

from dataclasses import replace

from checkout.domain.actors import Actor, Way
from checkout.flows import delivering
from checkout.flows.house import House
from checkout.sealing import Seal
from checkout.senders.shop import Courier
from checkout.store import endpoints

ANN = Actor("ann", Way.COMMAND)


def house_that_tells(house: House) -> House:
    """The house where secrets can be kept and endpoints lie on this machine."""
    inside = replace(house.shop, may_tell_inside=True)
    return replace(house, seal=Seal("a secret that is long enough for a seal"), shop=inside)


def deliver_due(house: House, courier: Courier) -> int:
    """Send everything that is due now, one after the other; returns how much that was."""
    with house.store.read() as tx:
        due = endpoints.with_due(tx, house.clock())
    claimed = [(one, claim) for one in due for claim in delivering.claim(house, one, 100)]
    for endpoint, claim in claimed:
        delivering.deliver(house, courier, endpoint, claim)
    return len(claimed)
