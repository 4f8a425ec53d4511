"""What no file may hold: a package registry's host, a promise without an issue, a card number."""

import re
from collections.abc import Callable

import pytest
from stdnum import luhn

from tests.house.source import Source, repository_files, source

# Joined here only, so that this file may be read by its own check.
REGISTRY_HOSTS = (
    "pyp" + "i.org",
    "python" + "hosted.org",
    "npm" + "js.org",
    "npm" + "js.com",
    "yarn" + "pkg.com",
)
PROMISE = re.compile(r"\b(?:TO" + "DO|FIX" + "ME|X" + "XX|HA" + r"CK)\b(?!.*#\d)")
# Thirteen to nineteen digits on end, or grouped as on a card.
GROUPED = r"\d{3}([ -])(?:\d{4}\1\d{4}\1\d{1,7}|\d{6}\1\d{4,5})"
CARD_LIKE = re.compile(rf"(?<![\w.])[2-6](?:\d{{12,18}}|{GROUPED})(?!\w)")

Rule = Callable[[Source], list[str]]


def names_a_registry(file: Source) -> list[str]:
    """The machine's own configuration says where packages come from; a file of ours would overrule it."""
    return [f"{file.path} names {host}" for host in REGISTRY_HOSTS if host in file.text]


def promises(file: Source) -> list[str]:
    """A promise without an issue is forgotten."""
    lines = [number for number, line in file.lines if PROMISE.search(line)]
    return [f"{file.path}:{number} promises something without an issue" for number in lines]


def holds_a_card_number(file: Source) -> list[str]:
    """Card numbers for tests are generated: one in a file is copied on and ends in a log or a page."""
    lines = [number for number, line in file.lines if _has_card_number(line)]
    return [f"{file.path}:{number} holds what looks like a card number" for number in lines]


RULES: tuple[Rule, ...] = (names_a_registry, promises, holds_a_card_number)


def _has_card_number(line: str) -> bool:
    return any(luhn.is_valid(re.sub(r"\D", "", match[0])) for match in CARD_LIKE.finditer(line))


@pytest.mark.parametrize("rule", RULES)
def test_no_file_holds_what_none_may(rule: Rule) -> None:
    assert [fault for file in repository_files() for fault in rule(file)] == []


@pytest.mark.parametrize("host", REGISTRY_HOSTS)
def test_a_registry_is_found(host: str) -> None:
    assert names_a_registry(source("lock/run.txt", f"--index-url https://{host}/simple"))


@pytest.mark.parametrize("word", ["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"])
def test_a_promise_is_found_unless_it_names_its_issue(word: str) -> None:
    assert promises(source("a.html", f"<!-- {word}: later -->"))
    assert not promises(source("a.html", f"<!-- {word} #12: later -->"))
    assert not promises(source("a.md", f"{word.lower()} list"))


@pytest.mark.parametrize("spelling", ["{}{}{}{}", "{} {} {} {}", "{}-{}-{}-{}"])
def test_a_card_number_is_found(spelling: str) -> None:
    groups = ("4" + "0" * 3, "0" * 4, "0" * 4, "000" + luhn.calc_check_digit("4" + "0" * 14))
    assert holds_a_card_number(source("a.md", f"Pay with {spelling.format(*groups)}, please."))


def test_a_number_with_a_wrong_check_digit_is_no_card_number() -> None:
    wrong = str((int(luhn.calc_check_digit("4" + "0" * 14)) + 1) % 10)
    assert not holds_a_card_number(source("a.md", "4" + "0" * 14 + wrong))


def test_a_hash_is_no_card_number() -> None:
    valid = "4" + "0" * 14 + luhn.calc_check_digit("4" + "0" * 14)
    assert not holds_a_card_number(source("lock/run.txt", f"sha256:ab{valid}cd"))
