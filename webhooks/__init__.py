"""What processors tell us: events received, understood, reconciled."""
