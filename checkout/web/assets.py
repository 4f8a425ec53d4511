"""The few static files, each under a name that holds its content's hash, so that it may be kept for ever."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from flask import Blueprint, Response, abort, url_for

from checkout.domain.texts import in_letters

KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class Shelf:
    """The static files of one folder, by plain name and by the name that holds their content's hash."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def hashed_name(self, name: str) -> str:
        """The name under which a file never changes, by its plain one."""
        return next(hashed for hashed, path in self._hashed.items() if path.name == name)

    def answer(self, hashed_name: str) -> Response:
        """One file, to be kept for ever; the page for what is not there where nothing has that name."""
        path = self._hashed.get(hashed_name)
        if path is None:
            abort(404)
        response = Response(path.read_bytes(), content_type=KINDS[path.suffix])
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response

    @cached_property
    def _hashed(self) -> dict[str, Path]:
        named = {}
        for path in sorted(self.folder.iterdir()):
            named[f"{path.stem}.{in_letters(path.read_bytes())[:16]}{path.suffix}"] = path
        return named


shelf = Shelf(Path(__file__).parent / "static")
doors = Blueprint("assets", __name__)


def asset(name: str) -> str:
    """The address of a static file, by its plain name."""
    return url_for("assets.file", name=shelf.hashed_name(name))


@doors.get("/static/<string(maxlength=80):name>")
def file(name: str) -> Response:
    """One static file; it never changes under this name."""
    return shelf.answer(name)
