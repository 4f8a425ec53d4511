"""Tells what happens as it happens: each line with the seconds since the start."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import click


@dataclass(slots=True)
class Teller:
    """Says what happens, and remembers what should have and did not."""

    began: float = field(default_factory=time.monotonic)
    failures: list[str] = field(default_factory=list)

    def heading(self, text: str) -> None:
        """A new part of the story."""
        click.echo()
        click.secho(text, bold=True)

    def say(self, text: str) -> None:
        """One step, with its time."""
        click.echo(f"{time.monotonic() - self.began:6.1f} s  {text}")

    def check(self, text: str, *, holds: bool, otherwise: str = "") -> None:
        """Something that must hold; `otherwise` says what was found instead."""
        mark = click.style("yes", fg="green") if holds else click.style("NO ", fg="red", bold=True)
        click.echo(f"     {mark}  {text}")
        if not holds:
            self.fail(f"{text}: {otherwise}" if otherwise else text)

    def fail(self, text: str) -> None:
        """Something went wrong; the demo goes on and ends with 1."""
        self.failures.append(text)

    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self.began
