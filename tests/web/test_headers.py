"""What every answer carries, and what none does: policy, caching, no cookie, nothing for search engines."""

from pathlib import Path

import pytest

from checkout.app import create_app
from checkout.settings import SettingsError
from checkout.web.headers import content_security_policy
from tests.web.scenes import ADDRESSES
from tests.web.stage import CARD_NUMBER, SECRET_KEY, Stage, set_up


@pytest.mark.parametrize("path", ["/", "/products/lamp", "/privacy", "/unknown", f"/?a={CARD_NUMBER}"])
def test_every_answer_forbids_what_the_pages_do_not_need(stage: Stage, path: str) -> None:
    headers = stage.client.get(path).headers
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "form-action 'self' https://pay.example"
    )
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Set-Cookie" not in headers


def test_no_request_is_answered_with_a_cookie(stage: Stage) -> None:
    client = stage.client
    client.set_cookie("session", "eyJhIjoxfQ.x.y")
    for path in ("/", "/products/lamp", ADDRESSES["paid"](stage)):
        assert "Set-Cookie" not in client.get(path).headers


@pytest.mark.parametrize("scene", ["ready", "paid", "receipt", "confirming", "pay link"])
def test_a_page_with_a_token_is_kept_by_nobody_and_found_by_nobody(stage: Stage, scene: str) -> None:
    headers = stage.client.get(ADDRESSES[scene](stage)).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"


def test_an_order_form_is_not_kept_because_its_key_is_for_one_customer(stage: Stage) -> None:
    assert stage.client.get("/products/lamp").headers["Cache-Control"] == "no-store"


def test_hsts_is_sent_only_by_a_shop_on_https(stage: Stage, tmp_path: Path) -> None:
    assert "Strict-Transport-Security" not in stage.client.get("/").headers
    (tmp_path / "secure").mkdir()
    secure = set_up(tmp_path / "secure", base_url="https://shop.example")
    assert secure.client.get("/").headers["Strict-Transport-Security"] == "max-age=63072000"
    secure.house.store.close()


def test_static_files_are_kept_for_ever_under_their_contents_name(stage: Stage) -> None:
    page = stage.client.get("/").text
    style = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    answer = stage.client.get(style)
    assert answer.content_type == "text/css; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert stage.client.get("/static/shop.css").status_code == 404
    assert stage.client.get("/static/../till.py").status_code == 404


@pytest.mark.parametrize(
    "host", ["evil.example; script-src *", "*", "", "a b", "https://www.paypal.com", "x\ny"]
)
def test_a_host_that_is_none_is_refused_at_the_start(host: str) -> None:
    with pytest.raises(SettingsError):
        content_security_policy(frozenset({host}))


def test_a_loopback_host_keeps_its_port_and_scheme() -> None:
    policy = content_security_policy(frozenset({"127.0.0.1:9000", "www.paypal.com"}))
    assert policy.endswith("form-action 'self' 127.0.0.1:9000 https://www.paypal.com")


def test_a_secret_that_is_too_short_is_refused_at_the_start(stage: Stage) -> None:
    with pytest.raises(SettingsError, match="SECRET_KEY"):
        create_app(stage.house, secret_key=SECRET_KEY[:31], hand_over_hosts=frozenset())


@pytest.mark.parametrize("asked", ["/shop/products/lamp", "/products/lamp"])
def test_a_shop_below_a_path_links_below_it_whether_the_proxy_cuts_it_or_not(
    tmp_path: Path, asked: str
) -> None:
    below = set_up(tmp_path, base_url="https://example.com/shop")
    page = below.client.get(asked).text
    assert 'href="/shop/static/shop.' in page
    assert 'href="/shop/privacy"' in page
    below.house.store.close()
