"""What a customer is written, and what they are not: once for each fact, and only when it is over."""

import email
import email.policy
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest

from checkout.domain.errors import NotFoundError, Reaction
from checkout.domain.facts import Fact, FactKind
from checkout.domain.money import Money
from checkout.domain.orders import OrderState
from checkout.flows.notifying import send_notice
from checkout.flows.ordering import Placed, cancel
from checkout.flows.previewing import preview
from checkout.flows.settling import settle
from checkout.senders.mail import FolderMailer, Mail
from checkout.store import notices
from checkout.store.notices import Notice, NoticeKind
from tests.scripted_processor import DECLINE_INSTRUMENT, Fault, Operation, refused
from tests.small_shop import PRICE, SmallShop
from webhooks.reconcile import expire_orders
from webhooks.worker import notice_jobs

ON_SQLITE = pytest.mark.parametrize("ready_url", ["sqlite"], indirect=True)
PAYER_ACTION = Fault(before=refused("PAYER_ACTION_REQUIRED", Reaction.BACK_TO_PAYER), needs_approval=True)


@dataclass
class Post:
    """Keeps what is sent."""

    sent: list[Mail] = field(default_factory=list)

    def send(self, mail: Mail) -> None:
        self.sent.append(mail)


def kept(shop: SmallShop, placed: Placed) -> list[Notice]:
    """What the customer is told of an order; each was enqueued exactly once."""
    with shop.house.store.read() as tx:
        found = notices.of_order(tx, placed.id)
    assert sorted(one.id for one in found) == sorted(one for one in shop.enqueued if placed.id in one)
    return found


def kinds(shop: SmallShop, placed: Placed) -> list[NoticeKind]:
    """Only the kinds."""
    return [one.kind for one in kept(shop, placed)]


def tell(shop: SmallShop, placed: Placed, *facts: tuple[FactKind, str, int], by: str = "webhook") -> None:
    """A messenger tells facts of the last payment: kind, subject, minor units."""
    payment = shop.payments(placed)[-1]
    assert payment.reference
    told = [
        Fact(kind, payment.reference, subject, Money(minor, "EUR"), payment.terms.payee, payment.terms.names)
        for kind, subject, minor in facts
    ]
    with shop.house.store.begin() as tx:
        settle(tx, shop.house, payment, told, learned_from=by)


def paid(shop: SmallShop) -> Placed:
    """A paid order."""
    placed, _ = shop.approved()
    shop.come_back(placed)
    assert shop.state(placed) is OrderState.PAID
    return placed


def expire(shop: SmallShop) -> None:
    """The time to pay is over."""
    shop.clock.move(hours=25)
    expire_orders(shop.house)


def test_a_refund_is_told_once_whoever_tells_it(shop: SmallShop) -> None:
    placed = paid(shop)
    tell(shop, placed, (FactKind.REFUND_PENDING, "R1", 500))
    assert kinds(shop, placed) == [NoticeKind.RECEIPT]
    for messenger in ("webhook", "sweep", "report"):
        tell(shop, placed, (FactKind.REFUNDED, "R1", 500), by=messenger)
    tell(shop, placed, (FactKind.REFUNDED, "R2", 300))
    told = [one for one in kept(shop, placed) if one.kind is NoticeKind.REFUND_SENT]
    assert sorted(str(one.about) for one in told) == ["R1", "R2"]
    post = Post()
    for notice in kept(shop, placed) * 2:
        send_notice(shop.house, post, notice.id)
    assert [mail.subject.partition(" for ")[0] for mail in post.sent] == ["Receipt", "Refund", "Refund"]
    texts = " ".join(post.sent[1].text.split() + post.sent[2].text.split())
    assert "We sent €5.00 back to you" in texts
    assert "We sent €3.00 back to you" in texts
    assert "Of €23.80 that you paid, €8.00 went back so far." in texts


@ON_SQLITE
def test_a_refund_that_fails_is_told_to_customer_and_operator(shop: SmallShop) -> None:
    placed = paid(shop)
    tell(shop, placed, (FactKind.REFUND_PENDING, "R1", 500), (FactKind.REFUND_FAILED, "R1", 500))
    tell(shop, placed, (FactKind.REFUND_FAILED, "R1", 500))
    assert sorted(kinds(shop, placed)) == [NoticeKind.ALARM, NoticeKind.RECEIPT, NoticeKind.REFUND_FAILED]
    (alarm,) = [one for one in kept(shop, placed) if one.kind is NoticeKind.ALARM]
    assert alarm.about == f"A refund of order {placed.id} failed."


@ON_SQLITE
def test_money_that_a_bank_took_back_is_no_refund_of_ours(shop: SmallShop) -> None:
    placed = paid(shop)
    tell(shop, placed, (FactKind.REFUNDED, "R1", 2380), (FactKind.REVERSED, "R1", 2380))
    assert kinds(shop, placed) == [NoticeKind.RECEIPT]


@ON_SQLITE
def test_a_refund_that_was_known_before_is_not_told_by_a_later_fact(shop: SmallShop) -> None:
    placed = paid(shop)
    tell(shop, placed, (FactKind.REFUNDED, "R1", 500))
    before = kept(shop, placed)
    tell(shop, placed, (FactKind.FEE, "C1", 20))
    shop.sweep_on(2)
    assert kept(shop, placed) == before


def test_who_was_declined_and_pays_after_all_is_never_written_a_failure(shop: SmallShop) -> None:
    placed, reference = shop.approved()
    shop.processor.plan(Operation.CAPTURE, DECLINE_INSTRUMENT)
    shop.come_back(placed)
    assert kinds(shop, placed) == []
    shop.processor.approve(reference)
    shop.clock.move(minutes=1)
    shop.come_back(placed)
    expire(shop)
    assert kinds(shop, placed) == [NoticeKind.RECEIPT]


def test_whose_order_closed_after_a_refusal_is_written_to_once(shop: SmallShop) -> None:
    placed, _ = shop.approved()
    shop.processor.rule(Operation.CAPTURE, DECLINE_INSTRUMENT)
    shop.come_back(placed)
    assert kinds(shop, placed) == []
    expire(shop)
    expire_orders(shop.house)
    assert shop.state(placed) is OrderState.EXPIRED
    assert kinds(shop, placed) == [NoticeKind.PAYMENT_FAILED]
    post = Post()
    send_notice(shop.house, post, kept(shop, placed)[0].id)
    assert "No money was taken" in post.sent[0].text
    assert "closed" in post.sent[0].text
    assert "/orders/" not in post.sent[0].text


@ON_SQLITE
def test_who_never_tried_to_pay_or_cancelled_is_not_written_to(shop: SmallShop) -> None:
    looked, _ = shop.begin()
    gave_up, _ = shop.approved()
    shop.processor.plan(Operation.CAPTURE, DECLINE_INSTRUMENT)
    shop.come_back(gave_up)
    cancel(shop.house, gave_up.token)
    expire(shop)
    assert (shop.state(looked), shop.state(gave_up)) == (OrderState.EXPIRED, OrderState.CANCELLED)
    assert kinds(shop, looked) == kinds(shop, gave_up) == []


@ON_SQLITE
def test_a_wish_for_the_payers_action_is_no_failure(shop: SmallShop) -> None:
    placed, reference = shop.approved()
    shop.processor.plan(Operation.CAPTURE, PAYER_ACTION)
    shop.come_back(placed)
    assert kinds(shop, placed) == []
    shop.processor.approve(reference)
    shop.clock.move(minutes=1)
    shop.come_back(placed)
    assert kinds(shop, placed) == [NoticeKind.RECEIPT]


@ON_SQLITE
def test_a_review_that_ends_badly_is_told_at_once_and_once(shop: SmallShop) -> None:
    placed, _ = shop.approved()
    tell(shop, placed, (FactKind.PENDING, "C1", PRICE.minor))
    tell(shop, placed, (FactKind.DECLINED, "C1", PRICE.minor))
    assert kinds(shop, placed) == [NoticeKind.PAYMENT_FAILED]
    tell(shop, placed, (FactKind.DECLINED, "C1", PRICE.minor), by="sweep")
    post = Post()
    send_notice(shop.house, post, kept(shop, placed)[0].id)
    assert "You can try again until" in post.sent[0].text
    expire(shop)
    assert kinds(shop, placed) == [NoticeKind.PAYMENT_FAILED]


@ON_SQLITE
def test_a_failure_is_not_told_to_who_has_paid_since(shop: SmallShop) -> None:
    placed, _ = shop.approved()
    tell(shop, placed, (FactKind.PENDING, "C1", PRICE.minor), (FactKind.DECLINED, "C1", PRICE.minor))
    tell(shop, placed, (FactKind.PENDING, "C2", PRICE.minor))
    tell(shop, placed, (FactKind.DECLINED, "C2", PRICE.minor))
    tell(shop, placed, (FactKind.CAPTURED, "C3", PRICE.minor))
    post = Post()
    for notice in kept(shop, placed):
        send_notice(shop.house, post, notice.id)
    assert [mail.subject.partition(" ")[0] for mail in post.sent] == ["Receipt"]
    with shop.house.store.read() as tx:
        assert all(one.sent_at for one in notices.of_order(tx, placed.id))


class Marks(HTMLParser):
    """What is in a mail's HTML that a mail must not have, or must."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@ON_SQLITE
@pytest.mark.parametrize("locale", [None, "de"])
@pytest.mark.parametrize("kind", list(NoticeKind))
def test_every_mail_can_be_looked_at_before_it_is_sent(
    shop: SmallShop, kind: NoticeKind, locale: str | None, tmp_path: Path
) -> None:
    mail = preview(shop.house, kind, locale)
    tags = Marks(mail.html).tags
    assert [tag for tag, _ in tags].count("h1") == 1
    assert next(attributes["lang"] for tag, attributes in tags if tag == "html")
    tables = [attributes for tag, attributes in tags if tag == "table"]
    assert all(one.get("role") == "presentation" or "collapse" in str(one["style"]) for one in tables)
    assert not {tag for tag, _ in tags} & {"img", "script", "link", "iframe", "form"}
    assert not re.search(r"https?://(?!shop\.example)", mail.html + mail.text)
    assert max(map(len, mail.text.splitlines())) <= 110
    assert "{" not in mail.text
    assert "%(" not in mail.html + mail.text
    FolderMailer(tmp_path / "mail", "shop@shop.example").send(mail)
    (file,) = (tmp_path / "mail").iterdir()
    assert email.message_from_bytes(file.read_bytes(), policy=email.policy.default)["Subject"] == mail.subject
    assert shop.enqueued == []


@ON_SQLITE
def test_a_preview_of_an_order_is_that_orders(shop: SmallShop) -> None:
    placed = paid(shop)
    mail = preview(shop.house, NoticeKind.RECEIPT, "de-AT", placed.id)
    assert mail.subject == f"Beleg zur Bestellung {placed.id}"
    assert "Wir haben Ihre Zahlung von €\xa023,80 erhalten." in mail.text
    assert '<html lang="de-AT">' in mail.html
    assert "Summe für 1 Artikel" in mail.html
    with pytest.raises(NotFoundError):
        preview(shop.house, NoticeKind.RECEIPT, None, "NO-SUCH-ORDER")


@ON_SQLITE
def test_what_a_product_is_called_is_text_in_every_mail(shop: SmallShop) -> None:
    placed = paid(shop)
    with shop.house.store.begin() as tx:
        tx.exec_driver_sql("update order_lines set title = '<b>Tea</b> & {{ x }} %(order)s'")
    mail = preview(shop.house, NoticeKind.RECEIPT, None, placed.id)
    assert "Tea" in mail.text
    assert "&lt;b&gt;Tea&lt;/b&gt; &amp; {{ x }} %(order)s" in mail.html
    assert "<b>Tea</b> & {{ x }} %(order)s" in mail.text


@ON_SQLITE
def test_there_is_a_job_for_every_kind(shop: SmallShop) -> None:
    assert {job.name for job in notice_jobs(shop.house, Post())} == set(NoticeKind)
