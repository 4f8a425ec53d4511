"""Tests of the PayPal emulator."""
