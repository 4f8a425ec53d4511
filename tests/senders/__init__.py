"""Who carries our words out, against real listeners."""
