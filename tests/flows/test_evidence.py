"""Evidence is put together from the shop's own records, as files that PayPal takes, and names nobody."""

import re
from datetime import UTC, datetime

import pytest

from checkout.domain.dispute_answers import DOCUMENTS_BYTES_MAX, Evidence, EvidenceKind, check
from checkout.domain.errors import CardNumberError
from checkout.flows.disputing import answer
from checkout.flows.evidence import Policy, shop_documents
from checkout.flows.paper import WIDTH_CHARACTERS, pdf_of
from checkout.store import notices
from tests.disputing import at_paypal, disputed
from tests.paid_shop import PaidShop
from tests.processors.paypal.samples import CARD

POLICY = Policy("https://shop.example/privacy", "Kept confidential.", datetime(2026, 11, 26, tzinfo=UTC))


A4_LINES = 66


def words(pdf: bytes) -> str:
    """What a PDF of ours says, a line for each of its lines."""
    shown = re.findall(rb"^BT .* Td \((.*)\) Tj ET$", pdf, re.MULTILINE)
    lines = [re.sub(rb"\\([\\()])", rb"\1", line).decode("cp1252") for line in shown]
    return "\n".join(lines)


def objects_are_where_the_table_says(pdf: bytes) -> bool:
    start = int(pdf.rpartition(b"startxref\n")[2].split(b"\n")[0])
    places = [int(place) for place in re.findall(rb"^(\d{10}) 00000 n", pdf[start:], re.MULTILINE)]
    return all(pdf[at:].startswith(b"%d 0 obj\n" % number) for number, at in enumerate(places, start=1))


def test_the_order_the_receipt_the_delivery_and_the_policy_go_along(shop_on_sqlite: PaidShop) -> None:
    shop = shop_on_sqlite
    paid = shop.pays()
    with shop.house.store.begin() as tx:
        (receipt,) = notices.of_order(tx, paid.order.id)
        notices.mark_sent(tx, receipt.id, shop.clock())
    payment = shop.payment(paid.order)
    documents = shop_documents(shop.house, payment, policy=POLICY, carrier="DHL", tracking="T-1")
    said = {one.name.partition("-")[0]: words(one.content) for one in documents}
    assert list(said) == ["order", "receipt", "delivery", "policy"]
    for text in (paid.order.id, paid.reference, "€23.80", "1 x for-2380-eur"):
        assert text in said["order"]
    assert "Thank you. We received your payment of €23.80." in said["receipt"]
    assert "sent " in said["receipt"]
    assert "DHL" in said["delivery"]
    assert "the text of that day is not kept separately" in said["policy"].replace("\n", " ").replace(
        "  ", " "
    )
    for personal in ("a@example.com", paid.order.token):
        assert not [text for text in said.values() if personal in text]
    assert sum(len(one.content) for one in documents) < DOCUMENTS_BYTES_MAX / 4
    check(Evidence(EvidenceKind.OTHER, documents=documents))


def test_paypal_takes_them(shop_on_sqlite: PaidShop) -> None:
    shop = shop_on_sqlite
    paid = shop.pays()
    dispute_id = disputed(shop, paid, channel="EXTERNAL")
    documents = shop_documents(shop.house, shop.payment(paid.order), policy=POLICY)
    answer(shop.house, dispute_id, Evidence(EvidenceKind.OTHER, "See there.", documents=documents), by="ann")
    shown = at_paypal(shop, dispute_id)["evidences"][-1]["documents"]
    assert [one["name"] for one in shown] == [one.name for one in documents]


def test_a_card_number_goes_into_no_document(shop_on_sqlite: PaidShop) -> None:
    paid = shop_on_sqlite.pays()
    payment = shop_on_sqlite.payment(paid.order)
    with pytest.raises(CardNumberError):
        shop_documents(shop_on_sqlite.house, payment, carrier="DHL", tracking=CARD)


@pytest.mark.parametrize(
    "text",
    [
        "One line",
        "Brackets ( and ) and \\ and €",
        "\n".join(f"Line {number}" for number in range(180)),
        "word " * 400,
        "Tea 茶\x07 end",
    ],
)
def test_any_text_makes_a_whole_pdf(text: str) -> None:
    pdf = pdf_of("A title", text)
    assert objects_are_where_the_table_says(pdf)
    lines = len(words(pdf).split("\n"))
    assert (pdf.count(b"/Type /Page\n") > 1) == (lines > A4_LINES)
    assert max(len(line) for line in words(pdf).split("\n")) <= WIDTH_CHARACTERS
    expected = text.replace("茶", "?").replace("\x07", "?")
    assert words(pdf).split("\n", 2)[2].replace("\n", "").replace(" ", "") == expected.replace(
        "\n", ""
    ).replace(" ", "")
    assert pdf == pdf_of("A title", text)
