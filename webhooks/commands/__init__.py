"""The whole command line: what serves the shop, watches over it and shows it off, beside checkout's own commands."""
