"""One payment through the adapter at the emulator, as a test walks it."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from checkout.domain.money import Money
from checkout.domain.orders import Line
from checkout.domain.processor import Answer, Opening, Question
from checkout.domain.standing import PaymentState, Standing, fold
from checkout.domain.terms import Terms
from checkout.processors.paypal.adapter import PayPal
from checkout.processors.paypal.emulator.control_client import EmulatorControl
from checkout.processors.paypal.settings import PayPalEnvironment, PayPalSettings

EUR = Money(2380, "EUR")


def paypal(emulator: EmulatorControl, **changes: object) -> PayPal:
    """The adapter, set up for the emulator."""
    told = emulator.settings()
    given: dict[str, Any] = {
        "environment": PayPalEnvironment.EMULATOR,
        "client_id": told["client_id"],
        "client_secret": told["client_secret"],
        "merchant_id": told["merchant"]["merchant_id"],
        "base_url": emulator.base_url,
    }
    return PayPal(PayPalSettings(**(given | changes)), lambda: datetime.now(UTC))


class Purchase:
    """One payment through the adapter, and all the facts it was told."""

    def __init__(self, emulator: EmulatorControl, amount: Money = EUR, adapter: PayPal | None = None) -> None:
        self.emulator, self.adapter = emulator, adapter or paypal(emulator)
        self.names = f"shop-{uuid4().hex[:6]}.1"
        self.terms = Terms(self.names, amount, self.adapter.payee)
        self.told: list[Answer] = []

    def open(self) -> str:
        opening = Opening(
            names=self.names,
            invoice=f"{self.names}-invoice",
            amount=self.terms.amount,
            key=f"{self.names}:open:1",
            lines=[Line("Tea", 1, self.terms.amount)],
            return_url="http://127.0.0.1:8000/return",
            cancel_url="http://127.0.0.1:8000/cancel",
            shop_name="The shop",
        )
        answer = self.adapter.open_payment(opening)
        self.told.append(answer)
        assert answer.debug_id
        return answer.facts[0].reference

    def question(self, reference: str) -> Question:
        return Question(self.names, reference, self.terms.amount, f"{self.names}:capture:1")

    def capture(self, reference: str) -> Answer:
        self.told.append(self.adapter.capture(self.question(reference)))
        return self.told[-1]

    def inquire(self, reference: str) -> Answer:
        self.told.append(self.adapter.inquire(self.question(reference)))
        return self.told[-1]

    def approved(self, instrument: str = "balance") -> str:
        reference = self.open()
        self.emulator.approve(reference, instrument)
        return reference

    def is_in(self, state: PaymentState) -> bool:
        return self.standing.state is state

    @property
    def standing(self) -> Standing:
        return fold(self.terms, [fact for answer in self.told for fact in answer.facts], [])

    @property
    def is_paid(self) -> bool:
        return self.standing.captured == self.terms.amount and not self.standing.differences

    def captures_at_paypal(self) -> int:
        return len(self.emulator.captures(custom_id=self.names))
