"""What every connection that goes out stands on: an end in time, and one bounded look-up of its host."""
