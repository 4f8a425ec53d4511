"""Who may come through which door, written down once more and by hand: a change of rights shows in review.

A door that is not here fails the matrix. `open` is for whoever comes; `+` behind a right means that the operator
confirms first who they are.
"""

from checkout.domain.roles import Right

OPEN = "open"

EXPECTED: dict[str, str] = {
    "account": "see",
    "account_codes": "see+",
    "account_passkey": "see+",
    "account_password": "see+",
    "audit": "admin",
    "change_access": "admin+",
    "change_role": "admin+",
    "confirm": "see",
    "end_operators_session": "admin",
    "end_session": "see",
    "end_sessions": "see",
    "file": OPEN,
    "invite_operator": "admin+",
    "nowhere": "see",
    "operator": "admin",
    "operators": "admin",
    "remove_passkey": "see+",
    "rename_passkey": "see",
    "reset_operator": "admin+",
    "settings": "admin",
    "sign_in": OPEN,
    "sign_out": "see",
    "start": "see",
    "welcome": OPEN,
    "welcome_means": OPEN,
    "welcome_name": OPEN,
    "withdraw_invitation": "admin",
}
"""The right that each door needs, by its endpoint below `office.`."""


def right_of(endpoint: str) -> Right | None:
    """The right that a door must need; None where it is open. Raises KeyError for one nobody wrote down."""
    said = EXPECTED[endpoint.removeprefix("office.")].removesuffix("+")
    return None if said == OPEN else Right(said)


def confirms(endpoint: str) -> bool:
    """Whether a door must ask for a fresh proof."""
    return EXPECTED[endpoint.removeprefix("office.")].endswith("+")
