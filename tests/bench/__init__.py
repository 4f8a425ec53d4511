"""Speed, as ratios within one run: what we do beside the bare floor of the same work."""
