"""Settings → Audit: who did and saw what, newest first."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for

from checkout.domain.roles import Right
from checkout.store import audit as kept
from checkout.web.till import till
from webhooks.office.frame import door

PAGE = 50
KINDS = (
    "order",
    "payment",
    "refund",
    "dispute",
    "discrepancy",
    "halt",
    "product",
    "endpoint",
    "key",
    "operator",
)
"""What deeds are about; each by its name."""


@door("/settings/audit", needs=Right.ADMIN)
def audit() -> str:
    """Deeds, by one operator or about one thing where the address says so."""
    asked = {name: _line(request.args.get(name, "")) for name in ("who", "kind", "subject")}
    about = (asked["kind"], asked["subject"]) if asked["kind"] and asked["subject"] else None
    with till().house.store.read() as tx:
        found = kept.newest(tx, limit=PAGE + 1, before=_before(), who=asked["who"] or None, about=about)
    shown = found[:PAGE]
    said: dict[str, Any] = {name: value for name, value in asked.items() if value}
    older = url_for("office.audit", **said, before=shown[-1].id) if len(found) > PAGE else None
    newest = url_for("office.audit", **said) if request.args.get("before") else None
    return render_template(
        "office/audit.html", deeds=shown, asked=asked, kinds=KINDS, older=older, newest=newest
    )


def _line(said: str) -> str:
    """What can be looked for: no database takes every character."""
    tidy = said.strip()[:120]
    return tidy if tidy.isprintable() else ""


def _before() -> int | None:
    said = request.args.get("before", "")
    return (
        int(said) if said.isascii() and said.isdecimal() and len(said) <= len("999999999999999999") else None
    )
