"""Live and sandbox apart: the first start stamps a database with its mode, and the other mode never opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout.domain.modes import Mode, OtherModeError
from checkout.domain.processor import MovesRealMoney
from checkout.store import watermarks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from checkout.flows.house import House
    from checkout.store.engine import Tx

STAMP = "mode"
"""The name of the mark in the database."""


def mode_of(processors: Iterable[object]) -> Mode | None:
    """The mode of what is set up; None where nothing is, and no money can move."""
    modes = {
        Mode.LIVE if isinstance(one, MovesRealMoney) and one.moves_real_money else Mode.SANDBOX
        for one in processors
    }
    if len(modes) > 1:
        raise OtherModeError(Mode.LIVE, Mode.SANDBOX)
    return next(iter(modes), None)


def stamped(tx: Tx) -> Mode | None:
    """The mode that a database belongs to; None where it was not used yet."""
    said = watermarks.said(tx, STAMP)
    return Mode(said) if said else None


def claim(house: House, *, at_least: Mode | None = None) -> Mode:
    """The mode of this shop, stamped into its database by the first who asks. Raises OtherModeError.

    A shop whose processor is switched off is what its database says. A new one is stamped only where
    `at_least` says with what, as for a key; until then it is called sandbox.
    """
    wanted = mode_of(house.processors.values())
    with house.store.read() as tx:
        kept = stamped(tx)
    if kept is None and (wanted or at_least):
        kept = wanted or at_least
        with house.store.begin() as tx:
            watermarks.put(tx, STAMP, house.clock(), kept)
    check(kept, wanted)
    return kept or Mode.SANDBOX


def check(kept: Mode | None, wanted: Mode | None) -> None:
    """Raise OtherModeError where a database and a processor do not belong together."""
    if kept is not None and wanted not in {None, kept}:
        raise OtherModeError(kept, wanted or kept)
