"""Whatever is sent to any door: never a fault of ours, and nothing is stored."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs
from werkzeug.routing import Rule
from werkzeug.test import run_wsgi_app

from tests.web.stage import TYPED, Stage, set_up

METHODS = ["GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "BREW", "get", ""]
KINDS = [
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-7",
    "multipart/form-data; boundary=b",
    "multipart/form-data",
    "application/json",
    "application/json; charset=\xff",
    "text/plain",
    "",
    "\x00",
    "a" * 5000,
]
NAMES = [*TYPED, "key", "token", "PayerID", "left", "trouble", "looked", "", "\x00", "a[b][]"]
HARD = [
    "\x00",
    "\udcff",
    "\u202e",
    "%00",
    "%ff",
    "'",
    '"',
    "<b>",
    "{{7*7}}",
    "../..",
    "-1",
    "9" * 400,
    "😀",
    "\r\nX: y",
]

value = st.one_of(st.sampled_from(HARD), st.text(max_size=40), st.sampled_from(list(TYPED.values())))
raw = st.binary(max_size=200)
KNOWN = {"product_id": "lamp", "token": "threebooks", "name": "shop.css"}


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape" if text.isprintable() else "surrogatepass")


def _pairs(pairs: list[tuple[str, str]]) -> bytes:
    def quoted(text: str) -> bytes:
        return b"".join(
            b"%%%02X" % byte if byte > 126 or byte < 48 else bytes([byte]) for byte in _bytes(text)
        )

    return b"&".join(quoted(name) + b"=" + quoted(said) for name, said in pairs)


form = st.lists(st.tuples(st.sampled_from(NAMES), value), max_size=12).map(_pairs)
deep = st.integers(1, 60_000).map(lambda depth: b"[" * depth + b"]" * (depth % 7))
json_like = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), value.map(str)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
).map(lambda said: repr(said).encode("utf-8", "replace"))
body = st.one_of(
    st.just(b""), form, raw, deep, json_like, st.integers(1, 300_000).map(lambda size: b"a=" + b"x" * size)
)


@st.composite
def requests(draw: st.DrawFn, rules: list[Rule]) -> dict[str, Any]:
    """A WSGI environment as a server would make it of a hostile request."""
    rule = draw(st.sampled_from(rules))
    path = ""
    for index, part in enumerate(re.split(r"<[^>]*:(\w+)>", rule.rule)):
        known = st.just(_bytes(KNOWN.get(part, "x")))
        is_variable = index % 2 == 1
        path += (
            draw(st.one_of(known, known, value.map(_bytes), raw)).decode("latin-1") if is_variable else part
        )
    sent = draw(body)
    length = draw(
        st.sampled_from([str(len(sent)), str(len(sent)), "", "-1", "x", "0", "9" * 30, str(len(sent) + 9)])
    )
    return {
        "REQUEST_METHOD": draw(st.sampled_from(METHODS)),
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": draw(st.one_of(st.just(b""), form, raw)).decode("latin-1"),
        "CONTENT_TYPE": draw(st.sampled_from(KINDS)),
        "CONTENT_LENGTH": length,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": draw(
            st.sampled_from(["localhost", "", "a b", "evil.example:99999", "[::1", "\xff", "a" * 300])
        ),
        "HTTP_COOKIE": draw(raw).decode("latin-1"),
        "HTTP_USER_AGENT": draw(raw).decode("latin-1"),
        "HTTP_ACCEPT_LANGUAGE": draw(raw).decode("latin-1"),
        "HTTP_X_FORWARDED_FOR": draw(raw).decode("latin-1"),
        "HTTP_RANGE": draw(st.sampled_from(["", "bytes=0-1", "bytes=9-1", "x"])),
        "HTTP_TRANSFER_ENCODING": draw(st.sampled_from(["", "chunked", "x"])),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(sent),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


@pytest.fixture(scope="module")
def shop() -> Iterator[Stage]:
    """One shop for all examples: nothing may be stored, so none can disturb another."""
    with TemporaryDirectory() as folder:
        stage = set_up(Path(folder))
        yield stage
        stage.house.store.close()


def _stored(stage: Stage) -> dict[str, int]:
    with closing(sqlite3.connect(str(stage.house.store.url.database))) as database:
        tables = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
        return {name: database.execute(f"select count(*) from {name}").fetchone()[0] for name in tables}  # noqa: S608


@pytest.mark.timeout(180)
@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
@given(draw=st.data())
def test_no_request_makes_a_fault_or_is_stored(shop: Stage, draw: st.DataObject) -> None:
    rules = list(shop.app.url_map.iter_rules())
    environ = draw.draw(requests(rules))
    before = _stored(shop)
    with capture_logs() as logs:
        chunks, status, headers = run_wsgi_app(shop.app.wsgi_app, environ, buffered=True)
    b"".join(chunks)
    assert int(status[:3]) < 500, logs
    assert "Set-Cookie" not in headers
    assert not [line for line in logs if line["log_level"] in {"error", "critical"}]
    assert _stored(shop) == before


@pytest.mark.parametrize("path", ["/", "/products/lamp", "/pay/threebooks", "/orders/x/pay", "/return/x"])
@pytest.mark.parametrize("method", METHODS[:8])
def test_every_method_at_every_kind_of_door_is_answered(shop: Stage, path: str, method: str) -> None:
    assert shop.client.open(path, method=method).status_code < 500
