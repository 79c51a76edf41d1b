"""The suites of the stores: in memory, and over Azurite."""
