"""The desk's pages by client: what each shows, what each does, and what it refuses."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from html import unescape

import pytest

from checkout.domain.disputes import DisputeStatus
from checkout.domain.roles import Role
from checkout.store import (
    audit,
    discrepancies,
    disputes,
    halts,
    mailboxes,
    notices,
    products,
    reports,
)
from checkout.store.halts import Stops
from checkout.store.inbox_lists import Wanted
from checkout.store.mailboxes import MessageState
from checkout.web.guard import BODY_BYTES_MAX
from tests.disputing import at_paypal
from tests.office.desk_stage import DeskStage, set_desk
from tests.paid_shop import PaidShop
from tests.processors.paypal.samples import CARD
from webhooks.office.desk.disputes import EVIDENCE_BODY_BYTES_MAX
from webhooks.reconcile.reports import reconcile_due

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 200
LISTS = {
    "/disputes": "Disputes",
    "/disputes?show=over": "No dispute is over yet.",
    "/disputes?show=nonsense": "Disputes",
    "/discrepancies": "contradiction",
    "/discrepancies?state=resolved": "Nothing was resolved yet.",
    "/discrepancies?kind=none+such": "Nothing differs.",
    "/reconciliation": "No report was compared yet.",
    "/inbox": "PAYMENT.CAPTURE.COMPLETED",
    "/inbox?state=parked": "No such event has come.",
    "/inbox?type=CUSTOMER.DISPUTE.CREATED": "CUSTOMER.DISPUTE.CREATED",
    "/outbox": "Receipt",
    "/outbox?sent=sent": "There is no such mail.",
    "/outbox/deliveries": "Your shop was told nothing yet.",
    "/ledger": "Sales",
    "/ledger?from=2020-01-01&to=2020-01-31": "No money has moved until then.",
}
BAD_ADDRESSES = {
    "/inbox?after=x": 422,
    "/disputes?after=nonsense~1": 422,
    "/discrepancies?after=-1": 422,
    "/outbox?after=2026": 422,
    "/outbox/deliveries?after=7": 422,
    "/ledger?from=2026-02-31": 422,
    "/ledger?from=2026-03-02&to=2026-03-01": 422,
    "/ledger/statement?account=sales&currency=ZZZ&processor=paypal": 404,
    "/disputes/PP-NONE": 404,
    "/discrepancies/404": 404,
    "/inbox/404": 404,
    "/reconciliation/404": 404,
    "/outbox/deliveries/404/none": 404,
}


@pytest.fixture
def desk(shop_on_sqlite: PaidShop) -> DeskStage:
    """A shop with something on every page."""
    return set_desk(shop_on_sqlite)


def digest_in(page: str) -> str:
    """What the form to apply a replay carries."""
    found = re.search(r'name="digest" value="([^"]*)"', page)
    assert found
    return found[1]


def deeds(desk: DeskStage) -> list[str]:
    """What was done, the last first."""
    with desk.shop.house.store.read() as tx:
        return [one.deed.did for one in audit.newest(tx, limit=20)]


def test_every_list_shows_what_there_is_and_words_where_there_is_nothing(desk: DeskStage) -> None:
    ann = desk.office.desk(Role.VIEWER)
    for path, words in LISTS.items():
        page = ann.get(path)
        assert page.status_code == 200, path
        assert words in unescape(page.text), path
    for path, status in BAD_ADDRESSES.items():
        assert ann.get(path).status_code == status, path


def test_a_dispute_shows_its_deadline_and_only_the_answers_that_are_allowed(desk: DeskStage) -> None:
    page = unescape(desk.office.desk().get(f"/disputes/{desk.dispute}").text)
    assert "days left" in page
    assert "Give in" in page
    assert "Say how the goods came back" not in page
    seen = desk.office.desk(Role.VIEWER).get(f"/disputes/{desk.dispute}").text
    assert "Answering needs the right to move money." in seen
    assert 'enctype="multipart/form-data"' not in seen


def test_evidence_goes_with_its_files_and_the_shops_records_once(desk: DeskStage) -> None:
    ann = desk.office.desk(Role.REFUNDER)
    typed = {"kind": "delivery", "carrier": "DHL", "tracking": "JD0146", "note": "Signed.", "records": "y"}
    sent = ann.post(
        f"/disputes/{desk.dispute}/evidence",
        {**typed, "files": (io.BytesIO(PNG), "signed.png")},
        content_type="multipart/form-data",
        follow_redirects=True,
    )
    assert "Done." in sent.text
    assert "attached-1.png" in sent.text
    assert "order-" in sent.text
    (kept,) = at_paypal(desk.shop, desk.dispute)["evidences"][-1:]
    assert kept["evidence_type"] == "PROOF_OF_FULFILLMENT"
    assert deeds(desk)[0] == "answered dispute"
    again = ann.post(f"/disputes/{desk.dispute}/evidence", typed, follow_redirects=True)
    assert "Done." not in again.text


def test_what_is_typed_beside_a_file_passes_the_card_guard_and_no_other_door_takes_files(
    desk: DeskStage,
) -> None:
    ann = desk.office.desk()
    path, before = f"/disputes/{desk.dispute}/evidence", at_paypal(desk.shop, desk.dispute)
    whole = {"kind": "other", "note": "Fine.", "carrier": "", "tracking": ""}
    for typed in (
        {**whole, "note": f"card {CARD}"},
        {**whole, "files": (io.BytesIO(PNG), f"{CARD}.png")},
        {**whole, "carrier": CARD[:8], "tracking": CARD[8:]},
    ):
        refused = ann.post(path, typed, content_type="multipart/form-data")
        assert refused.status_code == 422
        assert CARD not in refused.text
    text = ann.post(
        path, {**whole, "files": (io.BytesIO(b"text"), "x.txt")}, content_type="multipart/form-data"
    )
    assert text.status_code == 422
    assert "nothing else is taken as evidence" in text.text
    large = {**whole, "files": (io.BytesIO(PNG + b"\0" * EVIDENCE_BODY_BYTES_MAX), "large.png")}
    assert ann.post(path, large, content_type="multipart/form-data").status_code == 413
    other = ann.post("/outbox/again", {"notice": "x"}, content_type="multipart/form-data")
    assert other.status_code == 415
    assert ann.post("/outbox/again", {"notice": "x" * (BODY_BYTES_MAX + 1)}).status_code == 413
    assert at_paypal(desk.shop, desk.dispute) == before


def test_giving_in_needs_a_fresh_proof_and_gives_the_money_back_once(desk: DeskStage) -> None:
    ann, path = desk.office.desk(Role.REFUNDER), f"/disputes/{desk.dispute}/accept"
    typed = {"end": "refund", "amount": "", "note": "Sorry."}
    desk.shop.clock.offset += timedelta(minutes=11)
    assert "Confirm that it is you" in ann.post(path, typed).text
    fresh = desk.office.desk(Role.REFUNDER)
    wrong = fresh.post(path, {**typed, "end": "partial refund", "amount": "abc"})
    assert wrong.status_code == 422
    assert "is not an amount" in wrong.text
    assert fresh.post(path, {**typed, "note": ""}).status_code == 422
    assert "Done." in fresh.post(path, typed, follow_redirects=True).text
    with desk.shop.house.store.read() as tx:
        found = disputes.by_id(tx, desk.dispute)
    assert found is not None
    assert found.status is DisputeStatus.RESOLVED
    assert desk.office.desk(Role.SUPPORT).post(path, typed).status_code == 403


def test_a_discrepancy_shows_both_sides_and_is_decided_once_with_a_reason(desk: DeskStage) -> None:
    ann, path = desk.office.desk(Role.REFUNDER), f"/discrepancies/{desk.discrepancy}"
    page = unescape(ann.get(path).text)
    assert "We say" in page
    assert "PayPal says" in page
    typed = {"action": "ignore", "account": "", "reason": "Looked at it with their support."}
    assert ann.post(f"{path}/decide", {**typed, "reason": ""}).status_code == 422
    assert ann.post(f"{path}/decide", {**typed, "reason": "short"}).status_code == 422
    assert ann.post(f"{path}/decide", {**typed, "action": "nonsense"}).status_code == 422
    assert ann.post(f"{path}/decide", typed, follow_redirects=True).status_code == 200
    with desk.shop.house.store.read() as tx:
        found = discrepancies.by_id(tx, desk.discrepancy)
    assert found is not None
    assert found.resolved_by == "Refunder Ann"
    assert ann.post(f"{path}/decide", typed).status_code == 422
    assert "Looked at it with their support." in ann.get(path).text


def test_a_reconciliation_that_somebody_starts_is_gone_on_with_by_the_worker(desk: DeskStage) -> None:
    ann = desk.office.desk(Role.REFUNDER)
    desk.shop.move(hours=4)
    ann = desk.office.desk(Role.REFUNDER)
    started = ann.post("/reconciliation/start", {"processor": "paypal", "from": "", "to": ""})
    assert started.status_code == 303
    assert "Read so far" in ann.get(started.location.removeprefix("/office")).text
    assert reconcile_due(desk.shop.house) == 1
    with desk.shop.house.store.read() as tx:
        run = reports.newest(tx, "paypal")
    assert run is not None
    assert run.state == "done"
    assert "done" in ann.get("/reconciliation/1").text
    assert ann.post("/reconciliation/start", {"processor": "nobody"}).status_code == 404
    assert ann.post("/reconciliation/start", {"processor": "paypal", "from": "x"}).status_code == 422


def test_a_replay_is_shown_first_and_applied_as_it_was_shown(desk: DeskStage) -> None:
    event = desk.events()[-1]
    helper, ann = desk.office.desk(Role.SUPPORT), desk.office.desk(Role.REFUNDER)
    shown = helper.post(f"/inbox/{event.id}/replay")
    assert "Nothing is changed yet." in shown.text
    assert desk.events()[-1].state is MessageState.NEW
    assert helper.post(f"/inbox/{event.id}/apply", {"digest": "x"}).status_code == 403
    refused = ann.post(f"/inbox/{event.id}/apply", {"digest": "0" * 64})
    assert refused.status_code == 409
    assert desk.events()[-1].state is MessageState.NEW
    done = ann.post(f"/inbox/{event.id}/apply", {"digest": digest_in(refused.text)}, follow_redirects=True)
    assert "It ended as it was shown." in done.text
    assert desk.events()[-1].state is MessageState.DONE
    assert deeds(desk)[0] == "replayed event"
    assert ann.post("/inbox/404/replay").status_code == 404


def test_an_event_shows_what_was_kept_how_it_came_and_what_it_changed(desk: DeskStage) -> None:
    desk.shop.process()
    (captured,) = desk.events(Wanted(event_type="PAYMENT.CAPTURE.COMPLETED"))
    page = unescape(desk.office.desk(Role.VIEWER).get(f"/inbox/{captured.id}").text)
    assert "listed this event when it was asked" in page
    assert "capture_id" in page
    assert desk.paid.order.id in page
    assert "all of it was known already" in page
    parked = desk.events()[0]
    with desk.shop.house.store.begin() as tx:
        mailboxes.retry(tx, parked.id, desk.shop.clock())
        mailboxes.finish(tx, parked.id, MessageState.PARKED, at=desk.shop.clock(), reason="why <b>not</b>")
    page = desk.office.desk(Role.VIEWER).get("/inbox?state=parked").text
    assert "why &lt;b&gt;not&lt;/b&gt;" in page


def test_a_mail_is_sent_again_once_for_each_press(desk: DeskStage) -> None:
    notice = f"receipt-{desk.paid.order.id}"
    ann = desk.office.desk(Role.SUPPORT)
    for press in ("press1", "press1", "press2"):
        assert ann.post("/outbox/again", {"notice": notice, "press": press}).status_code == 303
    with desk.shop.house.store.read() as tx:
        kept = [one.id for one in notices.of_order(tx, desk.paid.order.id)]
    assert sorted(kept) == sorted([notice, f"{notice}-copy-press1", f"{notice}-copy-press2"])
    assert [one for one in desk.shop.enqueued if "copy" in one] == kept[1:]
    assert ann.post("/outbox/again", {"notice": notice, "press": "a b"}).status_code == 422
    assert ann.post("/outbox/again", {"notice": "none", "press": "x"}).status_code == 404
    assert desk.office.desk(Role.VIEWER).post("/outbox/again", {"notice": notice}).status_code == 403


def test_the_ledger_adds_up_and_goes_out_as_csv_with_a_fresh_proof(desk: DeskStage) -> None:
    ann = desk.office.desk(Role.REFUNDER)
    page = unescape(ann.get("/ledger").text)
    assert "Held at the end" in page
    address = re.search(r'href="/office(/ledger/statement[^"]*account=sales[^"]*)"', page)
    assert address
    assert "€23.80" in ann.get(address[1]).text
    out = ann.post("/ledger/export", {"from": "", "to": "", "account": "sales"})
    assert out.mimetype == "text/csv"
    assert out.text.count("\r\n") == 2
    assert ",sales,,23.80,EUR" in out.text
    assert "attachment" in out.headers["Content-Disposition"]
    assert deeds(desk)[0] == "exported ledger"
    assert desk.office.desk(Role.SUPPORT).post("/ledger/export").status_code == 403
    desk.shop.clock.offset += timedelta(minutes=11)
    assert "Confirm that it is you" in ann.post("/ledger/export").text


def test_what_stands_still_goes_on_when_an_admin_says_so(desk: DeskStage) -> None:
    with desk.shop.house.store.begin() as tx:
        halts.begin(tx, "paypal", Stops.PAYMENTS, "made up", "A halt.", at=desk.shop.clock())
        number = halts.open_ones(tx)[0].id
    ann = desk.office.desk()
    assert "A halt." in ann.get("/settings/processors").text
    assert desk.office.desk(Role.REFUNDER).get("/settings/processors").status_code == 403
    assert ann.post(f"/settings/halts/{number}/end").status_code == 303
    with desk.shop.house.store.read() as tx:
        assert halts.open_ones(tx) == []
    assert deeds(desk)[0] == "ended halt"
    assert ann.post(f"/settings/halts/{number}/end").status_code == 422
    assert "answers" in ann.post("/settings/processors/paypal/try", follow_redirects=True).text


def test_products_and_links_are_offered_and_withdrawn(desk: DeskStage) -> None:
    ann = desk.office.desk()
    typed = {"title": "A pot of tea", "price": "4.20", "currency": "eur", "product_id": "", "description": ""}
    assert ann.post("/settings/products/add", typed).status_code == 303
    assert ann.post("/settings/products/add", {**typed, "price": "4.205"}).status_code == 422
    assert ann.post("/settings/products/add", {**typed, "title": ""}).status_code == 422
    assert ann.post("/settings/links/add", {"product": "a-pot-of-tea", "quantity": "2"}).status_code == 303
    assert ann.post("/settings/links/add", {"product": "a-pot-of-tea", "quantity": "0"}).status_code == 422
    assert ann.post("/settings/links/add", {"product": "none", "quantity": "1"}).status_code == 404
    assert ann.post("/settings/products/a-pot-of-tea/offer", {"offered": "no"}).status_code == 303
    with desk.shop.house.store.read() as tx:
        found, (link,) = products.by_id(tx, "a-pot-of-tea"), products.links(tx)
    assert found is not None
    assert not found.active
    assert ann.post(f"/settings/links/{link.token}/withdraw").status_code == 303
    assert "withdrawn" in ann.get("/settings/products").text


def test_a_key_is_shown_once_replaced_and_revoked(desk: DeskStage) -> None:
    ann = desk.office.desk()
    assert ann.post("/settings/keys/add", {"name": "", "scopes": "orders:read"}).status_code == 422
    assert ann.post("/settings/keys/add", {"name": "the site", "scopes": "nonsense"}).status_code == 422
    made = ann.post("/settings/keys/add", {"name": "the site", "scopes": ["orders:read", "orders:write"]})
    key = re.search(r"dck_sandbox_[a-z0-9]{20,}", made.text)
    assert key
    page = ann.get("/settings/keys").text
    assert key[0] not in page
    assert key[0][-4:] in page
    name = re.search(r"/settings/keys/(key_[a-z0-9]+)/rotate", page)
    assert name
    assert key[0] not in ann.post(f"/settings/keys/{name[1]}/rotate").text
    assert ann.post(f"/settings/keys/{name[1]}/revoke").status_code == 303
    assert "was revoked" in ann.get("/settings/keys").text
    assert deeds(desk)[0] == "revoked key"
    assert desk.office.desk(Role.REFUNDER).get("/settings/keys").status_code == 403
    desk.shop.clock.offset += timedelta(minutes=11)
    assert "Confirm that it is you" in ann.post("/settings/keys/add", {"name": "x"}).text
