"""The desk: disputes, discrepancies, inbox, outbox, ledger and the settings that are none of the operators'."""
