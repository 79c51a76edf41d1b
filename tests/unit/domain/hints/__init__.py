"""Hints of Resource Graph, and what follows from them."""
