"""What no linter sees: the rules of the house, each with a proof that its check can fail."""
