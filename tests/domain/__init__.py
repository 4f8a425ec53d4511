"""Tests of the pure heart; they need nothing but themselves."""
