"""The command line that needs no webhooks: products, orders, payments, the ledger, the database, PayPal's webhook."""
