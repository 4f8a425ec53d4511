"""A real SMTP server on loopback that keeps what it is sent."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.ports import free_port


@dataclass
class Listener:
    """A real SMTP server; `answer` is what it says to a mail."""

    answer: str = "250 OK"
    port: int = 0
    got: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the mail, and answer."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        if self.answer.startswith("250"):
            self.got.append(email.message_from_bytes(content, policy=email.policy.default))
        return self.answer


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A mail server on loopback."""
    handler = Listener(port=free_port())
    controller = Controller(handler, hostname="127.0.0.1", port=handler.port, ready_timeout=30)
    controller.start()
    yield handler
    controller.stop()
