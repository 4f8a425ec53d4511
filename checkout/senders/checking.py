"""Can mail be sent? Asked of the mail server or the folder, without sending any."""

from __future__ import annotations

import os
import smtplib
from typing import TYPE_CHECKING

from checkout.domain.findings import Finding, fine, problem
from checkout.senders.mail import FolderMailer, MailNotSentError, SmtpMailer

if TYPE_CHECKING:
    from checkout.senders.mail import Mailer

NAME = "mail"


def check_mail(mailer: Mailer) -> Finding:
    """Whether this mailer could send now."""
    match mailer:
        case FolderMailer():
            return _folder(mailer)
        case SmtpMailer():
            return _server(mailer)
        case other:
            return fine(NAME, f"sent by {type(other).__name__}")


def _folder(mailer: FolderMailer) -> Finding:
    there = mailer.folder.absolute()
    while not there.exists():
        there = there.parent
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        said = f"mails cannot be kept in {mailer.folder}: {there} cannot be written to"
        return problem(
            NAME, said, "Give the shop's user leave to write there, or set MAIL_FOLDER or SMTP_URL."
        )
    return fine(NAME, f"kept in the folder {mailer.folder}; set SMTP_URL to send them")


def _server(mailer: SmtpMailer) -> Finding:
    where = f"{mailer.host}:{mailer.port}"
    try:
        with mailer._connect() as server:  # noqa: SLF001 -- exactly the connection a mail would take
            server.noop()
    except smtplib.SMTPAuthenticationError:
        return problem(
            NAME, f"{where} refuses the user or password", "Mend them in SMTP_URL; percent-encode signs."
        )
    except MailNotSentError as refused:
        return problem(NAME, str(refused), "Mend SMTP_URL: smtp://user:password@host:587 or smtps://…:465.")
    except (smtplib.SMTPException, OSError) as trouble:
        said = f"{where} cannot be reached ({type(trouble).__name__})"
        return problem(NAME, said, "Check SMTP_URL; receipts wait and are sent once the server answers.")
    return fine(NAME, f"sent by {where}")
