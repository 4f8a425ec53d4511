"""The shop's till: orders, payments handed to a processor, and books that prove themselves."""
