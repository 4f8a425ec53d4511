"""Mail: by SMTP where one is set up, else kept in a folder where the operator can read it."""

from __future__ import annotations

import re
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, getaddresses, parseaddr
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

from checkout.domain.errors import BadInputError, CheckoutError
from checkout.settings import is_one_line

if TYPE_CHECKING:
    from datetime import datetime

SMTP_SECONDS = 20
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?", re.ASCII)
_SMTP_URL = re.compile(r"smtps?://(?:[^\s/?#]*@)?(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?/?")
PERMANENT = 500
"""SMTP's answers from here on will not change by trying again. Source: RFC 5321, 4.2.1."""


class MailNotSentError(CheckoutError):
    """The mail server did not take a mail. `permanent` says that trying again will not help."""

    def __init__(self, why: str, *, permanent: bool) -> None:
        self.permanent = permanent
        super().__init__(f"The mail was not sent: {why}.")


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail. `id` makes its Message-ID, so that a repeated sending can be told apart."""

    id: str
    to: str
    subject: str
    text: str
    html: str
    at: datetime


class Mailer(Protocol):
    """Sends a mail, at least once; raises MailNotSentError."""

    def send(self, mail: Mail) -> None:
        """Hand the mail over to whoever delivers it."""


@dataclass(frozen=True, slots=True)
class FolderMailer:
    """Keeps each mail as one `.eml` file; sending it again writes the same file."""

    folder: Path
    sender: str

    def send(self, mail: Mail) -> None:
        """Write the mail whole, or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f".{mail.id}.part"
        part.write_bytes(compose(mail, self.sender).as_bytes())
        part.replace(self.folder / f"{mail.id}.eml")


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """Sends by SMTP: `smtps://` is encrypted from the start, `smtp://` upgrades where the server offers it.

    A password is never sent unencrypted.
    """

    host: str
    port: int
    user: str
    password: str
    encrypted: bool
    sender: str

    def send(self, mail: Mail) -> None:
        """Send now, within SMTP_SECONDS for each step."""
        try:
            with self._connect() as server:
                server.send_message(compose(mail, self.sender))
        except smtplib.SMTPResponseException as answer:
            why = f"the server answered {answer.smtp_code}"
            raise MailNotSentError(why, permanent=answer.smtp_code >= PERMANENT) from None
        except smtplib.SMTPRecipientsRefused:
            raise MailNotSentError("the server refuses the recipient", permanent=True) from None
        except (smtplib.SMTPException, OSError) as trouble:
            raise MailNotSentError(
                f"{self.host}:{self.port}: {type(trouble).__name__}", permanent=False
            ) from None

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.encrypted:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=SMTP_SECONDS, context=context
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=SMTP_SECONDS)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=context)
            elif self.user:
                server.close()
                why = f"{self.host} offers no encryption, and the password is not sent without; use smtps://"
                raise MailNotSentError(why, permanent=False)
        if self.user:
            server.login(self.user, self.password)
        return server


def mailer(smtp_url: str, folder: Path, sender: str) -> Mailer:
    """The mailer that the settings describe; raises BadInputError for a MAIL_FROM or SMTP_URL that is none."""
    if not _is_an_address(sender):
        message = (
            "MAIL_FROM must be one address, such as shop@shop.example or Tea & Pots <shop@shop.example>."
        )
        raise BadInputError(message)
    if not smtp_url:
        return FolderMailer(folder, sender)
    try:
        parts = urlsplit(smtp_url) if _SMTP_URL.fullmatch(smtp_url) else None
        port = parts.port if parts else None
    except ValueError:
        parts, port = None, None
    if parts is None or not parts.hostname or port == 0:
        message = (
            "SMTP_URL must look like smtp://user:password@mail.example:587 or smtps://…:465, with signs such as"
            " @ or / in a password percent-encoded."
        )
        raise BadInputError(message)
    encrypted = parts.scheme == "smtps"
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return SmtpMailer(parts.hostname, port or (465 if encrypted else 587), user, password, encrypted, sender)


def _is_an_address(sender: str) -> bool:
    """One address, with a name before it or without. A comma, or the end of a line, would begin something else."""
    addresses = [address for _, address in getaddresses([sender])]
    is_one = len(addresses) == 1 and _ADDRESS.fullmatch(addresses[0]) is not None
    return is_one and is_one_line(sender)


def compose(mail: Mail, sender: str) -> EmailMessage:
    """The mail as it goes out, in text and HTML."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = f"<{mail.id}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    message.set_boundary(_boundary(mail.id))
    return message


def _boundary(mail_id: str) -> str:
    """Letters only: the library's own is 19 random digits, and now and then those make a card number."""
    return sha256(mail_id.encode()).hexdigest().translate(str.maketrans("0123456789", "ghijklmnop"))
