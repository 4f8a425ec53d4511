"""Disputes are found without webhooks, and the operator is reminded of each deadline once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from checkout.domain.dispute_answers import Message
from checkout.domain.disputes import DisputeStatus
from checkout.flows.alerting import alarm_mail, send_alert
from checkout.flows.disputing import answer
from checkout.flows.reminding import remind_disputes
from checkout.senders.mail import Mail, MailNotSentError
from checkout.store import notices, watermarks
from checkout.store.every_text import every_text
from checkout.store.notices import Notice, NoticeKind
from tests.disputing import dispute_of, disputed, hear, reminders_of, row_of
from tests.paid_shop import PaidShop
from tests.processors.paypal.purchasing import Purchase
from webhooks.reconcile.disputes import OVERLAP, Swept, sweep_disputes, watch_disputes
from webhooks.worker import notice_jobs


class Post:
    """A mailer that keeps what was sent, or refuses it."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []
        self.refuses = False

    def send(self, mail: Mail) -> None:
        if self.refuses:
            raise MailNotSentError("the server is down", permanent=False)
        self.sent.append(mail)


def with_operator(shop: PaidShop) -> PaidShop:
    """The same shop, with somebody to tell."""
    mended = replace(shop.house.shop, operator_mail="operator@shop.example")
    return replace(shop, house=replace(shop.house, shop=mended))


def swept(shop: PaidShop) -> Swept:
    found = sweep_disputes(shop.house)
    assert sweep_disputes(shop.house) == replace(found, asked=0)
    return found


def test_a_dispute_is_found_without_any_webhook(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays()
    dispute_id = str(paid_shop.emulator.open_dispute(paid.capture)["dispute_id"])
    assert swept(paid_shop) == Swept(listed=1, asked=1)
    assert dispute_of(paid_shop, paid).id == dispute_id
    paid_shop.move(hours=3)
    assert sweep_disputes(paid_shop.house) == Swept(listed=1)
    assert sweep_disputes(paid_shop.house) == Swept()
    paid_shop.emulator.cancel_dispute(dispute_id)
    assert swept(paid_shop) == Swept(listed=1, asked=1)
    assert dispute_of(paid_shop, paid).status is DisputeStatus.RESOLVED


def test_a_dispute_about_nothing_of_ours_is_counted_and_not_kept(shop_on_sqlite: PaidShop) -> None:
    stranger = Purchase(shop_on_sqlite.emulator)
    stranger.capture(stranger.approved())
    (capture,) = shop_on_sqlite.emulator.captures(custom_id=stranger.names)
    dispute_id = str(shop_on_sqlite.emulator.open_dispute(str(capture["id"]))["dispute_id"])
    assert swept(shop_on_sqlite) == Swept(listed=1, strangers=1)
    assert row_of(shop_on_sqlite, dispute_id) is None
    with shop_on_sqlite.house.store.read() as tx:
        assert not [text for _, text in every_text(tx) if dispute_id in text]


def test_a_sweep_that_fails_is_repeated_from_where_it_was(shop_on_sqlite: PaidShop) -> None:
    paid = shop_on_sqlite.pays()
    swept(shop_on_sqlite)
    with shop_on_sqlite.house.store.read() as tx:
        before = watermarks.at(tx, "disputes:paypal")
    shop_on_sqlite.move(hours=2)
    shop_on_sqlite.emulator.open_dispute(paid.capture)
    shop_on_sqlite.emulator.order_fault("status", "disputes", status=503, times=3)
    assert sweep_disputes(shop_on_sqlite.house).unanswered == 1
    shop_on_sqlite.emulator.order_fault("status", "get", status=503, times=3)
    assert sweep_disputes(shop_on_sqlite.house) == Swept(listed=1, asked=1, unanswered=1)
    with shop_on_sqlite.house.store.read() as tx:
        assert watermarks.at(tx, "disputes:paypal") == before
    assert swept(shop_on_sqlite) == Swept(listed=1, asked=1)


def test_a_worker_leaves_it_where_another_has_just_looked(shop_on_sqlite: PaidShop) -> None:
    paid = shop_on_sqlite.pays()
    watch_disputes(shop_on_sqlite.house)
    dispute_id = str(shop_on_sqlite.emulator.open_dispute(paid.capture)["dispute_id"])
    watch_disputes(shop_on_sqlite.house)
    assert row_of(shop_on_sqlite, dispute_id) is None
    shop_on_sqlite.move(minutes=10)
    watch_disputes(shop_on_sqlite.house)
    assert row_of(shop_on_sqlite, dispute_id) is not None
    assert timedelta(minutes=10) < OVERLAP


def test_each_reminder_comes_once_in_its_time(paid_shop: PaidShop) -> None:
    shop = with_operator(paid_shop)
    paid = shop.pays()
    dispute_id = disputed(shop, paid, due_days=10)
    due = f"{dispute_of(shop, paid).due_at:%Y-%m-%d}"
    came: list[list[str]] = []
    for days in (0, 2.9, 0.2, 3.9, 2.0, 0.9, 1.0):
        shop.move(days=days)
        before = len(reminders_of(shop, paid))
        assert remind_disputes(shop.house) == len(reminders_of(shop, paid)) - before
        assert remind_disputes(shop.house) == 0
        came.append(
            [one.id.removeprefix(f"dispute-{dispute_id}-{due}-") for one in reminders_of(shop, paid)][before:]
        )
    assert came == [[], [], ["7"], ["3"], ["1"], [], ["overdue"]]
    kept = [one.id for one in reminders_of(shop, paid)]
    assert [one for one in shop.enqueued if one.startswith("dispute-")] == kept
    post = Post()
    (job,) = [one for one in notice_jobs(shop.house, post) if one.name == NoticeKind.DISPUTE_REMINDER]
    for notice_id in [*kept, *kept]:
        job.run(notice_id)
    assert [mail.id for mail in post.sent] == kept
    assert {mail.to for mail in post.sent} == {"operator@shop.example"}


def test_a_dispute_learned_of_late_has_one_reminder_and_none_once_answered(shop_on_sqlite: PaidShop) -> None:
    shop = with_operator(shop_on_sqlite)
    paid = shop.pays()
    dispute_id = disputed(shop, paid, due_days=2)
    assert remind_disputes(shop.house) == 1
    (reminder,) = reminders_of(shop, paid)
    assert reminder.id.endswith("-3")
    answer(shop.house, dispute_id, Message("It is on its way."), by="ann")
    post = Post()
    send_alert(shop.house, post, reminder.id)
    assert post.sent == []
    with shop.house.store.read() as tx:
        assert reminder.id not in {one.id for one in notices.unsent_since(tx, shop.clock(), limit=9)}
    shop.move(days=3)
    assert remind_disputes(shop.house) == 0


def test_a_later_deadline_has_reminders_of_its_own(shop_on_sqlite: PaidShop) -> None:
    shop = shop_on_sqlite
    paid = shop.pays()
    dispute_id = disputed(shop, paid, due_days=1)
    assert remind_disputes(shop.house) == 1
    shop.emulator.account_settings(dispute_due_days=6)
    shop.emulator.escalate_dispute(dispute_id)
    hear(shop, paid, dispute_id)
    assert remind_disputes(shop.house) == 1
    assert len({one.id for one in reminders_of(shop, paid)}) == 2


def test_a_reminder_says_what_matters_and_nothing_of_the_customer(shop_on_sqlite: PaidShop) -> None:
    shop = with_operator(shop_on_sqlite)
    paid = shop.pays()
    dispute_id = disputed(shop, paid, value="20.00", due_days=2, message="Words of the customer")
    remind_disputes(shop.house)
    post = Post()
    send_alert(shop.house, post, reminders_of(shop, paid)[0].id)
    (mail,) = post.sent
    assert mail.subject in {f"Dispute {dispute_id}: 1 day left", f"Dispute {dispute_id}: 2 days left"}
    for text in (mail.text, mail.html):
        for said in (
            paid.order.id,
            "€20.00",
            "never came",
            f"checkout disputes evidence {dispute_id}",
            f"checkout disputes show {dispute_id}",
        ):
            assert said in text
        for personal in ("a@example.com", "Buyer", "Words", paid.order.token):
            assert personal not in text


def test_without_an_address_it_is_kept_and_an_error(shop_on_sqlite: PaidShop) -> None:
    paid = shop_on_sqlite.pays()
    disputed(shop_on_sqlite, paid, due_days=1)
    remind_disputes(shop_on_sqlite.house)
    (reminder,) = reminders_of(shop_on_sqlite, paid)
    post = Post()
    with capture_logs() as logs:
        send_alert(shop_on_sqlite.house, post, reminder.id)
    assert [log["event"] for log in logs if log["log_level"] == "error"] == [
        "nobody can be told, as OPERATOR_MAIL is not set"
    ]
    assert post.sent == []
    assert reminders_of(shop_on_sqlite, paid)[0].sent_at is None


def test_an_alarm_is_sent_by_the_same_way(shop_on_sqlite: PaidShop) -> None:
    shop = with_operator(shop_on_sqlite)
    notice = Notice(
        "alarm-1", NoticeKind.ALARM, None, shop.clock(), about="Captures are stopped <since> today."
    )
    with shop.house.store.begin() as tx:
        notices.add_once(tx, notice)
    post = Post()
    (job,) = [one for one in notice_jobs(shop.house, post) if one.name == NoticeKind.ALARM]
    post.refuses = True
    with pytest.raises(MailNotSentError):
        job.run("alarm-1")
    post.refuses = False
    job.run("alarm-1")
    job.run("alarm-1")
    (mail,) = post.sent
    assert "Captures are stopped" in mail.text
    assert "<since>" not in alarm_mail(shop.house, notice).html
    assert "checkout doctor" in mail.text
