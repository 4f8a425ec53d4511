"""A figure of the bench: a ratio, and the bound it must keep."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` must be at least `at_least`, or at most `at_most`; where both are None it is only told."""

    title: str
    value: float
    at_least: float | None = None
    detail: str = ""
    at_most: float | None = None
    unit: str = ""

    @property
    def is_kept(self) -> bool:
        """The bound is kept."""
        low = self.at_least is None or self.value >= self.at_least
        return low and (self.at_most is None or self.value <= self.at_most)

    @property
    def bound(self) -> str:
        """The bound in words."""
        if self.at_least is not None:
            return f"at least {self._say(self.at_least)}"
        return f"at most {self._say(self.at_most)}" if self.at_most is not None else ""

    @property
    def said(self) -> str:
        """The value in words."""
        return self._say(self.value)

    def _say(self, value: float) -> str:
        return f"{value:,.1f} {self.unit}" if self.unit else f"{value:.0%}"
