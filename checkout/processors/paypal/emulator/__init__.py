"""PayPal's REST API, emulated: a process of its own with its own books and no code of the adapter."""
