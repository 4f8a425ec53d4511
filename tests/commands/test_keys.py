"""`checkout keys`: shown once on stdout alone, listed without themselves, replaced, revoked."""

from checkout.domain.keys import Scope
from tests.commands.conftest import Terminal


def test_a_key_is_printed_once_and_then_only_its_end(terminal: Terminal) -> None:
    key = terminal.says("keys", "create", "web shop", "--scope", "orders:read", "--by", "kim").strip()
    assert key.startswith("dck_sandbox_")
    listed = terminal.says("keys", "list")
    assert key not in listed
    assert f"…{key[-4:]}" in listed
    (row,) = terminal.reads("keys", "list")
    assert (row["name"], row["scopes"], row["created_by"]) == ("web shop", ["orders:read"], "kim")


def test_without_scopes_a_key_may_do_everything(terminal: Terminal) -> None:
    assert terminal.reads("keys", "create", "all")["scopes"] == sorted(Scope)
    assert "Invalid value" in terminal.fails("keys", "create", "x", "--scope", "orders:everything", code=2)


def test_a_key_is_replaced_and_revoked(terminal: Terminal) -> None:
    old = terminal.reads("keys", "create", "web shop")
    new = terminal.reads("keys", "rotate", old["id"], "--overlap-hours", "0")
    assert new["key"] != old["key"]
    assert "replaced" in terminal.says("keys", "list")
    assert "opens nothing" in terminal.says("keys", "revoke", new["id"])
    assert "There is no key" in terminal.fails("keys", "revoke", "key_nobody")


def test_the_doctor_names_a_database_of_the_other_mode(terminal: Terminal) -> None:
    terminal.says("keys", "create", "web shop")
    assert "ok       mode: sandbox" in terminal.run("doctor").stdout
    terminal.set(PAYPAL_ENVIRONMENT="live", PAYPAL_BASE_URL="")
    said = terminal.run("doctor").stdout
    assert "PROBLEM  mode: This database belongs to sandbox payments for good" in said
    assert "This database belongs to sandbox payments for good" in terminal.fails("serve", "--port", "1")
