"""Reads request bodies without ever failing on what somebody sent."""

import json


def parsed(raw: bytes) -> object:
    """Return the JSON that `raw` holds, or None where it holds none (or only `null`)."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None
