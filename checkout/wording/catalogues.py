"""The words of mails in each language: English in the templates, others in a catalogue each, read at need."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from babel import Locale
from babel.core import UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

if TYPE_CHECKING:
    from babel.messages import Catalog

LOCALE = Locale("en", "GB")
"""What is written where nothing else is asked for, or its language has no catalogue."""

FOLDER = Path(__file__).parent / "translations"


@dataclass(frozen=True, slots=True)
class Wording:
    """One language: how it writes numbers and dates, and what it calls things."""

    locale: Locale
    translations: NullTranslations

    @property
    def tag(self) -> str:
        """`de-AT`, as HTML wants it."""
        return str(self.locale).replace("_", "-")

    def gettext(self, said: str) -> str:
        """A sentence of the templates in this language."""
        return self.translations.ugettext(said)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """The same for one or several, as this language counts."""
        return self.translations.ungettext(one, many, count)


def languages() -> tuple[str, ...]:
    """Every language mails can be written in, English first."""
    return (LOCALE.language, *sorted(file.stem for file in FOLDER.glob("*.po")))


@cache
def wording_of(told: str | None) -> Wording:
    """The wording for a locale such as `de`, `de-AT` or `en_US`; English where that is none we have."""
    locale = _locale(told)
    if locale is None or locale.language not in languages():
        return Wording(LOCALE, NullTranslations())
    return Wording(locale, _translations(locale.language))


def catalogue(language: str) -> Catalog:
    """A language's catalogue as its translator wrote it."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


@cache
def _translations(language: str) -> NullTranslations:
    """Compiled in memory: what is under version control is what is read."""
    if language == LOCALE.language:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, catalogue(language))
    compiled.seek(0)
    return Translations(compiled)


def _locale(told: str | None) -> Locale | None:
    try:
        return Locale.parse((told or "").replace("-", "_")) if told else None
    except (ValueError, UnknownLocaleError):
        return None
