"""How the command line spells words of several: with underscores to programs, in either way from people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum


def spelled(said: str) -> str:
    """`partially_refunded` for `partially refunded`, as webhooks and the API have it."""
    return said.replace(" ", "_")


class OneOf(click.Choice[str]):
    """One of some words, typed with underscores or with spaces; the value is the word itself."""

    def __init__(self, words: Iterable[StrEnum]) -> None:
        self._words = {spelled(word.value): word.value for word in words}
        super().__init__(list(self._words))

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read either spelling."""
        return self._words[super().convert(spelled(str(value)), param, ctx)]
