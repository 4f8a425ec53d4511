"""The shop of the doors' tests with its back office, and operators of each role who are signed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from playwright.sync_api import Browser, BrowserContext
from werkzeug.test import TestResponse

from checkout.app import create_app
from checkout.domain.roles import Role
from checkout.flows import sitting
from checkout.flows.house import House
from checkout.sealing import Seal
from checkout.store import operators
from checkout.store.operators import Operator
from tests.web.stage import NOON, SECRET_KEY, Stage, set_up
from webhooks.office import hanging
from webhooks.office.cookies import TICKET, OfficeCookies

CSRF = "raw token of the tests"


@dataclass(frozen=True)
class Desk:
    """One operator's browser, without a browser: it sends the token with each form by itself."""

    client: FlaskClient
    path: str = "/office"

    def get(self, path: str, **more: Any) -> TestResponse:  # noqa: ANN401 -- the client's own arguments
        """Load a page of the office by its path below /office."""
        return self.client.get(f"{self.path}{path}", **more)

    def post(self, path: str, typed: Mapping[str, Any] | None = None, **more: Any) -> TestResponse:  # noqa: ANN401
        """Send a form as its page would have."""
        return self.client.post(f"{self.path}{path}", data={"csrf_token": token(), **(typed or {})}, **more)


@dataclass
class OfficeStage:
    """A shop with its office. `desk(Role.VIEWER)` is a signed-in operator of that role."""

    shop: Stage
    made: dict[str, Operator] = field(default_factory=dict)

    @property
    def house(self) -> House:
        """The shop's house."""
        return self.shop.house

    @property
    def port(self) -> int:
        """Where a real browser must find the shop: forms from any other address are refused."""
        return int(self.house.shop.base_url.rpartition(":")[2])

    def operator(self, role: Role = Role.ADMIN, name: str = "") -> Operator:
        """An operator of a role, made at the first asking; without any proof to sign in with."""
        name = name or f"{role.value.title()} Ann"
        if name not in self.made:
            email = f"{name.replace(' ', '.').lower()}@shop.example"
            with self.house.store.begin() as tx:
                operator = operators.by_email(tx, email)
                if operator is None:
                    operator = Operator(self.house.mint(12), name, email, role, NOON, "the tests")
                    operators.add(tx, operator)
            self.made[name] = operator
        return self.made[name]

    def ticket(self, role: Role = Role.ADMIN, name: str = "") -> str:
        """The ticket of a session that has just begun."""
        operator = self.operator(role, name)
        with self.house.store.begin() as tx:
            return sitting.begin(tx, self.house, operator, "Firefox on Linux")

    def desk(self, role: Role = Role.ADMIN, name: str = "") -> Desk:
        """A signed-in operator."""
        return self.desk_of(self.ticket(role, name))

    def desk_of(self, ticket: str = "") -> Desk:
        """Whoever shows a ticket; nobody without one."""
        client = self.shop.app.test_client()
        with client.session_transaction("/office/") as cookie:
            cookie["csrf_token"] = CSRF
            if ticket:
                cookie[TICKET] = ticket
        return Desk(client)

    def sign_in(self, browser: Browser, port: int, role: Role = Role.ADMIN, **more: Any) -> BrowserContext:  # noqa: ANN401
        """A context of a real browser in which an operator is signed in."""
        signer = OfficeCookies().get_signing_serializer(self.shop.app)
        assert signer
        value = str(signer.dumps({TICKET: self.ticket(role), "csrf_token": CSRF}))
        context = browser.new_context(base_url=f"http://127.0.0.1:{port}", **more)
        context.add_cookies([{"name": "office", "value": value, "domain": "127.0.0.1", "path": "/office"}])
        return context


def token() -> str:
    """The token of a form, signed as the pages sign it."""
    return str(URLSafeTimedSerializer(SECRET_KEY, salt="wtf-csrf-token").dumps(CSRF))


def set_up_office(folder: Path, **more: str) -> OfficeStage:
    """A shop as the doors' tests have it, with its office hung up."""
    shop = set_up(folder, **more)
    shop.house = replace(shop.house, seal=Seal(SECRET_KEY))
    shop.app = create_app(shop.house, secret_key=SECRET_KEY, hand_over_hosts=shop.processor.hand_over_hosts)
    hanging.hang_up(shop.app, secret_key=SECRET_KEY)
    return OfficeStage(shop)
