"""Who may come through which door, written down once more and by hand: a change of rights shows in review.

A door that is not here fails the matrix. `open` is for whoever comes; `+` behind a right means that the operator
confirms first who they are.
"""

from checkout.domain.roles import Right

OPEN = "open"

EXPECTED: dict[str, str] = {
    "accept_dispute": "money+",
    "account": "see",
    "account_codes": "see+",
    "account_passkey": "see+",
    "account_password": "see+",
    "acknowledge_return": "money+",
    "add_endpoint": "admin+",
    "add_link": "admin",
    "add_product": "admin",
    "appeal_dispute": "money",
    "apply_replay": "money",
    "approve_refund": "money+",
    "audit": "admin",
    "cancel_order": "help",
    "capture_reserved": "money",
    "change_access": "admin+",
    "change_role": "admin+",
    "confirm": "see",
    "decide_discrepancy": "money+",
    "deliveries": "see",
    "delivery": "see",
    "disable_endpoint": "admin",
    "discrepancies": "see",
    "discrepancy": "see",
    "dispute": "see",
    "disputes": "see",
    "enable_endpoint": "admin",
    "end_halt": "admin+",
    "end_operators_session": "admin",
    "end_session": "see",
    "end_sessions": "see",
    "endpoints": "admin",
    "event": "see",
    "export": "export+",
    "file": OPEN,
    "give_back": "money+",
    "give_evidence": "money",
    "inbox": "see",
    "invite_operator": "admin+",
    "ledger": "see",
    "message_in_dispute": "money",
    "nowhere": "see",
    "offer_in_dispute": "money+",
    "offer_product": "admin",
    "operator": "admin",
    "operators": "admin",
    "order": "see",
    "orders": "see",
    "outbox": "see",
    "ping_endpoint": "admin",
    "preview_html": "see",
    "previews": "see",
    "processors": "admin",
    "products": "admin",
    "reauthorize_reserved": "money",
    "reconciliation": "see",
    "reconciliation_run": "see",
    "refund": "money",
    "refunds_to_approve": "see",
    "remove_endpoint": "admin+",
    "remove_orders_view": "see",
    "remove_passkey": "see+",
    "rename_passkey": "see",
    "replay_event": "help",
    "reservations": "see",
    "reset_operator": "admin+",
    "rotate_endpoint": "admin+",
    "save_orders_view": "see",
    "send_delivery_again": "help",
    "send_mail_again": "help",
    "send_receipt_again": "help",
    "send_span_again": "help",
    "settings": "admin",
    "sign_in": OPEN,
    "sign_out": "see",
    "start": "see",
    "start_reconciliation": "money",
    "statement": "see",
    "today": "see",
    "try_processor": "admin",
    "void_reserved": "money",
    "welcome": OPEN,
    "welcome_means": OPEN,
    "welcome_name": OPEN,
    "withdraw_invitation": "admin",
    "withdraw_link": "admin",
    "withdraw_refund": "money",
    "write_order_note": "help",
}
"""The right that each door needs, by its endpoint below `office.`."""


def right_of(endpoint: str) -> Right | None:
    """The right that a door must need; None where it is open. Raises KeyError for one nobody wrote down."""
    said = EXPECTED[endpoint.removeprefix("office.")].removesuffix("+")
    return None if said == OPEN else Right(said)


def confirms(endpoint: str) -> bool:
    """Whether a door must ask for a fresh proof."""
    return EXPECTED[endpoint.removeprefix("office.")].endswith("+")
