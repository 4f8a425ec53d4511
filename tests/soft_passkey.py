"""A passkey without a device: answers as an authenticator would, and wrongly where a test wants it to."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

UP, UV, NEW = 0x01, 0x04, 0x40


@dataclass
class SoftPasskey:
    """One key for one shop. `counts` is what it says it has counted with each signature."""

    origin: str = "https://shop.example"
    counts: int = 0
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(20))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, asked: str | None, *, flags: int = UP | UV, origin: str = "") -> str:
        """Answer the question for a new passkey."""
        options = json.loads(asked or "")
        kept = len(self.credential).to_bytes(2, "big") + self.credential + self._public_key()
        told = self._told(options["rp"]["id"], flags | NEW) + bytes(16) + kept
        attestation = encode_cbor({"fmt": "none", "attStmt": {}, "authData": told})
        client = self._client("webauthn.create", options["challenge"], origin)
        response = {
            "clientDataJSON": bytes_to_base64url(client),
            "attestationObject": bytes_to_base64url(attestation),
            "transports": ["internal"],
        }
        return self._answer(response)

    def sign(
        self,
        asked: str | None,
        *,
        flags: int = UP | UV,
        origin: str = "",
        rp_id: str = "",
        **more: Any,  # noqa: ANN401
    ) -> str:
        """Answer the question for a signature; `challenge` answers another one than was asked."""
        options = json.loads(asked or "")
        self.counts += more.get("by", 1)
        told = self._told(rp_id or options["rpId"], flags)
        client = self._client("webauthn.get", more.get("challenge", options["challenge"]), origin)
        signature = self.key.sign(told + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": bytes_to_base64url(client),
            "authenticatorData": bytes_to_base64url(told),
            "signature": bytes_to_base64url(signature),
            "userHandle": None,
        }
        return self._answer(response)

    def _answer(self, response: dict[str, Any]) -> str:
        name = bytes_to_base64url(self.credential)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})

    def _told(self, rp_id: str, flags: int) -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.counts.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str, origin: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": origin or self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _public_key(self) -> bytes:
        point = self.key.public_key().public_numbers()
        return encode_cbor(
            {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        )


def challenge_in(asked: str | None) -> str:
    """The challenge of a question, as it was made."""
    return base64url_to_bytes(json.loads(asked or "")["challenge"]).decode()
