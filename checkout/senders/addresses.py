"""Which addresses the shop may be told at: those of the open internet, in no disguise."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from checkout.domain.cards import holds_card_number
from checkout.domain.errors import CheckoutError

URL_MAX = 500
PORT_MAX = 65535
HTTPS_PORT = 443
FREE_PORTS = range(1024, PORT_MAX + 1)
"""Besides that of https: whatever listens at the others is not made for this."""

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\.?|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<path>/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?(?:\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?",
    re.ASCII,
)
"""No user, no fragment, no backslash, no control character, no letter of another script: nothing that two readers
of addresses could read in two ways."""

_CLOSED_TOO = (
    IPv4Network("192.0.0.0/24"),  # protocol assignments; a cloud's metadata is at .192
    IPv4Network("192.88.99.0/24"),  # relays to 6to4
    IPv4Network("168.63.129.16/32"),  # a cloud's metadata at an open number
    IPv6Network("2001::/23"),  # protocol assignments
    IPv6Network("3fff::/20"),  # documentation
)
"""What `ipaddress` of Python 3.11 takes for open. Source: IANA's registries of special-purpose addresses, read 2026-11,
and the clouds' own manuals."""
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_UNICAST = IPv6Network("2000::/3")
"""Today's open internet of IPv6. Source: https://www.iana.org/assignments/ipv6-address-space, read 2026-11."""


class EndpointRefusedError(CheckoutError):
    """An address where the shop is not told anything."""

    def __init__(self, why: str) -> None:
        super().__init__(f"Nothing is sent to this address: {why}.")


@dataclass(frozen=True, slots=True)
class Place:
    """An address as it is connected to."""

    scheme: str
    host: str
    port: int


def place_of(url: str, *, inside: bool) -> Place:
    """Read an address; `inside` allows http and every port too, for development.

    Raises EndpointRefusedError. Where its host leads is judged at each connection, not here: it may change.
    """
    if len(url) > URL_MAX:
        raise EndpointRefusedError(f"it has more than {URL_MAX} characters")
    read = _URL.fullmatch(url)
    if read is None:
        raise EndpointRefusedError(
            "it must be https://host/path with a host and perhaps a port, without a user, a fragment or signs that"
            " are not percent-encoded"
        )
    if holds_card_number(url):
        raise EndpointRefusedError("it looks as if it held a card number")
    if read["scheme"] != "https" and not inside:
        raise EndpointRefusedError("it must begin with https://")
    port = int(read["port"]) if read["port"] else {"https": HTTPS_PORT, "http": 80}[read["scheme"]]
    if not (0 < port <= PORT_MAX if inside else port == HTTPS_PORT or port in FREE_PORTS):
        raise EndpointRefusedError("its port must be 443 or one from 1024 to 65535")
    return Place(read["scheme"], (urlsplit(url).hostname or "").rstrip("."), port)


def is_open_internet(address: str) -> bool:
    """Whether a numeric address is one that anybody may reach, and hides no other that is not."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv4Address):
        return _is_open(found)
    if found.scope_id is not None:
        return False
    hidden = list(_embedded(found))
    if hidden:
        # None of them is needed to reach a shop, so a disguise is no less than what it hides: refused.
        return False
    return _is_open(found) and found in _UNICAST


def _is_open(found: IPv4Address | IPv6Address) -> bool:
    closed = found.is_multicast or found.is_reserved or found.is_unspecified or found.is_loopback
    closed = closed or found.is_private or found.is_link_local or any(found in one for one in _CLOSED_TOO)
    return found.is_global and not closed


def _embedded(found: IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses that an IPv6 address stands for: mapped, compatible, 6to4, Teredo, NAT64, ISATAP."""
    last = IPv4Address(int(found) & 0xFFFFFFFF)
    hidden = [one for one in (found.ipv4_mapped, found.sixtofour) if one is not None]
    if found.teredo is not None:
        hidden.extend(found.teredo)
    if any(found in network for network in _NAT64) or int(found) >> 32 == 0:
        hidden.append(last)
    if (int(found) >> 32) & 0xFFFFFFFF in {0x00005EFE, 0x02005EFE}:
        hidden.append(last)
    return hidden
