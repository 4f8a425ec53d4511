"""A customer with a browser: real HTTP, forms as the pages give them, no JavaScript and no cookies."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests

from checkout.domain.errors import CheckoutError

ANSWER_SECONDS = 60
REDIRECTS_MAX = 5


class PageNotAsExpectedError(CheckoutError):
    """A page without the form, or with another status, than a customer needs here."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(f"{urlsplit(url).path}: {why}.")


@dataclass(slots=True)
class Form:
    """One form of a page: where it goes, its fields as they stand, and the buttons it has."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """What a browser makes of a page, as far as buying needs it."""

    def __init__(self, url: str, status: int, text: str) -> None:
        super().__init__()
        self.url, self.status = url, status
        self.heading = ""
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._in_heading = False
        self.feed(text)
        self.heading = " ".join(self.heading.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Gather links, forms, fields and buttons."""
        given = {name: value or "" for name, value in attrs}
        if tag == "h1":
            self._in_heading = True
        elif tag == "a":
            self.links.append(urljoin(self.url, given.get("href", "")))
        elif tag == "form":
            self.forms.append(Form(urljoin(self.url, given.get("action") or self.url)))
        elif self.forms and tag in {"input", "select", "textarea"} and given.get("name"):
            self.forms[-1].fields[given["name"]] = given.get("value", "")
        elif self.forms and tag == "button":
            self.forms[-1].buttons.append((given.get("name", ""), given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        """The heading ends."""
        self._in_heading = self._in_heading and tag != "h1"

    def handle_data(self, data: str) -> None:
        """The words of the heading."""
        if self._in_heading:
            self.heading += data

    def form(self, ending: str) -> Form:
        """The form whose address ends so. Raises PageNotAsExpectedError."""
        for found in self.forms:
            if urlsplit(found.action).path.endswith(ending):
                return found
        raise PageNotAsExpectedError(self.url, f"no form leads to …{ending}")

    def link(self, part: str) -> str:
        """The first link whose path holds this. Raises PageNotAsExpectedError."""
        for found in self.links:
            if part in urlsplit(found).path:
                return found
        raise PageNotAsExpectedError(self.url, f"no link leads to {part}")


class Customer:
    """Goes from page to page; `page` is what is on the screen now."""

    def __init__(self, name: str, shop_url: str) -> None:
        self.name, self.shop_url = name, shop_url
        self.page = Page(shop_url, 0, "")
        self._session = requests.Session()
        self._session.trust_env = False

    def open(self, url: str) -> Page:
        """Type an address, and follow wherever it leads."""
        return self._go("GET", url, None)

    def send(self, form: Form, **typed: str) -> Page:
        """Send a form with what was typed, and follow wherever it leads."""
        return self._go("POST", form.action, form.fields | typed)

    def _go(self, method: str, url: str, fields: dict[str, str] | None) -> Page:
        for _ in range(REDIRECTS_MAX):
            self._session.cookies.clear()
            answer = self._session.request(
                method, url, data=fields, allow_redirects=False, timeout=ANSWER_SECONDS
            )
            if not answer.is_redirect:
                self.page = Page(url, answer.status_code, answer.text)
                return self.page
            method, fields = "GET", None
            url = urljoin(url, answer.headers["Location"])
        raise PageNotAsExpectedError(url, "redirected without end")
