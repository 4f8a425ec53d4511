"""Tests of the doors: pages, forms, headers and the card guard."""
