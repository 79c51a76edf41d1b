"""Completion in shells: static scripts, and the names of machines that they offer."""
