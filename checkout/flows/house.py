"""What every flow needs, given once by the composition root: store, processors, clock, chance."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from checkout.domain.errors import NotFoundError
from checkout.sealing import Seal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, timedelta

    from checkout.domain.intents import Operation
    from checkout.domain.processor import Processor
    from checkout.store.engine import Store, Tx


@dataclass(frozen=True, slots=True)
class Shop:
    """What the flows know of the shop: its public address, its name, its limits."""

    base_url: str
    name: str
    installation: str
    order_life: timedelta
    attempts_max: int
    approval_above: Mapping[str, int] = field(default_factory=dict)
    """Above this, in minor units by currency, a refund needs a second person; empty: never."""
    operator_mail: str = ""
    """Where reminders and alarms go; empty: they are kept, logged, and shown by the doctor."""
    may_tell_inside: bool = False
    """Endpoints may lie on this machine or in its own network: for development and tests."""

    def order_url(self, token: str) -> str:
        """The address of an order's page."""
        return f"{self.base_url}/orders/{token}"

    def link_url(self, token: str) -> str:
        """The address that a pay link is."""
        return f"{self.base_url}/pay/{token}"

    def name_of(self, payment_id: str) -> str:
        """The name a payment goes by at the processor."""
        return f"{self.installation}-{payment_id}"

    def gave(self, name: str | None) -> bool:
        """Whether this installation gave the name, and not another one on the same account."""
        return name is not None and name.startswith(self.name_of(""))

    def key_of(self, payment_id: str, operation: Operation, attempt: int) -> str:
        """The idempotency key of one attempt at an operation."""
        return f"{self.installation}:{payment_id}:{operation}:{attempt}"


@dataclass(frozen=True, slots=True)
class House:
    """Everything a flow may use. `clock` gives aware UTC times; `mint` gives unguessable names."""

    store: Store
    processors: Mapping[str, Processor]
    shop: Shop
    clock: Callable[[], datetime]
    mint: Callable[[int], str]
    enqueue: Callable[[Tx, str, str], None]
    """`enqueue(tx, job, notice_id)`: the job runs at least once after `tx` commits, and not at all if it does not."""
    seal: Seal = field(default_factory=Seal)
    """Keeps secrets that must be read again; without a SECRET_KEY it refuses to."""

    def processor(self, name: str) -> Processor:
        """A processor by its folder's name, or NotFoundError."""
        try:
            return self.processors[name]
        except KeyError:
            raise NotFoundError("payment processor", name) from None
