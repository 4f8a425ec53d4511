"""Languages: every sentence has its words, and amounts and dates are written as there."""
