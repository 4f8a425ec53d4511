"""Compiled templates, kept for all shops of this process and those forked from it: each is compiled once."""

from types import CodeType

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache


class _Kept(BytecodeCache):
    """A cache in memory. The key names a template's file, the checksum what stands in it."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled before."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled now."""
        if bucket.code is not None:
            self._codes[bucket.key, bucket.checksum] = bucket.code


def keep_compiled_templates() -> None:
    """From now on every Flask application made here asks the same cache."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Kept()}
