"""What a check of the shop found: fine, worth a look, or broken, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    """The shop works, but somebody should look."""
    PROBLEM = "problem"
    """Customers cannot pay, or money is not where it should be."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked. `name` is stable, for programs; `fix` is empty where all is well."""

    name: str
    level: Level
    said: str
    fix: str = ""


def fine(name: str, said: str) -> Finding:
    """All is well."""
    return Finding(name, Level.OK, said)


def warning(name: str, said: str, fix: str) -> Finding:
    """Worth a look."""
    return Finding(name, Level.WARNING, said, fix)


def problem(name: str, said: str, fix: str) -> Finding:
    """Broken."""
    return Finding(name, Level.PROBLEM, said, fix)
