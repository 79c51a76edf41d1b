"""Hints: what Resource Graph says of machines. A hint lets a machine be read, and no more."""
