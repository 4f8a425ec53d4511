"""Proofs too large for the ordinary tests, which run each of them small: `python -m tests.proofs`."""
