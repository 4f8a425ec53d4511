"""All SQL: every table, the inbox too, and the one place that commits."""
