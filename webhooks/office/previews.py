"""Outbox → Mail previews: how each mail would read, in each language, for a made-up order or a real one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, render_template, request, url_for

from checkout.domain.errors import NotFoundError
from checkout.domain.roles import Right
from checkout.flows.previewing import preview
from checkout.store.notices import TO_CUSTOMERS, NoticeKind
from checkout.web.till import till
from checkout.wording.catalogues import languages
from webhooks.office.frame import door, saw

if TYPE_CHECKING:
    from checkout.senders.mail import Mail

ALONE = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; sandbox"
"""A mail's own styles count, as in a mail program; nothing is loaded, run, sent or framed."""

ORDER_MAX = 40


@door("/notices/preview", needs=Right.SEE)
def previews() -> str:
    """A mail as text, and the way to how it looks."""
    kind, language, order = _asked()
    try:
        mail, missing = _shown(kind, language, order), False
    except NotFoundError:
        mail, missing = preview(till().house, kind, language or None), True
    return render_template(
        "office/previews.html",
        mail=mail,
        missing=missing,
        asked={"kind": kind, "language": language, "order": order},
        kinds=list(NoticeKind),
        languages=languages(),
        as_sent=url_for("office.preview_html", kind=kind, language=language, order="" if missing else order),
    )


@door("/notices/preview/html", needs=Right.SEE)
def preview_html() -> Response:
    """The mail's HTML alone, as a mail program shows it."""
    kind, language, order = _asked()
    return Response(
        _shown(kind, language, order).html, mimetype="text/html", headers={"Content-Security-Policy": ALONE}
    )


def _shown(kind: NoticeKind, language: str, order: str) -> Mail:
    """The mail; of a real order it shows what a customer wrote and bought. Raises NotFoundError."""
    mail: Mail = preview(till().house, kind, language or None, order or None)
    if order and kind in TO_CUSTOMERS:
        saw("order", order)
    return mail


def _asked() -> tuple[NoticeKind, str, str]:
    """Which mail, in which language, for which order; what is not known asks for nothing."""
    kind, language = request.args.get("kind", ""), request.args.get("language", "")
    return (
        NoticeKind(kind) if kind in set(NoticeKind) else NoticeKind.RECEIPT,
        language if language in languages() else "",
        request.args.get("order", "").strip().upper()[:ORDER_MAX],
    )
