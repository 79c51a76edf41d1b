"""Ports implemented, one outside thing a file; SDK errors are translated here. Holds no rules."""
