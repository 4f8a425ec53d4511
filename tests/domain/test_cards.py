"""No card number gets by, however it is spelled, and what is none is let through."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stdnum import luhn

from checkout.domain.card_values import card_number_paths, redact_value
from checkout.domain.cards import REMOVED, Span, find_card_numbers, holds_card_number, redact
from tests.domain.card_numbers import (
    INNOCENTS,
    PADDED_SPELLINGS,
    SPELLINGS,
    card_number,
    card_numbers,
    hostile_texts,
)

NUMBERS = card_numbers(20_000, seed=20)
ONES = "4" + 15 * "1"  # the test number that everybody knows, never spelled out in a file
MASTERCARD = "55" + 13 * "0" + "4"
VISA = " ".join((ONES[:4], *3 * [ONES[4:8]]))


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_hides_a_card_number(spelling: str) -> None:
    # 20,000 numbers over all spellings, and 1,000 of them in each; docs/ has 20,000 in each.
    random = Random(spelling)
    texts = (SPELLINGS[spelling](number, random) for number in random.sample(NUMBERS, 1_000))
    assert [text for text in texts if not holds_card_number(text)] == []


def test_all_twenty_thousand_are_found_in_some_spelling_each() -> None:
    random = Random(14)
    texts = (random.choice(list(SPELLINGS.values()))(number, random) for number in NUMBERS)
    assert [text for text in texts if not holds_card_number(text)] == []


@pytest.mark.parametrize("spelling", PADDED_SPELLINGS)
def test_padding_hides_no_number_longer_than_a_phone_number(spelling: str) -> None:
    random = Random(spelling)
    texts = [PADDED_SPELLINGS[spelling](number, random) for number in NUMBERS[:2_000] if len(number) > 13]
    assert [text for text in texts if not holds_card_number(text)] == []


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_redacted_text_holds_no_card_number_and_stays_as_it_is(spelling: str) -> None:
    random = Random(spelling)
    for number in random.sample(NUMBERS, 100):
        clean = redact(SPELLINGS[spelling](number, random))
        assert REMOVED in clean
        assert not holds_card_number(clean)
        assert redact(clean) == clean


def test_redaction_leaves_the_rest_of_the_text() -> None:
    assert redact(f"Order 17 by card {VISA}, thanks") == f"Order 17 by card {REMOVED}, thanks"
    assert redact("4111%201111%201111%201111&x=1") == f"{REMOVED}&x=1"
    assert find_card_numbers(f"a {VISA} b {MASTERCARD}") == (Span(2, 21), Span(24, 40))


def test_several_numbers_in_a_row_are_all_removed() -> None:
    text = "\n".join(NUMBERS[:200])
    clean = redact(text)
    assert not any(number in clean for number in NUMBERS[:200])


def test_a_wrong_check_digit_makes_it_no_card_number() -> None:
    for number in NUMBERS[:2_000]:
        wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
        assert not luhn.is_valid(wrong)
        assert not holds_card_number(wrong)


def test_the_check_digit_agrees_with_the_library() -> None:
    random = Random(1)
    for _ in range(5_000):
        number = "4" + "".join(random.choices("0123456789", k=15))
        assert holds_card_number(number) == luhn.is_valid(number)


# Shares of 2,000 texts a class. A bare number cannot do better than its issuers' share times the tenth that
# Luhn lets by: what a customer types there may well be a card number.
BOUNDS = {
    "UPS": 0.002,
    "SHA-256": 0.001,
    "EAN-13": 0.06,
    "GTIN-14": 0.02,
    "FedEx, 12 digits": 0.01,
    "FedEx, 15 digits": 0.03,
    **{
        f"bare random number, {count} digits": share
        for count, share in (
            (12, 0.01), (13, 0.03), (14, 0.015), (15, 0.03),
            (16, 0.06), (17, 0.045), (18, 0.055), (19, 0.055),
        )
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", INNOCENTS)
def test_innocent_texts_are_let_through(kind: str) -> None:
    random = Random(kind)
    texts = [INNOCENTS[kind](random) for _ in range(2_000)]
    refused = [text for text in texts if holds_card_number(text)]
    assert len(refused) <= BOUNDS.get(kind, 0) * len(texts), refused[:5]


def test_nothing_that_paypal_says_is_taken_for_a_card_number(shared: Path) -> None:
    samples = [
        path for path in (shared / "facts" / "samples").rglob("*.json") if "paypal" in path.parent.name
    ]
    assert len(samples) > 50
    refused = {path.name: card_number_paths(json.loads(path.read_text())) for path in samples}
    assert {name: paths for name, paths in refused.items() if paths} == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P-5ML4271244454362WXNWU5NQ",
        "WH-3EC545679X386831C-3D038940937933201",
        "4111-1111-1111-1112",
        "41111111111111112345678",  # a longer run of digits
        "EAN 4012345678901",
        "+49 151 12345678",
        "tel. 004915112345678",
        "DE89 3704 0044 0532 0130 00",
        "30.11.2024 - 02.12.2024",
        "41111111-1111-4111-8111-111111111111",
        "order 1234567890123",
        "four one one one",
    ],
)
def test_what_only_resembles_a_card_number_is_let_through(text: str) -> None:
    assert not holds_card_number(text)


def test_words_about_cards_stand_in_for_missing_evidence() -> None:
    broad_maestro = "6100" + "1234567"
    number = broad_maestro + luhn.calc_check_digit(broad_maestro)
    assert not holds_card_number(number)
    assert holds_card_number(f"Kartennummer: {number}")
    assert holds_card_number(number, label="cardNumber")
    assert not holds_card_number(number, label="discarded")


def test_a_phone_number_is_let_through_unless_words_speak_of_cards() -> None:
    number = "491511234567" + luhn.calc_check_digit("491511234567")
    assert not holds_card_number(f"+{number}")
    assert holds_card_number(f"my visa: +{number}")


@pytest.mark.parametrize("label", ["EAN", "order", "tracking number", "phone", "invoice", "reference"])
def test_no_label_excuses_a_number_of_full_length(label: str) -> None:
    assert holds_card_number(f"{label} {VISA}")
    assert holds_card_number(f"{label}: {ONES}", label=label)


@pytest.mark.parametrize(
    ("value", "paths"),
    [
        ({"name": "Ada", "items": [{"note": VISA}]}, ("items.0.note",)),
        ({"number": int(ONES)}, ("number",)),
        ({"number": float(ONES)}, ("number",)),
        ({ONES: 1}, (REMOVED,)),
        (["4111", "1111", "1111", "1111"], ("",)),
        ({"card": [4111, 1111, 1111, 1111]}, ("card",)),
        ({"card1": "4111", "card2": "1111", "card3": "1111", "card4": "1111"}, ("",)),
        ({"card1": ["4111"], "card2": ["1111"], "card3": ["1111"], "card4": ["1111"]}, ("",)),
        ({"first": "41111111", "second": "11111111"}, ("",)),
        ([int(digit) for digit in ONES], ("",)),
        (ONES.encode(), ("",)),
        ({"a": VISA, "b": [VISA]}, ("a", "b.0")),
        ({"name": "Ada", "zip": "10115", "amount": 23.8, "ok": True, "none": None, "quantity": 4}, ()),
        ([52.520008, 13.404954], ()),
    ],
)
def test_nested_values_name_where_a_card_number_stands(value: object, paths: tuple[str, ...]) -> None:
    assert card_number_paths(value) == paths
    clean = redact_value(value)
    assert card_number_paths(clean) == ()
    if not paths:
        assert clean == value


def test_nesting_without_end_is_no_trouble() -> None:
    deep: list[object] = []
    for _ in range(50_000):
        deep = [deep]
    assert card_number_paths(deep) == ()
    assert card_number_paths(redact_value(deep)) == ()
    circle: list[object] = [VISA]
    circle += [circle, circle]
    assert card_number_paths(circle) == ("0",)
    assert redact_value(circle) == [REMOVED, "[nested too deep]", "[nested too deep]"]


_DIGIT_RICH = st.text(
    st.one_of(
        st.sampled_from("0123456789 -./,%&#;\\unxOl+:[]\"'\n\u200b\u00a0\u0661\uff14一²"),
        st.characters(),
        st.sampled_from("4111"),
    ),
    max_size=80,
)


@given(_DIGIT_RICH)
@example("4 " * 40)
@example("%4" * 40)
@example("\\u00344111111111111111")
@settings(max_examples=400)
def test_no_text_makes_the_guard_raise_or_contradict_itself(text: str) -> None:
    clean = redact(text)
    assert holds_card_number(text) == (clean != text)
    assert not holds_card_number(clean)
    assert redact(clean) == clean
    assert all(0 <= span.start < span.end <= len(text) for span in find_card_numbers(text))


@given(_DIGIT_RICH, st.randoms(use_true_random=False), st.sampled_from(sorted(SPELLINGS)), _DIGIT_RICH)
@settings(max_examples=200)
def test_no_words_around_it_hide_a_card_number(
    before: str, random: Random, spelling: str, after: str
) -> None:
    letters = (text.translate({ord(char): "z" for char in "%&\\"}) for text in (before, after))
    text = f"{next(letters)} z {SPELLINGS[spelling](card_number(random), random)} z {next(letters)}"
    assert holds_card_number(text)


@given(
    st.recursive(
        st.none() | st.integers() | st.floats() | _DIGIT_RICH,
        lambda inner: st.lists(inner) | st.dictionaries(_DIGIT_RICH, inner),
    )
)
@settings(max_examples=100)
def test_redacted_values_hold_no_card_number(value: object) -> None:
    assert card_number_paths(redact_value(value)) == ()


LONG = 64 * 1024


def _best(look: Callable[[str], object], text: str) -> float:
    """The processor time of this thread that looking takes, the least of three."""
    best = float("inf")
    for _ in range(3):
        began = time.thread_time()
        assert not look(text)
        best = min(best, time.thread_time() - began)
    return best


def _seconds(text: str) -> float:
    return _best(holds_card_number, text)


def _reading_seconds() -> float:
    """What this machine takes to read as long a text sign by sign: 0.008 s on one of 2026."""
    return _best(lambda text: re.sub("[0-9]", "", text), "4" * LONG)


@pytest.mark.parametrize("kind", hostile_texts(1))
def test_time_grows_with_the_length_and_no_faster(kind: str) -> None:
    small, large = (_seconds(hostile_texts(length)[kind]) for length in (LONG // 8, LONG))
    # Eight times the text; quadratic would be 64 times.
    assert large < 20 * small + 0.02
    assert large < 70 * _reading_seconds()


def test_a_body_full_of_digits_takes_no_time() -> None:
    assert _seconds(hostile_texts(4 * LONG)["digits"]) < 16 * _reading_seconds()
