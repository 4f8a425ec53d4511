"""What a review found: each finding as a test that failed before it was mended."""
