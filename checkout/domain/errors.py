"""What can go wrong, as types that write their own message and know no HTTP."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checkout.domain.money import Money


SHOWN_MAX = 40
"""Characters of a wrong text that a message repeats."""


class CheckoutError(Exception):
    """Anything this house raises on purpose. `str()` is written for the person who will read it."""


class NotAnAmountError(CheckoutError):
    """A text that is no exact amount of money."""

    def __init__(self, text: str, why: str) -> None:
        shown = text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…"
        super().__init__(f"{shown!r} is not an amount: {why}.")


class UnknownCurrencyError(CheckoutError):
    """A currency code that ISO 4217 does not list."""

    def __init__(self, code: str) -> None:
        super().__init__(
            f"{code[:12]!r} is not an ISO 4217 currency code. Use three capital letters, such as EUR."
        )


class AmountDoesNotFitError(CheckoutError):
    """An amount that a processor's decimals cannot say exactly. It is refused, never rounded."""

    def __init__(self, money: Money, decimals: int, where: str) -> None:
        super().__init__(
            f"{money} cannot be said exactly with the {decimals} decimals that {where} takes"
            f" for {money.currency}. Choose a price that fits; amounts are never rounded."
        )


class CurrencyNotTakenError(CheckoutError):
    """A currency that a processor does not take."""

    def __init__(self, processor: str, currency: str) -> None:
        super().__init__(
            f"{processor} takes no payments in {currency}. Price the product in another currency."
        )


class Reaction(StrEnum):
    """What the house does about a refusal. Source: the issue lists of PayPal's Orders v2 and Payments v2."""

    BACK_TO_PAYER = "back to payer"
    """Send the customer back to the same link: the processor wants one more step from them."""
    NOT_APPROVED = "not approved"
    """The customer has not agreed yet; the payment waits at the same link as before."""
    OTHER_INSTRUMENT = "other instrument"
    """Declined, but the customer may choose another way of paying at the same link."""
    READ_AND_GO_ON = "read and go on"
    """The processor says it already happened: ask for the state and go on as it says."""
    REPEAT_LATER = "repeat later"
    """The same call with the same key, later. The outcome is unknown until then."""
    WAIT = "wait"
    """Nothing to do but wait for the processor's next word."""
    START_AGAIN = "start again"
    """This payment is over without money; a new one may be opened."""
    OTHER_METHOD = "other method"
    """The customer cannot pay this way: say so and offer another try."""
    OPERATOR = "operator"
    """Only the operator can mend it (the account, a setting, a limit)."""
    OUR_BUG = "our bug"
    """We asked wrongly, or the processor said something nobody has seen: a person must look."""


class ProcessorError(CheckoutError):
    """A call to a processor that did not give the answer asked for."""

    processor: str
    operation: str
    debug_id: str | None


class ProcessorUnavailableError(ProcessorError):
    """No answer that can be trusted: whether the call had an effect is **unknown**. It may be repeated."""

    def __init__(self, processor: str, operation: str, why: str, debug_id: str | None = None) -> None:
        self.processor, self.operation, self.why, self.debug_id = (
            processor,
            operation,
            why,
            debug_id,
        )
        super().__init__(
            f"{processor} gave no usable answer to {operation} ({why}), so its outcome is unknown."
        )


class ProcessorRefusedError(ProcessorError):
    """A known refusal: the call had no effect. `reaction` says what to do about it."""

    def __init__(
        self,
        processor: str,
        operation: str,
        issue: str,
        reaction: Reaction,
        debug_id: str | None = None,
    ) -> None:
        self.processor, self.operation, self.debug_id = processor, operation, debug_id
        self.issue, self.reaction = issue, reaction
        super().__init__(
            f"{processor} refused {operation}: {issue} ({reaction}; debug id {debug_id or 'none'})."
        )


class NotAuthenticError(CheckoutError):
    """A delivery that the processor did not sign, or that nobody can read. Nothing of it is kept."""

    def __init__(self, why: str) -> None:
        super().__init__(f"This delivery is not authentic: {why}.")


class CannotAuthenticateError(CheckoutError):
    """A delivery that cannot be checked at the moment; the processor should send it again."""

    def __init__(self, why: str) -> None:
        super().__init__(f"This delivery cannot be checked now: {why}. Send it again later.")


class CardNumberError(CheckoutError):
    """Text from outside that holds a card number. It is neither kept nor logged."""

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(
            "This looks like a card number, so it was not kept. Card numbers are entered only on the payment"
            " processor's own page, never here."
        )


class NotFoundError(CheckoutError):
    """A thing that is asked for by a name we do not know."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"There is no {what} {name[:80]!r}.")


class NotForSaleError(NotFoundError):
    """A form that came for something the shop does not offer, or not any more. It made no order."""

    def __init__(self, name: str) -> None:
        CheckoutError.__init__(self, f"{name[:80]!r} is not for sale; nothing was ordered.")


class KeyUsedOtherwiseError(CheckoutError):
    """A key that was used before for something else."""

    def __init__(self) -> None:
        super().__init__(
            "This key was used before for another request, so nothing was done. Use a new key for a new request;"
            " repeat a key only to repeat the very same request."
        )


class OrderClosedError(CheckoutError):
    """An order that takes no payment any more."""

    def __init__(self, order_id: str, state: str) -> None:
        super().__init__(f"Order {order_id} is {state}: it takes no further payment.")


class PaymentUnderWayError(CheckoutError):
    """A second payment is refused while the outcome of an earlier one is not known."""

    def __init__(self, order_id: str) -> None:
        super().__init__(
            f"A payment for order {order_id} is still being confirmed. Do not pay again; it will show here."
        )


class MoneyReservedError(PaymentUnderWayError):
    """An order that cannot be closed while money is reserved for it."""

    def __init__(self, order_id: str) -> None:
        CheckoutError.__init__(
            self,
            f"Money is reserved for order {order_id}, so it is not closed. The shop takes it, or lets it go first:"
            f" `checkout reservations release {order_id}`.",
        )


class TooManyAttemptsError(CheckoutError):
    """An order that has used up its attempts to pay."""

    def __init__(self, order_id: str, attempts: int) -> None:
        super().__init__(f"Order {order_id} has had {attempts} attempts to pay. Please contact the shop.")


class BadInputError(CheckoutError):
    """Something given by hand that cannot be used; the message says what to give instead."""


class StoreUnavailableError(CheckoutError):
    """The database did not answer; nothing was changed."""

    def __init__(self) -> None:
        super().__init__(
            "The database is not reachable at the moment; nothing was changed. Try again shortly."
        )


class StoreDamagedError(StoreUnavailableError):
    """The database's file is none, or is broken; nothing was changed, and nothing will be until it is mended."""

    def __init__(self, why: str) -> None:
        CheckoutError.__init__(
            self,
            f"The database cannot be read ({why}); nothing was changed."
            " Put back its last good copy, or set DATABASE_URL to another.",
        )
