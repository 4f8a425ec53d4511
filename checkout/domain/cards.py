"""Does this text hold a card number? And if so where, and how does the text read without it?

A find needs an issuer's first digits at one of that issuer's lengths, the Luhn check digit, and a grouping in
which people write card numbers. Words about cards close by replace a missing part of that evidence, save the
check digit. docs/card-detection.md has the measured figures and says what is not found.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from checkout.domain.card_innocents import is_innocent
from checkout.domain.card_issuers import LENGTH_MAX, LENGTH_MIN, is_issued, may_be_issued
from checkout.domain.card_spellings import views

REMOVED = "[card number removed]"


class Span(NamedTuple):
    """Where a card number stands in a text: `text[start:end]`."""

    start: int
    end: int


def holds_card_number(text: str, *, label: str = "", split: bool = False) -> bool:
    """Tell whether a text holds a card number. Never raises, and takes time linear in the text's length.

    `label` is the name of its field, which may speak of cards. `split` says that the text was put together
    from several values, so that only groups in which card numbers are written count, not any.
    """
    return next(_found(text, label, split=split), None) is not None


def find_card_numbers(text: str, *, label: str = "") -> tuple[Span, ...]:
    """Give where the card numbers stand, in order, none overlapping."""
    spans: list[Span] = []
    for span in sorted(_found(text, label)):
        if spans and span.start < spans[-1].end:
            spans[-1] = Span(spans[-1].start, max(spans[-1].end, span.end))
        else:
            spans.append(span)
    return tuple(spans)


_ROUNDS_MAX = 4
"""Removing one number may bring two others together; a text that goes on like that is removed as a whole."""


def redact(text: str, *, label: str = "") -> str:
    """Give the text with each card number replaced; what comes back holds none."""
    for _ in range(_ROUNDS_MAX):
        spans = find_card_numbers(text, label=label)
        if not spans:
            return text
        pieces: list[str] = []
        done = 0
        for span in spans:
            pieces += (text[done : span.start], REMOVED)
            done = span.end
        pieces.append(text[done:])
        text = "".join(pieces)
    return REMOVED


# A gap of up to 16 characters, neither letters nor digits, joins digits into one sequence: any separators,
# mixed ones, a line break with its indentation, the quotes and commas of a list. Possessive, so that no text
# can make it try anything twice.
_SEQUENCE = re.compile(r"[0-9]++(?:[\W_]{1,16}+[0-9]++)*+")
_GROUP = re.compile(r"[0-9]+")


def _found(text: str, label: str, *, split: bool = False) -> Iterator[Span]:
    if len(text) < LENGTH_MIN:
        return
    labelled = bool(label) and _CARD_WORDS.search(_CAMEL_CASE.sub(" ", label)) is not None
    for view in views(text):
        words = _Words(view.text, everywhere=labelled)
        for found in _SEQUENCE.finditer(view.text):
            if found.end() - found.start() >= LENGTH_MIN:
                sequence = _Sequence(view.text, *found.span(), words, split=split)
                for start, end in sequence.card_numbers():
                    yield Span(*view.original(start, end))


# How card numbers are printed and typed, in digits a group.
_LAYOUTS = frozenset(
    bytes(sizes)
    for sizes in (
        (4, 4, 4, 4), (4, 4, 4, 4, 1), (4, 4, 4, 4, 2), (4, 4, 4, 4, 3), (4, 6, 5), (4, 6, 4),
        (4, 5, 6), (4, 4, 4), (4, 4, 4, 1), (4, 4, 4, 2), (4, 4, 4, 3), (4, 3, 3, 3), (4, 4, 5),
        (4, 4, 6), (4, 4, 7), (4, 4, 8), (4, 8, 4), (8, 4, 4), (4, 12), (12, 4), (5, 5, 2),
        (5, 5, 4), (5, 5, 5), (5, 5, 5, 1), (5, 5, 5, 4), (6, 6), (6, 4, 5), (6, 4, 6), (6, 6, 4),
        (6, 6, 6), (6, 4, 4, 4), (6, 10), (6, 13), (7, 7), (7, 7, 2), (8, 4), (8, 5), (8, 6),
        (8, 7), (8, 8), (8, 11),
    )
)  # fmt: skip
_LAYOUT_GROUPS_MAX = 5
_EVEN_GROUP_DIGITS_MAX = 3
"""Runs of equal groups up to this size (3-3-3…, 2-2-2…, digit by digit) are found without a layout."""
_PADDED_GROUP_DIGITS_MIN = 5  # `00004111…` is padded, `0411 …` is a group of its own
_GROUP_DIGITS_MAX = 64  # a longer run of digits is a number of another kind, however many zeros lead it
_COUNTRY_CODE_DIGITS_MAX = 3
_WORDED_STARTS_MAX = 8  # groups after `card:` at which its number may begin


class _Sequence:
    """Groups of digits with no letter between them, and what in them is a card number."""

    def __init__(self, text: str, start: int, end: int, words: "_Words", *, split: bool) -> None:
        self.text, self.start, self.end, self.words, self.split = text, start, end, words, split
        self.groups = [group.span() for group in _GROUP.finditer(text, start, end)]
        self.sizes = bytes([min(end - start, 255) for start, end in self.groups])
        self.digits = "".join([text[start:end] for start, end in self.groups])
        self.places = [0, *accumulate(end - start for start, end in self.groups)]

    def card_numbers(self) -> Iterator[tuple[int, int]]:
        """Give the spans of the card numbers, in the text of the view."""
        first, tried = 0, 0
        while first < len(self.groups):
            last = self._laid_out(first) or self._whole(first) or self._worded(first)
            if not last and first >= tried and self.sizes[first] <= _EVEN_GROUP_DIGITS_MAX:
                tried = self._run_ends[first]
                first, last = self._run(first, tried)
            if last:
                yield self.groups[first][0], self.groups[last - 1][1]
                tried = last
            first = last or first + 1

    def _laid_out(self, first: int) -> int:
        """One group, or groups in one of the layouts: the end of the longest that is a card number, or 0."""
        zeros = self._leading_zeros(first)
        size = self.sizes[first] - zeros
        if size <= _EVEN_GROUP_DIGITS_MAX:
            return 0
        head = bytes((size,))
        for count in range(min(_LAYOUT_GROUPS_MAX, len(self.groups) - first), 1, -1):
            layout = head + self.sizes[first + 1 : first + count]
            if layout in _LAYOUTS and self._is_card(first, first + count, zeros):
                return first + count
        alone = LENGTH_MIN <= size <= LENGTH_MAX and self._is_card(first, first + 1, zeros)
        # Old Maestro numbers of 12 digits begin with a zero of their own.
        return first + 1 if alone or (zeros and self._is_card(first, first + 1, 0)) else 0

    def _leading_zeros(self, first: int) -> int:
        start, end = self.groups[first]
        if self.text[start] != "0" or not _PADDED_GROUP_DIGITS_MIN <= end - start <= _GROUP_DIGITS_MAX:
            return 0
        return end - start - len(self.text[start:end].lstrip("0"))

    def _whole(self, first: int) -> int:
        """The whole sequence in whatever grouping, where it is nothing but one number."""
        count = len(self.groups)
        if first or self.split or count > LENGTH_MAX or not LENGTH_MIN < sum(self.sizes) <= LENGTH_MAX:
            return 0
        # 13 digits in odd groups after a short first one are a phone number rather than a Visa card of 1998.
        phone = sum(self.sizes) == LENGTH_MIN + 1 and self.sizes[0] <= _COUNTRY_CODE_DIGITS_MAX
        return count if not phone and self._is_card(0, count, 0) else 0

    @cached_property
    def _run_ends(self) -> list[int]:
        """For each group, where the run of groups of its size ends."""
        ends = [len(self.sizes)] * len(self.sizes)
        for index in range(len(self.sizes) - 2, -1, -1):
            ends[index] = ends[index + 1] if self.sizes[index] == self.sizes[index + 1] else index + 1
        return ends

    def _run(self, first: int, run_end: int) -> tuple[int, int]:
        """A number in small equal groups, at an edge of their run: its first group, and its end or 0.

        In a long run of single digits every tenth window has a fitting check digit, so the middle counts not.
        """
        tail = run_end < len(self.sizes) and self.sizes[run_end] < self.sizes[first]
        size = self.sizes[first]
        most, least = LENGTH_MAX // size, -(-LENGTH_MIN // size)
        ends = range(min(run_end, first + most), first + least - 1, -1)
        for last in (run_end + 1, *ends) if tail else ends:
            if self._is_card(first, last, 0):
                return first, last
        for begin in range(max(first, run_end - most), run_end - least + 1):
            if self._is_card(begin, run_end, 0):
                return begin, run_end
        return first, 0

    def _worded(self, first: int) -> int:
        """Any groups at all where words speak of cards: also lengths and issuers that need that evidence."""
        if first >= _WORDED_STARTS_MAX:
            return 0
        places, begin = self.places, self.places[first]
        shortest, after = bisect_left(places, begin + LENGTH_MIN), bisect_left(places, begin + LENGTH_MAX + 1)
        if shortest == after or not self.words.near(self.start, self.end):
            return 0
        for last in range(after - 1, shortest - 1, -1):
            number = self.digits[begin : places[last]]
            alone = last == first + 1 or (first == 0 and last == len(self.groups))
            known = may_be_issued(number) or (alone and number[0] != "0" and len(number) > LENGTH_MIN)
            if known and _has_luhn_digit(number) and not self._is_innocent(first, last):
                return last
        return 0

    def _is_card(self, first: int, last: int, zeros: int) -> bool:
        number = self.digits[self.places[first] + zeros : self.places[last]]
        return is_issued(number) and _has_luhn_digit(number) and not self._is_innocent(first, last)

    def _is_innocent(self, first: int, last: int) -> bool:
        start, end = self.groups[first][0], self.groups[last - 1][1]
        return is_innocent(self.text, start, end, soft=not self.words.near(self.start, self.end))


_DOUBLED = bytes.maketrans(b"0123456789", bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))
_VALUES = bytes.maketrans(b"0123456789", bytes(range(10)))


def _has_luhn_digit(number: str) -> bool:
    """Tell whether the last digit is the Luhn check digit. Source: ISO/IEC 7812-1, annex B.

    Eight times as fast as python-stdnum's, by which the tests check it: a hostile text has 50,000 candidates,
    and is read while a customer waits.
    """
    digits = number.encode()[::-1]
    return (sum(digits[::2].translate(_VALUES)) + sum(digits[1::2].translate(_DOUBLED))) % 10 == 0


_BEFORE_CHARACTERS, _AFTER_CHARACTERS = 32, 24
"""How far from a number a word speaks for it; farther, one `card` would speak for all of a letter."""
_CARD_WORDS = re.compile(
    r"""(?<![^\W\d_])(?=[^\W\d_])(?:  # a letter that begins a word
      (?:credit|debit|bank|geld|kredit|prepaid|giro|betaal|krediet)?[ _-]?(?:card|karte|kaart|kort)
        (?:s|e?n)?(?:num(?:ber|mer)?|no|nr|holder|inhaber|data)?
    | (?:carte|tarjeta|carta|cart[aã]o|karta|kart[yęa]?|kortti|kártya)
    | cc(?:n|num(?:ber)?|no|nr|v)? | pan | cvv2? | cvc2? | csc
    | visa | master[ ]?card | maestro | amex | american[ ]express | diners | discover | jcb | rupay
    | union[ ]?pay
    | exp(?:iry|ires|iration)? | valid[ ](?:thru|until|to) | gültig[ ]bis | expire[rs]? | vence
    | scadenza
    )(?![^\W\d_]) | карт[аыеуо] | カード | [银信]行?用?卡 | 卡号 | 카드 | بطاقة | כרטיס""",
    re.VERBOSE | re.IGNORECASE,
)
_CAMEL_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])")


class _Words:
    """Where a text speaks of cards; read at the first question."""

    def __init__(self, text: str, *, everywhere: bool) -> None:
        self.text, self.everywhere = text, everywhere

    @cached_property
    def _starts(self) -> list[int]:
        return [word.start() for word in _CARD_WORDS.finditer(self.text)]

    def near(self, start: int, end: int) -> bool:
        """Tell whether words about cards stand close to the digits from start to end."""
        if self.everywhere:
            return True
        index = bisect_left(self._starts, start - _BEFORE_CHARACTERS)
        return index < len(self._starts) and self._starts[index] < end + _AFTER_CHARACTERS
