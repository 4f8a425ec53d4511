"""Free ports for servers that must be told theirs beforehand, kept from everybody else until they listen."""

from __future__ import annotations

import socket
from collections import deque

HELD_MAX = 64
"""More than one test asks for: a port is kept for far longer than its server takes to start."""

_held: deque[socket.socket] = deque(maxlen=HELD_MAX)


def free_port() -> int:
    """A port of the loopback interface where nobody listens, and which nobody else is given.

    Asking the system for a port and closing it again leaves the seconds until the server listens to chance:
    another program, or the other half of the tests, may be given the same one. So it stays bound here, not
    listening. That keeps the system from handing it out, and lets a server with SO_REUSEADDR bind it again.
    """
    probe = socket.socket()
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    probe.bind(("127.0.0.1", 0))
    _held.append(probe)
    port: int = probe.getsockname()[1]
    return port
