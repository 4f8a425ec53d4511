"""Mail goes out once composed, by SMTP to a real listener or into a folder; trouble is named and tells what to do."""

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checkout.domain.errors import BadInputError
from checkout.senders.mail import FolderMailer, Mail, MailNotSentError, SmtpMailer, mailer
from tests.ports import free_port
from tests.senders.listener import Listener, listener

__all__ = ["listener"]

SENDER = "The shop <shop@example.org>"
MAIL = Mail(
    id="receipt-ABCD-EFGH-JKMN",
    to="customer@example.com",
    subject="Receipt für Öl",
    text="Thank you.\n",
    html="<p>Thank you.</p>\n",
    at=datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
)


def test_a_mail_arrives_whole_at_a_real_server(listener: Listener, tmp_path: Path) -> None:
    mailer(f"smtp://127.0.0.1:{listener.port}", tmp_path, SENDER).send(MAIL)
    (got,) = listener.got
    assert got["To"] == "customer@example.com"
    assert got["Subject"] == "Receipt für Öl"
    assert got["Message-ID"] == "<receipt-ABCD-EFGH-JKMN@example.org>"
    assert {part.get_content_type() for part in got.iter_parts()} == {"text/plain", "text/html"}


def test_a_mail_sent_again_bears_the_same_id(listener: Listener, tmp_path: Path) -> None:
    carrier = mailer(f"smtp://127.0.0.1:{listener.port}", tmp_path, SENDER)
    carrier.send(MAIL)
    carrier.send(MAIL)
    assert len({str(got["Message-ID"]) for got in listener.got}) == 1


@pytest.mark.parametrize(("answer", "permanent"), [("550 no such user", True), ("451 try later", False)])
def test_a_refused_mail_says_whether_trying_again_helps(
    listener: Listener, tmp_path: Path, answer: str, *, permanent: bool
) -> None:
    listener.answer = answer
    with pytest.raises(MailNotSentError) as refused:
        mailer(f"smtp://127.0.0.1:{listener.port}", tmp_path, SENDER).send(MAIL)
    assert refused.value.permanent is permanent
    assert answer[:3] in str(refused.value)


def test_a_server_that_is_down_is_worth_another_try(tmp_path: Path) -> None:
    with pytest.raises(MailNotSentError) as down:
        mailer(f"smtp://127.0.0.1:{free_port()}", tmp_path, SENDER).send(MAIL)
    assert down.value.permanent is False


def test_a_password_is_never_sent_unencrypted(listener: Listener, tmp_path: Path) -> None:
    with pytest.raises(MailNotSentError, match="no encryption"):
        mailer(f"smtp://user:secret@127.0.0.1:{listener.port}", tmp_path, SENDER).send(MAIL)
    assert listener.got == []


def test_no_boundary_of_a_mail_can_read_as_a_card_number(tmp_path: Path) -> None:
    for number in range(100):
        mailer("", tmp_path, SENDER).send(replace(MAIL, id=f"receipt-{number}"))
    boundaries = [email.message_from_bytes(file.read_bytes()).get_boundary() for file in tmp_path.iterdir()]
    assert len(set(boundaries)) == 100
    assert all(boundary and boundary.isalpha() for boundary in boundaries)


def test_without_a_server_each_mail_is_one_file(tmp_path: Path) -> None:
    carrier = mailer("", tmp_path / "mail", SENDER)
    carrier.send(MAIL)
    carrier.send(MAIL)
    (file,) = (tmp_path / "mail").iterdir()
    assert file.name == "receipt-ABCD-EFGH-JKMN.eml"
    assert email.message_from_bytes(file.read_bytes(), policy=email.policy.default)["To"] == MAIL.to


def test_the_address_of_a_server_decides_how_it_is_reached(tmp_path: Path) -> None:
    plain = mailer("smtp://mail.example", tmp_path, SENDER)
    sealed = mailer("smtps://a%40b:p%2Fw@mail.example", tmp_path, SENDER)
    assert isinstance(plain, SmtpMailer)
    assert (plain.port, plain.encrypted) == (587, False)
    assert isinstance(sealed, SmtpMailer)
    assert (sealed.port, sealed.encrypted, sealed.user, sealed.password) == (465, True, "a@b", "p/w")
    assert isinstance(mailer("", tmp_path, SENDER), FolderMailer)


@pytest.mark.parametrize("address", ["mail.example", "http://mail.example", "smtp://", "smtp://host:port"])
def test_an_address_that_cannot_be_read_says_how_it_should_look(tmp_path: Path, address: str) -> None:
    with pytest.raises(BadInputError, match="SMTP_URL must look like"):
        mailer(address, tmp_path, SENDER)


@pytest.mark.parametrize("sender", ["", "nobody\r\nBcc: all@example.org"])
def test_a_sender_that_is_no_address_is_refused(tmp_path: Path, sender: str) -> None:
    with pytest.raises(BadInputError, match="MAIL_FROM"):
        mailer("", tmp_path, sender)
