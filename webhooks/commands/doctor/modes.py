"""Check of whether database and processors belong together: live to live, sandbox to sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout.building import now
from checkout.domain.errors import CheckoutError
from checkout.domain.findings import Finding, fine, problem
from checkout.domain.modes import OtherModeError
from checkout.flows import modes
from checkout.processors import find_processors

if TYPE_CHECKING:
    from checkout.store.engine import Tx


def check_mode(tx: Tx) -> Finding:
    """The mode of the database, and whether the processors are of the same."""
    kept = modes.stamped(tx)
    try:
        wanted = modes.mode_of(find_processors(now).values())
        modes.check(kept, wanted)
    except OtherModeError as other:
        fix = (
            "Mend PAYPAL_ENVIRONMENT or DATABASE_URL in .env or the environment; the shop does not start so."
        )
        return problem("mode", str(other), fix)
    except CheckoutError:
        wanted = None  # which settings of it are wrong is said by its own checks
    return fine("mode", f"{kept or wanted or 'not decided yet; the first start decides it'}")
