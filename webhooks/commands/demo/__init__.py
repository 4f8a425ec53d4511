"""`checkout demo`: a whole shop on this machine, and customers who pay in it as customers do."""
