"""Operators on the command line: the first admin is let in, and never the last one out."""

from checkout.domain.roles import Role
from checkout.flows import inviting
from tests.commands.conftest import Terminal
from tests.people import an_operator


def test_the_first_admin_is_invited_and_looked_after(terminal: Terminal) -> None:
    assert "checkout operators invite --role admin" in terminal.says("operators", "list")
    said = terminal.says("operators", "invite", "--role", "admin", "--by", "kim")
    code = said.partition("Code: ")[2].partition("\n")[0]
    house = terminal.house()
    assert inviting.invitation_of(house, code).role is Role.ADMIN
    assert f"/office/welcome#{code}" in said
    an_operator(house, "Ann Li")
    assert "Ann Li is the last admin" in terminal.fails("operators", "disable", "Ann Li")
    an_operator(house, "Bo", Role.VIEWER)
    terminal.says("operators", "role", "Bo", "admin")
    terminal.says("operators", "disable", "ann.li@shop.example")
    listed = {one["name"]: one for one in terminal.reads("operators", "list")}
    assert (listed["Bo"]["role"], listed["Ann Li"]["has_access"]) == ("admin", False)
    terminal.says("operators", "enable", "Ann Li")
    assert "Code: " in terminal.says("operators", "reset", "Ann Li")
    assert "There is no operator 'Nobody'" in terminal.fails("operators", "reset", "Nobody")
    assert terminal.run("operators", "invite", "--role", "boss").exit_code == 2
    house.store.close()
