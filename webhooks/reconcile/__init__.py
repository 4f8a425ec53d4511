"""Asks what we may have missed, and compares our books with the processors' own reports."""

from webhooks.reconcile.sweeps import expire_orders, sweep_due

__all__ = ["expire_orders", "sweep_due"]
