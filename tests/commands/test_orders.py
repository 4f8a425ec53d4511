"""Where is the money? Orders, payments, ledger and inbox as the operator sees them."""

import pytest

from checkout.domain.actors import Actor, Way
from checkout.domain.money import Money
from checkout.domain.orders import Basket, Line, Origin
from checkout.domain.processor import Envelope
from checkout.flows.ordering import ShopWish, place_for_shop
from checkout.store import audit, discrepancies, migrating
from checkout.store.discrepancies import of_payment_found
from checkout.store.mailboxes import MessageState
from checkout.store.orders import Contact
from tests.commands.conftest import Terminal
from webhooks.letterbox import Letterbox
from webhooks.process import process_due


def test_a_paid_order_says_so_in_its_first_line(terminal: Terminal) -> None:
    number = terminal.order(approve="balance")
    said = terminal.says("orders", "show", number)
    assert said.splitlines()[0] == "EUR 23.80 was taken and is in our account at PayPal; the order is paid."
    for word in (
        "customer@example.org",
        "debug id",
        "learned from capture",
        "ledger: debit processor EUR 23.80",
    ):
        assert word in said


def test_an_order_is_told_to_programs_with_stable_keys(either_terminal: Terminal) -> None:
    terminal = either_terminal
    number = terminal.order(approve="balance")
    told = terminal.reads("orders", "show", number)
    (payment,) = told["payments"]
    assert (told["id"], told["state"], told["due"]) == (number, "paid", {"minor": 2380, "currency": "EUR"})
    assert [(one["operation"], one["outcome"]) for one in payment["intents"]] == [
        ("open", "done"),
        ("capture", "done"),
    ]
    assert [one["kind"] for one in payment["facts"]] == ["opened", "approved", "captured", "fee"]
    assert [(one["side"], one["account"], one["amount"]["minor"]) for one in payment["ledger"]] == [
        ("debit", "processor", 2380),
        ("credit", "sales", 2380),
        ("debit", "fees", 80),
        ("credit", "processor", 80),
    ]
    assert told["notices"][0]["kind"] == "receipt"
    assert terminal.reads("payments", "show", payment["reference"]) == payment


@pytest.mark.parametrize(
    ("approve", "answer"),
    [
        (None, "No money was taken: the customer has not agreed at PayPal yet. EUR 23.80 is due."),
        (
            "declined_card",
            "No money was taken: the last payment is declined (INSTRUMENT_DECLINED). EUR 23.80 is due.",
        ),
        (
            "pending:ECHECK",
            (
                "PayPal holds EUR 23.80 and has not passed it on (ECHECK). The customer pays from a bank account by"
                " eCheck, which takes some days to clear and may still bounce. Wait: PayPal tells how it ends. Do not"
                " send the goods yet, and do not ask the customer to pay again."
            ),
        ),
    ],
)
def test_an_order_without_money_says_where_it_stands(
    terminal: Terminal, approve: str | None, answer: str
) -> None:
    number = terminal.order(approve=approve)
    assert terminal.says("orders", "show", number).splitlines()[0] == answer


def test_an_unknown_capture_is_never_called_failed_and_a_sweep_finds_it(either_terminal: Terminal) -> None:
    terminal = either_terminal
    terminal.emulator.order_fault("lost_answer", "capture", times=2)
    number = terminal.order(approve="balance")
    assert terminal.says("orders", "show", number).startswith(
        "It is not known yet whether PayPal took EUR 23.80"
    )
    swept = terminal.reads("sweep", "--everything")
    assert swept == {
        "asked": 1,
        "answered": 1,
        "changes": [{"payment_id": f"{number}-1", "was": "unknown", "is": "captured"}],
    }
    assert terminal.reads("orders", "show", number)["state"] == "paid"
    assert "Nothing is open" in terminal.says("sweep", "--everything")
    assert "Nothing is due" in terminal.says("sweep")


def test_a_sweep_that_is_not_answered_fails_and_changes_nothing(terminal: Terminal) -> None:
    terminal.order(approve="balance", come_back=False)
    terminal.emulator.order_fault("status", "get", status=503, times=3)
    assert "could not be asked about" in terminal.fails("sweep", "--everything")
    terminal.emulator.clear_faults()
    assert terminal.reads("sweep", "--everything")["answered"] == 1


def test_orders_are_listed_newest_first_and_by_state(either_terminal: Terminal) -> None:
    terminal = either_terminal
    waiting, paid = terminal.order(), terminal.order(approve="balance")
    assert [order["id"] for order in terminal.reads("orders", "list")] == [paid, waiting]
    assert [order["id"] for order in terminal.reads("orders", "list", "--state", "paid")] == [paid]
    assert "There are no such orders" in terminal.says("orders", "list", "--state", "refunded")
    for spelled in ("awaiting payment", "awaiting_payment"):
        (found,) = terminal.reads("orders", "list", "--state", spelled)
        assert (found["id"], found["state"]) == (waiting, "awaiting_payment"), (
            "as webhooks and the API spell it"
        )
    assert "awaiting payment" in terminal.says("orders", "list")
    assert "Invalid value" in terminal.fails("orders", "list", "--state", "lost", code=2)


def test_an_order_is_shown_by_whatever_paypal_or_the_shop_quotes(either_terminal: Terminal) -> None:
    terminal = either_terminal
    number, other = terminal.order(approve="balance"), terminal.order()
    (refund,) = terminal.reads("refunds", "give", number, "--amount", "5.00")
    shown = terminal.reads("orders", "show", number)
    for name in (refund["id"], refund["capture"], refund["refund"], shown["url"], number.lower()):
        assert terminal.reads("orders", "show", name)["id"] == number, name
    said = terminal.fails("orders", "show", "customer@example.org")
    assert "Several orders are found by 'customer@example.org'" in said
    assert {number, other} == {line.split()[0] for line in said.splitlines()[1:]}
    assert "customer" not in said.partition("\n")[2]


def test_shipping_tax_and_the_shops_reference_are_shown_where_there_are_any(terminal: Terminal) -> None:
    house = terminal.house()
    pot = Basket((Line("Pot", 1, Money(2000, "EUR")),), shipping_minor=490, tax_minor=380)
    order = place_for_shop(
        house,
        ShopWish(
            basket=pot,
            codes=("",),
            contact=Contact(""),
            form_key="the shop's key",
            origin=Origin.API,
            shop_reference="SO-2026/0042",
        ),
    )
    house.store.close()
    said = terminal.says("orders", "show", "SO-2026/0042")
    assert "1 of Pot, EUR 20.00 each\n  shipping EUR 4.90\n  tax EUR 3.80\n" in said
    assert "the shop's reference  SO-2026/0042" in said
    told = terminal.reads("orders", "show", order.id)
    assert (told["shipping"]["minor"], told["tax"]["minor"], told["shop_reference"]) == (
        490,
        380,
        "SO-2026/0042",
    )
    assert terminal.reads("orders", "list")[0]["shop_reference"] == "SO-2026/0042"
    plain = terminal.says("orders", "show", terminal.order())
    assert "shipping" not in plain
    assert "reference" not in plain


def test_an_order_is_cancelled_once_the_processor_says_that_no_money_came(terminal: Terminal) -> None:
    number = terminal.order()
    said = terminal.says("orders", "cancel", number)
    assert said.startswith(f"Order {number} is cancelled. No money was taken")
    assert "so nothing is due" in said
    assert terminal.says("orders", "cancel", number)


def test_an_order_with_money_is_not_cancelled(terminal: Terminal) -> None:
    number = terminal.order(approve="balance")
    assert "Money has come in" in terminal.fails("orders", "cancel", number)
    assert terminal.reads("orders", "show", number)["state"] == "paid"


def test_an_order_that_does_not_exist_is_said(terminal: Terminal) -> None:
    assert "There is no order 'AAAA-BBBB-CCCC'" in terminal.fails("orders", "show", "AAAA-BBBB-CCCC")
    assert "There is no payment" in terminal.fails("payments", "show", "nothing")
    assert "There is no event '7'" in terminal.fails("inbox", "show", "7")
    assert "There is no event '7'" in terminal.fails("inbox", "retry", "7")


def test_the_ledger_balances_and_is_true(terminal: Terminal) -> None:
    assert "no money has moved yet" in terminal.says("ledger", "balance")
    terminal.order(approve="balance")
    assert terminal.reads("ledger", "balance") == [
        {"processor": "paypal", "account": "fees", "balance": {"minor": 80, "currency": "EUR"}},
        {"processor": "paypal", "account": "processor", "balance": {"minor": 2300, "currency": "EUR"}},
        {"processor": "paypal", "account": "sales", "balance": {"minor": -2380, "currency": "EUR"}},
    ]
    verified = terminal.reads("ledger", "verify")
    assert (verified["true"], verified["faults"], verified["lines"]) == (True, [], 4)
    said = terminal.says("ledger", "verify")
    assert "The books are true" in said
    assert f"The chain of 4 lines holds. Its last hash: {verified['head']}" in said


def test_books_that_are_not_true_fail_with_each_fault_named(either_terminal: Terminal) -> None:
    terminal = either_terminal
    terminal.order(approve="balance")
    house = terminal.house()
    # A line that was never booked, as somebody with a database shell could bring about on an older copy.
    with house.store.engine.begin() as tx:
        if house.store.is_sqlite:
            for (trigger,) in tx.exec_driver_sql(
                "select name from sqlite_master where type = 'trigger'"
            ).fetchall():
                tx.exec_driver_sql(f'drop trigger "{trigger}"')
        else:
            tx.exec_driver_sql("alter table ledger disable trigger user")
        tx.exec_driver_sql("delete from ledger where side = 'credit'")
    said = terminal.fails("ledger", "verify")
    assert "paypal EUR: debits 2460 and credits 0 differ" in said
    assert "credit sales EUR 23.80 should be booked" in said
    assert "was changed" in said
    assert terminal.run("ledger", "verify", "--json").exit_code == 1
    house.store.close()


def test_an_event_is_shown_with_what_was_kept_and_tried_again(either_terminal: Terminal) -> None:
    terminal = either_terminal
    house = terminal.house()
    number = terminal.order(approve="balance", come_back=False)
    reference = terminal.reads("orders", "show", number)["payments"][0]["reference"]
    event = _event_of(reference)
    Letterbox(house.store, house.clock).put(event)
    process_due(house)
    (listed,) = terminal.reads("inbox", "list")["events"]
    assert (listed["state"], listed["payment_id"]) == ("done", f"{number}-1")
    shown = terminal.says("inbox", "show", str(listed["id"]))
    assert f"payment   {number}-1" in shown
    assert "the processor was asked instead" in shown
    terminal.says("inbox", "retry", str(listed["id"]))
    assert terminal.reads("inbox", "list", "--state", "new")["counts"]["new"] == 1
    process_due(house)
    assert terminal.reads("orders", "show", number)["state"] == "paid"
    balances = {one["account"]: one["balance"]["minor"] for one in terminal.reads("ledger", "balance")}
    assert balances == {"fees": 80, "processor": 2300, "sales": -2380}
    house.store.close()


def _event_of(reference: str) -> Envelope:
    """The envelope that PayPal's approved event becomes, without its delivery."""
    kept = {"resource_id": reference, "resource_type": "checkout-order", "status": "APPROVED"}
    return Envelope(
        processor="paypal",
        event_id=f"WH-{reference}",
        event_type="CHECKOUT.ORDER.APPROVED",
        occurred_at=None,
        transmission_id=f"transmission-{reference}",
        body_digest="0" * 8,
        binds_body=False,
        kept=kept,
    )


def test_a_database_of_another_version_is_named(terminal: Terminal) -> None:
    house = terminal.house()
    with house.store.engine.begin() as tx:
        tx.exec_driver_sql("update alembic_version set version_num = '0000'")
    house.store.close()
    said = terminal.fails("db", "version")
    assert f"is at version 0000, this program needs {migrating.HEAD}" in said
    assert terminal.run("db", "version", "--json").exit_code == 1


def test_a_postgresql_database_is_upgraded_by_hand_only(new_shop: Terminal, database_url: str) -> None:
    if database_url.startswith("sqlite"):
        new_shop.says("products", "add", "Tea", "2.00", "EUR")
        assert new_shop.reads("db", "version")["current"]
        return
    assert "Run: checkout db upgrade" in new_shop.fails("orders", "list")
    assert f"is at {migrating.HEAD} now" in new_shop.says("db", "upgrade")
    assert "up to date" in new_shop.says("db", "upgrade")
    assert "There are no such orders" in new_shop.says("orders", "list")


def test_what_waits_for_a_person_is_in_the_timeline(terminal: Terminal) -> None:
    number = terminal.order()
    house = terminal.house()
    with house.store.begin() as tx:
        found = of_payment_found("paypal", f"{number}-1", "other payee", "Money went elsewhere.")
        discrepancies.open_once(tx, found, at=house.clock())
    house.store.close()
    said = terminal.says("orders", "show", number)
    assert "difference: other payee, OPEN. Money went elsewhere." in said
    assert MessageState.PARKED in terminal.reads("inbox", "list")["counts"]


def test_what_commands_do_with_orders_links_and_money_is_kept_with_their_names(terminal: Terminal) -> None:
    waiting, paid = terminal.order(), terminal.order(approve="balance")
    terminal.says("orders", "cancel", waiting, "--by", "ann")
    terminal.says("refunds", "give", paid, "--amount", "5.00", "--by", "bob")
    link = terminal.says("products", "link", "tea", "--by", "cid").strip()
    terminal.says("products", "unlink", link, "--by", "dan")
    with terminal.house().store.read() as tx:
        kept = [(one.actor, one.deed.did) for one in audit.newest(tx, limit=4)]
    assert kept == [
        (Actor("dan", Way.COMMAND), "withdrew pay link"),
        (Actor("cid", Way.COMMAND), "added pay link"),
        (Actor("bob", Way.COMMAND), "asked for refund"),
        (Actor("ann", Way.COMMAND), "cancelled order"),
    ]
