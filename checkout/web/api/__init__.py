"""The API: doors for the shop's own programs, each described where it is made."""
