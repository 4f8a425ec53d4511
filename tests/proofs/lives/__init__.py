"""Thousands of generated lives of payments against the emulator, and whether the books tell each of them."""
