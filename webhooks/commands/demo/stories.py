"""The customers of the demo: what each does, and how their order must end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from stdnum import luhn

from checkout.building import mint
from checkout.flows.showing import order_view
from checkout.store import orders, payments
from webhooks.commands.demo.customer import Customer, PageNotAsExpectedError
from webhooks.commands.demo.waiting import wait_until

if TYPE_CHECKING:
    from webhooks.commands.demo.customer import Page
    from webhooks.commands.demo.stage import Stage
    from webhooks.commands.demo.telling import Teller

UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class Stories:
    """Plays the customers; each returns the token of the order page it ended with."""

    stage: Stage
    teller: Teller

    def pays(self) -> str:
        """A customer who simply pays."""
        anna = self._orders("Anna", "a-pot-of-tea")
        self._at_paypal(anna, "pay", "agrees at PayPal and is sent back to the shop")
        self._expect(anna.page, "Payment received")
        return self._token(anna)

    def declined_then_pays(self) -> str:
        """A customer whose card is declined, and who pays the same order with something else."""
        ben = self._orders("Ben", "a-pot-of-tea")
        self._at_paypal(ben, "declined", "chooses a card that his bank declines, and is sent back")
        self._expect(ben.page, "Your payment was declined")
        token = self._token(ben)
        ben.send(ben.page.form("/pay"))
        self.teller.say("Ben tries again: the same order, the same payment at PayPal")
        self._at_paypal(ben, "pay", "pays with his balance instead")
        self._expect(ben.page, "Payment received")
        return token

    def never_comes_back(self) -> str:
        """A customer who agrees and closes the window: PayPal's webhook completes the order."""
        cleo = self._orders("Cleo", "a-pot-of-tea")
        token = self._token_at_paypal(cleo)
        self._at_paypal(
            cleo, "close", "agrees at PayPal and closes the window; her browser tells the shop nothing"
        )
        self._wait_until_paid("Cleo", token, "PayPal's webhook told the shop, and it took the money")
        return token

    def types_a_card_number(self) -> str:
        """A customer who types a card number where none belongs: refused, kept nowhere. Returns that number."""
        number = _card_number()
        fay = Customer("Fay", self.stage.url)
        fay.open(f"{self.stage.url}/products/a-teapot")
        address = {"street": "Teastreet 1", "city": "Leafton", "postcode": "12345", "country": "DE"}
        fay.send(fay.page.form("/products/a-teapot"), email="fay@example.org", name=number, **address)
        self.teller.say("Fay types her card number as her name, and sends the form")
        refused = fay.page.status == UNPROCESSABLE
        kept = number in str([form.fields for form in fay.page.forms])
        self.teller.check("the shop refuses it and empties the field", holds=refused and not kept)
        return number

    def answer_is_lost(self) -> str:
        """A customer whose capture happens at PayPal, but whose answer is lost on the way: first part."""
        self.stage.emulator.order_fault("lost_answer", "capture", times=2)
        dan = self._orders("Dan", "a-pot-of-tea")
        self._at_paypal(
            dan, "pay", "pays; PayPal takes the money, but its answer is lost, and the repeat's too"
        )
        self._expect(dan.page, "We are confirming your payment")
        return self._token(dan)

    def webhook_is_lost(self) -> str:
        """A customer who never comes back while no webhook arrives: first part."""
        eve = self._orders("Eve", "a-pot-of-tea")
        token = self._token_at_paypal(eve)
        self._at_paypal(eve, "close", "agrees at PayPal and closes the window")
        return token

    def webhooks_stop(self) -> None:
        """From now on no webhook arrives."""
        self.stage.emulator.order_fault("lose", rate=1.0)
        self.teller.say("from now on none of PayPal's webhooks arrives")

    def found_by_sweep(self, name: str, token: str) -> None:
        """The end of a story that only asking can bring about."""
        self._wait_until_paid(name, token, "nobody told the shop, so it asked PayPal by itself")

    def _orders(self, name: str, product: str) -> Customer:
        customer = Customer(name, self.stage.url)
        customer.open(self.stage.url)
        customer.open(customer.page.link(f"/products/{product}"))
        form = customer.page.form(f"/products/{product}")
        customer.send(form, email=f"{name.lower()}@example.org", quantity="1")
        view = order_view(self.stage.house, self._token_at_paypal(customer))
        self.teller.say(f"{name} orders: {view.id}, {view.due}; the shop sends {name} to PayPal")
        return customer

    def _at_paypal(self, customer: Customer, choice: str, what: str) -> None:
        form = customer.page.form("/checkoutnow")
        self.teller.say(f"{customer.name} {what}")
        customer.send(form, choice=choice)

    def _token_at_paypal(self, customer: Customer) -> str:
        """The token of the order whose payment the customer is looking at."""
        reference = parse_qs(urlsplit(customer.page.url).query).get("token", [""])[0]
        with self.stage.house.store.read() as tx:
            payment = payments.by_reference(tx, "paypal", reference)
            order = orders.by_id(tx, payment.order_id) if payment else None
        if order is None:
            raise PageNotAsExpectedError(customer.page.url, "this is not PayPal's page of an order of ours")
        return order.token

    def _token(self, customer: Customer) -> str:
        return urlsplit(customer.page.url).path.rpartition("/")[2]

    def _expect(self, page: Page, heading: str) -> None:
        shown = f"the order's page says: {page.heading}"
        self.teller.check(shown, holds=page.heading == heading, otherwise=f"{heading!r} was expected")

    def _wait_until_paid(self, name: str, token: str, how: str) -> None:
        watcher = Customer(name, self.stage.url)
        address = f"{self.stage.url}/orders/{token}"
        wait_until(lambda: watcher.open(address).heading == "Payment received")
        self.teller.say(how)
        self._expect(watcher.page, "Payment received")


def _card_number() -> str:
    """A new card number each time, which stands in no file and is printed nowhere."""
    digits = "4" + "".join(str(ord(sign) % 10) for sign in mint(14))
    return digits + str(luhn.calc_check_digit(digits))
