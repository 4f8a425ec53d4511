"""A rehearsal: an empty database filled with as many made-up orders as a large shop has."""
