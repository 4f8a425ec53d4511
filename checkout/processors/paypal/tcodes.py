"""PayPal's transaction event codes: what each row of a report tells of.

Source: developer.paypal.com /docs/transaction-search/transaction-event-codes and /reports/reference/t-codes, read
2026-11. A code that is not here is OTHER, and seen by a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checkout.domain.reports import RowKind

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class TCode:
    """One code: what it is to us, and what PayPal means by it."""

    kind: RowKind
    meaning: str


_TABLE = """
T0000 payment     a payment of a kind without a code of its own
T0001 payment     a payment to many at once
T0002 payment     a payment of a subscription
T0003 payment     a payment that was agreed to before
T0004 payment     a payment for an auction at eBay
T0005 payment     a card payment taken directly
T0006 payment     a payment through PayPal's checkout
T0007 payment     a payment through a website's button
T0008 payment     postage to a carrier
T0009 payment     a gift certificate bought
T0010 payment     a payment for another's auction
T0011 payment     a payment by telephone
T0012 payment     a payment typed into the virtual terminal
T0013 payment     a donation
T0014 payment     a rebate
T0015 payment     a third party's payout
T0016 payment     what a third party takes for itself
T0017 payment     from store to store
T0018 payment     a payment by PayPal's card reader
T0019 payment     a payment from an instrument without an account
T0021 payment     a payment in a cryptocurrency
T0100 fee         a fee without a code of its own
T0101 fee         the month of a website account
T0102 fee         for a withdrawal to a bank abroad
T0103 fee         for a withdrawal by WorldLink check
T0104 fee         for a payment to many at once
T0105 fee         for a withdrawal by check
T0106 fee         for a chargeback
T0107 fee         for a payment
T0108 fee         for cash from a machine
T0109 fee         for the account's sweep
T0110 fee         for a withdrawal to a card abroad
T0111 fee         for a warranty
T0112 fee         for a gift certificate that expired
T0113 fee         a partner's
T0200 exchange    one currency for another
T0201 exchange    one currency for another, as the account's owner asked
T0202 exchange    one currency for another, to cover what was below nothing
T0300 payout      from a bank into the account
T0301 payout      from a bank, as the balance manager wanted
T0302 payout      from a bank, to recover what was owed
T0303 payout      from a bank by electronic transfer
T0400 payout      to a bank
T0401 payout      to a bank, by itself
T0402 payout      to Hyperwallet
T0403 payout      to a bank, as the account's owner asked
T0500 other       bought with PayPal's debit card
T0501 other       bought with PayPal's virtual debit card
T0502 payout      cash from a machine by PayPal's debit card
T0503 other       bought with PayPal's hidden virtual debit card
T0504 payout      cash over the counter by PayPal's debit card
T0505 no money    a debit card's authorization
T0600 payout      to a credit card
T0700 payout      from a credit card
T0701 payout      from a credit card, to cover what was below nothing
T0800 adjustment  a bonus without a code of its own
T0801 adjustment  cash back of the debit card
T0802 adjustment  a bonus for a merchant brought
T0803 adjustment  a bonus of the balance manager
T0804 adjustment  a bonus of the buyer's warranty
T0805 adjustment  a payout of the buyer's protection
T0806 adjustment  a bonus for a first bank transfer
T0807 adjustment  a card's security charge, given back
T0808 adjustment  cash back of the credit card
T0900 adjustment  an incentive without a code of its own
T0901 adjustment  a gift certificate used
T0902 adjustment  points used
T0903 adjustment  a coupon used
T0904 adjustment  eBay's loyalty incentive
T0905 adjustment  an offer that paid a part
T1000 payout      a bill paid from the balance
T1100 reversal    taken back, of a kind without a code of its own
T1101 payout      a withdrawal to a bank that came back
T1102 adjustment  a purchase by debit card that was called back
T1103 adjustment  points that were called back
T1104 payout      a deposit from a bank that was called back
T1105 release     what the account withheld, given free
T1106 reversal    a payment taken back by PayPal
T1107 refund      a payment sent back by us
T1108 fee         a fee called back
T1109 fee         a fee sent back
T1110 dispute hold  withheld while a dispute is looked at
T1111 dispute release  what a dispute withheld, given free
T1112 other       a reversal of a managed account
T1113 other       money sent that names no payment
T1114 other       a payment to many at once, called back
T1115 other       a payment to many at once, sent back
T1116 reversal    taken back after an instant review
T1117 adjustment  a rebate or cash back, called back
T1118 reversal    taken back of an instrument without an account
T1119 other       taken back of an instrument without an account, on the buyer's side
T1200 adjustment  a correction without a code of its own
T1201 reversal    a chargeback by a bank
T1202 returned    a chargeback or reversal that was undone
T1203 adjustment  written off
T1204 adjustment  an incentive, corrected
T1205 adjustment  a chargeback that PayPal bore
T1207 other       a chargeback's answer that the bank did not take
T1208 returned    a chargeback that was called off
T1300 no money    an authorization
T1301 no money    an authorization, made sure of again
T1302 no money    an authorization given up
T1400 adjustment  a dividend
T1500 hold        withheld for a time, without a code of its own
T1501 hold        withheld for an open authorization
T1502 hold        withheld for a deposit from a bank
T1503 hold        withheld from what is available
T1600 adjustment  a buyer's credit that paid
T1601 adjustment  from a buyer's credit line
T1602 adjustment  a payment of a buyer's credit
T1603 adjustment  to a buyer's credit line
T1700 payout      to somebody who is no bank
T1701 payout      by WorldLink
T1800 other       a payment by a buyer's credit, without a code of its own
T1801 other       to a buyer's credit line, taken out
T1900 adjustment  a correction without a reason told
T2000 other       between accounts of one owner
T2001 other       between accounts of one owner, to settle
T2002 other       from what was payable
T2003 other       to a ledger outside
T2004 other       what is owed, sold in advance
T2101 hold        withheld, without a code of its own
T2102 release     withheld without a code of its own, given free
T2103 hold        a reserve
T2104 release     a reserve, given free
T2105 hold        withheld while a payment is reviewed
T2106 release     withheld for a review, given free
T2107 hold        a payment withheld
T2108 release     a payment withheld, given free
T2109 other       a gift certificate bought
T2110 other       a gift certificate used
T2111 hold        money that is not available yet
T2112 release     money that is available now
T2113 hold        a payment that was blocked
T2114 hold        withheld for a tax
T2201 other       to or from a balance that a credit card fills
T2301 other       a tax taken for the state
T3000 payment     a payment by an instrument without an account
T5000 other       collected for somebody, to be passed on
T5001 other       passed on to whom it was collected for
T9700 adjustment  owed for postage
T9701 adjustment  PayPal's money that must be paid back
T9702 adjustment  PayPal's money that is being paid back
T9800 no money    only shown
T9900 other       anything else
"""


def _read(table: str) -> dict[str, TCode]:
    found = {}
    for line in table.strip().splitlines():
        code, rest = line.split(" ", 1)
        kind, meaning = rest.split("  ", 1)
        found[code] = TCode(RowKind(kind), meaning.strip())
    return found


T_CODES: Mapping[str, TCode] = _read(_TABLE)

UNKNOWN = TCode(RowKind.OTHER, "a code that nobody here has seen")
"""Whatever it means: that money moved is true, and why is for a person to say."""


def t_code(code: str) -> TCode:
    """What a code tells of."""
    return T_CODES.get(code, UNKNOWN)
