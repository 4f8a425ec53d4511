"""The tests: they mirror the code, and `house/` holds what no linter sees."""
