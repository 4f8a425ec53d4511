"""The back office: who comes in, what each may do, and every page by client and browser."""
