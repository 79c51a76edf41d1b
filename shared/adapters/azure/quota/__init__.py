"""The quota governor: no request leaves for Azure before there is a token for it."""
