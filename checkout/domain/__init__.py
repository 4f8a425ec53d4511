"""The pure heart: no clock, database, network, framework or randomness."""
