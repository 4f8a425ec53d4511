"""Who carries our words out: mail today."""
