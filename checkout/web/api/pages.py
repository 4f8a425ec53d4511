"""The API's pages for people: its description to read, and one about each problem."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from flask import Response, render_template
from werkzeug.exceptions import NotFound

from checkout.web.api import reading
from checkout.web.api.problems import PROBLEMS, Code
from checkout.web.till import till

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Blueprint

    from checkout.web.api.problems import Problem


def hang_up(doors: Blueprint) -> None:
    """Hang them up beside the doors."""
    pages: dict[str, Callable[..., Response | str]] = {
        "/openapi.json": openapi_json,
        "/docs": docs,
        "/problems": problems,
        "/problems/<word:code>": problem,
    }
    for path, page in pages.items():
        doors.add_url_rule(
            path, f"page_{page.__name__}", page, methods=["GET"], provide_automatic_options=False
        )


def openapi_json() -> Response:
    """The description, for programs."""
    return Response(json.dumps(_description(till().house.shop.base_url)), content_type="application/json")


def docs() -> str:
    """The description, for people."""
    said = _description(till().house.shop.base_url)
    return render_template(
        "api/docs.html", api=said, chapters=reading.chapters(said), parts=reading.parts(said)
    )


def problems() -> str:
    """Every problem."""
    return render_template("api/problems.html", problems=PROBLEMS, only=None)


def problem(code: str) -> str:
    """One problem: what happened, and what to do."""
    known: dict[str, Problem] = {str(one): said for one, said in PROBLEMS.items()}
    if code not in known:
        raise NotFound
    return render_template("api/problems.html", problems={Code(code): known[code]}, only=known[code])


@cache
def _description(server: str) -> dict[str, Any]:
    from checkout.web.api.description import description  # noqa: PLC0415 -- it reads what hangs this up

    return description(server)
