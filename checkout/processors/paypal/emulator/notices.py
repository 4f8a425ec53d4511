"""Events about the account itself, and any event one can think of.

Guarded by the emulator's lock; nothing here sleeps, sends or knows HTTP.
"""

from collections.abc import Callable

from checkout.processors.paypal.emulator.account import Treasury
from checkout.processors.paypal.emulator.clock import Clock, zulu
from checkout.processors.paypal.emulator.events import WORDINGS, Event, Events, EventType, Subject, Wording
from checkout.processors.paypal.emulator.refusals import Json

LIMITATIONS = {
    "ADDED": EventType.LIMITATION_ADDED,
    "ESCALATED": EventType.LIMITATION_ESCALATED,
    "LIFTED": EventType.LIMITATION_LIFTED,
    "UPDATED": EventType.LIMITATION_UPDATED,
}
CONSENT_EVENTS = {
    "partner": EventType.PARTNER_CONSENT_REVOKED,
    "authorization": EventType.AUTHORIZATION_CONSENT_REVOKED,
}

Dispatch = Callable[[Event], None]


class Notices:
    """Makes such events; `dispatch` puts them on their way to the webhooks that want them."""

    def __init__(self, clock: Clock, events: Events, treasury: Treasury, dispatch: Dispatch) -> None:
        """Take what the events say and where they go."""
        self._clock = clock
        self._events = events
        self._treasury = treasury
        self._dispatch = dispatch

    def limitation(self, action: str) -> Event:
        """Tell that the account is limited, or no longer."""
        return self._sent(LIMITATIONS[action], self._resource(LIMITATIONS[action]))

    def consent_revoked(self, kind: str) -> Event:
        """Tell that the merchant took its consent back."""
        return self._sent(CONSENT_EVENTS[kind], self._resource(CONSENT_EVENTS[kind]))

    def send(self, name: str, resource: Json, wish: Json) -> Event:
        """Send an event of any name and shape; the wish may name a resource_type, resource_version and summary."""
        usual = _usual_wording(name)
        wording = Wording(
            wish.get("resource_type", usual.resource_type),
            str(wish.get("summary", usual.summary)),
            usual.description,
            wish.get("resource_version", usual.resource_version),
        )
        event = self._events.make_named(name, resource, Subject(), wording)
        self._dispatch(event)
        return event

    def sample(self, kind: EventType) -> Event:
        """Build an event of this type without keeping or sending it, as the simulator does."""
        return self._events.build(kind, self._resource(kind), Subject())

    def _sent(self, kind: EventType, resource: Json) -> Event:
        event = self._events.make(kind, resource, Subject())
        self._dispatch(event)
        return event

    def _resource(self, kind: EventType) -> Json:
        merchant_id = self._treasury.merchant_id
        if kind is EventType.AUTHORIZATION_CONSENT_REVOKED:
            # As PayPal's own sample: a secret nobody should keep.
            return {"scopes": "phone email address", "refresh_token": "made-up-refresh-token"}
        if kind is EventType.PARTNER_CONSENT_REVOKED:
            return {"merchant_id": merchant_id, "tracking_id": "made-up-tracking-id"}
        lifted = kind is EventType.LIMITATION_LIFTED
        restrictions = [] if lifted else ["WITHDRAW_MONEY", "RECEIVE_MONEY"]
        return {
            "merchant_id": merchant_id,
            "update_time": zulu(self._clock.now()),
            "limitations": [{"name": "BUSINESS_VERIFICATION", "restrictions": restrictions}],
        }


def _usual_wording(name: str) -> Wording:
    known = {kind.value: wording for kind, wording in WORDINGS.items()}
    # What the usual words need to be filled in is not known of an event that is made up.
    usual = known.get(name, Wording("unknown", "Something happened", "", None))
    return Wording(usual.resource_type, name, usual.description, usual.resource_version)
