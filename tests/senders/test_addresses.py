"""Hundreds of addresses that lead inside, in every disguise: none is connected to."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest

from checkout.building import now
from checkout.connecting import lookup
from checkout.senders.addresses import EndpointRefusedError, is_open_internet, place_of
from checkout.senders.shop import Letter, ShopCourier
from tests.processors.paypal.loopback import Asked, loopback, raw_answer

SECRET = "whsec_bm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5u"

INSIDE_NETWORKS = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *(
        "192.0.0.0/24",
        "192.88.99.0/24",
        "192.0.2.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
    ),
    *("224.0.0.0/4", "240.0.0.0/4"),
)
METADATA = ("169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "168.63.129.16")
"""Of the clouds; the last two look open by their numbers."""
INSIDE_V6 = (
    *("::", "::1", "fe80::1", "fe80::a9fe:a9fe", "fec0::1", "fc00::1", "fd00:ec2::254", "fdff::1", "ff02::1"),
    *(
        "ff0e::1",
        "100::1",
        "2001:db8::1",
        "2001::1",
        "2001:10::1",
        "5f00::1",
        "4000::1",
        "3fff::1",
        "2001:20::1",
    ),
)


def edges(network: str) -> list[IPv4Address]:
    """The first, the second, a middle and the last address of a network."""
    whole = ip_network(network)
    numbers = {0, 1, whole.num_addresses // 2, whole.num_addresses - 1}
    return [IPv4Address(int(whole.network_address) + number) for number in sorted(numbers)]


def disguises(address: IPv4Address) -> list[str]:
    """The ways to write one IPv4 address that a resolver or a connection takes."""
    number, parts = int(address), str(address).split(".")
    a, b, c, d = (int(part) for part in parts)
    return [
        str(address),
        f"{address}.",
        str(number),
        hex(number),
        f"0{number:o}",
        ".".join(hex(part) for part in (a, b, c, d)),
        ".".join(f"0{part:o}" for part in (a, b, c, d)),
        f"{a}.{(b << 16) + (c << 8) + d}",
        f"{a}.{b}.{(c << 8) + d}",
        f"[::ffff:{address}]",
        f"[::{address}]",
        f"[64:ff9b::{address}]",
        f"[64:ff9b:1::{address}]",
        f"[2002:{(a << 8) + b:x}:{(c << 8) + d:x}::1]",
        f"[2001:0:{(a << 8) + b:x}:{(c << 8) + d:x}::1]",
        f"[2001:0:4136:e378:8000:63bf:{(~((a << 8) + b)) & 0xFFFF:x}:{(~((c << 8) + d)) & 0xFFFF:x}]",
        f"[2606:4700::5efe:{address}]",
    ]


SPECIMENS = ("127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "172.16.0.1", "100.64.0.1", "0.0.0.0")  # noqa: S104 -- an address to be refused
HOSTS = sorted(
    {
        *(host for specimen in SPECIMENS for host in disguises(IPv4Address(specimen))),
        *(str(address) for network in INSIDE_NETWORKS for address in edges(network)),
        *(f"[::ffff:{address}]" for network in INSIDE_NETWORKS for address in edges(network)),
        *(f"[64:ff9b::{address}]" for network in INSIDE_NETWORKS for address in edges(network)),
        *(f"[{address}]" for address in INSIDE_V6),
    }
)
NAMES = tuple(
    f"{name}:{address}"
    for name in (
        "localhost",
        "metadata.google.internal",
        "instance-data",
        "db.local",
        "innocent.example",
        "a.nip.io",
    )
    for address in (*METADATA, "127.0.0.1", "10.1.2.3", "192.168.0.7", "::1", "::ffff:10.0.0.1")
)
TRICKS = (
    "https://shop.example@127.0.0.1/",
    "https://127.0.0.1@shop.example/",
    "https://user:word@10.0.0.1/",
    "https://shop.example:443@10.0.0.1/",
    "https://shop.example%2f@127.0.0.1/",
    "https://127.0.0.1\\@shop.example/",
    "https://shop.example\\@127.0.0.1/",
    "https://127.0.0.1#@shop.example/",
    "https://shop.example#@127.0.0.1/",
    "https://127.0.0.1%00.shop.example/",
    "https://127.0.0.1\x00.shop.example/",
    "https://127.0.0.1\r\nHost: shop.example/",
    "https://127.0.0.1 .shop.example/",
    "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/",
    "https://[fe80::1%25eth0]/",
    "https://[::1]shop.example/",
    "https:///127.0.0.1/",
    "https:127.0.0.1/",
    "//127.0.0.1/",
    "http://shop.example/",
    "ftp://127.0.0.1/",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "file:///etc/passwd",
    "unix:///run/docker.sock",
    "data:text/plain,hello",
    "https://shop.example:22/",
    "https://shop.example:25/",
    "https://shop.example:80/",
    "https://shop.example:0/",
    "https://shop.example:65536/",
    "",
)


@dataclass
class Recorder:
    """Stands where sockets connect: keeps every address, and lets no connection be."""

    addresses: list[str] = field(default_factory=list)

    def __call__(self, _socket: socket.socket, address: tuple[object, ...]) -> None:
        self.addresses.append(str(address[0]))
        raise ConnectionRefusedError


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Every connection that any socket of this process is asked for."""
    recorder = Recorder()

    def connect(asked: socket.socket, address: tuple[object, ...]) -> None:
        recorder(asked, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    return recorder


def told_by(answers: dict[str, list[list[str]]]) -> object:
    """A resolver that tells each name's answers one after the other, and the last of them from then on."""

    def resolve(host: str, port: int, *_: object) -> list[tuple[object, ...]]:
        left = answers[host]
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    return resolve


def letter(url: str) -> Letter:
    """A notice for an address."""
    return Letter(url, "evt_b", "{}", now(), (SECRET,))


def test_there_are_more_than_three_hundred_of_them() -> None:
    assert len(HOSTS) + len(NAMES) + len(TRICKS) >= 300


def test_no_number_that_leads_inside_is_connected_to(connections: Recorder) -> None:
    courier = ShopCourier()
    for host in HOSTS:
        reply = courier.post(letter(f"https://{host}/hooks"))
        assert reply.status is None, host
        assert connections.addresses == [], host


def test_no_name_that_leads_inside_is_connected_to(
    connections: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for named in NAMES:
        name, _, address = named.partition(":")
        monkeypatch.setattr(lookup, "getaddrinfo", told_by({name: [[address]]}))
        reply = ShopCourier().post(letter(f"https://{name}/hooks"))
        assert "not of the open internet" in reply.said
        assert connections.addresses == [], named


@pytest.mark.parametrize("url", TRICKS)
def test_no_address_that_can_be_read_in_two_ways_is_sent_to(url: str, connections: Recorder) -> None:
    with pytest.raises(EndpointRefusedError):
        place_of(url, inside=False)
    assert ShopCourier().post(letter(url)).status is None
    assert connections.addresses == []


def test_an_open_address_is_connected_to_at_that_very_address(
    connections: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolver = told_by(
        {"shop.example": [["93.184.215.14"], ["127.0.0.1"]], "2606:4700::1111": [["2606:4700::1111"]]}
    )
    monkeypatch.setattr(lookup, "getaddrinfo", resolver)
    courier = ShopCourier()
    assert courier.post(letter("https://shop.example/hooks")).said == "no connection, or it was cut"
    assert courier.post(letter("https://[2606:4700::1111]/hooks")).status is None
    assert connections.addresses == ["93.184.215.14", "2606:4700::1111"]


def test_a_name_that_leads_outside_first_and_inside_later_is_never_connected_to_inside(
    connections: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = {"rebinding.example": [["93.184.215.14"], ["127.0.0.1"], ["169.254.169.254"]]}
    monkeypatch.setattr(lookup, "getaddrinfo", told_by(answers))
    for _ in range(4):
        ShopCourier().post(letter("https://rebinding.example/hooks"))
    assert connections.addresses == ["93.184.215.14"]


def test_a_name_that_leads_both_ways_at_once_is_not_connected_to(
    connections: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = {"both.example": [["93.184.215.14", "10.0.0.1"]]}
    monkeypatch.setattr(lookup, "getaddrinfo", told_by(both))
    ShopCourier().post(letter("https://both.example/hooks"))
    assert connections.addresses == []


def test_a_redirect_to_the_inside_is_not_followed() -> None:
    with loopback(lambda _: [raw_answer(b"{}")]) as inside:

        def redirect(_: Asked) -> list[bytes]:
            return [raw_answer(b"", 307, Location=f"{inside.url}/secrets")]

        with loopback(redirect) as outside:
            reply = ShopCourier(inside=True).post(letter(f"{outside.url}/hooks"))
        assert reply.status == 307
        assert "not followed" in reply.said
        assert inside.connections == 0


def test_what_is_open_is_not_taken_for_closed() -> None:
    for address in ("1.1.1.1", "8.8.8.8", "93.184.215.14", "2606:4700::1111", "2a00:1450:4001::200e"):
        assert is_open_internet(address), address
    assert not is_open_internet(str(IPv6Address("::ffff:8.8.8.8")))
    assert not is_open_internet("no address")
