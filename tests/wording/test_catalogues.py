"""Every sentence of the mails is in every catalogue, with the same placeholders, and nothing else is."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.catalog import Message as BabelMessage
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from checkout.domain.money import Money
from checkout.wording import amount_text, catalogues, time_text
from checkout.wording.catalogues import LOCALE, catalogue, languages, wording_of

REPOSITORY = Path(__file__).parent.parent.parent
TRANSLATED = [language for language in languages() if language != "en"]
PLACES = [("**.py", "python"), ("**.j2", "jinja2")]
IN_TABLES = {
    "Shipping", "Tax", "Receipt for order %(order)s", "No payment for order %(order)s",
    "Refund for order %(order)s", "Your refund for order %(order)s was held up",
}  # fmt: skip
"""Sentences that stand in a table of the code, so that no call shows them."""

Message = str | tuple[str, str]


def said() -> set[Message]:
    """Every sentence that a template or the code wants in the customer's language."""
    found: set[Message] = set()
    for folder in ("checkout/senders/templates", "checkout/flows", "checkout/wording"):
        keywords = {"_": None, "gettext": None, "ngettext": (1, 2)}
        options = {"**.j2": {"trimmed": "false", "silent": "false"}}
        for _, _, message, _, _ in extract_from_dir(REPOSITORY / folder, PLACES, options, keywords=keywords):
            found.add(message if isinstance(message, str) else (message[0], message[1]))
    return found | IN_TABLES


def faults(language: Catalog, wanted: set[Message]) -> Iterator[str]:
    """Whatever a catalogue lacks, has too much, or says with other placeholders."""
    kept = {_id(message): message for message in language if message.id}
    yield from (f"not translated: {one}" for one in sorted(map(str, wanted - kept.keys())))
    yield from (f"nobody says: {one}" for one in sorted(map(str, kept.keys() - wanted)))
    for source, message in kept.items():
        told = message.string or ""
        wordings = [told] if isinstance(told, str) else list(told)
        sources = [source] if isinstance(source, str) else source
        names = {name for one in sources for name in _placeholders(one)}
        if isinstance(source, tuple) and len(wordings) != language.num_plurals:
            yield f"plural forms: {source}"
        for wording in wordings:
            if not wording or message.fuzzy:
                yield f"empty or fuzzy: {source}"
            elif set(_placeholders(wording)) != names:
                yield f"placeholders: {wording}"
            elif re.search(r"[<>&]", wording):
                yield f"markup: {wording}"


def _id(message: BabelMessage) -> Message:
    return message.id if isinstance(message.id, str) else (message.id[0], message.id[1])


def _placeholders(text: str) -> list[str]:
    return re.findall(r"%\((\w+)\)s", text)


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_says_everything_and_nothing_else(language: str) -> None:
    assert list(faults(catalogue(language), said())) == []


def test_there_is_more_than_one_language_and_many_sentences() -> None:
    assert "de" in TRANSLATED
    assert len(said()) >= 25
    assert any(isinstance(one, tuple) for one in said())


def test_faults_of_a_catalogue_are_found(tmp_path: Path) -> None:
    bad = tmp_path / "de.po"
    bad.write_text(
        'msgid "%(a)s came"\nmsgstr "%(b)s kam"\n\nmsgid "Old"\nmsgstr "Alt"\n\nmsgid "Empty"\nmsgstr ""\n'
    )
    with bad.open("rb") as file:
        found = list(faults(read_po(file, locale="de"), {"%(a)s came", "Empty", "New"}))
    assert found == [
        "not translated: New",
        "nobody says: Old",
        "placeholders: %(b)s kam",
        "empty or fuzzy: Empty",
    ]


@pytest.mark.parametrize(
    ("told", "tag"),
    [(None, "en-GB"), ("", "en-GB"), ("de", "de"), ("de-AT", "de-AT"), ("en_US", "en-US"), ("fr", "en-GB"),
     ("no locale", "en-GB"), ("../../etc", "en-GB")],
)  # fmt: skip
def test_a_language_we_do_not_have_is_english(told: str | None, tag: str) -> None:
    assert wording_of(told).tag == tag


def test_amounts_and_dates_are_written_as_there() -> None:
    at = datetime(2026, 11, 22, 18, 25, tzinfo=UTC)
    german, austrian = wording_of("de").locale, wording_of("de-AT").locale
    assert amount_text(Money(1238090, "EUR"), german) == "12.380,90\xa0€"
    assert amount_text(Money(2380, "EUR"), austrian) == "€\xa023,80"
    assert amount_text(Money(3500, "JPY"), german) == "3.500\xa0¥"
    assert amount_text(Money(-5, "EUR"), LOCALE) == "-€0.05"
    assert time_text(at, german) == "22. November 2026 um 18:25 UTC"
    assert time_text(at, wording_of("en-US").locale) == "November 22, 2026 at 18:25 UTC"
    assert time_text(at) == "22 November 2026 at 18:25 UTC"


def test_one_and_many_are_told_apart() -> None:
    assert (
        wording_of("de")
        .ngettext("Total for %(count)s item", "Total for %(count)s items", 2)
        .startswith("Summe")
    )
    assert wording_of(None).ngettext("one", "many", 1) == "one"
    assert wording_of(None).ngettext("one", "many", 2) == "many"
    assert catalogues.FOLDER.is_dir()
