"""Tests of the whole shop from outside: real browsers, real processes, real crashes."""
