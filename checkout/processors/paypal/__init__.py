"""PayPal: redirect flow of Orders v2, captured by us; its webhooks are hints that are read back."""
