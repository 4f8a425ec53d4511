"""A process of its own that brings a database to its newest tables; `python -m tests.store.upgrading_process`."""

import sys

from checkout.store import migrating
from checkout.store.engine import Store

if __name__ == "__main__":
    store = Store(sys.argv[1])
    migrating.upgrade(store)
    migrating.require_current(store)
    store.close()
