"""The till inside a shop's own Flask application: below its prefix alone, in the shop's dress, or refused in words."""

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask, abort, request, session
from werkzeug.test import TestResponse

from checkout import metrics, mount
from checkout.domain.errors import BadInputError, CheckoutError, KeyUsedOtherwiseError, NotFoundError
from checkout.domain.money import Money
from checkout.flows.offering import add_product
from checkout.mounting import (
    AddressDoesNotFitError,
    BadPrefixError,
    LineWords,
    MountedAlreadyError,
    MountedTill,
    RouteInTheWayError,
)
from checkout.settings import Settings, SettingsError
from checkout.store import orders
from checkout.store.migrating import SchemaOutdatedError
from checkout.web.guard import BODY_BYTES_MAX
from tests.people import BOSS
from tests.small_shop import sqlite_with_tables
from tests.town import wait_for
from tests.web.stage import CARD_NUMBER, SECRET_KEY
from webhooks import listen

__all__ = ["sqlite_with_tables"]

LAYOUT = """<!doctype html><title>{% block title %}{% endblock %}</title>
<link rel="stylesheet" href="{{ url_for('static', filename='shop.css') }}">
{% include "navigation.html" %}{% block page %}{% endblock %}"""
NAVIGATION = """<a href="{{ url_for('home', _anchor='top') }}">{{ "home" | shouted }}</a>"""
OVERRIDE = """{% extends "shop/layout.html" %}
{% block page %}<main class="theirs">{% block main %}{% endblock %}</main>{% endblock %}"""

Mounted = Callable[..., MountedTill]


def a_shop(folder: Path, **templates: str) -> Flask:
    """A shop with a session, an error page and a limit of its own, and the templates that are given."""
    for name, text in {"layout": LAYOUT, "navigation": NAVIGATION, **templates}.items():
        file = folder / "templates" / f"{name.replace('__', '/')}.html"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    shop = Flask("shop", root_path=str(folder))
    shop.secret_key = "the shop's own, and none of the till's"
    shop.jinja_env.filters["shouted"] = str.upper
    shop.register_error_handler(404, lambda _error: ("not found, says the shop", 404))

    @shop.get("/")
    def home() -> str:
        session["visits"] = session.get("visits", 0) + 1
        return f"visit {session['visits']}"

    @shop.post("/echo")
    def echo() -> dict[str, str]:
        return dict(request.form)

    @shop.get("/missing")
    def missing() -> str:
        abort(404)

    return shop


@pytest.fixture
def put(sqlite_with_tables: Path, tmp_path: Path) -> Iterator[Mounted]:
    """Mount a till of an own database, and close it at the end."""
    made: list[MountedTill] = []
    shutil.copy(sqlite_with_tables, tmp_path / "till.db")
    url = f"sqlite:///{tmp_path / 'till.db'}"

    def mounted(shop: Flask, at: str = "/checkout", **more: str) -> MountedTill:
        settings = {"base_url": f"https://shop.example{at}", "secret_key": SECRET_KEY, "database_url": url}
        made.append(mount(shop, at=at, settings=Settings.model_validate(settings | more)))
        return made[-1]

    yield mounted
    for till in made:
        till.house.store.close()


def sell_tea(till: MountedTill) -> None:
    add_product(till.house, BOSS, title="Tea", price=Money(2380, "EUR"), needs_address=False)


def test_the_till_answers_below_its_place_and_the_shop_everywhere_else(tmp_path: Path, put: Mounted) -> None:
    shop = a_shop(tmp_path)
    till = put(shop)
    sell_tea(till)
    client = shop.test_client()
    assert client.get("/").text == "visit 1"
    page = client.get("/checkout/").text
    assert 'href="/checkout/products/tea"' in page
    assert client.get("/checkout/products/tea").status_code == 200
    assert client.get("/checkout").headers["Location"] == "https://shop.example/checkout/"
    assert client.get("/checkoutx").text == "not found, says the shop"
    assert client.get("/products/tea").text == "not found, says the shop"


def test_session_and_error_pages_of_the_two_never_meet(tmp_path: Path, put: Mounted) -> None:
    shop = a_shop(tmp_path)
    put(shop)
    client = shop.test_client()
    assert "session=" in client.get("/").headers["Set-Cookie"]
    for path in ("/checkout/", "/checkout/privacy", "/checkout/nowhere"):
        answer = client.get(path)
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")
    assert client.get("/").text == "visit 2"
    assert "Page not found" in client.get("/checkout/missing").text
    assert client.get("/missing").text == "not found, says the shop"
    assert "Content-Security-Policy" not in client.get("/missing").headers
    assert "Content-Security-Policy" in client.get("/checkout/missing").headers


def test_guard_and_limits_of_the_till_are_none_of_the_shops(tmp_path: Path, put: Mounted) -> None:
    shop = a_shop(tmp_path)
    put(shop)
    client = shop.test_client()
    said = {"note": CARD_NUMBER, "long": "x" * (BODY_BYTES_MAX + 1)}
    assert client.post("/echo", data=said).json == said
    assert client.post("/checkout/products/tea", data={"note": CARD_NUMBER}).status_code == 422
    assert client.post("/checkout/products/tea", data={"note": said["long"]}).status_code == 413


def test_what_a_shop_puts_into_its_checkout_folder_wins(tmp_path: Path, put: Mounted) -> None:
    more = '{% extends "till/privacy.html" %}{% block title %}Ours{% endblock %}'
    shop = a_shop(tmp_path, checkout__base=OVERRIDE, checkout__privacy=more)
    put(shop)
    page = shop.test_client().get("/checkout/privacy").text
    assert "<title>Ours</title>" in page
    assert '<main class="theirs"><h1>Privacy</h1>' in page
    assert '<a href="/#top">HOME</a>' in page
    assert 'href="/static/shop.css"' in page
    assert "Payments are made at" not in page


def test_an_override_that_is_broken_still_ends_in_words(tmp_path: Path, put: Mounted) -> None:
    shop = a_shop(tmp_path, checkout__base="{{ there_is_no_such_name.at_all }}")
    put(shop)
    answer = shop.test_client().get("/checkout/privacy")
    assert answer.status_code == 500
    assert answer.text.startswith("Something went wrong on our side")
    assert "Reference:" in answer.text


def test_webhooks_are_heard_below_the_till_once_they_are_listened_to(tmp_path: Path, put: Mounted) -> None:
    shop = a_shop(tmp_path)
    till = put(shop)
    client = shop.test_client()
    unheard = shop.test_client().post("/checkout/webhooks/paypal", data=b"{}")
    assert unheard.status_code == 404
    other = a_shop(tmp_path)
    listen(put(other))
    assert other.test_client().post("/checkout/webhooks/paypal", data=b"").status_code == 400
    assert till.app is not shop
    assert client.get("/webhooks/paypal").text == "not found, says the shop"


def refusal(mounted: Callable[[], object], kind: type[CheckoutError]) -> str:
    """What is said to the developer, in one line."""
    with pytest.raises(kind) as refused:
        mounted()
    said = str(refused.value)
    assert "\n" not in said
    return said


@pytest.mark.parametrize(
    "at", ["", "/", "checkout", "/checkout/", "//x", "/a b", "/%2e", "/ümlaut", "/a?b", "/.."]
)
def test_a_bad_prefix_is_refused_in_one_sentence(at: str) -> None:
    assert '"/checkout"' in refusal(lambda: mount(Flask("shop"), at=at), BadPrefixError)


def test_a_second_till_in_the_same_place_is_refused(tmp_path: Path, put: Mounted) -> None:
    shop = a_shop(tmp_path)
    put(shop)
    for at in ("/checkout", "/checkout/inner"):
        assert "at /checkout already" in refusal(lambda at=at: put(shop, at), MountedAlreadyError)  # type: ignore[misc]


def test_a_route_in_the_way_is_named(tmp_path: Path, put: Mounted) -> None:
    early = a_shop(tmp_path)
    early.add_url_rule("/checkout/basket", "basket", lambda: "")
    assert "/checkout/basket (basket)" in refusal(lambda: put(early), RouteInTheWayError)
    late = a_shop(tmp_path)
    put(late)
    late.add_url_rule("/checkout", "basket", lambda: "")
    for _ in range(2):
        assert "/checkout (basket)" in refusal(lambda: late.test_client().get("/"), RouteInTheWayError)
    catch_all = a_shop(tmp_path)
    catch_all.add_url_rule("/<path:rest>", "rest", lambda rest: f"shop: {rest}")
    put(catch_all)
    assert catch_all.test_client().get("/anything").text == "shop: anything"


def test_an_address_that_leads_elsewhere_is_refused_with_the_right_one(tmp_path: Path, put: Mounted) -> None:
    said = refusal(lambda: put(a_shop(tmp_path), base_url="https://shop.example"), AddressDoesNotFitError)
    assert said.endswith("BASE_URL=https://shop.example/checkout")
    put(a_shop(tmp_path), base_url="https://shop.example/below/checkout")


def test_broken_settings_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, put: Mounted) -> None:
    with monkeypatch.context() as patched:
        patched.setenv("ORDER_HOURS", "soon")
        assert refusal(lambda: mount(Flask("shop")), SettingsError).startswith("ORDER_HOURS: must be")
    assert "SECRET_KEY" in refusal(lambda: put(a_shop(tmp_path), secret_key="short"), SettingsError)


def test_an_outdated_database_is_refused_and_one_that_is_down_is_not(
    tmp_path: Path, put: Mounted, postgres_url: str
) -> None:
    said = refusal(lambda: put(a_shop(tmp_path), database_url=postgres_url), SchemaOutdatedError)
    assert "checkout db upgrade" in said
    shop = a_shop(tmp_path)
    put(shop, database_url="postgresql://nobody@127.0.0.1:9/none")
    client = shop.test_client()
    assert client.get("/").text == "visit 1"
    assert client.get("/checkout/").status_code == 503


def test_two_tills_under_load_keep_to_their_own_places(tmp_path: Path, put: Mounted) -> None:
    shop = a_shop(tmp_path)
    places = {"/tea": "Tea & Pots", "/books": "Lichens Ltd"}
    for at, name in places.items():
        put(shop, at, shop_name=name)
    wrong: list[str] = []

    def visit(number: int) -> None:
        client = shop.test_client()
        for at, name in list(places.items())[:: 1 if number % 2 else -1] * 10:
            page: TestResponse = client.get(f"{at}/privacy")
            others = next(place for place in places if place != at)
            if name.replace("&", "&amp;") not in page.text or f'href="{others}/' in page.text:
                wrong.append(page.text)
            if client.get("/missing").text != "not found, says the shop":
                wrong.append(at)

    visitors = [threading.Thread(target=visit, args=(number,)) for number in range(8)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert wrong == []


def test_importing_a_part_of_the_till_loads_no_framework() -> None:
    ask = "import sys, checkout.domain.cards, checkout, webhooks; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", ask], check=True, capture_output=True, text=True
    ).stdout.split()
    assert not {"flask", "sqlalchemy", "pydantic", "structlog"} & set(loaded)


TEA: LineWords = {"title": "A pot of tea", "quantity": 2, "unit_price_minor": 2380}


def test_an_order_is_placed_and_looked_at_in_the_shops_own_process(tmp_path: Path, put: Mounted) -> None:
    shop = a_shop(tmp_path)
    till = put(shop)
    order = till.create_order(
        lines=[TEA],
        currency="EUR",
        shop_reference="A-17",
        shipping_minor=490,
        return_url="https://shop.example/thanks",
        expires_in_seconds=1800,
    )
    assert order.expires_at - order.created_at == timedelta(minutes=30)
    assert (order.total.minor, order.state, order.is_paid) == (5250, "awaiting_payment", False)
    assert order.pay_url.startswith("https://shop.example/checkout/orders/")
    page = shop.test_client().get(order.pay_url.removeprefix("https://shop.example"))
    assert "A pot of tea" in page.text
    assert 'href="https://shop.example/thanks"' in page.text
    assert till.order(order.id) == order
    with pytest.raises(NotFoundError):
        till.order("NONE")


def test_one_key_makes_one_order_and_none_makes_another_each_time(tmp_path: Path, put: Mounted) -> None:
    till = put(a_shop(tmp_path))
    first, again = (till.create_order(lines=[TEA], currency="EUR", key="basket 1") for _ in range(2))
    assert first == again
    others = [till.create_order(lines=[TEA], currency="EUR").id for _ in range(2)]
    assert len({first.id, *others}) == 3
    with pytest.raises(KeyUsedOtherwiseError):
        till.create_order(lines=[TEA], currency="USD", key="basket 1")
    for blank in ("", " "):  # one order for every customer without a basket
        with pytest.raises(BadInputError, match="leave `key` out"):
            till.create_order(lines=[TEA], currency="EUR", key=blank)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"lines": []}, "lines:"),
        ({"lines": [{**TEA, "unit_price_minor": 23.80}]}, "lines.0.unit_price_minor:"),
        ({"lines": [{**TEA, "colour": "green"}]}, "lines.0.colour:"),
        ({"currency": "euro"}, "currency:"),
        ({"expires_in_seconds": 299}, "expires_in_seconds:"),
        ({"email": "kim"}, "email: must be a mail address"),
        ({"return_url": "/thanks"}, "return_url: must be an https address"),
        ({"total": 1}, "total:"),
    ],
)
def test_an_order_that_cannot_be_placed_is_refused_by_its_field(
    wrong: dict[str, object], said: str, tmp_path: Path, put: Mounted
) -> None:
    till = put(a_shop(tmp_path))
    order = {"lines": [TEA], "currency": "EUR", **wrong}
    with pytest.raises(BadInputError, match=said):
        till.create_order(**order)  # type: ignore[arg-type]


def test_all_that_is_served_beside_a_till_is_below_its_place(tmp_path: Path, put: Mounted) -> None:
    shop = a_shop(tmp_path)
    listen(put(shop))
    client = shop.test_client()
    assert client.get("/checkout/v1/me").status_code == 401
    assert client.get("/checkout/healthz").status_code == 200
    office = client.get("/checkout/office/")
    assert office.headers["Location"].startswith("/checkout/office/sign-in")
    signing_in = client.get("/checkout/office/sign-in")
    assert signing_in.headers["Set-Cookie"].startswith("__Host-office=")
    for path in ("/v1/me", "/healthz", "/office/", "/office/sign-in"):
        assert client.get(path).text == "not found, says the shop"


def test_what_is_served_beside_a_mounted_till_is_counted(
    tmp_path: Path, put: Mounted, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Path | None] = []
    monkeypatch.setattr(metrics, "begin", begun.append)
    listen(put(a_shop(tmp_path)))
    assert begun == []  # nobody may ask
    listen(put(a_shop(tmp_path), metrics_token="t" * 20, metrics_folder=str(tmp_path / "counts")))
    assert begun == [tmp_path / "counts"]


PLACING = """
import sys
from pathlib import Path
from flask import Flask
from checkout import metrics, mount
from checkout.settings import Settings

settings = Settings.model_validate(
    {"base_url": "https://shop.example/checkout", "secret_key": "x" * 40, "database_url": sys.argv[1]}
)
till = mount(Flask("shop"), settings=settings)
Path(sys.argv[3]).touch()
while not Path(sys.argv[4]).exists():
    pass
line = {"title": "Tea", "quantity": 1, "unit_price_minor": 1190}
for number in range(25):
    order = till.create_order(lines=[line], currency="EUR", key=f"{sys.argv[2]} {number}")
    till.create_order(lines=[line], currency="EUR", key=f"everybody's {number}")
    assert till.order(order.id) == order
"""


def test_several_processes_write_one_sqlite_file_and_lose_nothing(tmp_path: Path, put: Mounted) -> None:
    till = put(a_shop(tmp_path))
    names, go = ("one", "two"), tmp_path / "go"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PLACING, till.settings.database_url, name, tmp_path / name, go]
        )
        for name in names
    ]
    wait_for(lambda: all((tmp_path / name).exists() for name in names), what="both processes' start")
    go.touch()
    assert [process.wait(60) for process in processes] == [0, 0]
    with till.house.store.read() as tx:
        assert len(orders.newest(tx, limit=1000)) == 25 * 3
