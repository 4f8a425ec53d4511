"""How the command line spells words of several: with underscores to programs, in either way from people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from checkout.domain.happenings import word

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum


class OneOf(click.Choice[str]):
    """One of some words, typed with underscores or with spaces; the value is the word itself."""

    def __init__(self, words: Iterable[StrEnum]) -> None:
        self._words = {word(one): one.value for one in words}
        super().__init__(list(self._words))

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read either spelling."""
        return self._words[super().convert(word(str(value)), param, ctx)]
