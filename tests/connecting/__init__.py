"""Tests of what every connection that goes out stands on."""
