"""Templates of the shop in place of ours: what lies in its `templates/checkout/` wins.

Three names for templates of the till:
`base.html` is the shop's `checkout/base.html` where it has one, else ours;
`till/base.html` is always ours, for a template that changes one block of it;
`shop/layout.html` is the shop's own `layout.html`, and all that it extends or includes is the shop's too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jinja2 import BaseLoader, ChoiceLoader, PrefixLoader, TemplateNotFound
from werkzeug.routing import BuildError

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from jinja2 import Environment

OVERRIDES = "checkout/"
"""The folder, among the shop's templates, of those that win over ours."""
OURS, SHOPS = "till", "shop"


class ShopsTemplates(BaseLoader):
    """The templates of a shop, its blueprints' too, below a folder; looked for when they are asked for."""

    def __init__(self, shop: Flask, folder: str = "") -> None:
        self._shop, self._folder = shop, folder

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        """Read one template. Raises TemplateNotFound."""
        loader = self._shop.jinja_env.loader
        if loader is None:
            raise TemplateNotFound(template)
        try:
            return loader.get_source(environment, f"{self._folder}{template}")
        except TemplateNotFound:
            raise TemplateNotFound(template) from None

    def list_templates(self) -> list[str]:
        """Name every template below the folder."""
        loader = self._shop.jinja_env.loader
        names = loader.list_templates() if loader else []
        return [name.removeprefix(self._folder) for name in names if name.startswith(self._folder)]


def let_override(till: Flask, shop: Flask, shop_url: str) -> None:
    """Let a shop's templates win over the till's, and lead to the shop's own pages by `url_for`."""
    ours = till.jinja_loader or ChoiceLoader([])
    always = PrefixLoader({OURS: ours, SHOPS: ShopsTemplates(shop)})
    till.jinja_loader = ChoiceLoader([ShopsTemplates(shop, OVERRIDES), ours, always])
    till.jinja_env.join_path = _join_path  # type: ignore[method-assign]
    till.url_build_error_handlers.append(_url_of_the_shop(shop, shop_url))


def share_words(till: Flask, shop: Flask) -> None:
    """Give the till's templates the shop's filters, tests and globals under every name that is free.

    Done once the shop is whole: it may add some after the till was mounted.
    """
    ours, theirs = till.jinja_env, shop.jinja_env
    ours.filters = {**theirs.filters, **ours.filters}
    ours.tests = {**theirs.tests, **ours.tests}
    ours.globals = {**theirs.globals, **ours.globals}
    ours.auto_reload = theirs.auto_reload


def _join_path(template: str, parent: str) -> str:
    """A template of the shop that names another means the shop's."""
    is_the_shops = parent.startswith(f"{SHOPS}/") and not template.startswith((f"{SHOPS}/", f"{OURS}/"))
    return f"{SHOPS}/{template}" if is_the_shops else template


def _url_of_the_shop(shop: Flask, shop_url: str) -> Callable[[Exception, str, dict[str, Any]], str]:
    """What `url_for` does with a name that the till does not know: it is a page of the shop."""
    parts = urlsplit(shop_url)

    def url(error: Exception, endpoint: str, values: dict[str, Any]) -> str:
        anchor, method = values.pop("_anchor", None), values.pop("_method", None)
        scheme, external = values.pop("_scheme", None), values.pop("_external", False)
        shop.inject_url_defaults(endpoint, values)
        bound = shop.url_map.bind(parts.netloc, parts.path or "/", url_scheme=scheme or parts.scheme)
        try:
            built = bound.build(endpoint, values, method=method, force_external=bool(external))
        except BuildError:
            raise error from None
        return f"{built}#{anchor}" if anchor else built

    return url
