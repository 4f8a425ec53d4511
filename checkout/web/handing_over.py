"""Sends a customer to the processor, or back to the order's page where that cannot be."""

from __future__ import annotations

from flask import redirect, url_for
from werkzeug.wrappers import Response

from checkout.domain.errors import (
    OrderClosedError,
    PaymentUnderWayError,
    ProcessorRefusedError,
    ProcessorUnavailableError,
    TooManyAttemptsError,
)
from checkout.flows import paying
from checkout.flows.paying import Way
from checkout.web.till import till


def hand_over(token: str, way: Way | None = None) -> Response:
    """303 to the processor; where it cannot take the customer now, 303 to the order's page, which is kept."""
    try:
        target = paying.hand_over(till().house, token, way)
    except ProcessorUnavailableError:
        return to_order(token, trouble="reach")
    except TooManyAttemptsError:
        return to_order(token, trouble="attempts")
    except (OrderClosedError, PaymentUnderWayError, ProcessorRefusedError):
        return to_order(token)  # its page says which, and whether money was taken
    return redirect(target, 303)


def to_order(token: str, *, trouble: str | None = None, left: str | None = None) -> Response:
    """303 to an order's page. `trouble` and `left` change what the page says, never what it does."""
    return redirect(url_for("order.show", token=token, trouble=trouble, left=left), 303)
