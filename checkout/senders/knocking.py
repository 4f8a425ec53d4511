"""Knocks at an address: does anybody answer there? And which port is free?"""

from __future__ import annotations

import socket
import ssl
from enum import StrEnum
from http.client import HTTPConnection, HTTPException, HTTPSConnection

KNOCK_SECONDS = 2.0


class Knock(StrEnum):
    """What came of knocking over TLS."""

    ANSWERED = "answered"
    UNTRUSTED = "untrusted"
    """Somebody is there whose certificate does not hold."""
    SILENT = "silent"


def knock(host: str, port: int) -> Knock:
    """Whether an HTTP server answers there over TLS, with a certificate that holds; never raises."""
    connection = HTTPSConnection(host, port, timeout=KNOCK_SECONDS, context=ssl.create_default_context())
    try:
        connection.request("HEAD", "/")
        connection.getresponse().read()
    except ssl.SSLCertVerificationError:
        return Knock.UNTRUSTED
    except (OSError, HTTPException):
        return Knock.SILENT
    finally:
        connection.close()
    return Knock.ANSWERED


def answers(host: str, port: int) -> bool:
    """True where an HTTP server answers anything at all; never raises."""
    connection = HTTPConnection(host, port, timeout=KNOCK_SECONDS)
    try:
        connection.request("HEAD", "/")
        connection.getresponse().read()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return True


def is_free(host: str, port: int) -> bool:
    """True where nobody listens at this port now, and this process may."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As the server does it: a port whose last connections linger is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(wanted: int = 0) -> int:
    """The wanted port of this machine where it is free, else one that is."""
    if wanted and is_free("127.0.0.1", wanted):
        return wanted
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
