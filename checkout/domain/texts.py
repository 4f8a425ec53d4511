"""What a text from outside must be to be kept: readable, or an address of mail; and names that are made of texts."""

from __future__ import annotations

import unicodedata
from hashlib import sha256

EMAIL_LENGTH_MAX = 254
TITLE_LENGTH_MAX = 120

_UNREADABLE = frozenset({"Cc", "Cs", "Cn", "Co"})
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufffd")
"""They turn the direction of what follows, so that a mail or label reads other than it is; the last was no text."""


def tidy(text: str) -> str:
    """The same text in one spelling, without blanks around it."""
    return unicodedata.normalize("NFC", text).strip()


def is_readable(text: str, *, of_lines: bool = False) -> bool:
    """Whether whoever reads it sees what is there; only a text `of_lines` may have more than one."""
    signs = text.replace("\n", "") if of_lines else text
    return not any(unicodedata.category(sign) in _UNREADABLE or sign in _TURNS for sign in signs)


def mail_address(text: str) -> str | None:
    """An address as any mail server takes it, or None where it is none; nothing is asked of the network."""
    # Its patterns take a tenth of a command's start, and few commands read an address.
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return None
    return found.ascii_email or found.normalized


def in_letters(said: str | bytes) -> str:
    """A digest in 32 letters: an unguessable name that can never look like a card number."""
    raw = said.encode() if isinstance(said, str) else said
    return "".join(chr(ord("a") + byte % 26) for byte in sha256(raw).digest())
