"""Texts from outside: what may be kept, what is an address of mail, and names that are made of texts."""

import pytest

from checkout.domain.cards import holds_card_number
from checkout.domain.texts import in_letters, is_readable, mail_address, tidy


def test_two_spellings_of_one_text_are_kept_as_one() -> None:
    assert tidy(" Cafe\u0301 ") == tidy("Caf\u00e9") == "Caf\u00e9"


@pytest.mark.parametrize("text", ["Tea \U0001f375", "\u0160\u0165astn\u00fd", "\u8336", "a\u200db", ""])
def test_what_people_write_is_readable(text: str) -> None:
    assert is_readable(text)


@pytest.mark.parametrize("text", ["a\x07b", "a\nb", "a\u202eb", "a\ufffdb", "a\ue000b", "a\u0378b"])
def test_what_is_read_otherwise_than_it_is_written_is_refused(text: str) -> None:
    assert not is_readable(text)


def test_a_text_of_lines_may_have_them_and_nothing_else() -> None:
    assert is_readable("one\ntwo", of_lines=True)
    assert not is_readable("one\ntwo\u202e", of_lines=True)


@pytest.mark.parametrize(
    ("typed", "taken"),
    [("kim@Example.com", "kim@example.com"), ("kim@b\u00fccher.example", "kim@xn--bcher-kva.example")],
)
def test_an_address_is_kept_as_any_mail_server_takes_it(typed: str, taken: str) -> None:
    assert mail_address(typed) == taken


@pytest.mark.parametrize(
    "typed", ["", "kim", "kim@", "kim@example.com\nBcc: x@example.com", "k\u00efm@example.com"]
)
def test_what_no_mail_server_takes_is_no_address(typed: str) -> None:
    assert mail_address(typed) is None


def test_a_name_in_letters_is_one_of_its_text_and_never_digits() -> None:
    names = {in_letters(f"order {number}") for number in range(50)}
    assert len(names) == 50
    assert all(name.isalpha() and len(name) == 32 for name in names)
    assert not any(holds_card_number(name) for name in names)
    assert in_letters("tea") == in_letters(b"tea")
