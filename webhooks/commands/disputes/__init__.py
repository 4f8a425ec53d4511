"""`checkout disputes`: what customers contest, by when it must be answered, and the answers."""
