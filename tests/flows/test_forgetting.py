"""What once let operators in is forgotten after a month; what still does, and the audit, never."""

from datetime import timedelta

from sqlalchemy import func, select

from checkout.domain.roles import Role
from checkout.flows import inviting, operating, passkeys, sitting
from checkout.flows.forgetting import KEPT, forget_old_access
from checkout.flows.house import House
from checkout.store import audit, challenges
from checkout.store.tables import challenges as challenges_table
from checkout.store.tables import invitations, office_sessions
from tests.people import BOSS, an_operator, at_work
from tests.small_shop import SmallShop


def counts(house: House) -> tuple[int, ...]:
    """How many sessions, invitations and challenges are kept."""
    tables = office_sessions, invitations, challenges_table
    with house.store.read() as tx:
        return tuple(tx.execute(select(func.count()).select_from(one)).scalar_one() for one in tables)


def test_what_lets_nobody_in_is_forgotten_after_a_month_and_the_audit_stays(
    either_sealed_shop: SmallShop,
) -> None:
    house, clock = either_sealed_shop.house, either_sealed_shop.clock
    kim = an_operator(house)
    ended = at_work(house, kim)
    operating.end_session(house, kim, ended.session.id, by=BOSS)
    at_work(house, kim)  # is left open, and expires
    inviting.invite(house, Role.VIEWER, by=BOSS)
    with house.store.begin() as tx:
        challenges.use(tx, "used", "confirm", expires_at=clock.now + passkeys.LIFE, now=clock.now)
    assert (forget_old_access(house), counts(house)) == (0, (2, 1, 1))
    clock.move(minutes=11)
    assert (forget_old_access(house), counts(house)) == (1, (2, 1, 0))
    clock.now += KEPT + timedelta(hours=12) - timedelta(minutes=12)
    assert (forget_old_access(house), counts(house)) == (1, (1, 1, 0))
    clock.move(hours=13)
    now = at_work(house, kim)
    assert (forget_old_access(house), counts(house)) == (2, (1, 0, 0))
    assert [one.id for one in sitting.lasting(house, kim.id)] == [now.session.id]
    with house.store.read() as tx:
        assert [one.deed.did for one in audit.newest(tx, limit=9)] == [
            "invited an operator",
            "ended a session",
        ]
