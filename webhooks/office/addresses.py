"""Addresses that pages of the office carry on to where they lead later."""

from __future__ import annotations

from flask import request

from webhooks.office.frame import PATH


def local(address: str) -> str:
    """A page of the office to go on to, or nothing: never another site."""
    below = address.removeprefix(request.script_root)
    is_ours = below.startswith(f"{PATH}/") and not below.startswith(f"{PATH}//") and "\\" not in below
    return f"{request.script_root}{below}" if is_ours and below.isprintable() else ""


def asked_for() -> str:
    """The address of this request, query included, as a link in a page would have it."""
    return request.script_root + request.full_path.rstrip("?")
