"""A word is found however it was typed: capitals, accents, apostrophes and dashes make no difference."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.words import WORD_MAX, fold, typed, words_of, words_of_mail, words_of_order

FOLDED = {
    "Müller": "muller",
    "MÜLLER": "muller",
    "Mu\u0308ller": "muller",
    "Łukasz": "lukasz",
    "Søren": "soren",
    "Straße": "strasse",
    "İpek": "ipek",
    "O\u2019Brien": "obrien",
    "Zoë\u200b": "zoe",
    "日本": "日本",
    "a\x00b": "ab",
    "half\ud800": "half",
}


@pytest.mark.parametrize("text", FOLDED)
def test_a_text_is_folded_to_what_everybody_can_type(text: str) -> None:
    assert fold(text) == FOLDED[text]


@given(st.text(max_size=60))
def test_what_is_folded_stays_as_it_is_and_fits_any_database(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert "\x00" not in once
    once.encode()


def test_a_word_of_several_is_found_whole_and_by_each() -> None:
    assert words_of(["Meyer-Lüdenscheidt, Anna"]) == {"meyer-ludenscheidt", "meyer", "ludenscheidt", "anna"}


def test_a_mail_is_found_whole_and_by_its_parts_but_not_by_what_all_mails_end_with() -> None:
    assert words_of_mail("Jo.Meyer+tea@Mail.Example.com") == {
        *("jo.meyer+tea@mail.example.com", "jo.meyer+tea", "mail.example.com", "jo", "meyer", "tea"),
    }


def test_a_postcode_is_found_with_and_without_its_blank() -> None:
    assert {"sw1a", "1aa", "sw1a1aa"} <= words_of_order("", "", ["SW1A 1AA"])


def test_nothing_makes_no_words() -> None:
    assert words_of_order("", "", ["", " "]) == set()
    assert words_of_order("!!", "", []) == set()


@given(st.text(max_size=120), st.emails(), st.text(max_size=20))
def test_whatever_is_typed_of_an_order_is_among_its_words(name: str, email: str, code: str) -> None:
    words = words_of_order(name, email, [code])
    for text in (name, email, code):
        assert set(typed(text)) <= words
    assert all(0 < len(word) <= WORD_MAX for word in words)
