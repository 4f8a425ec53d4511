"""What passkeys are asked and what they answer, in the words of WebAuthn. It is imported when it is first needed.

Source: https://www.w3.org/TR/webauthn-3/, read 2026-11-27.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from checkout.flows.signing_in import PasskeyRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from checkout.flows.passkeys import Owner, Party

PATIENCE_MS = 300_000
ANSWER_CHARACTERS_MAX = 20_000
_CREDENTIAL = re.compile(r"[A-Za-z0-9_-]{1,1364}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Made:
    """A new passkey, as its device tells of it: base64url."""

    credential: str
    public_key: str
    sign_count: int


def ask_to_sign(party: Party, challenge: str, credentials: Iterable[str]) -> str:
    """What a browser is told so that it asks for a passkey; without credentials, for any of this shop's."""
    allowed = [PublicKeyCredentialDescriptor(base64url_to_bytes(one)) for one in credentials]
    return options_to_json(
        generate_authentication_options(
            rp_id=party.id,
            challenge=challenge.encode(),
            timeout=PATIENCE_MS,
            allow_credentials=allowed,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def ask_to_make(party: Party, challenge: str, who: Owner, credentials: Iterable[str]) -> str:
    """What a browser is told so that it makes a passkey that finds its owner by itself."""
    known = [PublicKeyCredentialDescriptor(base64url_to_bytes(one)) for one in credentials]
    return options_to_json(
        generate_registration_options(
            rp_id=party.id,
            rp_name=party.name,
            user_id=who.id.encode(),
            user_name=who.email,
            user_display_name=who.name,
            challenge=challenge.encode(),
            timeout=PATIENCE_MS,
            exclude_credentials=known,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
        )
    )


def signed(answer: str) -> tuple[str, str]:
    """The credential that gives an answer, and the challenge it has signed. Raises PasskeyRefusedError."""
    _refuse_long(answer)
    try:
        read = parse_authentication_credential_json(answer)
        challenge = parse_client_data_json(read.response.client_data_json).challenge.decode()
    except Exception as unreadable:
        raise PasskeyRefusedError from unreadable
    if not is_credential(read.id):
        raise PasskeyRefusedError
    return read.id, challenge


def answered(answer: str) -> str:
    """The challenge that a new passkey answers. Raises PasskeyRefusedError."""
    _refuse_long(answer)
    try:
        read = parse_registration_credential_json(answer)
        return parse_client_data_json(read.response.client_data_json).challenge.decode()
    except Exception as unreadable:
        raise PasskeyRefusedError from unreadable


def verify_signed(party: Party, challenge: str, answer: str, public_key: str, sign_count: int) -> int:
    """What the device has counted now, once its signature holds. Raises PasskeyRefusedError."""
    try:
        return verify_authentication_response(
            credential=answer,
            expected_challenge=challenge.encode(),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=base64url_to_bytes(public_key),
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        ).new_sign_count
    except Exception as refused:  # whatever is in it that cannot be read: it proves nothing
        raise PasskeyRefusedError from refused


def verify_made(party: Party, challenge: str, answer: str) -> Made:
    """The new passkey, once its answer holds. Raises PasskeyRefusedError."""
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge.encode(),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except Exception as refused:
        raise PasskeyRefusedError from refused
    credential = bytes_to_base64url(made.credential_id)
    if not is_credential(credential):
        raise PasskeyRefusedError
    return Made(
        credential,
        bytes_to_base64url(made.credential_public_key),
        made.sign_count,
    )


def is_credential(text: str) -> bool:
    """Whether a text can be what a device calls a passkey: base64url of at most 1023 bytes, as WebAuthn says."""
    return _CREDENTIAL.fullmatch(text) is not None


def _refuse_long(answer: str) -> None:
    if len(answer) > ANSWER_CHARACTERS_MAX:
        raise PasskeyRefusedError
