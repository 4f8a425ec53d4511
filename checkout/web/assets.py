"""The few static files, each under a name that holds its content's hash, so that it may be kept for ever."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Response, abort, url_for

FOLDER = Path(__file__).parent / "static"
KINDS = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}

doors = Blueprint("assets", __name__)


@cache
def _hashed() -> dict[str, Path]:
    named = {}
    for path in sorted(FOLDER.iterdir()):
        # In letters, so that no hash can ever look like a card number.
        digest = "".join(chr(ord("a") + byte % 26) for byte in sha256(path.read_bytes()).digest()[:16])
        named[f"{path.stem}.{digest}{path.suffix}"] = path
    return named


@cache
def _hashed_name(name: str) -> str:
    return next(hashed for hashed, path in _hashed().items() if path.name == name)


def asset(name: str) -> str:
    """The address of a static file, by its plain name."""
    return url_for("assets.file", name=_hashed_name(name))


@doors.get("/static/<string(maxlength=80):name>")
def file(name: str) -> Response:
    """One static file; it never changes under this name."""
    path = _hashed().get(name)
    if path is None:
        abort(404)
    response = Response(path.read_bytes(), content_type=KINDS[path.suffix])
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
