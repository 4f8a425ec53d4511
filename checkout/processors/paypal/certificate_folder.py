"""Certificates kept on disk, so that a shop that starts anew need not ask for what it knew."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class CertificateFolder:
    """One file for each address; only what was fetched over verified TLS and checked comes in.

    A fresh process that holds nothing could be kept from fetching the genuine certificate by deliveries that
    name made-up ones. Trouble with the disk is no trouble with a certificate: it is then fetched as before.
    """

    folder: Path

    def find(self, url: str) -> x509.Certificate | None:
        """The certificate kept of an address; None where there is none that can be read."""
        with suppress(OSError, ValueError):
            return x509.load_pem_x509_certificate(self._file(url).read_bytes())
        return None

    def keep(self, url: str, certificate: x509.Certificate) -> None:
        """Keep a certificate whole, or not at all."""
        file = self._file(url)
        part = file.with_suffix(f".{os.getpid()}.part")
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            part.write_bytes(certificate.public_bytes(Encoding.PEM))
            part.replace(file)

    def _file(self, url: str) -> Path:
        return self.folder / f"{sha256(url.encode()).hexdigest()[:32]}.pem"
