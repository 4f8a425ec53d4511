"""Card numbers, the ways they are spelled, and innocent texts with digits; run as a module it measures."""

import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from random import Random
from uuid import UUID

from stdnum import luhn

BRANDS: dict[str, tuple[tuple[str, ...], tuple[int, ...]]] = {
    "Visa": (("4",), (13, 16, 16, 16, 19)),
    "Mastercard": (("51", "52", "53", "54", "55", "2221", "2300", "2450", "2699", "2720"), (16,)),
    "American Express": (("34", "37"), (15,)),
    "Discover": (("6011", "644", "649", "65", "622126"), (16, 19)),
    "Diners Club": (("300", "305", "309", "36", "38", "39"), (14, 16)),
    "JCB": (("3528", "3550", "3589"), (16, 19)),
    "UnionPay": (("62", "81"), (16, 17, 18, 19)),
    "Maestro": (("5018", "5020", "5038", "5893", "6304", "6759", "6761"), (12, 13, 14, 15, 16, 17, 18, 19)),
    "Mir": (("2200", "2204"), (16, 17, 18, 19)),
    "RuPay": (("60", "6521", "508"), (16,)),
    "Troy": (("9792",), (16,)),
    "Verve": (("506099", "650002"), (16, 19)),
    "Elo": (("401178", "509000", "636297"), (16,)),
    "Hipercard": (("606282", "384100"), (16,)),
    "UATP": (("1",), (15,)),
    "Dankort": (("5019", "4571"), (16,)),
}


def card_number(random: Random) -> str:
    """Make a number that some brand could have issued, its check digit not by the guard's own code."""
    starts, lengths = BRANDS[random.choice(list(BRANDS))]
    start, length = random.choice(starts), random.choice(lengths)
    body = start + digits(random, length - 1 - len(start))
    return body + luhn.calc_check_digit(body)


def card_numbers(count: int, seed: int) -> list[str]:
    """Make card numbers, the same for the same seed."""
    random = Random(seed)
    return [card_number(random) for _ in range(count)]


def digits(random: Random, count: int) -> str:
    """Make so many digits."""
    return "".join(random.choices("0123456789", k=count))


def grouped(number: str, sizes: tuple[int, ...] = (4, 4, 4, 4, 4)) -> list[str]:
    """Cut a number into groups."""
    groups = []
    for size in sizes:
        groups.append(number[:size])
        number = number[size:]
    return [group for group in (*groups, number) if group]


def as_printed(number: str) -> list[str]:
    """Cut a number as it stands on its card: 4-6-5 and 4-6-4 for Amex and Diners."""
    return grouped(number, (4, 6, 5) if number[0] == "3" and len(number) in {14, 15} else (4, 4, 4, 4))


def _joined(separator: str) -> Callable[[str, Random], str]:
    return lambda number, _: separator.join(as_printed(number))


def _in_script(zero: int) -> Callable[[str, Random], str]:
    return lambda number, _: "".join(chr(zero + int(digit)) for digit in number)


def _around(before: str, after: str) -> Callable[[str, Random], str]:
    return lambda number, _: f"{before}{number}{after}"


_SEPARATORS = (" ", "-", ".", "/", "_", ",", "\u00a0", "\u2009", " - ", "\t", "\n", "\u2013")

SPELLINGS: dict[str, Callable[[str, Random], str]] = {
    "plain": _around("", ""),
    "spaces": _joined(" "),
    "dashes": _joined("-"),
    "dots": _joined("."),
    "slashes": _joined("/"),
    "underscores": _joined("_"),
    "commas": _joined(", "),
    "colons": _joined(":"),
    "no-break spaces": _joined("\u00a0"),
    "thin spaces": _joined("\u2009"),
    "two spaces": _joined("  "),
    "spaced dashes": _joined(" - "),
    "en dashes": _joined("\u2013"),
    "line breaks": _joined("\r\n    "),
    "tabs": _joined("\t"),
    "mixed separators": lambda number, random: "".join(
        group + random.choice(_SEPARATORS) for group in as_printed(number)
    ),
    "always in fours": lambda number, _: " ".join(grouped(number)),
    "in pairs": lambda number, _: " ".join(grouped(number, (2,) * 9)),
    "in threes": lambda number, _: "-".join(grouped(number, (3,) * 6)),
    "in fives": lambda number, _: " ".join(grouped(number, (5,) * 3)),
    "in halves": lambda number, _: " ".join(grouped(number, (8, 8))),
    "digit by digit": lambda number, _: " ".join(number),
    "digit by digit, dotted": lambda number, _: ".".join(number),
    "zero-width spaces": lambda number, _: "\u200b".join(number),
    "soft hyphens and joiners": lambda number, _: "\u00ad\u2060".join(as_printed(number)),
    "full-width digits": _in_script(0xFF10),
    "full-width, long dash": lambda number, _: "ー".join(
        "".join(chr(0xFF10 + int(digit)) for digit in group) for group in as_printed(number)
    ),
    "Arabic-Indic digits": _in_script(0x660),
    "Devanagari digits": _in_script(0x966),
    "mathematical digits": _in_script(0x1D7D8),
    "keycaps": lambda number, _: "".join(f"{digit}\ufe0f\u20e3" for digit in number),
    "superscript": lambda number, _: number.translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")),
    "percent-encoded spaces": _joined("%20"),
    "percent-encoded digits": lambda number, _: "".join(f"%{ord(digit):02X}" for digit in number),
    "twice percent-encoded": _joined("%2520"),
    "plus for space": _joined("+"),
    "HTML entities": _joined("&nbsp;"),
    "digits as entities": lambda number, _: "".join(f"&#{ord(digit)};" for digit in number),
    "digits as hex entities": lambda number, _: "".join(f"&#x{ord(digit):x};" for digit in number),
    "JSON escapes": lambda number, _: "".join(f"\\u{ord(digit):04x}" for digit in number),
    "escaped line breaks": _joined("\\n"),
    "tags between": _joined("<br/>\n"),
    "as a list": lambda number, _: str(as_printed(number)),
    "quoted": _around('"', '"'),
    "letters around": _around("visa", "x"),
    "capitals around": _around("X", "X"),
    "VISA before": _around("VISA", ""),
    "pan:": _around("pan:", ""),
    "in a sentence": _around("Please charge my card ", ", it expires 12/27, code 123."),
    "in a sentence without a word": _around("Hello, use ", " for the 2 items, thanks."),
    "expiry and code behind": lambda number, _: f"{' '.join(as_printed(number))} 12/27 123",
    "query string": _around("a=1&number=", "&b=2"),
    "track two": _around(";", "=27121010000012300000?"),
    "decimal": _around("", ".0"),
    "letter o for zero": lambda number, _: number.replace("0", "o"),
    "letter O for zero, grouped": lambda number, _: " ".join(as_printed(number)).replace("0", "O"),
    "letter l for one": lambda number, _: number.replace("1", "l"),
}

PADDED_SPELLINGS: dict[str, Callable[[str, Random], str]] = {
    "leading zeros": _around("0000", ""),
    "leading plus": _around("+", ""),
}
"""Spellings in which 12 and 13 digits are a phone number; longer numbers are found."""


def ean13(random: Random) -> str:
    """Make an article number with its check digit."""
    body = str(random.choice((400, 401, 426, 450, 490, 500, 300, 871, 76, 84, 93, 590))) + digits(random, 10)
    body = body[:12]
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return body + str(-total % 10)


def iban(random: Random) -> str:
    """Make an IBAN of a country whose account numbers are digits only."""
    country, length = random.choice((("DE", 22), ("AT", 20), ("BE", 16), ("ES", 24), ("PL", 28), ("DK", 18)))
    account = digits(random, length - 4)
    rest = int(account + "".join(str(ord(letter) - 55) for letter in country) + "00") % 97
    return f"{country}{98 - rest:02}{account}"


def _moment(random: Random) -> datetime:
    return datetime.fromtimestamp(random.uniform(1.2e9, 1.9e9), UTC)


def _e164(random: Random) -> str:
    country, lengths = random.choice(
        (
            ("1", (10,)),
            ("49", (10, 11)),
            ("44", (10,)),
            ("43", (10, 11)),
            ("41", (9,)),
            ("57", (10,)),
            ("60", (9, 10)),
        )
    )
    return f"+{country}{random.randint(1, 9)}{digits(random, random.choice(lengths) - 1)}"


def _national(random: Random) -> str:
    d = digits
    return random.choice(
        (
            f"0{random.randint(151, 179)} {d(random, 8)}",
            f"({random.randint(201, 989)}) {random.randint(200, 999)}-{d(random, 4)}",
            f"0{random.randint(20, 29)} {d(random, 4)} {d(random, 4)}",
            f"+49 (0){random.randint(30, 999)} / {d(random, 4)} {d(random, 3)}-{d(random, 2)}",
            f"06 {d(random, 2)} {d(random, 2)} {d(random, 2)} {d(random, 2)}",
        )
    )


def _amounts(random: Random) -> str:
    return random.choice(
        (
            f"{random.uniform(1, 1e9):,.2f} EUR",
            f"{random.uniform(1, 1e6):.2f} + {random.uniform(1, 1e6):.2f} = {random.uniform(1, 1e6):.2f}",
            f"HUF {random.randint(1, 10**9):,}".replace(",", " "),
            f"{random.randint(1, 99)} x {random.uniform(1, 500):.2f}",
        )
    )


def _sentence(random: Random) -> str:
    r = random.randint
    return random.choice(
        (
            f"Order {r(1000, 99999)} of {r(1, 28)}.{r(1, 12)}.2026: {r(1, 9)} boxes, {r(1, 12)} parts each.",
            f"Call {r(8, 11)}-{r(12, 18)} h, house {r(1, 300)}, floor {r(1, 9)}, code {r(1000, 9999)}",
            f"Sizes: {r(36, 46)}, {r(36, 46)}, {r(36, 46)}; lengths {r(28, 36)}/{r(28, 36)}",
            f"Between {_moment(random):%d.%m.%Y} - {_moment(random):%d.%m.%Y}, {r(9, 12)}:00-{r(13, 18)}:30",
            f"Invoice {r(2020, 2026)}-{r(1, 99999):05}, customer {r(10000, 999999)}, {r(1, 5000)},50 EUR",
        )
    )


def _address(random: Random) -> str:
    r = random.randint
    return random.choice(
        (
            f"Hauptstraße {r(1, 300)}, {r(10000, 99999)} Berlin",
            f"{r(1, 9999)} Market St Apt {r(1, 999)}\nSan Francisco, CA {r(10000, 99999)}-{r(1000, 9999)}",
            f"{r(1, 300)}/{r(1, 60)}, {r(1000, 9999)} Wien",
            f"〒{r(100, 999)}-{r(1000, 9999)} 東京都港区{r(1, 9)}-{r(1, 30)}-{r(1, 30)}",
        )
    )


def _usps(random: Random) -> str:
    body = "9400" + digits(random, 17)
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return " ".join(grouped(body + str(-total % 10), (4, 4, 4, 4, 4, 2)))


def _paypal_id(random: Random) -> str:
    # Three in four characters of the real ones are digits.
    return "".join(random.choice("0123456789" if random.random() < 0.75 else _UPPER[10:]) for _ in range(17))


def _alphanumeric(alphabet: str, count: int) -> Callable[[Random], str]:
    return lambda random: "".join(random.choices(alphabet, k=count))


_UPPER = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

INNOCENTS: dict[str, Callable[[Random], str]] = {
    "phone, E.164": _e164,
    "phone, national formats": _national,
    "IBAN": iban,
    "IBAN in fours": lambda random: " ".join(grouped(iban(random), (4,) * 8)),
    "EAN-13": ean13,
    "EAN-13 with its label": lambda random: f"EAN {ean13(random)}",
    "GTIN-14": lambda random: f"{random.randint(1, 8)}{digits(random, 13)}",
    "ISBN-13": lambda random: (
        f"978-{random.randint(0, 9)}-{digits(random, 3)}-{digits(random, 5)}-{digits(random, 1)}"
    ),
    "VAT number": lambda random: random.choice(("DE", "FR", "IT", "NL")) + digits(random, 11),
    "UPS": lambda random: f"1Z{_alphanumeric(_UPPER, 6)(random)}{digits(random, 10)}",
    "FedEx, 12 digits": lambda random: digits(random, 12),
    "FedEx, 15 digits": lambda random: digits(random, 15),
    "DHL, 20 digits": lambda random: f"00340434{digits(random, 12)}",
    "USPS, in fours": _usps,
    "Unix time, s": lambda random: str(int(_moment(random).timestamp())),
    "Unix time, ms": lambda random: str(int(_moment(random).timestamp() * 1e3)),
    "Unix time, µs": lambda random: str(int(_moment(random).timestamp() * 1e6)),
    "Unix time, ns": lambda random: str(int(_moment(random).timestamp() * 1e9)),
    "ISO 8601": lambda random: _moment(random).isoformat(random.choice("T ")),
    "two ISO 8601": lambda random: f"{_moment(random).isoformat(' ')} - {_moment(random).isoformat(' ')}",
    "compact time": lambda random: f"{_moment(random):%Y%m%d%H%M%S}",
    "UUID": lambda random: str(UUID(int=random.getrandbits(128), version=4)),
    "ULID": _alphanumeric("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 26),
    "SHA-256": lambda random: f"{random.getrandbits(256):064x}",
    "PayPal id": _paypal_id,
    "PayPal event id": lambda random: f"WH-{_paypal_id(random)}-{_paypal_id(random)}",
    "PayPal debug id": lambda random: f"{random.getrandbits(52):013x}",
    "amounts": _amounts,
    "coordinates": lambda random: f"{random.uniform(35, 60):.6f}, {random.uniform(-10, 30):.6f}",
    "IPv4 pair": lambda random: ", ".join(
        ".".join(str(random.randint(1, 255)) for _ in range(4)) for _ in range(2)
    ),
    "IPv6": lambda random: ":".join(f"{random.getrandbits(16):04x}" for _ in range(8)),
    "postal address": _address,
    "sentence with several numbers": _sentence,
    **{
        f"bare random number, {count} digits": lambda random, count=count: (
            str(random.randint(1, 9))  # type: ignore[misc]
            + digits(random, count - 1)
        )
        for count in range(10, 21)
    },
}


def measure(count: int, seed: int) -> Iterator[str]:
    """Give the tables of docs/card-detection.md, line by line."""
    from checkout.domain.cards import holds_card_number  # noqa: PLC0415, the generator itself knows no guard

    numbers = card_numbers(count, seed)
    random = Random(seed)
    yield "| spelling | numbers | missed |\n|---|---:|---:|"
    for name, spell in (SPELLINGS | PADDED_SPELLINGS).items():
        asked = numbers if name in SPELLINGS else [number for number in numbers if len(number) > 13]
        missed = sum(not holds_card_number(spell(number, random)) for number in asked)
        yield f"| {name} | {len(asked):,} | {missed} |"
    yield "\n| innocent text | texts | refused | share |\n|---|---:|---:|---:|"
    for name, make in INNOCENTS.items():
        refused = sum(holds_card_number(make(random)) for _ in range(count))
        yield f"| {name} | {count:,} | {refused} | {refused / count:.2%} |"
    yield "\n| text of 256 KiB | time |\n|---|---:|"
    for name, text in hostile_texts(256 * 1024).items():
        began = time.process_time()
        holds_card_number(text)
        yield f"| {name} | {(time.process_time() - began) * 1000:.0f} ms |"


def hostile_texts(length: int) -> dict[str, str]:
    """Make texts of so many characters that hold no number and give the most work."""
    unit = {
        "digits": "4",
        "single digits": "4 ",
        "groups of four": "4444 ",
        "groups in turn": "11 2 ",
        "numbers with a wrong check digit": "4444444444444444x",
        "words about cards": "card4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4",
        "escapes": "%34",
        "backslashes": "\\",
        "zero-width spaces": "4\u200b",
        "letters like digits": "O1",
    }
    return {name: (piece * (length // len(piece) + 1))[:length] for name, piece in unit.items()}


if __name__ == "__main__":
    for line in measure(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000, seed=2):
        print(line, flush=True)  # noqa: T201, it speaks to a terminal
